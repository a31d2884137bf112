package subscribe

import (
	"errors"
	"maps"
	"testing"
	"time"
)

const you, me, fresh = "you@example.jp", "me@example.org", "new@example.com"

func TestSignUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.fine(w.AskJoin(t.Context(), w.asking("press", you)))
	n := w.one(NoticeConfirm, you)
	if n.List != "press" || n.Lang != Japanese || !n.Reader.IsZero() || !n.Asked.Equal(noon) || !n.Expires.Equal(noon.Add(ConfirmFor)) {
		t.Errorf("owed: %+v", n)
	}
	if len(w.store.entries["press"]) != 0 || len(w.store.requests) != 0 || len(w.store.marks) != 0 {
		t.Error("something is kept about one who has not confirmed")
	}
	tok := w.link(n)
	w.sleep(time.Hour)

	var faults Faults
	if err := w.Confirm(t.Context(), tok, Answers{}); !errors.As(err, &faults) || len(faults) != 1 || faults[0] != (Fault{"name", ReasonRequired}) {
		t.Errorf("without its required field: %v", err)
	}
	if err := w.Confirm(t.Context(), tok, Answers{Fields: map[string]string{"name": "花子", "birthday": "1"}}); !errors.As(err, &faults) {
		t.Errorf("with an undeclared field: %v", err)
	}
	if w.active("press", you) != nil {
		t.Fatal("joined with faults")
	}

	w.fine(w.Confirm(t.Context(), tok, Answers{Fields: map[string]string{"name": " 花子 "}}))
	s := w.active("press", you)
	if s == nil || s.Seq != 1 || !maps.Equal(s.Fields, Fields{"name": "花子"}) || s.Lang != Japanese {
		t.Fatalf("entry: %+v", s)
	}
	want := Consent{w.Lists["press"].Wording(Japanese), "2026-04-01", noon, noon.Add(time.Hour), Japanese, ""}
	if s.Consent.Requested = s.Consent.Requested.UTC(); s.Consent != want {
		t.Errorf("consent %+v, want %+v", s.Consent, want)
	}
	if n := w.one(NoticeWelcome, you); n.Reader != s.ID || n.Revision != s.Revision {
		t.Errorf("welcome: %+v", n)
	}
}

func TestConsentIsInTheLanguageOfThePage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tok := w.asksToJoin("news", you)
	w.fine(w.Confirm(t.Context(), tok, Answers{Lang: English}))
	s := w.active("news", you)
	if s == nil || s.Lang != English || s.Consent.Lang != English || s.Consent.Wording != w.Lists["news"].Wording(English) {
		t.Errorf("entry %+v", s)
	}
}

func TestSignUpTwice(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.joins("news", you, nil)
	w.sleep(time.Hour)
	w.fine(w.AskJoin(t.Context(), w.asking("news", "YOU@example.jp")))
	if n := w.one(NoticeAlready, you); n.Reader != s.ID {
		t.Errorf("owed: %+v", n)
	}

	// Two links, both pressed, and one pressed twice: one entry, one welcome.
	w = newWorld(t)
	first := w.asksToJoin("news", you)
	second := w.asksToJoin("news", you)
	w.fine(w.Confirm(t.Context(), first, Answers{}))
	owed := len(w.store.owed)
	w.still("the same link again", func() error { return w.Confirm(t.Context(), first, Answers{}) })
	w.still("the other link", func() error { return w.Confirm(t.Context(), second, Answers{}) })
	if len(w.store.owed) != owed || len(w.store.entries["news"]) != 1 {
		t.Error("joined twice")
	}
}

