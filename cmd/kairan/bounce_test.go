package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"example.jp/kairan/subscribe"
)

// returnPath is where a copy to somebody comes back to.
func (w *town) returnPath(o *towner) string {
	r := subscribe.Return{List: w.cfg.Lists[townList], Copy: true, Run: 1, ID: o.entry.ID, Generation: o.entry.Generation}
	return "bounces+" + string(w.tokens.AppendReturn(nil, r)) + "@mail.example.jp"
}

// leavePath is where the mail program of somebody writes that they leave.
func (w *town) leavePath(o *towner) string {
	return "bounces+" + string(w.tokens.AppendLeaveByMail(nil, w.cfg.Lists[townList], o.entry.ID)) + "@mail.example.jp"
}

// ofSample is the return path in the samples.
var ofSample = regexp.MustCompile(`ajc-bounces\+[a-z2-7]+@mail\.example\.jp`)

// backMail is one of the samples of what comes back.
func backMail(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(moduleRoot, "testdata", "bounce", name+".eml"))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// bounceBy is how a relay runs the command, and all that it and the relay's log get to see.
func (w *town) bounceBy(to, mail string) string { return w.runCommand(mail, "bounce", "--to", to) }

// TestBouncesTellNothing: of whomever a mail is about that comes back, the relay is told the
// same, and what is to end ends.
func TestBouncesTellNothing(t *testing.T) {
	t.Parallel()
	asks := []struct {
		path func(*town, *towner) string
		mail string
		ends bool
		loop bool // it is to the mailbox alone, and the path stands inside
	}{
		{(*town).returnPath, "postfix-full", false, false},
		{(*town).returnPath, "postfix-unknown", false, false}, // what it means is decided later
		{(*town).returnPath, "arf-abuse", true, false},
		{(*town).returnPath, "arf-abuse", true, true},
		{(*town).leavePath, "reply-of-a-person", true, false},
		{(*town).leavePath, "bomb-depth", true, false}, // leaving always works
	}
	w := newTown(t, len(asks))
	gone, here := map[subscribe.ID]bool{}, map[subscribe.ID]bool{}
	for _, x := range asks {
		for _, at := range standings {
			o := w.take(at)
			to, mail := x.path(w, o), backMail(t, x.mail)
			if x.loop {
				to, mail = "bounces@mail.example.jp", ofSample.ReplaceAllString(mail, to)
			}
			if said := w.bounceBy(to, mail); said != "exit status 0" {
				t.Errorf("%s about who is %s: %s", x.mail, at, said)
			}
			if at == "subscribed" && x.ends {
				gone[o.entry.ID] = true
			} else if at == "subscribed" && x.mail == "postfix-full" {
				here[o.entry.ID] = true
			}
		}
	}
	w.readFiles()
	if err := w.halt(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	var err error
	if w.cfg, w.db, err = w.openStore(); err != nil {
		t.Fatal(err)
	}
	defer w.db.Close()
	err = w.db.Update(t.Context(), func(tx subscribe.Tx) error {
		for id := range gone {
			if s, err := tx.ByID(townList, id); err != nil || s == nil || s.State != subscribe.Ended {
				t.Errorf("who left by mail, or complained, is still there (%v)", err)
			}
		}
		for id := range here {
			if s, err := tx.ByID(townList, id); err != nil || s == nil || s.State != subscribe.Active {
				t.Errorf("who has a full mailbox once is gone (%v)", err)
			}
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// TestWhatARelayIsTold: a relay gets 0, or 75 and tries again; anything else would have it
// send a bounce of what is one.
func TestWhatARelayIsTold(t *testing.T) {
	t.Parallel()
	w := newTown(t, 1)
	o := w.take("subscribed")
	known, mail := w.returnPath(o), backMail(t, "postfix-full")
	forged := strings.NewReplacer("a", "b", "b", "a").Replace(known)
	const done, later = "exit status 0", "exit status 75"
	tell := func(when, want, input string, args ...string) {
		t.Helper()
		said := w.runCommand(input, append([]string{"bounce"}, args...)...)
		if !strings.HasSuffix(said, want) || want == done && said != done {
			t.Errorf("%s: %s; want %s", when, said, want)
		}
	}
	tell("forged", done, mail, "--to", forged)
	tell("by the relay's line", done, "X-Original-To: "+known+"\n"+mail)
	tell("nobody's", done, mail, "--to", "postmaster@mail.example.jp")
	tell("no mail", done, "", "--to", known)
	tell("too large", done, strings.Repeat("From: x\n", 1<<20), "--to", known)
	tell("wrong arguments", later, mail, known)
	tell("a flag that there is not", later, mail, "--sender", "x")
	tell("a configuration that is not there", later, mail, "--to", known, "--config", "nowhere.toml")
	if err := w.halt(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	tell("no server", later, mail, "--to", known)
	tell("no server, forged: alike", later, mail, "--to", forged)
	tell("no server, nobody's", done, mail, "--to", "postmaster@mail.example.jp")
}
