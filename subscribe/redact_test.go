package subscribe

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

// What holds an address, a field or a token, printed in every way that a
// program prints things, shows none of it.
func TestNothingPrintsSecrets(t *testing.T) {
	t.Parallel()
	const local, host, value, secret = "canary-local", "canary-host.example", "canary-value", "canary-token"
	a := mustAddress(t, local+"@"+host)
	token := TokenFrom(secret)
	fields := Fields{"name": value}
	s := Subscriber{Address: a, Fields: fields, State: Active}
	things := map[string]any{
		"address": a, "address pointer": &a, "addresses": []Address{a}, "by address": map[Address]Address{a: a},
		"token": token, "token pointer": &token, "fields": fields, "entry": s, "entry pointer": &s,
		"notice": Notice{To: a}, "request": Request{Address: a}, "ask": Ask{Address: a}, "link": Link{Purpose: ToConfirm, Address: a},
		"visit": Visit{link: Link{Address: a}}, "visit pointer": &Visit{link: Link{Address: a}}, "list": List{From: a, Testers: []Address{a}},
		"tally": addressTally(RequestJoin, a), "fault": Faults{{"name", ReasonURL}},
	}
	for name, thing := range things {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			fmt.Fprintf(&out, "%v %+v %#v %s %q %x", thing, thing, thing, thing, thing, thing)
			slog.New(slog.NewTextHandler(&out, nil)).Info("text", "thing", thing)
			if _, plain := thing.(Fields); plain || name == "address" || name == "token" {
				slog.New(slog.NewJSONHandler(&out, nil)).Info("json", "thing", thing)
			}
			if err := fmt.Errorf("wrapped: %v", thing); err != nil {
				out.WriteString(err.Error())
			}
			for _, canary := range []string{local, host, value, secret} {
				if strings.Contains(out.String(), canary) || strings.Contains(out.String(), fmt.Sprintf("%x", canary)) {
					t.Errorf("shows %s: %s", canary, out.String())
				}
			}
		})
	}
	for name, thing := range map[string]any{"address": a, "token": token, "by address": map[Address]int{a: 1}} {
		if out, err := json.Marshal(thing); err != nil || strings.Contains(string(out), "canary") {
			t.Errorf("%s as JSON: %s, %v", name, out, err)
		}
	}
}
