package editor

import (
	"errors"
	"strings"
	"testing"

	"example.jp/kairan/deliver"
	"example.jp/kairan/subscribe"
)

// TestWhatIsMadeForTheArchive: of an issue of a list that has one; and where it cannot be
// made, readers get the issue all the same, and the log says so.
func TestWhatIsMadeForTheArchive(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	name := o.has("autumn", deliver.Scheduled, nil)
	i, err := o.Issue(first(o))
	o.must(err)
	form, err := o.Compile(t.Context(), i, o.now)
	if err != nil || form.Back != nil || form.Unarchived != "" || strings.Contains(string(form.Compiled), "/issues/") {
		t.Errorf("a list without an archive: %+v, %q, %v", form.Back, form.Unarchived, err)
	}
	o.list.Archived = true
	o.Compiler.(*reading).Compiler = newCompiler(t) // which has kept what it laid out
	form, err = o.Compile(t.Context(), i, o.now)
	if err != nil || form.Back == nil || form.Back.List+"/"+form.Back.Slug != name || form.Back.HTML != "<p>本文</p>\n" || form.Unarchived != "" {
		t.Errorf("%+v, %q, %v", form.Back, form.Unarchived, err)
	}
	if !strings.Contains(string(form.Compiled), "/lists/"+i.Name.List+"/issues/autumn") {
		t.Errorf("the mails do not say where it can be read: %s", form.Compiled)
	}
	o.unarchived = errors.New("boom")
	form, err = o.Compile(t.Context(), i, o.now)
	if err != nil || form.Back != nil || form.Unarchived != "boom" || len(form.Compiled) == 0 {
		t.Errorf("%+v, %q, %v", form.Back, form.Unarchived, err)
	}
	if !strings.Contains(o.log.String(), "level=ERROR msg=BackNumberFault issue="+name) {
		t.Errorf("the log says %q", o.log.String())
	}
}

// TestWhereAnIssueCanBeRead: the status says at which address, also before there is
// anything; and since when not any more.
func TestWhereAnIssueCanBeRead(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	const page = "https://mail.example.jp/lists/japanifornia/issues/"
	draft, running, older := o.has("draft", deliver.Draft, nil), o.has("running", deliver.Running, nil), o.has("older", deliver.Running, nil)
	o.backs = map[string]subscribe.BackNumber{running: {Subject: "お知らせ"}}
	want := func(name, page string, withdrawn bool) {
		t.Helper()
		if s, err := o.Status(t.Context(), name); err != nil || s.Page != page || s.Withdrawn.IsZero() == withdrawn {
			t.Errorf("%s: %q, %s, %v", name, s.Page, s.Withdrawn, err)
		}
	}
	want(draft, "", false)
	want(running, "", false)
	o.list.Archived = true
	want(draft, page+"draft", false)
	want(running, page+"running", false)
	want(older, "", false) // its list had no archive when it began
	s, err := o.Withdraw(t.Context(), who, running, false)
	if err != nil || !s.Withdrawn.Equal(o.now) || s.Page != page+"running" {
		t.Errorf("%+v, %v", s, err)
	}
	want(running, page+"running", true)
	_, err = o.Withdraw(t.Context(), who, running, false)
	wantError[*deliver.StateError](t, err, "withdrawn already")
	_, err = o.Withdraw(t.Context(), who, running, true)
	o.must(err)
	want(running, page+"running", false)
	for _, name := range []string{draft, older} {
		_, err = o.Withdraw(t.Context(), who, name, false)
		wantError[*deliver.StateError](t, err, "cannot be withdrawn")
	}
	_, err = o.Withdraw(t.Context(), who, "japanifornia/none", false)
	wantError[Misuse](t, err, "there is no issue japanifornia/none")
}
