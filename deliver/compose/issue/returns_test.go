package issue_test

import (
	"strings"
	"testing"

	"example.jp/kairan/deliver"
	"example.jp/kairan/deliver/compose/issue"
)

// TestSpliceNamesItsReader: with a delimiter the return path and a second address to leave
// by are the reader's; the envelope is the plain path's, and a copy that lacks one is none.
func TestSpliceNamesItsReader(t *testing.T) {
	t.Parallel()
	c := newsletter(t)
	plain := len(must(t)(c.Message(reader(t))).Data)
	c.Delimiter = "+"
	s, p := spliced(t, c), reader(t)
	mustSplice(t, c, s, p)
	m := must(t)(c.Message(p))
	if m.Envelope.From != "bounce+"+p.Return+"@bounce.example.jp" || m.Envelope.To != "reader@example.com" {
		t.Errorf("envelope %+v", m.Envelope)
	}
	want := "\r\nList-Unsubscribe: <" + p.LeaveURL + ">,\r\n <mailto:bounce+" + p.LeaveByMail + "@bounce.example.jp?subject=unsubscribe>\r\n"
	if !strings.Contains(string(m.Data), want) {
		t.Errorf("the links to leave are not\n%s", want)
	}
	if strings.Contains(string(m.Data), p.Return) || len(m.Data) != plain+len(",\r\n <mailto:bounce+@bounce.example.jp?subject=unsubscribe>")+len(p.LeaveByMail) {
		t.Error("more than the one header is another")
	}
	for name, lack := range map[string]func(*issue.Personal){
		"a return path":             func(p *issue.Personal) { p.Return = "" },
		"a return path that is one": func(p *issue.Personal) { p.Return = "a b" },
		"an address to leave by":    func(p *issue.Personal) { p.LeaveByMail = "" },
		"one that is an address":    func(p *issue.Personal) { p.LeaveByMail = "a>\r\nBcc: b@example.com" },
	} {
		p := reader(t)
		lack(&p)
		mustSplice(t, c, s, p)
		if _, err := splice(s, nil, p); err == nil {
			t.Errorf("a copy without %s", name)
		}
	}
	if got := must(t)(c.Test(set(), p.To)); got.Envelope.From != "bounce@bounce.example.jp" || strings.Contains(string(got.Data), "List-Unsubscribe") {
		t.Errorf("a tester's copy comes back as a reader's: %s", got.Envelope.From)
	}
}

func must(t testing.TB) func(deliver.Message, error) deliver.Message {
	return func(m deliver.Message, err error) deliver.Message {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
}