func TestConfirmLate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tok := w.asksToJoin("news", you)
	w.sleep(ConfirmFor + time.Second)
	if err := w.Confirm(t.Context(), tok, Answers{From: w.asking("news", you).From}); !errors.Is(err, ErrLate) {
		t.Fatalf("late: %v", err)
	}
	if w.active("news", you) != nil {
		t.Fatal("a late link joined")
	}
	link := w.link(w.one(NoticeConfirm, you)) // a fresh mail was asked for
	w.fine(w.Confirm(t.Context(), link, Answers{}))
	if w.active("news", you) == nil {
		t.Error("the fresh link did not join")
	}
	w.Limits.Intake = 0
	if err := w.Confirm(t.Context(), tok, Answers{}); !errors.Is(err, ErrBusy) {
		t.Errorf("late, and no fresh mail can be asked for: %v", err)
	}
}

func TestForgedLinks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.joins("press", you, map[string]string{"name": "花子"})
	stranger := w.Tokens
	stranger.Keys = newKeys()
	forged := oneOfEach(t, stranger, w.clock)
	good := oneOfEach(t, w.Tokens, w.clock)
	good["leave"] = w.leaveLink(s)
	ctx := t.Context()
	verbs := map[string]func(Token) error{
		"confirm": func(tok Token) error { return w.Confirm(ctx, tok, Answers{}) },
		"correct": func(tok Token) error { return w.Correct(ctx, tok, Changes{Erase: []string{"organisation"}}) },
		"leave":   func(tok Token) error { return w.Leave(ctx, tok) },
		"block":   func(tok Token) error { return w.Block(ctx, tok) },
	}
	serves := map[string]string{"confirm": "confirm", "move": "confirm", "correct": "correct", "leave": "leave", "block": "block"}
	before := w.store.commits
	for verb, do := range verbs {
		for name := range forged {
			if err := do(forged[name]); !errors.Is(err, ErrToken) {
				t.Errorf("%s with a forged %s link: %v", verb, name, err)
			}
			if serves[name] != verb && (name != "correct" || verb != "leave") {
				if err := do(good[name]); !errors.Is(err, ErrToken) {
					t.Errorf("%s with a %s link: %v", verb, name, err)
				}
			}
		}
	}
	if w.store.commits != before {
		t.Error("a forged link changed something")
	}
}

func TestLinkOlderThanALeaving(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.asksToJoin("news", you)
	second := w.asksToJoin("news", you)
	w.sleep(time.Minute)
	w.fine(w.Confirm(t.Context(), first, Answers{}))
	s := w.active("news", you)
	w.sleep(time.Minute)
	w.fine(w.Leave(t.Context(), w.leaveLink(*s)))
	gone := w.newest("news", s.ID)
	if gone.State != Ended || !gone.Address.IsZero() || gone.Fields != nil || gone.Consent != s.Consent {
		t.Errorf("left behind: %+v", gone)
	}
	w.still("the link that joined", func() error { return w.Confirm(t.Context(), first, Answers{}) })
	w.still("a second one from before", func() error { return w.Confirm(t.Context(), second, Answers{}) })
	w.still("leaving again", func() error { return w.Leave(t.Context(), w.leaveLink(*s)) })
	if w.active("news", you) != nil {
		t.Error("an old link brought somebody back")
	}
}

// TestALeavingUnderAClockThatWasSetBack: who leaves while the clock stands before the
// instant at which they asked does not come back by the link from then.
func TestALeavingUnderAClockThatWasSetBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	link := w.asksToJoin("news", you)
	w.fine(w.Confirm(t.Context(), link, Answers{}))
	s := w.active("news", you)
	w.sleep(-time.Hour)
	w.fine(w.Leave(t.Context(), w.leaveLink(*s)))
	w.still("the link that joined", func() error { return w.Confirm(t.Context(), link, Answers{}) })
	if w.active("news", you) != nil {
		t.Error("an old link brought somebody back")
	}
	w.sleep(2 * time.Hour)
	w.joins("news", you, nil)
}

