package deliver_test

import (
	"testing"
	"time"

	"example.jp/kairan/deliver"
	"example.jp/kairan/subscribe"
)

func TestKindOfBounce(t *testing.T) {
	t.Parallel()
	const hard, soft, ours = deliver.BouncedHard, deliver.BouncedSoft, deliver.BouncedOurs
	for _, c := range []struct {
		status string
		code   int
		want   deliver.BounceKind
	}{
		{"5.1.1", 550, hard}, {"5.1.1", 0, hard}, {"5.1.2", 0, hard}, {"5.1.3", 553, hard}, {"5.1.6", 0, hard}, {"5.1.10", 550, hard}, {"5.2.1", 550, hard},
		{"5.1.0", 0, hard}, {"5.0.0", 550, hard}, {"", 550, hard}, {"", 551, hard}, {"", 556, hard},
		{"4.4.1", 0, soft}, {"4.7.1", 451, soft}, {"5.2.2", 552, soft}, {"5.2.3", 552, soft}, {"5.4.1", 550, soft}, {"5.4.7", 0, soft}, {"5.4.4", 0, soft}, {"5.3.0", 0, soft},
		{"", 0, soft}, {"5.0.0", 0, soft},
		{"5.7.1", 550, ours}, {"5.7.26", 550, ours}, {"5.7.0", 0, ours}, {"5.5.4", 501, ours}, {"5.6.0", 554, ours}, {"5.1.8", 553, ours}, {"5.1.7", 501, ours},
		{"5.3.4", 552, ours}, {"", 554, ours}, {"5.0.0", 554, ours},
	} {
		if got := deliver.KindOfBounce(c.status, c.code); got != c.want {
			t.Errorf("%q after %d: %s, want %s", c.status, c.code, got, c.want)
		}
	}
}

// TestBehindForward: where an address hands its mail on, and that one is gone, it is not.
func TestBehindForward(t *testing.T) {
	t.Parallel()
	const soft, ours = deliver.BouncedSoft, deliver.BouncedOurs
	for _, c := range []struct {
		status string
		code   int
		want   deliver.BounceKind
	}{
		{"5.1.1", 550, soft}, {"5.1.2", 0, soft}, {"5.2.1", 0, soft}, {"5.1.10", 0, soft}, {"", 550, soft}, {"5.0.0", 550, soft}, {"5.2.2", 0, soft}, {"4.4.1", 0, soft},
		{"5.7.1", 550, ours}, {"5.1.8", 0, ours}, {"", 554, ours},
	} {
		if got := deliver.KindOfBounce(deliver.BehindForward(c.status, c.code)); got != c.want {
			t.Errorf("%q after %d: %s, want %s", c.status, c.code, got, c.want)
		}
	}
}

// TestStrikesOfARelayThatTakesEverything: it accepts each copy and reports later, and so its
// acceptance forgets nothing, until a copy has been taken and stayed there.
func TestStrikesOfARelayThatTakesEverything(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	p := deliver.DefaultSuspendPolicy()
	hard := deliver.Bounce{Kind: deliver.BouncedHard, Enhanced: "5.2.1"}
	soft := deliver.Bounce{Kind: deliver.BouncedSoft, Enhanced: "5.2.2"}
	type step struct {
		day    int
		issue  string // it came back; "": it was taken
		bounce deliver.Bounce
	}
	for name, c := range map[string]struct {
		address string
		steps   []step
		want    bool
	}{
		"two of two issues":         {"a@example.jp", []step{{0, "", hard}, {0, "one", hard}, {30, "", hard}, {30, "two", hard}}, true},
		"two of one issue":          {"a@example.jp", []step{{0, "one", hard}, {2, "one", hard}}, false},
		"two within a day":          {"a@example.jp", []step{{0, "one", hard}, {0, "two", hard}}, false},
		"taken, and stayed there":   {"a@example.jp", []step{{0, "one", hard}, {10, "", hard}, {20, "", hard}, {30, "two", hard}}, false},
		"taken a moment ago":        {"a@example.jp", []step{{0, "one", hard}, {10, "", hard}, {16, "", hard}, {16, "two", hard}}, true},
		"no such mailbox":           {"a@example.jp", []step{{0, "one", deliver.Bounce{Kind: deliver.BouncedHard, Enhanced: "5.1.1"}}}, true},
		"the same of a carrier":     {"a@docomo.ne.jp", []step{{0, "one", deliver.Bounce{Kind: deliver.BouncedHard, Enhanced: "5.1.1"}}}, false},
		"full five times":           {"a@example.jp", []step{{0, "1", soft}, {2, "2", soft}, {4, "3", soft}, {6, "4", soft}, {8, "5", soft}}, true},
		"full four times":           {"a@example.jp", []step{{0, "1", soft}, {2, "2", soft}, {4, "3", soft}, {6, "4", soft}}, false},
		"ours, however often":       {"a@example.jp", []step{{0, "1", deliver.Bounce{Kind: deliver.BouncedOurs, Enhanced: "5.7.1"}}, {3, "2", deliver.Bounce{Kind: deliver.BouncedOurs, Enhanced: "5.7.1"}}, {6, "3", deliver.Bounce{Kind: deliver.BouncedOurs}}}, false},
		"called abuse, and no more": {"a@example.jp", []step{{0, "1", deliver.Bounce{Kind: deliver.Complained}}, {3, "2", deliver.Bounce{Kind: deliver.Complained}}}, false},
	} {
		to, err := subscribe.ParseAddress(c.address)
		if err != nil {
			t.Fatal(err)
		}
		var s deliver.Strikes
		suspended := false
		for _, x := range c.steps {
			at := time.Date(2027, 1, 1, 9, 0, 0, 0, time.UTC).Add(time.Duration(x.day) * day)
			if x.issue == "" {
				s = s.Taken(at)
				continue
			}
			var now bool
			s, now = s.AfterBounce(x.bounce, to, x.issue, at, p)
			suspended = suspended || now
		}
		if suspended != c.want {
			t.Errorf("%s: suspended %v, want %v; %+v", name, suspended, c.want, s)
		}
	}
}
