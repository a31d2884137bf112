package compose

import (
	"errors"
	"flag"
	"math/rand/v2"
	"runtime"
	"runtime/metrics"
	"testing"
	"time"

	"example.jp/kairan/deliver"
	"example.jp/kairan/deliver/compose/composetest"
	"example.jp/kairan/deliver/compose/finding"
	"example.jp/kairan/deliver/compose/lint"
	"example.jp/kairan/deliver/compose/source"
	"example.jp/kairan/subscribe"
)

var (
	hostileSizes = flag.Int("hostile-sizes", 1, "how many sizes of each hostile source are tried")
	hostileSeed  = flag.Uint64("hostile-seed", 0, "draws the sizes; 0: a new one each time")
)

// What one source may cost: the time of so many newsletters of the usual size, which
// is less than a second, and so much memory of the process, garbage included.
const (
	longest  = 150
	greatest = 100 << 20
)

// TestNoSourceHoldsTheService: sources of every kind that we know, each at the greatest
// size and at smaller ones, at which more of the work is done, cost little, and what is
// said of them is short. It is not parallel: it measures.
func TestNoSourceHoldsTheService(t *testing.T) { //nolint:paralleltest // it measures
	seed := *hostileSeed
	if seed == 0 {
		seed = rand.Uint64()
	}
	t.Logf("-hostile-seed=%d", seed)
	drawn, list := rand.New(rand.NewPCG(seed, 1)), composetest.Centre(t)
	sizes := []int{128 << 10}
	for range *hostileSizes {
		sizes = append(sizes, 8<<10+drawn.IntN(40<<10))
	}
	for nth, size := range sizes {
		for _, h := range composetest.HostileSources(size) {
			if few := nth > 0 && *hostileSizes == 1; few && drawn.IntN(4) > 0 || composetest.Race && drawn.IntN(20) > 0 { // there is not so much time
				continue
			}
			took, octets, err := cost(t, list, h.Text)
			if (took > longest || octets > greatest) && !composetest.Race {
				t.Errorf("%s, %d KB: the time of %d newsletters, and %d MB of memory", h.Name, size>>10, took, octets>>20)
			}
			if err != nil && len(err.Error()) > 64<<10 {
				t.Errorf("%s, %d KB: an answer of %d KB", h.Name, size>>10, len(err.Error())>>10)
			}
		}
	}
}

// cost is what it takes to compile and to lint a source: time, in newsletters that are compiled in
// as much of it just now, and octets.
func cost(t *testing.T, list *subscribe.List, text []byte) (newsletters int, octets uint64, err error) {
	t.Helper()
	compile := func(text []byte) (*source.Draft, time.Duration, error) {
		began := time.Now()
		c, draft, err := (&Compiler{Templates: set()}).Compile(t.Context(), list, "autumn", deliver.Manuscript{Source: text}, began)
		if err == nil {
			draft.Findings = append(draft.Findings, lint.Check(lint.Issue{Draft: draft, HTML: c.HTML.Size(), Now: began})...)
		}
		return draft, time.Since(began), err
	}
	for range 3 { // another program may have had the processor
		var draft *source.Draft
		var took time.Duration
		var fault error
		octets = peak(func() { draft, took, fault = compile(text) })
		_, unit, _ := compile(composetest.Newsletter())
		newsletters, err = int(took/max(unit, 1)), fault
		if err == nil && len(draft.Findings) > 20*finding.Max {
			t.Errorf("%d findings", len(draft.Findings))
		}
		if newsletters <= longest {
			break
		}
	}
	return newsletters, octets, err
}

// peak is how far the heap grows while something is done, in octets.
func peak(do func()) (octets uint64) {
	heap := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	size := func() uint64 { metrics.Read(heap); return heap[0].Value.Uint64() }
	runtime.GC()
	before, done, looked := size(), make(chan struct{}), make(chan struct{})
	most := before
	go func() {
		defer close(looked)
		for {
			most = max(most, size())
			select {
			case <-done:
				return
			case <-time.After(time.Millisecond):
			}
		}
	}()
	do()
	close(done)
	<-looked
	return max(most, size()) - before
}

// TestLegalTable: the largest table that is taken is far from the bounds.
func TestLegalTable(t *testing.T) { //nolint:paralleltest // it measures
	row, rule := "|", "|"
	for range 8 {
		row, rule = row+"内容|", rule+"-|"
	}
	text := row + "\n" + rule + "\n"
	for range 80 {
		text += row + "\n"
	}
	took, _, err := cost(t, composetest.Centre(t), composetest.Source(text))
	if err != nil || took > longest/4 {
		t.Errorf("%v; the time of %d newsletters", err, took)
	}
}

func FuzzHostile(f *testing.F) {
	for _, h := range composetest.HostileSources(2 << 10) {
		f.Add(h.Text, uint8(0))
	}
	list := composetest.Centre(f)
	f.Fuzz(func(t *testing.T, text []byte, times uint8) {
		whole := text
		for range times {
			if len(whole)+len(text) <= 128<<10 {
				whole = append(whole[:len(whole):len(whole)], text...)
			}
		}
		took, octets, err := cost(t, list, whole)
		if took > longest || octets > 3*greatest { // others allocate, too
			t.Errorf("the time of %d newsletters, and %d MB of memory", took, octets>>20)
		}
		var found finding.List
		if errors.As(err, &found) && (len(found) == 0 || len(found) > 2*finding.Max+2) {
			t.Errorf("%d faults", len(found))
		}
	})
}
