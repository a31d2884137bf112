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
			for _, c := range "abcxyz27=+ 0é" {
				if bad := text[:i] + string(c) + text[i+1:]; bad != text {
					if _, err := ts.RedeemReturn(bad); !errors.Is(err, ErrToken) && !sameOctets(bad, text) {
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

// sameOctets says whether two texts differ in bits only that stand for nothing.
func sameOctets(a, b string) bool {
	x, err := returnText.DecodeString(a)
	y, err2 := returnText.DecodeString(b)
	return err == nil && err2 == nil && string(x) == string(y)
}

func TestLeaveByMail(t *testing.T) {
	t.Parallel()
	ts := sampleTokens(noon)
	press := ts.Lists["press"]
	text := string(ts.AppendLeaveByMail(nil, press, ID{5}))
	v, err := ts.InspectLeaveByMail(strings.ToUpper(text))
	if err != nil || v.List != press {
		t.Fatal(v, err)
	}
	if l, err := v.redeemed(ToLeave); err != nil || l.ID != (ID{5}) || l.List != press {
		t.Errorf("%v, %v", l, err)
	}
	if len(text) != ReturnLength {
		t.Errorf("%d octets", len(text))
	}
	for i := range text {
		bad := []byte(text)
		if bad[i]++; bad[i] > 'z' || bad[i] > '7' && bad[i] < 'a' {
			bad[i] = 'a'
		}
		if _, err := ts.InspectLeaveByMail(string(bad)); !errors.Is(err, ErrToken) && !sameOctets(string(bad), text) {
			t.Fatalf("%q is believed", bad)
		}
	}
}
