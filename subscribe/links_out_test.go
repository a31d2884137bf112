package subscribe

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"example.jp/kairan/store/seal"
)

// TestLinksThatAreOut redeems a link of each purpose that an older version minted,
// under the keys of its database. They are in mails; none is written anew. What stands in
// the addresses of mails was computed by another program.
func TestLinksThatAreOut(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../testdata/db/schema-3/keys")
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "keys")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC)
	news := &List{ID: "news", Language: Japanese}
	ts := Tokens{Keys: must[*seal.Keyring](t)(seal.Load(file)), Lists: Lists{"news": news}, Now: func() time.Time { return at }}
	to, id := mustAddress(t, "reader@example.jp"), ID{1, 2, 3}
	for token, want := range map[string]Link{
		"EQABPDauP16rk-HzDMpdZ4Lf4qh78uwcrLo46uzYN6MtQi2tPB5zsIjIAYEUSKWkfRwQSBe5TmhE8DpDNg":                           {Purpose: ToConfirm, Address: to, Lang: English},
		"EgABmmzR7E94YWFnqzbrfSj8pJjLJB2qE-o6mYhYtggwSMH_ZQyr4rwCjPvKEO-B9mw9phqB8rEj9Ju--Lve_MegODn8Pwf9V20rE5aZWl0j": {Purpose: ToMove, ID: id, Revision: 7, Address: to, Lang: English},
		"EwABYLFED80Om2-DmIEDp7s6179oZ159e4tUUe-c_y0iwi8uiLHPuELJxhGHJ3Ig2lg9a0NdQ2Eg9Oxw9mTO3g":                       {Purpose: ToCorrect, ID: id, Revision: 7, Lang: English},
		"FCDagbIBAgMAAAAAAAAAAAAAAAAAAAEdSeW3_DKDtqPYnwzaWZJD":                                                         {Purpose: ToLeave, ID: id, Lang: Japanese},
		"FQABAMMLl1Ge02Up2RmxUTuptS_rwrySg2lH6ERdnAZcpTGbagKUCeTkzSsL5txZz8JNx0l1NOi_CyZnqQ":                           {Purpose: ToBlock, Address: to, Lang: English},
	} {
		got, err := ts.Redeem(TokenFrom(token), want.Purpose)
		if want.List = news; want.Purpose != ToLeave {
			want.Issued = at
		}
		if err != nil || !got.Issued.Equal(want.Issued) {
			t.Errorf("purpose %#x: %v, issued %s", byte(want.Purpose), err, got.Issued)
		}
		if got.Issued = want.Issued; got != want {
			t.Errorf("purpose %#x: %+v, %d, %s", byte(want.Purpose), got.ID, got.Revision, got.Lang)
		}
		if want.Purpose == ToLeave && ts.MintLeave(news, id) != TokenFrom(token) {
			t.Error("a leave link is minted otherwise")
		}
	}
	of := Return{List: news, Copy: true, Run: 9, ID: id, Generation: 3}
	for text, want := range map[string]Return{
		"og7ej2fne2sycowm4m5ieiqqfo3md5acjiqoojin4lscmq3dvm": of,
		"zbyruugqebgxiia5tyedytit5a6ok5hygkvqejutkc2cvd6tye": {List: news, Notice: 5, ID: id, Generation: 1},
	} {
		if got, err := ts.RedeemReturn(text); err != nil || got != want || string(ts.AppendReturn(nil, want)) != text {
			t.Errorf("return path: %#v, %v; it is %s", got, err, ts.AppendReturn(nil, want))
		}
	}
	const leaving = "o7eqwwrvd6pcsbagdbfhkfnct2wyzad6x6wjiaxpg4"
	if v, err := ts.InspectLeaveByMail(leaving); err != nil || v.link.ID != id || string(ts.AppendLeaveByMail(nil, news, id)) != leaving {
		t.Errorf("leaving by mail: %v; it is %s", err, ts.AppendLeaveByMail(nil, news, id))
	}
}