func TestLeaveAndReturn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.joins("news", you, nil)
	link := w.leaveLink(first)
	w.fine(w.Leave(t.Context(), link))
	second := w.joins("news", you, nil)
	if second.ID != first.ID || second.Seq == first.Seq {
		t.Errorf("came back as ID kept %v, Seq %d after %d", second.ID == first.ID, second.Seq, first.Seq)
	}
	w.fine(w.Leave(t.Context(), link)) // from an issue of the first time
	if w.active("news", you) != nil {
		t.Error("an old leave link did not leave")
	}
}

// TestLeaveByCorrectionLink: the page on which somebody corrects is a way out, for as long
// as its link works, and on whichever list it is.
func TestLeaveByCorrectionLink(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.joins("press", you, map[string]string{"name": "花子"})
	w.joins("news", you, nil)
	used := w.asksToCorrect("press", you)
	w.fine(w.Correct(t.Context(), used, Changes{Fields: map[string]string{"name": "太郎"}}))
	w.sleep(CorrectFor + time.Second)
	if err := w.Leave(t.Context(), used); !errors.Is(err, ErrLate) || w.active("press", you) == nil {
		t.Errorf("an hour later: %v", err)
	}
	link := w.asksToCorrect("press", you)
	w.fine(w.Correct(t.Context(), link, Changes{Fields: map[string]string{"name": "次郎"}}))
	w.fine(w.Leave(t.Context(), link))
	if w.active("press", you) != nil || w.active("news", you) == nil {
		t.Error("it did not leave its own list alone")
	}
	w.still("the link once more", func() error { return w.Leave(t.Context(), link) })
}

func TestCorrect(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.joins("press", you, map[string]string{"name": "花子", "organisation": "見本社", "medium": "air"})
	w.joins("news", you, nil)
	tok := w.asksToCorrect("press", you)
	w.fine(w.Correct(t.Context(), tok, Changes{
		Fields: map[string]string{"name": "太郎", "medium": ""}, Erase: []string{"organisation"},
	}))
	s := w.active("press", you)
	if !maps.Equal(s.Fields, Fields{"name": "太郎", "medium": "air"}) {
		t.Errorf("fields: %v", map[string]string(s.Fields))
	}
	w.still("the link once more", func() error {
		return w.Correct(t.Context(), tok, Changes{Fields: map[string]string{"name": "次郎"}})
	})

	tok = w.asksToCorrect("press", you)
	var faults Faults
	var address AddressFault
	for _, tc := range []struct {
		name string
		ch   Changes
		as   any
	}{
		{"a required field erased", Changes{Erase: []string{"name"}}, &faults},
		{"undeclared", Changes{Fields: map[string]string{"x": "1"}}, &faults},
		{"a URL", Changes{Fields: map[string]string{"name": "https://example.com"}}, &faults},
		{"a broken address", Changes{NewAddress: "you@"}, &address},
		{"a machine's address", Changes{NewAddress: "noreply@example.jp"}, &address},
	} {
		before := w.store.commits
		if err := w.Correct(t.Context(), tok, tc.ch); !errors.As(err, tc.as) || w.store.commits != before {
			t.Errorf("%s: %v, changed: %v", tc.name, err, w.store.commits != before)
		}
	}
	w.sleep(CorrectFor + time.Second)
	if err := w.Correct(t.Context(), tok, Changes{}); !errors.Is(err, ErrLate) {
		t.Errorf("late: %v", err)
	}

	tok = w.asksToCorrect("press", you)
	w.fine(w.Leave(t.Context(), w.leaveLink(*w.active("press", you))))
	w.still("a correction of one who has left", func() error {
		return w.Correct(t.Context(), tok, Changes{Fields: map[string]string{"name": "三郎"}, NewAddress: fresh})
	})
}

