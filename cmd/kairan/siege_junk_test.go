package main

import (
	"bytes"
	"compress/gzip"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

var (
	junk     = flag.Int("junk", 1000, "fuzzed requests")
	junkSeed = flag.Uint64("junk-seed", 0, "repeats a run (0: draws a seed and logs it)")
)

// canary stands in every request, and may be in no line of the log.
const canary = "junk-canary"

// sound are requests as people and mail programs send them.
func (s *siege) sound() (all []string) {
	who, err := s.settle("unknown")
	if err != nil {
		s.t.Fatal(err)
	}
	post := func(path, kind, body string) string {
		return fmt.Sprintf("POST %s HTTP/1.1\r\nHost: x.example\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s", path, kind, len(body), body)
	}
	const form = "application/x-www-form-urlencoded"
	parts := "--part\r\nContent-Disposition: form-data; name=\"email\"\r\n\r\n" + canary + "@example.jp\r\n--part\r\n" +
		"Content-Disposition: form-data; name=\"lang\"\r\n\r\nja\r\n--part--\r\n"
	for _, path := range []string{"/", "/lists/" + otherList + "?lang=en", "/privacy", "/correct?list=" + otherList, "/.well-known/mail-list-policy.json", "/robots.txt", "/lists/" + otherList + "/issues/"} {
		all = append(all, "GET "+path+" HTTP/1.1\r\nHost: x.example\r\nAccept-Language: en, ja;q=0.5\r\nX-Canary: "+canary+"\r\n\r\n")
	}
	typed := "email=" + canary + "%40example.jp&lang=ja&list=" + otherList
	all = append(all,
		post("/lists/"+otherList, form, typed), post("/lists/"+otherList, form, typed+"&review=1"),
		post("/correct", form, typed), post("/lists/"+otherList, "multipart/form-data; boundary=part", parts),
		"POST /lists/"+otherList+" HTTP/1.1\r\nHost: x.example\r\nContent-Type: "+form+"\r\nTransfer-Encoding: chunked\r\n\r\n"+
			fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", len(typed), typed))
	for _, x := range purposesOfLinks {
		tok, err := s.mint(s.tokens, x.purpose, who, townList, time.Hour)
		if err != nil {
			s.t.Fatal(err)
		}
		all = append(all, "GET "+x.page+tok+" HTTP/1.1\r\nHost: x.example\r\nX-Canary: "+canary+"\r\n\r\n", post(x.page+tok, form, x.form.Encode()+"&x="+canary))
	}
	return all
}

// bomb is a form of 100 MB that is small on the wire.
func bomb() string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = io.CopyN(w, zeros{}, 100<<20)
	_ = w.Close()
	return b.String()[:16000]
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { clear(b); return len(b), nil }

// broken is what is wrong in ways that people have thought of.
func broken() map[string]string {
	head := "POST /lists/" + otherList + " HTTP/1.1\r\nHost: x.example\r\n"
	const form, parts = "Content-Type: application/x-www-form-urlencoded\r\n", "Content-Type: multipart/form-data; boundary=part\r\n"
	sized := func(more, body string) string {
		return head + more + fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(body), body)
	}
	zipped := bomb()
	return map[string]string{
		"nothing":                       "\r\n\r\n",
		"TLS":                           "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + strings.Repeat("\x00", 200),
		"HTTP/2":                        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
		"HTTP/0.9":                      "GET /\r\n",
		"a head of a megabyte":          "GET / HTTP/1.1\r\nHost: x.example\r\nX: " + strings.Repeat("a", 1<<20) + "\r\n\r\n",
		"ten thousand headers":          "GET / HTTP/1.1\r\nHost: x.example\r\n" + strings.Repeat("X: a\r\n", 10_000) + "\r\n",
		"a path of a megabyte":          "GET /" + strings.Repeat("%41", 1<<18) + " HTTP/1.1\r\nHost: x.example\r\n\r\n",
		"a body that is too large":      sized(form, "email="+strings.Repeat("a", 1<<20)),
		"a body that says so":           head + form + "Content-Length: 99999999999\r\n\r\n",
		"a length that is none":         head + form + "Content-Length: -1\r\n\r\n",
		"two lengths":                   head + form + "Content-Length: 5\r\nContent-Length: 50\r\n\r\nemail",
		"a length beside chunks":        head + form + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		"a chunk of all there is":       head + form + "Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n",
		"chunks of nothing":             head + form + "Transfer-Encoding: chunked\r\n\r\n" + canary + "\r\n",
		"chunks without an end":         head + form + "Transfer-Encoding: chunked\r\n\r\n" + strings.Repeat("1\r\na\r\n", 50_000),
		"percent without digits":        sized(form, "email=%zz%4&"+canary+"=%"),
		"percent that is no UTF-8":      sized(form, "email=%ff%fe%c0%80@example.jp"),
		"octets that are no UTF-8":      sized(form, "email=\xff\xfe\xc0\x80@example.jp"),
		"ten thousand fields":           sized(form, strings.Repeat("a=b&", 4000)),
		"parts without an end":          sized(parts, "--part\r\nContent-Disposition: form-data; name=\"email\"\r\n\r\n"+canary),
		"parts without a name":          sized(parts, "--part\r\n\r\nx\r\n--part--"),
		"parts in parts":                sized(parts, strings.Repeat("--part\r\nContent-Type: multipart/mixed; boundary=part\r\n\r\n", 200)),
		"parts without a boundary":      sized("Content-Type: multipart/form-data\r\n", "--part"),
		"thousands of parts":            sized(parts, strings.Repeat("--part\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n\r\n", 250)),
		"a bomb":                        sized(form+"Content-Encoding: gzip\r\n", zipped),
		"a bomb in parts":               sized(parts+"Content-Encoding: gzip, gzip\r\n", zipped),
		"another request in the body":   sized(form, "email=a\r\n\r\nGET / HTTP/1.1\r\nHost: x.example\r\n\r\n"),
		"requests behind each other":    strings.Repeat("GET / HTTP/1.1\r\nHost: x.example\r\n\r\n", 20) + canary + " " + canary + "\r\n\r\n",
		"a line that is folded":         "GET / HTTP/1.1\r\nHost: x.example\r\nX: a\r\n b\r\n\r\n",
		"a NUL":                         "GET /\x00 HTTP/1.1\r\nHost: x\x00.example\r\n\r\n",
		"no host":                       "GET / HTTP/1.1\r\n\r\n",
		"hosts":                         "GET / HTTP/1.1\r\nHost: [::1\r\nHost: %zz\r\n\r\n",
		"a URL as a path":               "GET http://" + canary + "/ HTTP/1.1\r\nHost: x.example\r\n\r\n",
		"up and up":                     "GET /../../../../etc/passwd HTTP/1.1\r\nHost: x.example\r\n\r\n",
		"a link that says its canary":   "GET /leave/" + canary + "\r\nHost x.example\r\n\r\n",
		"a tunnel":                      "CONNECT x.example:25 HTTP/1.1\r\nHost: x.example:25\r\n\r\nEHLO " + canary + "\r\n",
		"another protocol on this line": "GET / HTTP/1.1\r\nHost: x.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\n\r\n\x81\x85",
		"a trailer":                     head + form + "Transfer-Encoding: chunked\r\nTrailer: Host\r\n\r\n0\r\nHost: " + canary + "\r\n\r\n",
	}
}

// wreck changes a request in a few places, as no sender does.
func wreck(r *rand.Rand, sound []string) string {
	b := []byte(sound[r.IntN(len(sound))])
	at := func() int { return r.IntN(len(b) + 1) }
	bits := []string{
		"\r\n", "\r\n\r\n", "\x00", "%", "%00", "%ff", "%0d%0a", "\xff", "\xc0\xaf", "あ", "＠", "&email=", "=", ";", "..", "//", "?", "#", "\t", " HTTP/1.1",
		"Content-Length: 0\r\n", "Content-Length: 99999\r\n", "Transfer-Encoding: chunked\r\n", "Content-Encoding: gzip\r\n", "Expect: 100-continue\r\n", "Host: \r\n", "X-Real-IP: ::\r\n",
		"Range: bytes=0-\r\n", "If-None-Match: *\r\n", "Sec-Fetch-Site: cross-site\r\n", "--part", "\"", "\x1b", "-1", "99999999999999999999", strings.Repeat("a", 9000), strings.Repeat("%41", 6000),
	}
	for range 1 + r.IntN(4) {
		switch i := at(); r.IntN(7) {
		case 0:
			if i < len(b) {
				b[i] = byte(r.IntN(256))
			}
		case 1, 2:
			b = append(b[:i:i], append([]byte(bits[r.IntN(len(bits))]), b[i:]...)...)
		case 3:
			b = append(b[:i:i], b[min(len(b), i+r.IntN(30)):]...)
		case 4:
			b = b[:i]
		case 5:
			b = append(b, sound[r.IntN(len(sound))]...)
		case 6:
			b = append(b[:i:i], append(bytes.Clone(b[i:min(len(b), i+r.IntN(60))]), b[i:]...)...)
		}
	}
	return string(b)
}

// statuses are what may be answered to what nobody should ask.
var (
	statuses  = regexp.MustCompile(`(?m)^HTTP/1\.1 (\d\d\d) `)
	mayAnswer = regexp.MustCompile(`^(100|200|206|301|304|40[0-9]|410|413|415|416|417|422|429|431|501)$`)
)

// throw sends octets, reads all that comes, and says what is wrong with it.
func throw(address, text string) string {
	c, err := net.Dial("tcp", address)
	if err != nil {
		return err.Error()
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(patience))
	go func() {
		_, _ = io.WriteString(c, text) // which may be refused half-way
		_ = c.(*net.TCPConn).CloseWrite()
	}()
	said, err := io.ReadAll(c)
	if e, ok := err.(net.Error); ok && e.Timeout() {
		return "is not ended"
	}
	for _, m := range statuses.FindAllSubmatch(said, -1) {
		if !mayAnswer.Match(m[1]) {
			return "is answered " + string(m[1])
		}
	}
	if len(said) > 0 && !bytes.HasPrefix(said, []byte("HTTP/1.1 ")) || bytes.Contains(said, []byte("fasthttp")) {
		return fmt.Sprintf("is answered %.80q", said)
	}
	return ""
}

// TestJunk: what no client should send is answered, or not, without a panic, without a word
// of it in the log, and nothing remains of it.
func TestJunk(t *testing.T) {
	t.Parallel()
	seed := *junkSeed
	if seed == 0 {
		seed = uint64(time.Now().UnixNano())
	}
	s := besiege(t, "")
	sound := s.sound()
	for n, r := range sound {
		if fault := throw(s.public, r); fault != "" {
			t.Errorf("the sound request %d %s", n, fault)
		}
	}
	before := s.held()
	for what, text := range broken() {
		if fault := throw(s.public, text); fault != "" {
			t.Errorf("%s %s", what, fault)
		}
	}
	thrown := make(chan string)
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() {
			for text := range thrown {
				if fault := throw(s.public, text); fault != "" {
					t.Errorf("%s: %.3000q", fault, text)
				}
			}
		})
	}
	random := rand.New(rand.NewPCG(seed, 1))
	for range *junk {
		thrown <- wreck(random, sound)
	}
	close(thrown)
	all.Wait()
	t.Logf("%d fuzzed requests; to repeat them: -junk %d -junk-seed %d", *junk, *junk, seed)
	s.calm(before)
	for line := range strings.Lines(s.server.text()) {
		if strings.Contains(line, canary) || !strings.HasPrefix(line, "time=") || strings.Contains(line, "msg=HandlerPanic") || strings.Contains(line, "msg=RequestFault") {
			t.Errorf("the log says %s", line)
		}
	}

}
