package deliver

import (
	"fmt"
	"testing"
)

// TestAdvice: what is to be done follows from the codes alone.
func TestAdvice(t *testing.T) {
	t.Parallel()
	for _, x := range []struct {
		class Class
		want  Advice
	}{
		{Class{Stage: StageRcpt, Code: 550, Enhanced: "5.1.1"}, AdviseMailbox},
		{Class{Stage: StageRcpt, Code: 550}, AdviseMailbox},
		{Class{Stage: StageRcpt, Code: 556, Enhanced: "5.1.10"}, AdviseMailbox},
		{Class{Stage: StageRcpt, Code: 550, Enhanced: "5.2.1"}, AdviseMailbox},
		{Class{Stage: StageRcpt, Code: 552, Enhanced: "5.2.2"}, AdviseFull},
		{Class{Stage: StageRcpt, Code: 452, Enhanced: "4.2.2", Deferred: true}, AdviseFull},
		{Class{Stage: StageDot, Code: 552, Enhanced: "5.3.4"}, AdviseSize},
		{Class{Stage: StageDot, Code: 552, Enhanced: "5.2.3"}, AdviseSize},
		{Class{Stage: StageDot, Code: 554, Enhanced: "5.6.0"}, AdviseContent},
		{Class{Stage: StageDot, Code: 554}, AdviseContent},
		{Class{Stage: StageDot, Code: 550, Enhanced: "5.7.26"}, AdviseProof},
		{Class{Stage: StageDot, Code: 421, Enhanced: "4.7.25", Deferred: true}, AdviseProof},
		{Class{Stage: StageRcpt, Code: 550, Enhanced: "5.7.1"}, AdvisePolicy},
		{Class{Stage: StageRcpt, Code: 550, Enhanced: "5.1.8"}, AdviseSender},
		{Class{Stage: StageMail, Code: 553}, AdviseSender},
		{Class{Stage: StageAuth, Code: 535, Enhanced: "5.7.8"}, AdviseLogin},
		{Class{Stage: StageRcpt, Code: 530, Enhanced: "5.7.0"}, AdviseLogin},
		{Class{Stage: StageMail, Code: 421, Enhanced: "4.7.0", Deferred: true}, AdviseLimit},
		{Class{Stage: StageDot, Code: 450, Enhanced: "4.7.28", Deferred: true}, AdviseLimit},
		{Class{Stage: StageRcpt, Code: 451, Enhanced: "4.7.1", Deferred: true}, AdviseLater},
		{Class{Stage: StageRcpt, Code: 450, Deferred: true}, AdviseLater},
		{Class{Stage: StageRcpt, Code: 451, Enhanced: "4.4.1", Deferred: true}, AdviseWay},
		{Class{Stage: StageRcpt, Deferred: true}, AdviseConnection},
		{Class{Back: true, Stage: StageRcpt, Enhanced: "5.1.1"}, AdviseMailbox},
		{Class{Back: true, Stage: StageRcpt, Enhanced: "5.2.2"}, AdviseFull},
		{Class{Back: true, Stage: StageRcpt, Enhanced: "4.4.7"}, AdviseWay},
		{Class{Back: true, Stage: StageRcpt, Enhanced: "5.7.1"}, AdvisePolicy},
		{Class{Back: true, Stage: StageRcpt}, AdviseOther},
		{Class{Stage: StageRcpt, Code: 599}, AdviseOther},
	} {
		if got := x.class.Advice(); got != x.want {
			t.Errorf("%+v: %s, and not %s", x.class, got, x.want)
		}
	}
}

// TestClasses: whatever relays say, few classes are kept, and all copies are counted; a
// provider is named where so many copies failed that nobody is told by it.
func TestClasses(t *testing.T) {
	t.Parallel()
	all := Classes{}
	for n := range 5000 {
		all.Add(Class{Code: 550, Enhanced: fmt.Sprintf("5.%d.%d", n/1000, n%1000), Stage: StageRcpt}, 1)
	}
	sum := 0
	for _, n := range all {
		sum += n
	}
	if len(all) > mostClasses+2 || sum != 5000 {
		t.Errorf("%d copies in %d classes", sum, len(all))
	}
	full := Class{Code: 452, Enhanced: "4.2.2", Stage: StageRcpt, Deferred: true}
	at := func(p string) Class { x := full; x.Provider = p; return x }
	some := Classes{at("gmail.com"): 12, at("docomo.ne.jp"): 9, at(""): 2}
	if got := some.Merge(10); len(got) != 2 || got[at("gmail.com")] != 12 || got[at("")] != 11 {
		t.Errorf("merged: %v", got)
	}
	if got := some.Ended(true); len(got) != 0 {
		t.Errorf("what was cancelled has failed: %v", got)
	}
	given := some.Ended(false)
	if got := given.Sorted(); len(got) != 3 || got[0].Deferred || got[0].Provider != "gmail.com" || given[got[0]] != 12 {
		t.Errorf("ended: %v", got)
	}
}
