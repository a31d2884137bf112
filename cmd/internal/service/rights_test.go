package service

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"example.jp/kairan/cmd/internal/config"
	"example.jp/kairan/cmd/internal/control"
	"example.jp/kairan/deliver"
	"example.jp/kairan/store/seal"
)

// mayAsk is what each account may ask of the list whats-new, whose writers, approvers and
// operators are named: a writer, an approver, an operator, the writer of another list, who
// has no role in any, and the service's own account.
const mayAsk = `
verb                writer approver operator other nobody own
archive/page        yes    yes      yes      yes   yes    yes
audit/show          yes    yes      yes      -     -      yes
audit/verify        yes    yes      yes      yes   yes    yes
backup              -      -        yes      -     -      yes
backup/folder       -      -        yes      -     -      yes
backup/note         -      -        yes      -     -      yes
backup/progress     -      -        yes      -     -      yes
bounce/take         yes    yes      yes      yes   yes    yes
compact             -      -        yes      -     -      yes
custody/export      -      -        yes      -     -      yes
custody/ls          -      -        yes      -     -      yes
examine             -      -        yes      -     -      yes
issue/add           yes    yes      yes      -     -      yes
issue/approve       -      yes      -        -     -      -
issue/cancel        yes    yes      yes      -     -      yes
issue/embargo       yes    yes      yes      -     -      yes
issue/foresee       yes    yes      yes      -     -      yes
issue/lint          yes    yes      yes      -     -      yes
issue/ls            yes    yes      yes      -     -      yes
issue/pattern       yes    yes      yes      -     -      yes
issue/pause         yes    yes      yes      -     -      yes
issue/preview       yes    yes      yes      -     -      yes
issue/report        yes    yes      yes      -     -      yes
issue/reschedule    yes    yes      yes      -     -      yes
issue/resend        yes    yes      yes      -     -      yes
issue/resend/foresee yes   yes      yes      -     -      yes
issue/resume        yes    yes      yes      -     -      yes
issue/rm            yes    yes      yes      -     -      yes
issue/schedule      yes    yes      yes      -     -      yes
issue/show          yes    yes      yes      -     -      yes
issue/status        yes    yes      yes      -     -      yes
issue/test          yes    yes      yes      -     -      yes
issue/upcoming      yes    yes      yes      -     -      yes
issue/withdraw      yes    yes      yes      -     -      yes
keys/ls             -      -        yes      -     -      yes
list/close          -      yes      -        -     -      -
list/feed           yes    yes      yes      -     -      yes
list/feed/seen      yes    yes      yes      -     -      yes
list/feed/take      yes    yes      yes      -     -      yes
list/ls             yes    yes      yes      -     -      yes
list/reopen         -      yes      -        -     -      -
purge               -      -        yes      -     -      yes
purge/certificates  -      -        yes      -     -      yes
relaylog/begin      -      -        yes      -     -      yes
relaylog/end        -      -        yes      -     -      yes
relaylog/take       -      -        yes      -     -      yes
restore             -      -        yes      -     -      yes
stats               yes    yes      yes      -     -      yes
status              yes    yes      yes      yes   yes    yes
subscriber/import   -      -        yes      -     -      yes
subscriber/remove   -      -        yes      -     -      yes
subscriber/unblock  -      -        yes      -     -      yes
whoami              yes    yes      yes      yes   yes    yes
`

// TestEveryAccountAtEveryVerb walks the table above, and the same for a list that names
// nobody: there, whoever may use the socket writes and approves.
func TestEveryAccountAtEveryVerb(t *testing.T) {
	t.Parallel()
	s := withStaff(t)
	server := Verbs.Server(s, 1<<20).Handler
	accounts := map[string]control.Peer{
		"writer": {Name: "writer", UID: 2001}, "approver": {Name: "approver", UID: 2099, GIDs: []int{100, 2002}}, "operator": {Name: "operator", UID: 2003},
		"other": {Name: "other", UID: 2004}, "nobody": {Name: "nobody", UID: 2005, GIDs: []int{2001}}, "own": {Name: "root", UID: 0},
	}
	ask := func(who, verb, list string) (refused bool, said string) {
		body := `{"list":"` + list + `","issue":"` + list + `/autumn","address":"taro@example.jp"}`
		r := httptest.NewRequest(http.MethodPost, "/"+verb, strings.NewReader(body))
		w := httptest.NewRecorder()
		server.ServeHTTP(w, r.WithContext(control.WithPeer(t.Context(), accounts[who])))
		said = w.Body.String()
		return strings.Contains(said, "has no role in the list") || strings.Contains(said, "is no operator of") || strings.Contains(said, "is no approver of"), said
	}
	lines := strings.Split(strings.TrimSpace(mayAsk), "\n")
	columns, asked := strings.Fields(lines[0])[1:], []string{}
	for _, line := range lines[1:] {
		cells := strings.Fields(line)
		asked = append(asked, cells[0])
		for i, who := range columns {
			before := len(deeds(t, s))
			refused, said := ask(who, cells[0], "whats-new")
			if refused == (cells[i+1] == "yes") {
				t.Errorf("%s at %s: refused is %v: %s", who, cells[0], refused, said)
			}
			if refused && (len(deeds(t, s)) != before+1 || strings.Contains(said, "autumn")) {
				t.Errorf("%s at %s: %d deeds, and it says %s", who, cells[0], len(deeds(t, s))-before, said)
			}
			// What a list that names nobody asks: the roles of an operator stay.
			open := cells[i+1] == "yes" || slices.Contains([]string{"other", "nobody", "writer", "operator", "own"}, who) && cells[slices.Index(columns, "approver")+1] == "yes"
			if refused, said := ask(who, cells[0], "ajc-press"); refused == open {
				t.Errorf("%s at %s of a list that names nobody: refused is %v: %s", who, cells[0], refused, said)
			}
		}
	}
	for verb := range rights {
		if !slices.Contains(asked, verb) {
			t.Errorf("the table does not say who may ask %s", verb)
		}
	}
}

