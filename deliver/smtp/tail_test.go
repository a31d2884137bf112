package smtp

import (
	"bytes"
	"fmt"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"example.jp/kairan/deliver"
)

// shared are messages of an issue with files: each has its own beginning, all have one end.
func shared(n int, tail []byte) (out []deliver.Message) {
	for _, m := range numbered(n) {
		m.Data = bytes.ReplaceAll(m.Data, []byte("\r\n."), []byte("\r\n.."))
		m.Stuffed, m.Tail = true, tail
		out = append(out, m)
	}
	return out
}

// TestSharedTail: what is shared goes out behind each message, and stays as it was.
func TestSharedTail(t *testing.T) {
	t.Parallel()
	for _, ext := range []string{"PIPELINING SIZE", "SIZE", ""} {
		for _, size := range []int{0, 3, block - 5, block, 5*block + 3} {
			tail := append(bytes.Repeat([]byte("x"), size), finalDot...)
			kept := bytes.Clone(tail)
			tail = append(tail, "what stands behind it in memory"...)[:len(kept)]
			s := &script{ext: ext}
			c := dial(t, s.start(t)).(deliver.Streamer)
			all := shared(5, tail)
			all[2].Tail, all[2].Data = nil, append(all[2].Data, ".\r\n"...) // of another issue
			want := shared(5, nil)
			results := stream(t.Context(), c, all)
			if got := told(results...); got != "accepted, accepted, accepted, accepted, accepted" {
				t.Fatalf("%s, %d octets: %s", ext, size, got)
			}
			lines, mails, _ := s.received()
			for i, mail := range mails {
				sent := string(want[i].Data) + strings.Repeat("x", size) + "\r\n"
				if i == 2 {
					sent = string(want[i].Data)
				}
				if mail != sent {
					t.Errorf("%s, %d octets: the relay got %d in message %d, want %d", ext, size, len(mail), i, len(sent))
				}
				if says := fmt.Sprintf(" SIZE=%d", len(sent)); ext != "" && !strings.Contains(strings.Join(lines, "\n"), says) {
					t.Errorf("no MAIL says%s: %q", says, lines)
				}
			}
			if whole := tail[:cap(tail)]; !bytes.HasPrefix(whole, append(kept, "what stands"...)) {
				t.Error("what is shared was written to")
			}
		}
	}
}

// TestSharedTailIsTooLarge: the relay's limit counts it.
func TestSharedTailIsTooLarge(t *testing.T) {
	t.Parallel()
	s := &script{ext: "PIPELINING SIZE=1000"}
	c := dial(t, s.start(t)).(deliver.Streamer)
	all := shared(3, append(bytes.Repeat([]byte("x"), 1000), finalDot...))
	all[2].Tail, all[2].Data = nil, append(all[2].Data, ".\r\n"...)
	results := stream(t.Context(), c, all)
	if got := told(results...); got != "refused@DATA, refused@DATA, accepted" || results[0].Enhanced != "5.3.4" {
		t.Error(got)
	}
}

// TestLargest: what the relay says that it takes is known without a message.
func TestLargest(t *testing.T) {
	t.Parallel()
	for ext, want := range map[string]int64{"SIZE=1000": 1000, "SIZE": 0, "": 0} {
		s := &script{ext: ext}
		tr, err := New(s.start(t))
		if err != nil {
			t.Fatal(err)
		}
		if tr.Largest() != 0 {
			t.Error("a relay that nobody asked has said something")
		}
		c, err := tr.Dial(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if _ = c.Close(); tr.Largest() != want {
			t.Errorf("%q: %d", ext, tr.Largest())
		}
	}
}

// TestSlowRelayTakesALargeMessage: it may take long, as long as it goes on (RFC 5321
// §4.5.3.2.5); one that stands still is given up.
func TestSlowRelayTakesALargeMessage(t *testing.T) {
	t.Parallel()
	for still, want := range map[bool]string{false: "accepted", true: "deferred@DATA!"} {
		synctest.Test(t, func(t *testing.T) {
			const size = 20 * block
			client, relay := net.Pipe()
			c := bare(client, true)
			go func() {
				buf, got := make([]byte, block), 0
				_, _ = relay.Read(buf)
				_, _ = relay.Write([]byte("250 a\r\n250 b\r\n354 c\r\n"))
				for !bytes.HasSuffix(buf, []byte(finalDot)) && !(still && got > size/2) {
					time.Sleep(c.limits.Block / 2) // of the bubble's clock
					n, err := relay.Read(buf[:block])
					if buf, got = buf[:n], got+n; err != nil {
						return
					}
				}
				if !still {
					_, _ = relay.Write([]byte("250 d\r\n"))
				}
			}()
			began := time.Now()
			results := stream(t.Context(), c, shared(1, append(bytes.Repeat([]byte("x"), size), finalDot...)))
			if took := time.Since(began); told(results...) != want || took < 5*c.limits.Block {
				t.Errorf("after %s: %s, want %s", took, told(results...), want)
			}
			_ = client.Close()
		})
	}
}