// What a correction is answered does not depend on what is stored.
func TestCorrectIsAnsweredAlike(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.joins("press", you, map[string]string{"name": "花子"})
	stranger := must[Token](t)(w.Tokens.Mint(Link{Purpose: ToCorrect, List: w.Lists["press"], ID: NewID(), Revision: 1, Lang: Japanese, Issued: w.clock.Add(25 * time.Hour)}))
	tok := w.asksToCorrect("press", you)
	for _, ch := range []Changes{
		{Fields: map[string]string{"name": "a\nb"}}, {Erase: []string{"name"}}, {NewAddress: "x"}, {Erase: []string{"medium"}},
		{NewAddress: you}, {NewAddress: fresh}, {Fields: map[string]string{"medium": "air"}},
	} {
		w.still("a link of nobody", func() error {
			known, unknown := w.store.dry(func() error { return w.Correct(t.Context(), tok, ch) }), w.Correct(t.Context(), stranger, ch)
			if (known == nil) != (unknown == nil) || known != nil && known.Error() != unknown.Error() {
				t.Errorf("%+v: answered %v to one who is known, %v to nobody", ch, known, unknown)
			}
			return nil
		})
	}
}

// When the ID of a mark is in use, because its entry has moved on, whoever comes
// back gets one of their own.
func TestReturnWhileTheIDIsInUse(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.joins("news", me, nil)
	w.store.marks[markKey{"news", you}] = Mark{Kind: MarkLeft, At: noon, ID: s.ID}
	if got := w.joins("news", you, nil); got.ID == s.ID {
		t.Error("two entries with one ID")
	}
}

func TestRemove(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.joins("news", you, nil)
	w.joins("press", you, map[string]string{"name": "花子"})
	w.still("one who is not on it", func() error { return w.Remove(t.Context(), "news", mustAddress(t, me)) })
	w.fine(w.Remove(t.Context(), "news", mustAddress(t, "You@Example.jp")))
	if w.active("news", you) != nil || w.active("press", you) == nil {
		t.Error("removed from the wrong list, or not at all")
	}
	if s := w.newest("news", s.ID); s.State != Ended {
		t.Errorf("left behind: %+v", s)
	}
	if err := w.Remove(t.Context(), "none", mustAddress(t, you)); !errors.Is(err, ErrList) {
		t.Errorf("unknown list: %v", err)
	}
}

func TestDiskFull(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.joins("press", you, map[string]string{"name": "花子"})
	confirm, correct := w.asksToJoin("news", me), w.asksToCorrect("press", you)
	w.store.fault = errDisk
	ctx := t.Context()
	for name, err := range map[string]error{
		"request": w.AskJoin(ctx, w.asking("news", you)),
		"confirm": w.Confirm(ctx, confirm, Answers{}),
		"correct": w.Correct(ctx, correct, Changes{Fields: map[string]string{"name": "太郎"}}),
		"leave":   w.Leave(ctx, w.leaveLink(s)),
		"remove":  w.Remove(ctx, "press", mustAddress(t, you)),
		"unblock": w.Unblock(ctx, mustAddress(t, you)),
	} {
		if !errors.Is(err, errDisk) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A link that was used shows that its mail was wanted: a correction can be asked
// for right after joining, and once more right after correcting, as often as that is.
func TestUsedLinksDoNotHoldUpTheirReader(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.fine(w.AskJoin(t.Context(), w.asking("news", you)))
	w.fine(w.Confirm(t.Context(), w.link(w.one(NoticeConfirm, you)), Answers{}))
	w.one(NoticeWelcome, you)
	ask := func() []Notice {
		w.fine(w.AskCorrection(t.Context(), w.asking("news", you)))
		return w.work()
	}
	for n := range 3 * allAtOnce {
		got := ask()
		if len(got) != 1 || !got[0].Due.IsZero() {
			t.Fatalf("correction %d: owed %v", n+1, kinds(got))
		}
		if again := ask(); len(again) != 1 || again[0].Due.Sub(w.clock) != 10*time.Minute {
			t.Fatalf("within ten minutes, the link unused: owed %v", kinds(again))
		}
		w.fine(w.Correct(t.Context(), w.link(got[0]), Changes{}))
	}
}
