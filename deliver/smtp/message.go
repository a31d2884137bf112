package smtp

import (
	"fmt"

	"example.jp/kairan/deliver"
)

const finalDot = "\r\n.\r\n"

// ready is a message whose data is as it goes over the wire.
type ready struct {
	envelope deliver.Envelope
	data     []byte
	tail     []byte // what goes out behind data, and ends it; shared with other connections
	size     int    // that MAIL says: without the final dot
}

// prepare checks a message and makes its data ready for the wire; maxSize is how many
// bytes the relay takes, 0: it has not said. What is wrong is the composer's fault, or a
// limit of the relay's: the message is refused with the reply that any relay would give.
func prepare(m deliver.Message, maxSize int64) (out ready, r deliver.Result, ok bool) {
	if m.Envelope.To == "" || !pathSafe(m.Envelope.To) {
		return out, refuseUnsent(deliver.StageRcpt, 553, "5.1.3", "the recipient cannot be written in SMTP"), false
	}
	if !pathSafe(m.Envelope.From) {
		return out, refuseUnsent(deliver.StageData, 550, "5.6.0", "the return path cannot be written in SMTP"), false
	}
	out = ready{envelope: m.Envelope, data: m.Data, tail: m.Tail, size: len(m.Data) + len(m.Tail)}
	if m.Stuffed {
		out.size -= len(".\r\n")
	}
	if maxSize > 0 && int64(out.size) > maxSize {
		return out, tooLarge(out.size, maxSize), false
	}
	if !m.Stuffed {
		var err error
		if out.data, err = deliver.Stuff(nil, m.Data); err != nil {
			return out, refuseUnsent(deliver.StageData, 554, "5.6.0", err.Error()), false
		}
	}
	return out, r, true
}

// tooLarge refuses a message of so many bytes, of which the relay takes no more than most
// (RFC 1870 §6.1).
func tooLarge(size int, most int64) deliver.Result {
	return refuseUnsent(deliver.StageData, 552, "5.3.4", fmt.Sprintf("the message has %d bytes, the relay takes %d", size, most))
}

// refuseUnsent makes the result of a message that is not sent, as if the relay had
// refused it.
func refuseUnsent(stage deliver.Stage, code int, enhanced, why string) deliver.Result {
	r := deliver.Judge(stage, code, enhanced, "")
	r.Text = "not sent: " + why
	return r
}

// pathSafe says whether s can stand between the angle brackets of MAIL and RCPT
// without ending them: printable ASCII, as we never ask for SMTPUTF8.
func pathSafe(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' || s[i] == '<' || s[i] == '>' {
			return false
		}
	}
	return len(s) <= 254
}
