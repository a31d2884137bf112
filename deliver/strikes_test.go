package deliver

import (
	"reflect"
	"testing"
	"time"

	"example.jp/kairan/subscribe"
)

var (
	carrier = parsed("reader@docomo.ne.jp")
	midday  = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
)

func parsed(typed string) subscribe.Address {
	a, err := subscribe.ParseAddress(typed)
	if err != nil {
		panic(err)
	}
	return a
}

// copyOf is a copy's last settlement.
func copyOf(r Result) Settlement {
	return Settlement{Reader: Reader{Address: parsed("reader@example.jp")}, Result: r}
}

var (
	unknownUser = copyOf(Judge(StageRcpt, 550, "5.1.1", ""))
	bareRefusal = copyOf(Judge(StageRcpt, 550, "", ""))
	mailboxFull = copyOf(Judge(StageRcpt, 552, "5.2.2", ""))
	greylisted  = copyOf(Judge(StageRcpt, 450, "4.2.0", ""))
	arrived     = copyOf(Judge(StageDot, 250, "2.0.0", ""))
)

// TestWhoseFault: what is held against an address, and what never is.
func TestWhoseFault(t *testing.T) {
	t.Parallel()
	change := func(x Settlement, f func(*Settlement)) Settlement { f(&x); return x }
	for name, tc := range map[string]struct {
		x    Settlement
		want bool
	}{
		"unknown user":                {unknownUser, true},
		"bare 550":                    {bareRefusal, true},
		"domain takes no mail":        {copyOf(Judge(StageRcpt, 556, "", "")), true},
		"mailbox full, given up":      {mailboxFull, true},
		"4xx, given up":               {greylisted, true},
		"4xx after the data":          {copyOf(Judge(StageDot, 451, "4.3.0", "")), true},
		"4xx, tried again":            {change(greylisted, func(x *Settlement) { x.Next = midday }), false},
		"resend given up":             {change(greylisted, func(x *Settlement) { x.Reader.Resend = true }), false},
		"accepted":                    {arrived, false},
		"uncertain":                   {copyOf(Judge(StageDot, 0, "", "lost")), false},
		"connection lost":             {copyOf(Judge(StageRcpt, 0, "", "lost")), false},
		"relay closes":                {copyOf(Judge(StageRcpt, 421, "", "")), false},
		"our policy, 4.7.x":           {copyOf(Judge(StageRcpt, 450, "4.7.28", "")), false},
		"our policy, 5.7.x":           {copyOf(Judge(StageDot, 550, "5.7.26", "")), false},
		"authentication":              {copyOf(Judge(StageRcpt, 530, "", "")), false},
		"the message is too big":      {copyOf(Judge(StageDot, 552, "5.2.3", "")), false},
		"the message is refused":      {copyOf(Judge(StageDot, 554, "5.6.0", "")), false},
		"refused after the data":      {copyOf(Judge(StageDot, 550, "", "")), false},
		"our own set-up, MAIL":        {copyOf(Judge(StageMail, 550, "5.1.1", "")), false},
		"our own set-up, dial":        {copyOf(Judge(StageDial, 0, "", "refused")), false},
		"cannot be composed":          {copyOf(Result{Outcome: Refused, Blame: BlameMessage}), false},
		"our address, at RCPT, 5.1.8": {copyOf(Judge(StageRcpt, 550, "5.1.8", "")), false},
	} {
		if got := tc.x.Struck(); got != tc.want {
			t.Errorf("%s: %v, want %v (%+v)", name, got, tc.want, tc.x.Result)
		}
		before := Strikes{Hard: 1, HardIssue: "x", HardAt: midday, Soft: 1, SoftIssues: []string{"x"}, SoftAt: midday}
		after, suspend := before.After(tc.x, "y", midday.Add(time.Hour), DefaultSuspendPolicy())
		if !tc.want && tc.x.Result.Outcome != Accepted && (suspend || !reflect.DeepEqual(after, before)) {
			t.Errorf("%s has changed %+v to %+v, suspended %v", name, before, after, suspend)
		}
	}
}

// step is one copy's end, so long after the first.
type step struct {
	x     Settlement
	issue string
	after time.Duration
}

