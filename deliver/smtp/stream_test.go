package smtp

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"

	"example.jp/kairan/deliver"
)

const (
	piped  = "PIPELINING ENHANCEDSTATUSCODES SIZE=100000"
	inStep = "ENHANCEDSTATUSCODES SIZE=100000"
)

// numbered are messages that can be told apart on the relay.
func numbered(n int) (out []deliver.Message) {
	for i := range n {
		m := message(fmt.Sprintf("hanako.r%02d@example.org", i))
		m.Data = fmt.Appendf(nil, "Subject: n=%02d\r\n\r\n.dot\r\nhello %d\r\n", i, i)
		out = append(out, m)
	}
	return out
}

// onWire is a message's data as the script keeps it.
func onWire(m deliver.Message) string {
	if m.Tail != nil {
		return string(m.Data) + strings.TrimSuffix(string(m.Tail), ".\r\n")
	}
	return strings.ReplaceAll(string(m.Data), "\r\n.", "\r\n..")
}

// fresh is a message as a composer makes it for an attempt: the connection may write over
// its data.
func fresh(m deliver.Message) deliver.Message {
	m.Data = bytes.Clone(m.Data)
	return m
}

// stream sends messages as a worker does, until the connection is over.
func stream(ctx context.Context, c deliver.Streamer, all []deliver.Message) []deliver.Result {
	results := make([]deliver.Result, len(all))
	for i := 0; i < len(all); {
		r, ok := c.Open(ctx, fresh(all[i]))
		if !ok {
			results[i] = r
			i++
		}
		for ok {
			var next *deliver.Message
			if i+1 < len(all) {
				m := fresh(all[i+1])
				next = &m
			}
			var opened deliver.Result
			r, opened, ok = c.Exchange(ctx, next)
			results[i] = r
			i++
			if !ok && opened.Stage != 0 {
				results[i] = opened
				i++
				r.Broken = r.Broken || opened.Broken
			}
		}
		if r.Broken {
			break
		}
	}
	return results
}

// told puts a result in few words: "-" if nothing was said about the message,
// "!" behind one that ended its connection.
func told(results ...deliver.Result) string {
	var words []string
	for _, r := range results {
		w := "-"
		if r.Stage != 0 {
			w = r.Outcome.String()
			if r.Outcome != deliver.Accepted && r.Outcome != deliver.Uncertain {
				w += "@" + r.Stage.String()
			}
			if r.Stage <= deliver.StageMail && r.Blame.Spares() {
				w += "(us)"
			}
			if r.Broken {
				w += "!"
			}
		}
		words = append(words, w)
	}
	return strings.Join(words, ", ")
}

func wantNoAddress(t *testing.T, results []deliver.Result) {
	t.Helper()
	for i, r := range results {
		if text := strings.ToLower(r.Text + r.Words.Disclose()); strings.ContainsAny(text, "@") || strings.Contains(text, "hanako") {
			t.Errorf("message %d: the text shows an address: %q, %q", i, r.Text, r.Words.Disclose())
		}
	}
}

// pair is a connection over loopback.
func pair(t testing.TB) (client, relay net.Conn) {
	t.Helper()
	pairing.Lock()
	defer pairing.Unlock()
	l, err := listener()
	if err != nil {
		t.Fatal(err)
	}
	if client, err = net.Dial("tcp", l.Addr().String()); err != nil {
		t.Fatal(err)
	}
	if relay, err = l.Accept(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close(); relay.Close() })
	return client, relay
}

// listener is one for all pairs, made one after the other: a minute of fuzzing would
// use up the ports if each had its own.
var (
	listener = sync.OnceValues(func() (net.Listener, error) { return net.Listen("tcp", "127.0.0.1:0") })
	pairing  sync.Mutex
)