// TestWhoHasNoRoleLearnsNoName: what is of all lists shows those issues alone in whose list
// the account has a role, and nobody else is told whether an issue is there.
func TestWhoHasNoRoleLearnsNoName(t *testing.T) {
	t.Parallel()
	s := withStaff(t)
	client := &control.Client[Service]{Local: s}
	add := func(issue string) {
		t.Helper()
		text := []byte("+++\nsubject = \"Secret of " + issue + "\"\n+++\n\nHello.\n")
		if _, err := IssueAdd.Call(t.Context(), client, Source{Issue: issue, Source: text}); err != nil {
			t.Fatal(err)
		}
		if _, err := IssueSchedule.Call(t.Context(), client, Schedule{Issue: issue, At: "2099-01-01 09:00"}); err != nil {
			t.Fatal(err)
		}
	}
	for _, list := range []string{"whats-new", "japanifornia", "ajc-press"} {
		add(list + "/embargoed")
	}
	server := Verbs.Server(s, 1<<20).Handler
	ask := func(p control.Peer, verb, body string) string {
		w := httptest.NewRecorder()
		r := httptest.NewRequest(http.MethodPost, "/"+verb, strings.NewReader(body))
		server.ServeHTTP(w, r.WithContext(control.WithPeer(t.Context(), p)))
		return w.Body.String()
	}
	nobody, other, writer := control.Peer{Name: "nobody", UID: 2005}, control.Peer{Name: "other", UID: 2004}, control.Peer{Name: "writer", UID: 2001}
	for _, verb := range []string{"issue/ls", "status", "audit/show"} {
		for _, c := range []struct {
			who  control.Peer
			list string
			sees bool
		}{
			{writer, "whats-new", true}, {writer, "japanifornia", false}, {other, "whats-new", false}, {other, "japanifornia", true},
			{nobody, "whats-new", false}, {nobody, "japanifornia", false}, {nobody, "ajc-press", true}, {control.Peer{UID: 2003}, "whats-new", true},
		} {
			said := ask(c.who, verb, "{}")
			sees := strings.Contains(said, c.list+"/embargoed") || verb == "audit/show" && strings.Contains(said, `"list":"`+c.list+`"`)
			if sees != c.sees {
				t.Errorf("%s says to %s of %s: %v\n%s", verb, c.who.Name, c.list, sees, said)
			}
		}
	}
	for _, verb := range []string{"issue/show", "issue/report", "issue/preview", "issue/schedule", "issue/rm", "issue/add", "issue/lint", "issue/pattern"} {
		there := ask(nobody, verb, `{"issue":"whats-new/embargoed","from":"whats-new/embargoed"}`)
		gone := ask(nobody, verb, `{"issue":"whats-new/nothing","from":"whats-new/nothing"}`)
		if there != gone || !strings.Contains(there, "has no role") {
			t.Errorf("%s: of an issue that is there %s, of one that is not %s", verb, there, gone)
		}
	}
}

// TestAlarmsOfOthers: what is wrong with a list, and not only with an issue of it, is told to
// who has a role there: "there is an issue whats-new/mayor-resigns already" names one.
func TestAlarmsOfOthers(t *testing.T) {
	t.Parallel()
	s := withStaff(t)
	s.board.note([]Alarm{
		{Name: "feed-asks", Of: "whats-new", Why: "names an issue"}, {Name: "issue-held", Of: "whats-new/autumn", Why: "likewise"},
		{Name: "relay", Of: "mail.example.jp", Why: "of everybody"}, {Name: "disk", Why: "of everybody"},
	}, nil, time.Now())
	for uid, want := range map[int]int{2001: 4, 2003: 4, 2004: 2, 2005: 2} {
		if got := s.alarmsFor(control.WithPeer(t.Context(), control.Peer{UID: uid})); len(got) != want {
			t.Errorf("account %d is told %+v", uid, got)
		}
	}
}

