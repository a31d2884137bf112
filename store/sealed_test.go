package store

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
	"unicode/utf16"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/deliver"
	"example.jp/kairan/store/layout"
	"example.jp/kairan/store/people"
	"example.jp/kairan/store/seal"
	"example.jp/kairan/subscribe"
)

// The canaries: what no file may ever show.
var canaries = []string{
	"canary.hanako@example.jp", "canary.moved@example.org", "canary.asks@example.com",
	"canary.hanako", "カナリア花子", "Canary Organisation KK", "canary.asks",
}

// disguises are the ways a text may lie in a file.
func disguises(text string) (out [][]byte) {
	out = append(out, []byte(text), []byte(strings.ToLower(text)), []byte(hex.EncodeToString([]byte(text))), []byte(base64.StdEncoding.EncodeToString([]byte(text))))
	var big, little []byte
	for _, u := range utf16.Encode([]rune(text)) {
		big, little = append(big, byte(u>>8), byte(u)), append(little, byte(u), byte(u>>8))
	}
	out = append(out, big, little)
	for shift := range 3 { // base64 of a text that contains it, at any offset
		enc := base64.StdEncoding.EncodeToString(append(make([]byte, shift), text...))
		out = append(out, []byte(enc[4:len(enc)-4]))
	}
	return out
}

func wantNoise(t *testing.T, what string, file []byte) {
	t.Helper()
	for _, c := range canaries {
		for i, d := range disguises(c) {
			if bytes.Contains(file, d) {
				t.Errorf("%s shows canary %q (form %d)", what, c, i)
			}
		}
	}
}

