package main

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"mime/quotedprintable"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
)

// secrets are the canaries of a script: everything that readers typed, and
// everything that came out of the program. What readers typed may be in the
// mails to them and nowhere else (promise 2).
type secrets struct {
	mu     sync.Mutex
	typed  []string
	traces []trace
}

// trace is something that came out.
type trace struct {
	what, text string
	own        []string // what this very request had typed, and may see again
}

// enough canaries for any script; a flood has many more.
const enough = 2000

// add makes a canary of an address or of a field's value; of an address also
// of its local part, if that is nothing ordinary.
func (c *secrets) add(value string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	all := []string{strings.TrimSpace(value)}
	if at := strings.LastIndexAny(value, "@＠"); at > 0 {
		all = append(all, strings.Trim(value[:at], `" 　`))
	}
	for _, v := range all {
		if len(c.typed) < enough && len(v) >= 6 && !slices.Contains(c.typed, v) {
			c.typed = append(c.typed, v)
		}
	}
}

func (c *secrets) record(what, text string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.traces = append(c.traces, trace{what: what, text: text})
}

// echoed allows the last answer what its own request had typed, in the cases that
// there are: what asks for a mail is answered with the address as typed, and a form
// with a mistake in it, or in another language, is shown again as it was filled in.
func (c *secrets) echoed(at string, status int, form url.Values) {
	c.mu.Lock()
	defer c.mu.Unlock()
	last := &c.traces[len(c.traces)-1]
	switch {
	case status == 422, status == 429, form.Has("show_in"): // the form, as it was filled in
		for _, values := range form {
			last.own = append(last.own, values...)
		}
	case strings.Contains(at, "/lists/"), strings.HasSuffix(at, "/correct"):
		last.own = form["email"]
	}
}

// leaks says where a canary was found, without saying which.
func (c *secrets) leaks() (found []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	songs := learn(c.typed)
	for _, t := range c.traces {
		for _, text := range []string{t.text, softBreaks.Replace(t.text)} {
			for n, how := range songs.heard(text) {
				own := slices.ContainsFunc(t.own, func(own string) bool { return containsFold(own, c.typed[n]) })
				if !own {
					found = append(found, fmt.Sprintf("canary: %s shows, %s, what was typed (number %d, %d bytes)", t.what, how, n, len(c.typed[n])))
				}
			}
			if len(t.text) > 1<<20 {
				break // a database has no soft line breaks
			}
		}
	}
	return found
}

// softBreaks are those of quoted-printable.
var softBreaks = strings.NewReplacer("=\r\n", "", "=\n", "")

func containsFold(s, part string) bool {
	return strings.Contains(strings.ToLower(s), strings.ToLower(part))
}

// song is one spelling of one canary.
type song struct {
	canary int
	how    string
	text   string
	exact  bool // base64; all others may differ in case
}

// songs are all spellings, by their first two bytes in lower case, so that a
// database of many megabytes is read once for all of them.
type songs map[[2]byte][]song

func learn(typed []string) songs {
	all := songs{}
	for n, value := range typed {
		for _, x := range spellings(n, value) {
			if len(x.text) >= 6 {
				start := [2]byte{lower(x.text[0]), lower(x.text[1])}
				all[start] = append(all[start], x)
			}
		}
	}
	return all
}

func lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c - 'A' + 'a'
	}
	return c
}

func spellings(n int, value string) (all []song) {
	for how, text := range map[string]string{
		"as it is": value, "URL-encoded": url.QueryEscape(value), "path-encoded": url.PathEscape(value), "percent-encoded": percented(value),
		"in HTML": html.EscapeString(value), "in JSON": inJSON(value), "quoted": strings.Trim(fmt.Sprintf("%+q", value), `"`),
		"quoted-printable": printable(value), "in hex": hex.EncodeToString([]byte(value)),
	} {
		all = append(all, song{n, how, text, false})
	}
	for _, e := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
		for shift := range 3 {
			all = append(all, song{n, "in base64", middle(e, value, shift), true})
		}
	}
	return all
}

// heard returns which canaries a text has, and how they are spelt there.
func (all songs) heard(text string) map[int]string {
	var starts [1 << 16]bool
	for start := range all {
		starts[int(start[0])<<8|int(start[1])] = true
	}
	found := map[int]string{}
	for i := 0; i+1 < len(text); i++ {
		a, b := lower(text[i]), lower(text[i+1])
		if !starts[int(a)<<8|int(b)] {
			continue
		}
		for _, x := range all[[2]byte{a, b}] {
			if len(x.text) > len(text)-i {
				continue
			}
			if here := text[i : i+len(x.text)]; here == x.text || !x.exact && strings.EqualFold(here, x.text) {
				found[x.canary] = x.how
			}
		}
	}
	return found
}

// middle is the part of a value's base64 that is the same whatever stands
// around it, if it begins shift bytes into a group of three.
func middle(e *base64.Encoding, value string, shift int) string {
	skip := (3 - shift) % 3
	whole := value[skip:]
	return e.EncodeToString([]byte(whole[:len(whole)/3*3]))
}

func percented(s string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		fmt.Fprintf(&b, "%%%02x", c)
	}
	return b.String()
}

func inJSON(s string) string {
	b, _ := json.Marshal(s)
	return string(b[1 : len(b)-1])
}

func printable(s string) string {
	var b bytes.Buffer
	w := quotedprintable.NewWriter(&b)
	_, _ = w.Write([]byte(s))
	_ = w.Close()
	return strings.NewReplacer("=\r\n", "").Replace(b.String())
}

// A canary that does not sing is none.
func TestCanariesAreFound(t *testing.T) {
	t.Parallel()
	const address, name = "Hanako.Yamada@example.jp", "山田 花子です"
	for how, text := range map[string]string{
		"as it is":         "to hanako.yamada@EXAMPLE.jp",
		"local part":       "reader hanako.yamada is",
		"URL-encoded":      "?email=" + url.QueryEscape(address),
		"percent-encoded":  percented(name),
		"in JSON":          `{"name":"` + strings.ToUpper(`\u5c71\u7530`) + `","to":"Hanako.Yamada@example.jp"}`,
		"escaped":          fmt.Sprintf("%+q", name),
		"quoted-printable": "name: " + printable(name),
		"base64":           base64.StdEncoding.EncodeToString([]byte("To: <" + address + ">")),
		"base64, shifted":  base64.URLEncoding.EncodeToString([]byte("To: <<" + address + ">")),
		"in hex":           hex.EncodeToString([]byte(name)),
	} {
		var c secrets
		c.add(address)
		c.add(name)
		c.record("the text", text)
		if len(c.leaks()) == 0 {
			t.Errorf("%s: not found in %q", how, text)
		}
	}
	var c secrets
	c.add(address)
	c.record("POST /lists/x", "You typed "+address)
	c.echoed("/lists/x", 200, url.Values{"email": {address}})
	c.record("GET /", "nothing")
	if leaks := c.leaks(); leaks != nil {
		t.Error(leaks)
	}
}