// TestOperatorsWhateverIsNamed: what only operators may do is refused to others also where
// the question names a list, and one that nobody has declared.
func TestOperatorsWhateverIsNamed(t *testing.T) {
	t.Parallel()
	s := withStaff(t)
	for _, issue := range []string{"ajc-press/x", "whats-new/x", "nowhere/x", ""} {
		for uid, may := range map[int]bool{2001: false, 2005: false, -1: !control.NamesPeers, 2003: true, 0: true} {
			ctx := control.WithPeer(t.Context(), control.Peer{Name: "somebody", UID: uid})
			if err := s.check(ctx, deliver.NeedOperate, Named{Issue: issue}); (err == nil) != may {
				t.Errorf("account %d, about %q: %v", uid, issue, err)
			}
		}
	}
}

// withStaff is an installation in which two lists name who works on them.
func withStaff(t *testing.T) *Service {
	t.Helper()
	return opened(t, func(source string) string {
		for list, names := range map[string]string{"whats-new": "writers = [\"#2001\"]\napprovers = [\"%#2002\"]\n", "japanifornia": "writers = [\"#2004\"]\n"} {
			source = strings.Replace(source, "\n[lists."+list+"]\n", "\n[lists."+list+"]\n"+names, 1)
		}
		return "operators = [\"#2003\"]\n" + source
	})
}

// opened is an installation with the demo's configuration, changed.
func opened(t *testing.T, change func(source string) string) *Service {
	t.Helper()
	s, err := Open(configured(t, change), "a test", time.Now, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// configured is that configuration, whose keys there are.
func configured(t *testing.T, change func(source string) string) *config.Config {
	t.Helper()
	dir := t.TempDir()
	keys := filepath.Join(dir, "keys")
	source := string(config.DemoSource(dir, "http://localhost:1", "127.0.0.1:0", "127.0.0.1:0", "127.0.0.1", 2525))
	cfg, err := config.Parse(filepath.Join(dir, "k.toml"), []byte(change(source)))
	if err == nil {
		err = seal.Generate(time.Now()).Write(keys)
	}
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

// TestAuthorUnderAnotherName: who wrote a text does not approve it either where a directory
// that did not answer has them stand there by their number, before or now.
func TestAuthorUnderAnotherName(t *testing.T) {
	t.Parallel()
	s := opened(t, func(source string) string {
		return strings.Replace(source, "\n[lists.whats-new]\n", "\n[lists.whats-new]\napprovers = [\"#2147001\", \"#2147002\", \"#0\"]\napproval = 2\n", 1)
	})
	client := &control.Client[Service]{Local: s}
	as := func(name string, uid int) context.Context {
		return control.WithPeer(t.Context(), control.Peer{Name: name, UID: uid})
	}
	for n, c := range []struct {
		writes, approves control.Peer
		may              bool
	}{
		{control.Peer{Name: "uid 2147001", UID: 2147001}, control.Peer{Name: "hanako", UID: 2147001}, false},
		{control.Peer{Name: "root", UID: 0}, control.Peer{Name: "uid 0", UID: 0}, false},
		{control.Peer{Name: "nobody knows", UID: 2147001}, control.Peer{Name: "uid 2147002", UID: 2147002}, false},
		{control.Peer{Name: "uid 2147001", UID: 2147001}, control.Peer{Name: "uid 2147002", UID: 2147002}, true},
		{control.Peer{Name: "root", UID: 0}, control.Peer{Name: "uid 2147002", UID: 2147002}, true},
		{control.Peer{Name: "uid 2147001", UID: 2147001}, control.Peer{Name: "taro", UID: 2147002}, true},
	} {
		issue := fmt.Sprintf("whats-new/x%d", n)
		added := Source{Issue: issue, Source: []byte("+++\nsubject = \"新着情報\"\n+++\n\n本文です。\n")}
		if _, err := IssueAdd.Call(as(c.writes.Name, c.writes.UID), client, added); err != nil {
			t.Fatal(err)
		}
		p, err := IssuePreview.Call(as(c.approves.Name, c.approves.UID), client, Look{Issue: issue})
		if err != nil {
			t.Fatal(err)
		}
		_, err = IssueApprove.Call(as(c.approves.Name, c.approves.UID), client, Approve{Issue: issue, Content: p.Content})
		if (err == nil) != c.may || err != nil && !strings.Contains(err.Error(), "may be the same account") {
			t.Errorf("%s approves what %s wrote: %v", c.approves.Name, c.writes.Name, err)
		}
		_, err = IssueResend.Call(as(c.approves.Name, c.approves.UID), client, Resend{Issue: issue, To: "held"})
		if err == nil || strings.Contains(err.Error(), "may be the same account") == c.may {
			t.Errorf("%s sends once more what %s wrote: %v", c.approves.Name, c.writes.Name, err)
		}
	}
}
