//go:build !race

// Under -race what relays take says nothing.

package main

import (
	"bytes"
	"flag"
	"strings"
	"testing"
	"time"
)

var farmSeed = flag.Uint64("farm-seed", 0, "of TestFarm (0: by the clock; it is printed)")

// TestFarm: three relays that share an issue, of which one dies, one throttles and one is
// slow. Nobody is lost, nobody has it twice but who was uncertain, and those were on the
// way to the one that died. No run is paused, and what they take together is near the sum.
func TestFarm(t *testing.T) {
	var out, errs bytes.Buffer
	o := farmOptions{readers: 4000, connections: 4, rate: 60, slowBy: 2 * time.Millisecond, seed: *farmSeed}
	f, err := sendOverFarm(t.Context(), o, streams{strings.NewReader(""), &out, &errs})
	t.Log(out.String())
	if err != nil {
		t.Fatalf("%v\n%s", err, errs.String())
	}
	b := f.round.books
	if b.Accepted != o.readers || b.UncertainEver > o.connections {
		t.Errorf("%s; %d uncertain at some time", b, b.UncertainEver)
	}
	if f.ratio() < 0.2 { // one that waits for another has a tenth; the rest is the noise of a machine at work
		t.Errorf("together they took %.2f of what each takes", f.ratio())
	}
	for _, x := range f.lots {
		if len(x.copies) == 0 {
			t.Errorf("the relay that %s took nothing", x.what)
		}
	}
}
