package sink

import (
	"bytes"
	"strings"
	"time"
)

// mails is one connection's mails, on their way into a [Sink].
type mails struct {
	s    *Sink
	from string
	to   []string
	data []byte
}

// Mail begins a transaction.
func (m *mails) Mail(path []byte) Reply {
	from, parameters, ok := Path(path)
	if !ok {
		return noPath
	}
	for _, x := range strings.Fields(strings.ToUpper(parameters)) {
		if x != "BODY=8BITMIME" && x != "RET=HDRS" && x != "RET=FULL" && !strings.HasPrefix(x, "SIZE=") && !strings.HasPrefix(x, "ENVID=") {
			return noParameter
		}
	}
	m.s.mu.Lock()
	judge := m.s.options.SenderJudge
	m.s.mu.Unlock()
	m.from, m.to, m.data = from, nil, nil
	if judge == nil {
		return OK
	}
	return replyOf(judge(from))
}

const (
	noPath      Reply = "501 5.5.4 No path\r\n"
	noParameter Reply = "555 5.5.4 Parameter not known\r\n"
)

// replyOf adds the end of line to what a judge says.
func replyOf(no string) Reply {
	if no == "" {
		return OK
	}
	return Reply(no + "\r\n")
}

// Rcpt asks the judge.
func (m *mails) Rcpt(path []byte) Reply {
	to, parameters, ok := Path(path)
	switch {
	case !ok:
		return noPath
	case !areOfDSN(strings.ToUpper(parameters)):
		return noParameter
	}
	m.s.mu.Lock()
	m.s.attempts[to]++
	attempt, judge := m.s.attempts[to], m.s.options.Judge
	m.s.mu.Unlock()
	no := ""
	if judge != nil {
		no = judge(to, attempt)
	}
	if no == "" {
		m.to = append(m.to, to)
		return OK
	}
	m.s.mu.Lock()
	defer m.s.mu.Unlock()
	if no[0] == '4' {
		m.s.total.PutOff++
	} else {
		m.s.total.Refused++
	}
	return replyOf(no)
}

// areOfDSN says whether what stands behind a recipient is as RFC 3461 §4.1 and §4.2 have it.
func areOfDSN(parameters string) bool {
	seen := map[string]bool{}
	for x := range strings.FieldsSeq(parameters) {
		name, value, _ := strings.Cut(x, "=")
		if seen[name] || value == "" {
			return false
		}
		seen[name] = true
		switch {
		case name == "ORCPT", name == "NOTIFY" && value == "NEVER":
		case name == "NOTIFY":
			for of := range strings.SplitSeq(value, ",") {
				if of != "SUCCESS" && of != "FAILURE" && of != "DELAY" {
					return false
				}
			}
		default:
			return false
		}
	}
	return true
}

// Data lets the message come.
func (m *mails) Data() Reply { return OK }

// Write keeps the message if it is to be recorded, and not too large.
func (m *mails) Write(p []byte) {
	if m.s.options.Record && len(m.data) <= maxMessage {
		m.data = append(m.data, p...)
	}
}

// End takes the mail in; one that did not come to its last line is none.
func (m *mails) End() Reply {
	if len(m.data) > maxMessage {
		return "552 5.3.4 Message too large\r\n"
	}
	// A line ends with CRLF, and neither stands alone (RFC 5321 §2.3.8).
	if lines := bytes.Count(m.data, []byte("\r\n")); bytes.Count(m.data, []byte("\n")) != lines || bytes.Count(m.data, []byte("\r")) != lines {
		return "550 5.6.0 CR or LF alone\r\n"
	}
	var data []byte
	if m.s.options.Record {
		data = unstuffed(m.data)
	}
	m.s.mu.Lock()
	if m.s.options.Lose > 0 {
		m.s.options.Lose--
		m.s.mu.Unlock()
		return HangUp
	}
	for _, to := range m.to {
		m.s.keep(m.from, to, data)
	}
	delay := m.s.options.Delay
	m.s.mu.Unlock()
	if delay > 0 {
		timer := time.NewTimer(delay)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-m.s.closing:
		}
	}
	return OK
}

// unstuffed is a message without its last line, and without the dot that was put
// before each line that began with one (RFC 5321 §4.5.2).
func unstuffed(data []byte) []byte {
	data = bytes.TrimPrefix(bytes.TrimSuffix(data, []byte(".\r\n")), []byte("."))
	return bytes.ReplaceAll(data, []byte("\r\n."), []byte("\r\n"))
}
