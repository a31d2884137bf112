package subscribe

import (
	"encoding/base64"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
)

// redeemers redeem a token for every purpose.
func redeemers(ts Tokens) map[string]func(Token) error {
	return map[string]func(Token) error{
		"confirm": func(tok Token) error { _, err := ts.Redeem(tok, ToConfirm); return err },
		"move":    func(tok Token) error { _, err := ts.Redeem(tok, ToMove); return err },
		"correct": func(tok Token) error { _, err := ts.Redeem(tok, ToCorrect); return err },
		"leave":   func(tok Token) error { _, err := ts.Redeem(tok, ToLeave); return err },
		"block":   func(tok Token) error { _, err := ts.Redeem(tok, ToBlock); return err },
	}
}

func must[T any](t testing.TB) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// oneOfEach mints a token of every purpose.
func oneOfEach(t testing.TB, ts Tokens, issued time.Time) map[string]Token {
	press, a, id := ts.Lists["press"], mustAddress(t, "foo..bar@docomo.ne.jp"), ID{1, 2, 3}
	ok := must[Token](t)
	return map[string]Token{
		"confirm": ok(ts.Mint(Link{Purpose: ToConfirm, List: press, Address: a, Lang: English, Issued: issued})),
		"move":    ok(ts.Mint(Link{Purpose: ToMove, List: press, ID: id, Revision: 7, Address: a, Lang: English, Issued: issued})),
		"correct": ok(ts.Mint(Link{Purpose: ToCorrect, List: press, ID: id, Revision: 7, Lang: English, Issued: issued})),
		"leave":   ts.MintLeave(press, id),
		"block":   ok(ts.Mint(Link{Purpose: ToBlock, List: press, Address: a, Lang: English, Issued: issued})),
	}
}

func sampleTokens(now time.Time) Tokens {
	return Tokens{Keys: newKeys(), Lists: sampleLists(), Now: func() time.Time { return now }}
}

func TestTokensRoundTrip(t *testing.T) {
	t.Parallel()
	ts := sampleTokens(noon)
	press, a, id := ts.Lists["press"], mustAddress(t, "foo..bar@docomo.ne.jp"), ID{1, 2, 3}
	minted := oneOfEach(t, ts, noon)

	confirm := must[Link](t)(ts.Redeem(minted["confirm"], ToConfirm))
	if !confirm.Issued.Equal(noon) || confirm.List != press || confirm.Address != a || confirm.Lang != English {
		t.Errorf("confirm: %+v", confirm)
	}
	move := must[Link](t)(ts.Redeem(minted["move"], ToMove))
	if !move.Issued.Equal(noon) || move.List != press || move.ID != id || move.Revision != 7 || move.Address != a || move.Lang != English {
		t.Errorf("move: %+v", move)
	}
	correct := must[Link](t)(ts.Redeem(minted["correct"], ToCorrect))
	if !correct.Issued.Equal(noon) || correct.List != press || correct.ID != id || correct.Revision != 7 || correct.Lang != English {
		t.Errorf("correct: %+v", correct)
	}
	if leave := must[Link](t)(ts.Redeem(minted["leave"], ToLeave)); leave != (Link{Purpose: ToLeave, List: press, ID: id, Lang: press.Language}) {
		t.Errorf("leave: %+v", leave)
	}
	block := must[Link](t)(ts.Redeem(minted["block"], ToBlock))
	if !block.Issued.Equal(noon) || block.List != press || block.Address != a || block.Lang != English {
		t.Errorf("block: %+v", block)
	}

	ja := must[Link](t)(ts.Redeem(must[Token](t)(ts.Mint(Link{Purpose: ToConfirm, List: press, Address: a, Lang: Japanese, Issued: noon})), ToConfirm))
	if ja.Lang != Japanese {
		t.Error("Japanese was lost on the way")
	}
	if ts.MintLeave(press, id) != minted["leave"] {
		t.Error("a leave link differs from itself")
	}
	if again := oneOfEach(t, ts, noon); again["confirm"] == minted["confirm"] {
		t.Error("two confirm links are alike")
	}
	for name, tok := range minted {
		if len(press.URL("/"+name+"/"+tok.Reveal())) > 450 {
			t.Errorf("the %s link is too long", name)
		}
	}
}