func TestSuspension(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	at := func(x Settlement, issue string, after time.Duration) step { return step{x, issue, after} }
	onCarrier := unknownUser
	onCarrier.Reader.Address = carrier
	for name, tc := range map[string]struct {
		steps []step
		want  bool // suspended by the last of them, and by none before
	}{
		"the relay says that there is no such user":    {[]step{at(unknownUser, "1", 0)}, true},
		"or no such domain":                            {[]step{at(copyOf(Judge(StageRcpt, 550, "5.1.2", "")), "1", 0)}, true},
		"a carrier says so once":                       {[]step{at(onCarrier, "1", 0)}, false},
		"a carrier says so twice in a day":             {[]step{at(onCarrier, "1", 0), at(onCarrier, "2", day-time.Second)}, false},
		"a carrier says so a day apart":                {[]step{at(onCarrier, "1", 0), at(onCarrier, "2", day)}, true},
		"bare 550 once":                                {[]step{at(bareRefusal, "1", 0)}, false},
		"bare 550 twice of one issue":                  {[]step{at(bareRefusal, "1", 0), at(bareRefusal, "1", 2*day)}, false},
		"bare 550 of two issues a day apart":           {[]step{at(bareRefusal, "1", 0), at(bareRefusal, "2", day)}, true},
		"a day from the first, not from one too early": {[]step{at(bareRefusal, "1", 0), at(bareRefusal, "2", day/2), at(bareRefusal, "3", day)}, true},
		"a success between":                            {[]step{at(bareRefusal, "1", 0), at(arrived, "2", day), at(bareRefusal, "3", 2*day)}, false},
		"monthly issues":                               {[]step{at(bareRefusal, "1", 0), at(bareRefusal, "2", 31*day)}, true},
		"four soft points":                             {softs("1", "2", "3", "4"), false},
		"five soft points":                             {softs("1", "2", "3", "4", "5"), true},
		"five of three issues":                         {softs("1", "1", "2", "2", "3"), true},
		"five of two issues":                           {softs("1", "1", "2", "1", "2"), false},
		"then one of a third":                          {softs("1", "1", "2", "1", "2", "3"), true},
		"five in one day":                              {[]step{at(mailboxFull, "1", 0), at(mailboxFull, "2", 1), at(mailboxFull, "3", 2), at(mailboxFull, "4", 3), at(mailboxFull, "5", 4)}, false},
		"five, a success between":                      {append(append(softs("1", "2", "3", "4"), at(arrived, "5", 5*day)), at(greylisted, "6", 6*day)), false},
		"one hard among four softs":                    {append(softs("1", "2", "3", "4"), at(bareRefusal, "5", 9*day)), false},
	} {
		var s Strikes
		for i, x := range tc.steps {
			var suspend bool
			s, suspend = s.After(x.x, x.issue, midday.Add(x.after), DefaultSuspendPolicy())
			if want := tc.want && i == len(tc.steps)-1; suspend != want {
				t.Errorf("%s: after step %d suspended: %v (%+v)", name, i+1, suspend, s)
			}
		}
	}
	if s, _ := (Strikes{Hard: 1, HardIssue: "1", HardAt: midday}).After(arrived, "2", midday, DefaultSuspendPolicy()); s.Hard != 0 || s.Soft != 0 {
		t.Errorf("a success leaves %+v", s)
	}
}

func softs(issues ...string) (out []step) {
	for i, name := range issues {
		out = append(out, step{mailboxFull, name, time.Duration(i) * 24 * time.Hour})
	}
	return out
}

// TestSuspendPolicyIsData: other numbers, other answers; zero counts switch off.
func TestSuspendPolicyIsData(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		p    SuspendPolicy
		x    Settlement
		want int // copies until suspended; 0: not within ten
	}{
		"nothing suspends":    {SuspendPolicy{}, unknownUser, 0},
		"nor do soft ones":    {SuspendPolicy{}, mailboxFull, 0},
		"three hard":          {SuspendPolicy{Hard: 3}, unknownUser, 3},
		"another code":        {SuspendPolicy{AtOnce: []string{"5.1.10"}}, copyOf(Judge(StageRcpt, 556, "5.1.10", "")), 1},
		"three soft, no days": {SuspendPolicy{Soft: 3}, greylisted, 3},
		"of four issues":      {SuspendPolicy{Soft: 3, SoftIssues: 4}, greylisted, 4},
	} {
		var s Strikes
		got := 0
		for n := 1; n <= 10 && got == 0; n++ {
			var suspend bool
			if s, suspend = s.After(tc.x, string(rune('a'+n)), midday.Add(time.Duration(n)), tc.p); suspend {
				got = n
			}
		}
		if got != tc.want {
			t.Errorf("%s: suspended by copy %d, want %d", name, got, tc.want)
		}
	}
}