func TestSealed(t *testing.T) {
	t.Parallel()
	dir, keys := t.TempDir(), newKeys()
	s := open(t, Options{Dir: dir, Keys: keys})
	lists := liveThrough(t, s, keys)
	copied := backup(t, s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*", "*"))
	if err != nil || len(files) < 2 {
		t.Fatal(files, err) // the journal and the generation file
	}
	files = append(files, filepath.Join(dir, fileName))
	for _, f := range append(files, copied) {
		wantNoise(t, filepath.Base(f), contents(t, f))
	}
	// The canaries are in there: the keys bring them out.
	s = open(t, Options{Dir: dir, Keys: keys})
	found := false
	err = s.Update(t.Context(), func(tx subscribe.Tx) error {
		for id := range lists {
			e, err := tx.ByAddress(id, sample("", "canary.moved@example.org").Address)
			found = found || e != nil && e.Fields["name"] == "カナリア花子"
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil || !found {
		t.Errorf("the test puts nothing to be found: %v", err)
	}
}

// liveThrough does with the canaries everything that stores anything: asks,
// confirms, corrects, moves, is sent an issue, leaves and blocks.
func liveThrough(t *testing.T, s *Store, keys *seal.Keyring) subscribe.Lists {
	t.Helper()
	office := &subscribe.Office{ID: "example"}
	lists := subscribe.Lists{"japanifornia": {ID: "japanifornia", ListID: "japanifornia.example.jp", Office: office, Fields: []subscribe.Field{
		{ID: "name", Kind: subscribe.KindText, Length: 40}, {ID: "organisation", Kind: subscribe.KindText, Length: 40}}}}
	tokens := subscribe.Tokens{Keys: keys, Lists: lists}
	desk := &subscribe.Desk{Store: s, Lists: lists, Limits: subscribe.Limits{Intake: 100, PerHour: 100, PerNetworkHour: 100}}
	intake := &subscribe.Intake{Store: s, Queue: s, Lists: lists, Limits: desk.Limits}
	ctx, from := t.Context(), netip.MustParseAddr("192.0.2.7")
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(s.Adopt(ctx, lists))
	hanako, moved := sample("", "canary.hanako@example.jp").Address, sample("", "canary.moved@example.org").Address
	must(desk.AskJoin(ctx, subscribe.Ask{List: "japanifornia", Address: hanako, Lang: subscribe.Japanese, From: from}))
	must(desk.AskJoin(ctx, subscribe.Ask{List: "japanifornia", Address: sample("", "canary.asks@example.com").Address, From: from}))
	if _, err := intake.Work(ctx); err != nil {
		t.Fatal(err)
	}
	must(desk.AskCorrection(ctx, subscribe.Ask{List: "japanifornia", Address: hanako, From: from})) // stays in the intake
	joins := subscribe.Link{Purpose: subscribe.ToConfirm, List: lists["japanifornia"], Address: hanako, Lang: subscribe.Japanese, Issued: time.Now()}
	must(desk.Confirm(ctx, followed(t, tokens, joins), subscribe.Answers{From: from, Fields: map[string]string{"name": "カナリア花子", "organisation": "Canary Organisation KK"}}))
	r := startIssue(t, s, named("japanifornia", "autumn"))
	x, err := r.Reserve(time.Now())
	must(err)
	must(r.SettleAndClaim(ctx, nil, x, nil))
	must(r.SettleAndClaim(ctx, &deliver.Settlement{Reader: *x, Next: time.Now(), Result: deliver.Result{Outcome: deliver.Deferred, Code: 450,
		Text: "canary.hanako@example.jp is greylisted"}}, nil, nil))
	must(s.Update(ctx, func(tx subscribe.Tx) error {
		e, err := tx.ByID("japanifornia", x.ID)
		if err != nil {
			return err
		}
		old := e.Address
		tx.SetMark("japanifornia", old, e.Move(moved, tx.Now()))
		tx.Put(e)
		return nil
	}))
	must(s.Update(ctx, func(tx subscribe.Tx) error {
		tx.SetMark("", hanako, subscribe.Mark{Kind: subscribe.MarkBlocked, At: tx.Now()})
		return nil
	}))
	return lists
}

func backup(t *testing.T, s *Store) (name string) {
	t.Helper()
	name = filepath.Join(t.TempDir(), "backup")
	if err := s.Backup(t.Context(), name, nil); err != nil {
		t.Fatal(err)
	}
	return name
}

// TestSealedInPlace: a sealed record that is moved to another key does not open.
func TestSealedInPlace(t *testing.T) {
	t.Parallel()
	s := open(t, Options{Dir: t.TempDir(), Keys: newKeys()})
	seedReaders(t, s, "japanifornia", 2)
	seedReaders(t, s, "whats-new", 1)
	startIssue(t, s, named("japanifornia", "autumn"))
	startIssue(t, s, named("japanifornia", "winter"))
	err := s.Update(t.Context(), func(tx subscribe.Tx) error {
		for range 2 {
			tx.PutRequest(subscribe.Request{Kind: subscribe.RequestJoin, List: "japanifornia", Address: sample("", "a@example.jp").Address, At: tx.Now()})
			tx.Owe(subscribe.Notice{Kind: subscribe.NoticeConfirm, List: "japanifornia", To: sample("", "a@example.jp").Address, Expires: tx.Now().Add(time.Hour)})
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	err = s.file.Try(func(b *bolt.Tx) error {
		swap := func(to *bolt.Bucket, at []byte, from *bolt.Bucket, of []byte) {
			t.Helper()
			if err := to.Put(at, bytes.Clone(from.Get(of))); err != nil {
				t.Fatal(err)
			}
		}
		entries := layout.List(b, "japanifornia", layout.Entries)
		swap(entries, layout.Key4(1), entries, layout.Key4(2))
		swap(layout.List(b, "whats-new", layout.Entries), layout.Key4(1), entries, layout.Key4(2))
		issues := layout.List(b, "japanifornia", layout.Issues)
		swap(issues, []byte("autumn"), issues, []byte("winter"))
		swap(b.Bucket(layout.Outbox), layout.Key8(1), b.Bucket(layout.Outbox), layout.Key8(2))
		for name, open := range map[string]func() error{
			"an entry of another number": func() error { _, err := s.people.Entry(b, "japanifornia", 1); return err },
			"an entry of another list":   func() error { _, err := s.people.Entry(b, "whats-new", 1); return err },
			"an issue of another name":   func() error { _, err := s.issue(b, named("japanifornia", "autumn")); return err },
			"another notice":             func() error { _, err := s.notice(b, 1); return err },
			"another request": func() error {
				_, err := s.keys.Open(seal.Data, layout.RequestLabel, b.Bucket(layout.Intake).Get(layout.Key8(2)), layout.Key8(1))
				return err
			},
			"another run's compiled form": func() error {
				_, err := s.keys.Open(seal.Data, layout.CompiledLabel, layout.Run(b, named("japanifornia", "winter")).Get(layout.Compiled), layout.Bound("japanifornia", "autumn"))
				return err
			},
		} {
			err := open()
			if !errors.Is(err, seal.ErrOpen) {
				t.Errorf("%s opens: %v", name, err)
			} else if strings.Contains(err.Error(), "@") {
				t.Errorf("%s: the error shows an address", name)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestSealedHashesDiffer: the same address cannot be followed from list to list,
// nor from the index to the marks.
func TestSealedHashesDiffer(t *testing.T) {
	t.Parallel()
	s := open(t, Options{Dir: t.TempDir(), Keys: newKeys()})
	a := sample("", "hanako@example.jp").Address
	seen := map[[16]byte]bool{}
	for _, h := range [][16]byte{
		addressKey(s, "japanifornia", a), addressKey(s, "whats-new", a), s.people.MarkHash("japanifornia", a), s.people.MarkHash("whats-new", a),
		s.people.MarkHash("", a), s.people.TallyHash(subscribe.TallyKey{Scope: "address", Of: a.Mailbox()}, people.TallyHashes{}),
	} {
		if seen[h] {
			t.Error("two hashes of one address are alike")
		}
		seen[h] = true
	}
}

// TestBackupWhileWriting: a backup taken in the middle of everything is a whole
// and consistent database under the same keys.
func TestBackupWhileWriting(t *testing.T) {
	t.Parallel()
	keys := newKeys()
	s := open(t, Options{Dir: t.TempDir(), Keys: keys})
	seedReaders(t, s, "japanifornia", 500)
	r := startIssue(t, s, named("japanifornia", "autumn"))
	ctx, stop := context.WithCancel(t.Context())
	var n atomic.Int64
	done := make(chan struct{})
	go func() {
		defer close(done)
		crowd(8, func() bool {
			id, err := joinOne(context.Background(), s, fmt.Sprintf("late%d@example.jp", n.Add(1)))
			if err == nil && id[0]%2 == 0 {
				err = leaveOne(context.Background(), s, id)
			}
			if x, _ := r.Reserve(time.Now()); err == nil && x != nil {
				err = errors.Join(r.SettleAndClaim(context.Background(), nil, x, nil),
					r.SettleAndClaim(context.Background(), &deliver.Settlement{Reader: *x, Result: deliver.Result{Outcome: deliver.Accepted}}, nil, nil))
			}
			if err != nil {
				t.Error(err)
			}
			return err == nil && ctx.Err() == nil
		})
	}()
	for range 5 {
		name, dir := backup(t, s), t.TempDir()
		if err := os.Rename(name, filepath.Join(dir, fileName)); err != nil {
			t.Fatal(err)
		}
		c := open(t, Options{Dir: dir, Keys: keys}) // and audits it at the end
		if books, err := c.Balance(named("japanifornia", "autumn")); err != nil || !books.Balances() || books.Audience != 500 {
			t.Errorf("%+v, %v", books, err)
		}
	}
	stop()
	<-done
}

// TestBackupHoldsNoKeys: what is written is the database alone.
func TestBackupHoldsNoKeys(t *testing.T) {
	t.Parallel()
	dir, keys := t.TempDir(), newKeys()
	s := open(t, Options{Dir: dir, Keys: keys})
	if err := keys.Write(dir + ".keys"); err != nil {
		t.Fatal(err)
	}
	copied := contents(t, backup(t, s))
	for line := range bytes.Lines(contents(t, dir+".keys")) {
		words := bytes.Fields(line)
		if len(words) != 4 || words[0][0] == '#' {
			continue
		}
		raw, err := base64.StdEncoding.DecodeString(string(words[3]))
		if err == nil && (bytes.Contains(copied, raw) || bytes.Contains(copied, words[3])) {
			t.Errorf("the backup holds the %s key", words[0])
		}
	}
}
