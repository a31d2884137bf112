package subscribe

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// TestReturnPath: what a return path says comes back from it, whatever the case of its
// letters, and nothing else does.
func TestReturnPath(t *testing.T) {
	t.Parallel()
	ts := sampleTokens(noon)
	press := ts.Lists["press"]
	for _, want := range []Return{
		{List: press, Copy: true, Run: 7, ID: ID{1, 2, 3}, Generation: 63},
		{List: press, Copy: true, Run: 1<<32 - 1},
		{List: press, Notice: 1<<32 - 1},
		{List: press, Notice: 9, ID: ID{4}, Generation: 1},
	} {
		room := make([]byte, 0, 3*ReturnLength)
		text := string(ts.AppendReturn(append(room, "bounce+"...), want)[len("bounce+"):])
		if len(text) != ReturnLength || strings.Trim(text, "abcdefghijklmnopqrstuvwxyz234567") != "" || text != string(ts.AppendReturn(nil, want)) {
			t.Fatalf("%q", text)
		}
		for _, as := range []string{text, strings.ToUpper(text), strings.ToUpper(text[:9]) + text[9:]} {
			if got, err := ts.RedeemReturn(as); err != nil || got != want {
				t.Errorf("%+v, %v", got, err)
			}
		}
		for i := range text {
			for _, c := range "abcdefghijklmnopqrstuvwxyz234567=+ 0\r\né\u212a" {
				if bad := text[:i] + string(c) + text[i+1:]; bad != text {
					if _, err := ts.RedeemReturn(bad); !errors.Is(err, ErrToken) {
						t.Fatalf("%q is believed", bad)
					}
				}
			}
		}
		for _, bad := range []string{"", text[1:], text + "a", text + text, string(ts.AppendLeaveByMail(nil, press, want.ID))} {
			if _, err := ts.RedeemReturn(bad); !errors.Is(err, ErrToken) {
				t.Errorf("%q is believed", bad)
			}
		}
		if _, err := ts.InspectLeaveByMail(text); !errors.Is(err, ErrToken) {
			t.Error("a return path is good for leaving")
		}
		if _, err := sampleTokens(noon).RedeemReturn(text); !errors.Is(err, ErrToken) {
			t.Error("another installation's is believed")
		}
		if got := fmt.Sprintf("%v %+v %#v", want, want, want); strings.Contains(got, "press") || strings.Contains(got, "Run") {
			t.Error(got)
		}
	}
}

func TestLeaveByMail(t *testing.T) {
	t.Parallel()
	ts := sampleTokens(noon)
	press := ts.Lists["press"]
	text := string(ts.AppendLeaveByMail(nil, press, ID{5}))
	if link, err := ts.Inspect(ts.MintLeave(press, ID{5}), ToLeave); err != nil {
		t.Fatal(err)
	} else if v, err := ts.InspectLeaveByMail(text); err != nil || v != link {
		t.Errorf("it is another visit than by the link: %v", err)
	}
	v, err := ts.InspectLeaveByMail(strings.ToUpper(text))
	if err != nil || v.List != press {
		t.Fatal(v, err)
	}
	if l, err := v.redeemed(ToLeave); err != nil || l.ID != (ID{5}) || l.List != press {
		t.Errorf("%v, %v", l, err)
	}
	if len(text) != LeaveByMailLength || LeaveByMailLength > ReturnLength || 13+1+ReturnLength > 64 {
		t.Errorf("%d octets, and of a return path %d", len(text), ReturnLength)
	}
	for i := range text {
		bad := []byte(text)
		if bad[i]++; bad[i] > 'z' || bad[i] > '7' && bad[i] < 'a' {
			bad[i] = 'a'
		}
		if _, err := ts.InspectLeaveByMail(string(bad)); !errors.Is(err, ErrToken) {
			t.Fatalf("%q is believed", bad)
		}
	}
}

