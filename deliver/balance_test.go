package deliver_test

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"

	"example.jp/kairan/deliver"
)

func TestBalance(t *testing.T) {
	t.Parallel()
	full := deliver.Balance{
		Audience: 511, Accepted: 1, Refused: 2, Expired: 4, Deferred: 8, Withdrawn: 16, Uncertain: 32,
		InFlight: 64, Pending: 128, Cancelled: 256, UncertainEver: 1 << 20,
	}
	if !full.Balances() || !(deliver.Balance{}).Balances() {
		t.Error("the books do not balance")
	}
	if n := full.Settled(); n != 1+2+4+16+256 {
		t.Errorf("%d settled", n)
	}
	const want = "1 accepted, 2 refused, 4 expired, 8 deferred, 16 withdrawn, 32 uncertain, 64 in flight, 128 pending, 256 cancelled of 511"
	if s := full.String(); s != want {
		t.Errorf("got  %s\nwant %s", s, want)
	}
	if s := (deliver.Balance{Audience: 2, Pending: 2}).String(); s != "0 accepted, 2 pending of 2" {
		t.Errorf("got %s", s)
	}
	// Each account but UncertainEver is part of the sum.
	for n, wrong := range []func(*deliver.Balance){
		func(b *deliver.Balance) { b.Audience-- }, func(b *deliver.Balance) { b.Accepted-- },
		func(b *deliver.Balance) { b.Refused-- }, func(b *deliver.Balance) { b.Expired-- },
		func(b *deliver.Balance) { b.Deferred-- }, func(b *deliver.Balance) { b.Withdrawn-- },
		func(b *deliver.Balance) { b.Uncertain-- }, func(b *deliver.Balance) { b.InFlight-- },
		func(b *deliver.Balance) { b.Pending-- }, func(b *deliver.Balance) { b.Cancelled-- },
	} {
		b := full
		if wrong(&b); b.Balances() {
			t.Errorf("account %d is not looked at", n)
		}
	}
}

// TestParts: each account of a balance but the audience, and those that stand beside the
// sum, is one part of it, under the same name in JSON and for people.
func TestParts(t *testing.T) {
	t.Parallel()
	var b deliver.Balance
	accounts := 0
	for n := range reflect.TypeFor[deliver.Balance]().NumField() {
		field := reflect.TypeFor[deliver.Balance]().Field(n)
		if slices.Contains([]string{"Audience", "UncertainEver", "Bounced", "Complaints"}, field.Name) {
			continue
		}
		accounts++
		b = deliver.Balance{}
		reflect.ValueOf(&b).Elem().Field(n).SetInt(7)
		found := ""
		for _, p := range b.Parts() {
			if p.Readers == 7 {
				found += p.Name
			} else if p.Readers != 0 {
				t.Errorf("%s counts as %s, too", field.Name, p.Name)
			}
		}
		var out map[string]int
		if said, err := json.Marshal(b); err != nil || json.Unmarshal(said, &out) != nil {
			t.Fatal(err)
		}
		if found == "" || out[strings.ReplaceAll(found, " ", "_")] != 7 {
			t.Errorf("%s: part %q, in JSON %v", field.Name, found, out)
		}
	}
	names := map[string]bool{}
	for _, p := range b.Parts() {
		names[p.Name] = true
	}
	if len(names) != accounts {
		t.Errorf("%d parts, %d accounts", len(names), accounts)
	}
}

// TestNames: each outcome, stage and state has a name of its own.
func TestNames(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{"none": true, "": true}
	own := func(name string) {
		if seen[name] {
			t.Errorf("%q is nobody's own name", name)
		}
		seen[name] = true
	}
	for o := deliver.Accepted; o <= deliver.Uncertain; o++ {
		own(o.String())
	}
	for s := deliver.StageDial; s <= deliver.StageDot; s++ {
		own(s.String())
	}
	for s := deliver.Draft; s <= deliver.Paused; s++ {
		own(s.String())
	}
}