func TestTokensServeOnePurpose(t *testing.T) {
	t.Parallel()
	ts := sampleTokens(noon)
	for minted, tok := range oneOfEach(t, ts, noon) {
		for redeemed, redeem := range redeemers(ts) {
			if err := redeem(tok); minted == redeemed != (err == nil) || err != nil && !errors.Is(err, ErrToken) {
				t.Errorf("a %s link redeemed for %s: %v", minted, redeemed, err)
			}
			// Nor when its first byte, which names the purpose, is exchanged.
			b, _ := base64.RawURLEncoding.DecodeString(tok.Reveal())
			for first := range 256 {
				was := b[0]
				b[0] = byte(first)
				if err := redeem(TokenFrom(base64.RawURLEncoding.EncodeToString(b))); byte(first) != was && err == nil {
					t.Errorf("a %s link with first byte %#x redeemed for %s", minted, first, redeemed)
				}
				b[0] = was
			}
		}
	}
}

// Labels alone must keep the purposes apart too: two things that are sealed
// under one label are the same thing.
func TestPurposesHaveLabelsOfTheirOwn(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for p, row := range purposes {
		seen[p.label()] = true
		if row.page == "" || row.life == 0 && p != ToLeave {
			t.Errorf("purpose %#x has no page, or its links never expire", byte(p))
		}
	}
	if len(seen) != len(purposes) {
		t.Errorf("labels: %v", seen)
	}
}

func TestTokensRefuseEveryChange(t *testing.T) {
	t.Parallel()
	ts := sampleTokens(noon)
	redeem := redeemers(ts)
	for name, tok := range oneOfEach(t, ts, noon) {
		b, _ := base64.RawURLEncoding.DecodeString(tok.Reveal())
		for bit := range len(b) * 8 {
			b[bit/8] ^= 1 << (bit % 8)
			if err := redeem[name](TokenFrom(base64.RawURLEncoding.EncodeToString(b))); !errors.Is(err, ErrToken) {
				t.Errorf("%s: bit %d flipped: %v", name, bit, err)
			}
			b[bit/8] ^= 1 << (bit % 8)
		}
		for n := range len(b) {
			if err := redeem[name](TokenFrom(base64.RawURLEncoding.EncodeToString(b[:n]))); !errors.Is(err, ErrToken) {
				t.Errorf("%s: cut to %d bytes: %v", name, n, err)
			}
		}
		for _, s := range []string{"", " ", "=", tok.Reveal() + "=", tok.Reveal() + "A", " " + tok.Reveal(), tok.Reveal() + tok.Reveal(), "見本"} {
			if err := redeem[name](TokenFrom(s)); !errors.Is(err, ErrToken) {
				t.Errorf("%s: %q: %v", name, s, err)
			}
		}
	}
}

func TestTokensOfOthers(t *testing.T) {
	t.Parallel()
	ts := sampleTokens(noon)
	minted := oneOfEach(t, ts, noon)

	stranger := ts
	stranger.Keys = newKeys()
	gone := ts
	gone.Lists = Lists{"news": ts.Lists["news"]}
	for name := range minted {
		if err := redeemers(stranger)[name](minted[name]); !errors.Is(err, ErrToken) {
			t.Errorf("%s: redeemed under another key: %v", name, err)
		}
		if err := redeemers(gone)[name](minted[name]); !errors.Is(err, ErrToken) {
			t.Errorf("%s: redeemed for a list that is no more: %v", name, err)
		}
	}

	// The tag of another list in a leave link makes another link, not a good one.
	b, _ := base64.RawURLEncoding.DecodeString(minted["leave"].Reveal())
	tag := ListTag("news")
	copy(b[1:], tag[:])
	if _, err := ts.Redeem(TokenFrom(base64.RawURLEncoding.EncodeToString(b)), ToLeave); !errors.Is(err, ErrToken) {
		t.Errorf("a leave link was bent to another list: %v", err)
	}
	// Nor does a list whose tag happens to be the same inherit the links.
	if string(leaveMessage(&List{ID: "a"}, b)) == string(leaveMessage(&List{ID: "b"}, b)) {
		t.Error("the signature of a leave link does not cover the whole list id")
	}
}

func TestTokensExpire(t *testing.T) {
	t.Parallel()
	ts := sampleTokens(noon)
	minted := oneOfEach(t, ts, noon)
	for name, life := range map[string]time.Duration{"confirm": ConfirmFor, "move": ConfirmFor, "correct": CorrectFor, "block": BlockFor} {
		for _, tc := range []struct {
			age  time.Duration
			want error
		}{
			{0, nil}, {life, nil}, {life + time.Millisecond, ErrLate}, {10 * life, ErrLate},
			{-24 * time.Hour, nil}, {-24*time.Hour - time.Millisecond, ErrLate},
		} {
			later := ts
			later.Now = func() time.Time { return noon.Add(tc.age) }
			if err := redeemers(later)[name](minted[name]); !errors.Is(err, tc.want) {
				t.Errorf("%s at the age of %v: %v, want %v", name, tc.age, err, tc.want)
			}
		}
	}
	old := ts
	old.Now = func() time.Time { return noon.AddDate(50, 0, 0) }
	if _, err := old.Redeem(minted["leave"], ToLeave); err != nil {
		t.Errorf("a leave link expired: %v", err)
	}
	old.Now = func() time.Time { return noon.Add(ConfirmFor + time.Hour) }
	if c, err := old.Redeem(minted["confirm"], ToConfirm); !errors.Is(err, ErrLate) || c.Address.IsZero() || c.List == nil {
		t.Errorf("a late confirm link gives nothing to send a fresh mail to: %+v, %v", c, err)
	}
	clockless := Tokens{Keys: ts.Keys, Lists: ts.Lists}
	if _, err := clockless.Redeem(oneOfEach(t, clockless, time.Now())["confirm"], ToConfirm); err != nil {
		t.Errorf("without a clock of its own: %v", err)
	}
}

