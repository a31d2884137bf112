package editor

import (
	"errors"
	"strings"
	"testing"
	"time"

	"example.jp/kairan/deliver"
	"example.jp/kairan/subscribe"
)

func newKeeper(o *office) *Keeper { return &Keeper{Store: o, Lists: o.Lists, Log: o.Log} }

// TestTermsOfARun: as its list declares, and from where a slow start stood.
func TestTermsOfARun(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	name, k := first(o), newKeeper(o)
	o.has("autumn", deliver.Running, nil)
	if x := k.Terms(name); x.Slow != 0 || x.Hours != (subscribe.Hours{}) {
		t.Errorf("%+v of a list that declares none", x)
	}
	o.list.StartSlow, o.list.StartSlowFor, o.list.Hours = 100, time.Hour, subscribe.Hours{From: 9 * 60, To: 17 * 60}
	x := k.Terms(name)
	if x.Slow != 100 || x.SlowFor != time.Hour || x.Sent != 9_500 || !x.Began.Equal(o.now) || x.Open(o.now) || !x.Open(o.now.Add(-2*time.Hour).UTC()) {
		t.Errorf("%+v", x)
	}
	o.fault = errors.New("the disk is gone")
	if x := k.Terms(name); x.Slow != 100 || x.Sent != 0 || !strings.Contains(o.log.String(), "LedgerFault run=japanifornia/autumn") {
		t.Errorf("%+v; %s", x, &o.log)
	}
	if x := k.Terms(deliver.IssueName{List: "gone", Slug: "x"}); x.Slow != 0 || x.Hours != (subscribe.Hours{}) {
		t.Errorf("%+v of a list that is gone", x)
	}
}

// TestWhatABreakerDoes: the run is paused as by an editor; because of refusals they
// are taken back as well.
func TestWhatABreakerDoes(t *testing.T) {
	t.Parallel()
	for _, refusals := range []bool{false, true} {
		o := newOffice(t)
		name := first(o)
		o.has("autumn", deliver.Running, nil)
		newKeeper(o).Pause(name, "too many were refused", refusals)
		if i := o.issues[name]; i.State != deliver.Paused || i.Timeline[0].Actor != deliver.Self || !strings.HasPrefix(i.Timeline[0].What, "paused: too many were refused; see to it") {
			t.Errorf("%s, %v", i.State, i.Timeline)
		}
		if (len(o.taken) == 1) != refusals {
			t.Errorf("refusals %v: taken back %v", refusals, o.taken)
		}
		newKeeper(o).Pause(name, "again", refusals) // it is paused already
		if !strings.Contains(o.log.String(), "PauseFault issue=japanifornia/autumn") {
			t.Errorf("%s", &o.log)
		}
	}
}

func TestRemarksAndBooks(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	name, k := first(o), newKeeper(o)
	o.has("autumn", deliver.Running, nil)
	k.Remark(name, "the relay waits")
	if i := o.issues[name]; i.State != deliver.Running || i.Timeline[0].What != "the relay waits" {
		t.Errorf("%s, %v", i.State, i.Timeline)
	}
	if b := k.Books(name); b.Audience != 12_000 {
		t.Errorf("%v", b)
	}
	o.fault = errors.New("the disk is gone")
	k.Remark(name, "lost")
	if b := k.Books(name); b != (deliver.Balance{}) || !strings.Contains(o.log.String(), "TimelineFault") || !strings.Contains(o.log.String(), "LedgerFault") {
		t.Errorf("%v; %s", b, &o.log)
	}
}