// TestReturnTextsAreOfOneList: a list is not in them, and yet bound; nor is a text for the one
// purpose good for the other, whatever its length.
func TestReturnTextsAreOfOneList(t *testing.T) {
	t.Parallel()
	ts := sampleTokens(noon)
	news, press := ts.Lists["news"], ts.Lists["press"]
	gone := ts
	gone.Lists = Lists{"news": news}
	path := string(ts.AppendReturn(nil, Return{List: press, Copy: true, Run: 1, ID: ID{1}}))
	leave := string(ts.AppendLeaveByMail(nil, press, ID{1}))
	if _, err := gone.RedeemReturn(path); !errors.Is(err, ErrToken) {
		t.Errorf("of a list that is no more: %v", err)
	}
	if _, err := gone.InspectLeaveByMail(leave); !errors.Is(err, ErrToken) {
		t.Errorf("leaving a list that is no more: %v", err)
	}
	if path == string(ts.AppendReturn(nil, Return{List: news, Copy: true, Run: 1, ID: ID{1}})) {
		t.Error("the same for two lists")
	}
	for label, use := range map[string]string{labelReturn: useMail, labelLeaveByMail: useLeave} {
		text := string(ts.appendWrapped(make([]byte, returnBytes), 0, use, label, press))
		for other, otherUse := range map[string]string{labelReturn: useMail, labelLeaveByMail: useLeave} {
			if l, _ := ts.unwrap(text, len(text), otherUse, other); (l == press) != (label == other) {
				t.Errorf("a text for %q as %q: %v", label, other, l)
			}
		}
	}
	for room := range 200 {
		dst := append(make([]byte, 0, 7+room), "bounce+"...)
		if got := string(ts.AppendReturn(dst, Return{List: press, Copy: true, Run: 1, ID: ID{1}})); got != "bounce+"+path {
			t.Fatalf("room %d: %q", room, got)
		}
	}
}

func FuzzRedeemReturn(f *testing.F) {
	ts := sampleTokens(noon)
	good := map[string]bool{}
	for _, l := range ts.Lists {
		good[string(ts.AppendReturn(nil, Return{List: l, Copy: true, Run: 1, ID: ID{1}}))] = true
		good[string(ts.AppendLeaveByMail(nil, l, ID{1}))] = true
	}
	for text := range good {
		f.Add(text)
		f.Add(strings.ToUpper(text))
	}
	f.Fuzz(func(t *testing.T, s string) {
		_, asReturn := ts.RedeemReturn(s)
		_, asLeaving := ts.InspectLeaveByMail(s)
		for _, err := range []error{asReturn, asLeaving} {
			if err == nil && !good[strings.ToLower(s)] {
				t.Fatal("redeemed what was never minted")
			} else if err != nil && !errors.Is(err, ErrToken) {
				t.Fatal(err)
			}
		}
	})
}

// TestReturnText: it is what stands at the end of the local part, whatever stands before it.
func TestReturnText(t *testing.T) {
	t.Parallel()
	back, leave := strings.Repeat("a2", ReturnLength/2), strings.Repeat("z", LeaveByMailLength)
	for _, c := range [][2]string{
		{"bounces+" + back + "@mail.example.jp", back},
		{"<bounces-" + back + "@mail.example.jp>", back},
		{"bounces=" + leave + "@mail.example.jp", leave},
		{"bounces+" + strings.ToUpper(back) + "@MAIL.example.jp", strings.ToUpper(back)},
		{`"bounces+` + back + `"@mail.example.jp`, back},
		{"bounces+" + back, back},
		{back + "@mail.example.jp", ""},
		{"bounces+" + back[1:] + "@mail.example.jp", ""},
		{"bounces+a" + back + "@mail.example.jp", ""},
		{"bounces+" + back[1:] + "1@mail.example.jp", ""},
		{"postmaster@mail.example.jp", ""},
		{"", ""}, {"@", ""}, {"<>", ""},
	} {
		if got := ReturnText(c[0]); got != c[1] {
			t.Errorf("%s: %q, want %q", c[0], got, c[1])
		}
	}
}