// TestInspect: a page is told the public half of a link, if it is one of its own,
// and the Desk takes it for nothing else.
func TestInspect(t *testing.T) {
	t.Parallel()
	ts := sampleTokens(noon)
	minted := oneOfEach(t, ts, noon)
	late := ts
	late.Now = func() time.Time { return noon.Add(BlockFor + time.Hour) }
	purposes := map[string]Purpose{"confirm": ToConfirm, "move": ToMove, "correct": ToCorrect, "leave": ToLeave, "block": ToBlock}
	for name, tok := range minted {
		for _, page := range [][]Purpose{{ToConfirm, ToMove}, {ToCorrect}, {ToLeave}, {ToBlock}, nil} {
			ours := slices.Contains(page, purposes[name])
			for isLate, by := range map[bool]Tokens{false: ts, true: late} {
				v, err := by.Inspect(tok, page...)
				if !ours {
					if !errors.Is(err, ErrToken) || v != (Visit{}) {
						t.Errorf("%s on the page for %v: %+v, %v", name, page, v, err)
					}
					continue
				}
				if err != nil || v.Purpose != purposes[name] || v.List != ts.Lists["press"] || v.Lang != English || v.Late != (isLate && name != "leave") {
					t.Errorf("%s on its page: %v for %#x, late %v, %v", name, v, v.Purpose, v.Late, err)
				}
				for other, purpose := range purposes {
					_, err := v.redeemed(purpose)
					want := map[bool]error{true: ErrLate}[v.Late]
					if other != name {
						want = ErrToken
					}
					if !errors.Is(err, want) {
						t.Errorf("a visit to %s as one to %s: %v", name, other, err)
					}
				}
			}
		}
	}
	for name, purpose := range purposes {
		if _, err := (Visit{Purpose: purpose}).redeemed(purpose); !errors.Is(err, ErrToken) {
			t.Errorf("%s: a visit that no link has made: %v", name, err)
		}
	}
}

func TestByTag(t *testing.T) {
	t.Parallel()
	lists := sampleLists()
	for id, l := range lists {
		if got, ok := lists.ByTag(ListTag(id)); !ok || got != l {
			t.Errorf("%s is not found by its tag", id)
		}
	}
	if _, ok := lists.ByTag(ListTag("other")); ok {
		t.Error("found a list that is not declared")
	}
}

func FuzzRedeem(f *testing.F) {
	ts := sampleTokens(noon)
	good := map[string]bool{}
	for _, tok := range oneOfEach(f, ts, noon) {
		good[tok.Reveal()] = true
		f.Add(tok.Reveal())
	}
	f.Add("")
	f.Add("FA")
	redeem := redeemers(ts)
	f.Fuzz(func(t *testing.T, s string) {
		for name, r := range redeem {
			minted := good[strings.NewReplacer("\r", "", "\n", "").Replace(s)] // base64 passes over line ends
			if err := r(TokenFrom(s)); err == nil && !minted {
				t.Fatalf("%s: redeemed a link that was never minted", name)
			} else if err != nil && !errors.Is(err, ErrToken) {
				t.Fatalf("%s: %v", name, err)
			}
		}
	})
}

func TestLeaveLinksCanBeAppended(t *testing.T) {
	t.Parallel()
	ts := sampleTokens(noon)
	for _, list := range ts.Lists {
		want := "https://lists.example.jp" + ToLeave.Path(ts.MintLeave(list, ID{1, 2, 3}))
		for room := range 200 {
			dst := append(make([]byte, 0, 31+room), "https://lists.example.jp/leave/"...)
			if got := string(ts.AppendLeave(dst, list, ID{1, 2, 3})); got != want {
				t.Fatalf("%s, room %d: %q, want %q", list.ID, room, got, want)
			}
		}
	}
	if labelLeave != ToLeave.label() {
		t.Errorf("label %q", labelLeave)
	}
}
