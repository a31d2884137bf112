package editor

import (
	"testing"
	"time"

	"example.jp/kairan/deliver"
	"example.jp/kairan/deliver/compose/composetest"
)

// TestForeseeRefusesAsScheduleDoes: a question that is followed by a refusal would be one
// for nothing.
func TestForeseeRefusesAsScheduleDoes(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	name := o.has("autumn", deliver.Finished, nil)
	_, err := o.Foresee(t.Context(), who, name, When{At: "19:00"})
	wantError[*deliver.StateError](t, err, "cannot be scheduled")
	_, err = o.Foresee(t.Context(), who, name, When{At: "19:00", Move: true})
	wantError[*deliver.StateError](t, err, "cannot be rescheduled; it has begun")
	name = o.has("autumn", deliver.Draft, nil)
	_, err = o.Foresee(t.Context(), who, name, When{At: "noon"})
	wantError[Misuse](t, err, "is not understood")
	_, err = o.Foresee(t.Context(), who, name, When{At: "19:00", Move: true})
	wantError[*deliver.StateError](t, err, "it has no time yet")
	o.Sending.Expires = time.Minute
	_, err = o.Foresee(t.Context(), who, name, When{At: "19:00"})
	wantError[Refused](t, err, "would reach only about")
	o.Sending.Expires, o.list.Approvals = 72*time.Hour, 2
	_, err = o.Foresee(t.Context(), who, name, When{Soon: true})
	wantError[Refused](t, err, "cannot begin at once: nobody but its author stands for it")
}

// TestYesIsToWhatWasShown: what is scheduled is what somebody saw, or nothing is.
func TestYesIsToWhatWasShown(t *testing.T) {
	t.Parallel()
	for what, c := range map[string]struct {
		meanwhile func(*office)
		when      When
		holds     bool
	}{
		"nothing happens":        {func(*office) {}, When{At: "19:00"}, true},
		"some minutes pass":      {func(o *office) { o.now = o.now.Add(5 * time.Minute) }, When{At: "19:00"}, true},
		"minutes before a now":   {func(o *office) { o.now = o.now.Add(5 * time.Minute) }, When{Soon: true}, true},
		"the hour itself passes": {func(o *office) { o.now = o.now.Add(61 * time.Minute) }, When{At: "19:00"}, false},
		"another text":           {func(o *office) { o.issues[first(o)].Source = composetest.Source("別の本文") }, When{At: "19:00"}, false},
		"another text, for now":  {func(o *office) { o.issues[first(o)].Source = composetest.Source("別の本文") }, When{Soon: true}, false},
		"somebody else moves it": {func(o *office) { o.issues[first(o)].Due = o.now.Add(2 * time.Hour) }, When{At: "19:00", Move: true}, false},
	} {
		o := newOffice(t)
		state := deliver.Draft
		if c.when.Move {
			state = deliver.Scheduled
		}
		name := o.has("autumn", state, nil)
		s, err := o.Foresee(t.Context(), who, name, c.when)
		o.must(err)
		if got := o.issues[first(o)]; got.State != state || s.Issue.State != deliver.Scheduled || s.Seen == "" {
			t.Errorf("%s: foreseeing has made it %s, and says %s", what, got.State, s.Issue.State)
		}
		c.meanwhile(o)
		before := o.issues[first(o)].Due
		c.when.Seen = s.Seen
		_, err = o.Schedule(t.Context(), who, name, c.when)
		if c.holds {
			o.must(err)
			continue
		}
		wantError[Refused](t, err, "is not what was shown any more")
		if got := o.issues[first(o)]; !got.Due.Equal(before) || got.State != state {
			t.Errorf("%s: it was refused, and is %s for %s", what, got.State, got.Due)
		}
	}
}
