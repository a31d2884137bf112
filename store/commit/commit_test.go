package commit

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/store/boltfile"
)

var words = []byte("words")

// owner is one whose operations put down words; those of patient ones are written
// when they are flushed.
type owner struct {
	*Committer[*view]
	mu             sync.Mutex
	noted, settled int // commits that were begun and waited for
}

type view struct {
	*Tx
	open []string
}

func (v *view) put(word string) {
	v.Stage(func(b *bolt.Tx) error { return b.Bucket(words).Put([]byte(word), nil) })
}

func (v *view) has(word string) bool {
	k, _ := v.Bolt.Bucket(words).Cursor().Seek([]byte(word))
	return string(k) == word
}

func (v *view) flush() (err error) {
	for _, word := range v.open {
		err = errors.Join(err, v.Bolt.Bucket(words).Put([]byte(word), nil))
	}
	v.open = nil
	return err
}

func begin(t *testing.T) *owner {
	t.Helper()
	f, err := boltfile.Open(filepath.Join(t.TempDir(), "a.db"), boltfile.Options{
		Shape: &boltfile.Shape{Rest: &boltfile.Shape{}},
		Make:  func(b *bolt.Tx) error { _, err := b.CreateBucket(words); return err },
	})
	if err != nil {
		t.Fatal(err)
	}
	o := &owner{}
	count := func(n *int) { o.mu.Lock(); *n++; o.mu.Unlock() }
	o.Committer = Start(Owner[*view]{
		File: f, Now: time.Now,
		Begin: func(tx *Tx) *view { return &view{Tx: tx} },
		Flush: (*view).flush,
		Note: func(*view) (func(), error) {
			count(&o.noted)
			return func() { count(&o.settled) }, nil
		},
		Committed: func(*view) []int { return nil },
	})
	t.Cleanup(func() {
		o.Close()
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	return o
}

// together has operations share a commit: they are handed in while another is
// being done. It returns the answers.
func (o *owner) together(ops ...*Operation[*view]) (answers []error) {
	begun, end := make(chan struct{}), make(chan struct{})
	before := &Operation[*view]{Do: func(*view) error { close(begun); <-end; return nil }}
	_ = o.Put(before)
	<-begun
	for _, op := range ops {
		_ = o.Put(op)
	}
	close(end)
	for _, op := range ops {
		answers = append(answers, op.Wait())
	}
	return append(answers, before.Wait())
}

func doing(do func(*view) error) *Operation[*view] { return &Operation[*view]{Do: do} }

// all are the words that are on disk.
func (o *owner) all(t *testing.T) (all []string) {
	t.Helper()
	err := o.Committer.owner.File.View(func(b *bolt.Tx) error {
		return b.Bucket(words).ForEach(func(k, _ []byte) error { all = append(all, string(k)); return nil })
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestSharesOneTransaction(t *testing.T) {
	t.Parallel()
	o, boom := begin(t), errors.New("boom")
	var told []string
	put := func(word string, err error) *Operation[*view] {
		return doing(func(v *view) error {
			v.After(func() { told = append(told, word) })
			v.put(word)
			return err
		})
	}
	failing := doing(func(v *view) error { v.put("d"); v.Fail(boom); return nil })
	patient := &Operation[*view]{Patient: func(v *view) (bool, error, error) { v.open = append(v.open, "e"); return true, nil, nil }}
	errs := o.together(put("a", nil), put("b", boom), put("c", nil), failing, patient, doing(func(v *view) error {
		// Those before are seen, but for the refused, which wrote nothing.
		for word, want := range map[string]bool{"a": true, "b": false, "c": true, "d": false, "e": true} {
			if v.has(word) != want {
				t.Errorf("%s: %v", word, !want)
			}
		}
		return nil
	}))
	if want := []error{nil, boom, nil, boom, nil, nil, nil}; !slices.Equal(errs, want) {
		t.Errorf("%v", errs)
	}
	if o.Commits() != 1 || o.noted != 1 || o.settled != 1 {
		t.Errorf("%d commits, noted %d times, waited %d times", o.Commits(), o.noted, o.settled)
	}
	if fmt.Sprint(told) != "[a c]" {
		t.Errorf("memory was told of %v", told)
	}
	if got := fmt.Sprint(o.all(t)); got != "[a c e]" {
		t.Errorf("on disk: %s", got)
	}
}

// TestOneByOne: a batch that fails as a whole is tried one by one, and whoever did
// not bring it down is done, once; also where that one panics.
func TestOneByOne(t *testing.T) {
	t.Parallel()
	o, boom := begin(t), errors.New("disk")
	told := 0
	put := func(word string) *Operation[*view] {
		return doing(func(v *view) error { v.After(func() { told++ }); v.put(word); return nil })
	}
	errs := o.together(put("a"), doing(func(v *view) error {
		v.After(func() { t.Error("memory was told of what failed") })
		v.Stage(func(*bolt.Tx) error { return boom })
		return nil
	}), put("b"), doing(func(*view) error { panic("boo") }), put("c"))
	if errs[0] != nil || !errors.Is(errs[1], boom) || errs[2] != nil || !errors.Is(errs[3], boltfile.ErrPanic) || errs[4] != nil || told != 3 {
		t.Errorf("%v, told %d times", errs, told)
	}
	if got := fmt.Sprint(o.all(t)); got != "[a b c]" {
		t.Errorf("on disk: %s", got)
	}
}

// TestFault: what the last commit failed with is known until one is made; a refusal is none.
func TestFault(t *testing.T) {
	t.Parallel()
	o, boom := begin(t), errors.New("disk")
	for n, x := range []struct {
		do   func(*view) error
		want error
	}{
		{func(*view) error { return boom }, nil},
		{func(v *view) error { v.Stage(func(*bolt.Tx) error { return boom }); return nil }, boom},
		{func(*view) error { return nil }, boom}, // it wrote nothing, so that nobody knows
		{func(v *view) error { v.put("a"); return nil }, nil},
	} {
		if _ = o.Do(t.Context(), x.do); !errors.Is(o.Fault(), x.want) || x.want == nil && o.Fault() != nil {
			t.Errorf("%d: %v, want %v", n, o.Fault(), x.want)
		}
	}
	if o.Took() <= 0 {
		t.Error("a commit took no time")
	}
}

func TestReadAfterWrite(t *testing.T) {
	t.Parallel()
	o := begin(t)
	err := o.Do(t.Context(), func(v *view) error {
		if err := v.Reading(); err != nil {
			t.Error(err)
		}
		v.put("a")
		return v.Reading()
	})
	if !errors.Is(err, ErrOrder) {
		t.Errorf("got %v", err)
	}
}

// TestReadsAlone: what writes nothing costs no commit.
func TestReadsAlone(t *testing.T) {
	t.Parallel()
	o := begin(t)
	for range 5 {
		if err := o.Do(t.Context(), func(*view) error { return nil }); err != nil {
			t.Fatal(err)
		}
	}
	if o.Commits() != 0 || o.noted != 0 {
		t.Errorf("%d commits for nothing", o.Commits())
	}
}

// TestWaiting: one who no longer waits is told so, and a committer that closes does
// what was handed in before.
func TestWaiting(t *testing.T) {
	t.Parallel()
	o := begin(t)
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if err := o.Do(ctx, func(*view) error { t.Error("done all the same"); return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	begun, end := make(chan struct{}), make(chan struct{})
	before, handed := doing(func(*view) error { close(begun); <-end; return nil }), doing(func(v *view) error { v.put("a"); return nil })
	if err := errors.Join(o.Put(before), o.Put(handed)); err != nil {
		t.Fatal(err)
	}
	<-begun
	o.queue.close()
	if err := o.Put(doing(nil)); !errors.Is(err, ErrClosed) {
		t.Errorf("taken after the end: %v", err)
	}
	close(end)
	o.Close()
	if err := errors.Join(before.Wait(), handed.Wait()); err != nil || len(o.all(t)) != 1 {
		t.Errorf("%v, %v", o.all(t), err)
	}
}

// TestAgain: an operation that was answered may be handed in again, also after a
// refusal, of which nothing is left.
func TestAgain(t *testing.T) {
	t.Parallel()
	o, boom := begin(t), errors.New("boom")
	var refusal error
	told := 0
	op := &Operation[*view]{Patient: func(v *view) (bool, error, error) {
		v.After(func() { told++ })
		return false, refusal, nil
	}}
	for n, want := range []error{nil, boom, nil} {
		refusal = want
		if err := o.Put(op); err != nil {
			t.Fatal(err)
		}
		if err := op.Wait(); !errors.Is(err, want) {
			t.Errorf("time %d: %v", n, err)
		}
	}
	if told != 2 {
		t.Errorf("told %d times", told)
	}
}

// TestBroken: once the disk has failed nothing is written, and whoever waits is told so.
func TestBroken(t *testing.T) {
	t.Parallel()
	o, boom := begin(t), errors.New("boom")
	put := func(word string) error {
		return o.Do(t.Context(), func(v *view) error { v.put(word); return nil })
	}
	if err := put("a"); err != nil || o.Failure() != nil {
		t.Fatalf("%v, %v", err, o.Failure())
	}
	held := o.together(doing(func(v *view) error { o.Break(boom); v.put("b"); return nil }), doing(func(v *view) error { v.put("c"); return nil }))
	o.Break(errors.New("another"))
	<-o.Broken()
	for n, err := range append(held[:2], put("d"), o.Failure(), o.Fault()) {
		if !errors.Is(err, ErrDisk) || !errors.Is(err, boom) {
			t.Errorf("%d: %v", n, err)
		}
	}
	if got := o.all(t); len(got) != 1 {
		t.Errorf("on disk: %v", got)
	}
}
