package main

import (
	"errors"
	"maps"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"example.jp/kairan/cmd/internal/sink"
	"example.jp/kairan/subscribe/web/browser"
	"example.jp/kairan/templates"
)

// atWork is the sample configuration, with these settings, served by the real program, with
// a relay that keeps what it gets. When the test ends it is held to what scripts are held to.
func atWork(t *testing.T, set map[string]string) *story {
	t.Helper()
	s := newStory(t, shortDir(t))
	t.Cleanup(s.end)
	if err := s.startRelay(); err != nil {
		t.Fatal(err)
	}
	_, port, err := net.SplitHostPort(s.sink.Addr())
	if err != nil {
		t.Fatal(err)
	}
	settings := s.settings(port)
	maps.Copy(settings, set)
	if err := s.configure(settings, sampleLists()); err != nil {
		t.Fatal(err)
	}
	if s.server, err = s.start(); err != nil {
		t.Fatal(err)
	}
	return s
}

// visit is a person who uses the pages of an installation in a browser, and reads the
// mail that comes. What they type may show on the page that answers it, and nowhere later.
type visit struct {
	*browser.Tab
	t       *testing.T
	s       *story
	words   *templates.Set
	lang    string
	mailbox string   // where their mail comes
	unsent  []string // what was typed into the form that is open
}

func newVisit(t *testing.T, s *story, b *browser.Browser, who browser.Visitor, mailbox string) *visit {
	t.Helper()
	words, err := templates.New()
	if err != nil {
		t.Fatal(err)
	}
	v := &visit{Tab: b.Open(t, who), t: t, s: s, words: words, lang: who.Lang, mailbox: mailbox}
	v.Loaded = v.keep
	return v
}

// keep has the canaries look at a page that came.
func (v *visit) keep(p browser.Page) {
	v.s.secrets.record("the address bar, at "+p.Title, p.URL)
	var head strings.Builder
	for name, value := range p.Header {
		head.WriteString(name + ": " + value + "\n")
	}
	v.s.secrets.mu.Lock()
	defer v.s.secrets.mu.Unlock()
	v.s.secrets.traces = append(v.s.secrets.traces, trace{"the page " + p.Title, head.String() + p.HTML + p.Text, v.unsent})
	if p.Status < 400 {
		v.unsent = nil
	}
}

// say is a message of the catalogue in the visitor's language.
func (v *visit) say(key string, pairs ...any) string {
	v.t.Helper()
	data := map[string]any{}
	for i := 0; i+1 < len(pairs); i += 2 {
		data[pairs[i].(string)] = pairs[i+1]
	}
	return v.words.Say(v.lang, key, data)
}

// write types into a field.
func (v *visit) write(label, text string) {
	v.t.Helper()
	v.s.secrets.add(text)
	v.unsent = append(v.unsent, text)
	v.Type(label, text)
}

// pick takes one of a few choices, which are radio buttons, or of many, which are a list.
func (v *visit) pick(label, option string) {
	v.t.Helper()
	if v.Has("combobox", label) {
		v.Choose(label, option)
		return
	}
	v.Set("radio", option)
}

// at fails the test if the visitor is not at a page with this heading and status.
func (v *visit) at(status int64, heading string) {
	v.t.Helper()
	p := v.Page
	if len(p.H1) != 1 || !strings.Contains(p.H1[0], heading) || p.Status != status || p.Lang != v.lang {
		v.t.Fatalf("%s: the page is %d, %s, under %q, and not %d, %s, %q:\n%s", p.URL, p.Status, p.Lang, p.H1, status, v.lang, heading, p.Text)
	}
	if p.Title == "" || strings.TrimSpace(p.Title) != p.Title {
		v.t.Errorf("%s: its title is %q", p.URL, p.Title)
	}
}

// reads fails the test if this is not on the page to be seen.
func (v *visit) reads(texts ...string) {
	v.t.Helper()
	for _, text := range texts {
		if !strings.Contains(v.Page.Text, text) {
			v.t.Errorf("%s does not say %q:\n%s", v.Page.URL, text, v.Page.Text)
		}
	}
}

// mail waits for the next mail, and returns its text, and its link of a kind.
func (v *visit) mail(kind string) (text, link string) {
	v.t.Helper()
	var m sink.Mail
	came := await(func() bool {
		all := v.s.mailsTo(v.mailbox)
		if len(all) > 0 {
			m = all[len(all)-1]
		}
		return m.N > v.s.seen[v.mailbox]
	})
	if !came {
		v.t.Fatalf("no mail comes after %s", v.Page.Title)
	}
	v.s.seen[v.mailbox] = m.N
	p, err := m.Parts()
	if err != nil {
		v.t.Fatal(err)
	}
	return p.Text, linkIn(m, kind)
}

// linkIn is the link of one of linkKinds in a mail.
func linkIn(m sink.Mail, kind string) string {
	for _, k := range linkKinds {
		for _, link := range m.Links() {
			if k.name == kind && k.re.MatchString(link) {
				return link
			}
		}
	}
	return ""
}

// issue has an editor send an issue to a list.
func (v *visit) issue(list, slug, text string) {
	v.t.Helper()
	file := filepath.Join(v.s.work, list, slug+".md")
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		v.t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte("+++\nsubject = \""+slug+"\"\n+++\n\n"+text+"\n"), 0o600); err != nil {
		v.t.Fatal(err)
	}
	v.s.command("issue", "add", list+"/"+slug+".md")
	v.s.command("issue", "schedule", list+"/"+slug, "--now", "--yes")
}

// command runs a command of the program, which must succeed.
func (s *story) command(args ...string) string {
	s.t.Helper()
	c := exec.Command(program, args...)
	c.Dir = s.work
	c.Env = append(os.Environ(), "KAIRAN_CONFIG="+s.file("kairan.toml"), clockEnv+"="+s.file("clock"))
	out, err := c.CombinedOutput()
	s.secrets.record("output of kairan "+strings.Join(args, " "), string(out))
	if err != nil {
		s.t.Fatalf("kairan %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// later has so much time go by while the server does not run: a clock that jumps holds what is
// due. Mails to one address keep a distance.
func (s *story) later(by time.Duration) {
	s.t.Helper()
	err := errors.Join(s.halt(os.Interrupt), s.advance(by))
	if err == nil {
		s.server, err = s.start()
	}
	if err != nil {
		s.t.Fatal(err)
	}
}
