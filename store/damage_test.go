package store

import (
	"bytes"
	"context"
	"errors"
	goflag "flag"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/deliver"
	"example.jp/kairan/store/apart"
	"example.jp/kairan/store/guard"
	"example.jp/kairan/store/layout"
	"example.jp/kairan/store/seal"
	"example.jp/kairan/subscribe"
)

var (
	damages    = goflag.Int("damages", 50, "at how many random places TestRandomDamage damages a database")
	damageSeed = goflag.Uint64("damage-seed", 0, "which places; 0: others each time")
)

// museum is a database with everything in it that there can be, and what is known
// of it.
type museum struct {
	dir     string
	keys    *seal.Keyring
	desk    subscribe.Desk
	tokens  subscribe.Tokens
	who     map[subscribe.ID]subscribe.Address
	gone    map[subscribe.ID]bool // who has left, or is suspended
	claimed map[subscribe.ID]bool // who was claimed of the running issue
	used    int64                 // octets of the file that are in use
}

func newMuseum(t *testing.T) *museum {
	t.Helper()
	m := &museum{
		dir: filepath.Join(t.TempDir(), "data"), keys: newKeys(),
		who: map[subscribe.ID]subscribe.Address{}, gone: map[subscribe.ID]bool{}, claimed: map[subscribe.ID]bool{},
	}
	lists := subscribe.Lists{}
	for _, id := range []string{"news", "press"} {
		lists[id] = &subscribe.List{
			ID: id, ListID: id + ".example.jp", Office: &subscribe.Office{ID: "office"}, Language: subscribe.Japanese,
			Fields: []subscribe.Field{{ID: "name", Kind: subscribe.KindText, Length: 40}, {ID: "organisation", Kind: subscribe.KindText, Length: 40}},
		}
	}
	m.tokens = subscribe.Tokens{Keys: m.keys, Lists: lists, Now: time.Now}
	m.desk = subscribe.Desk{Lists: lists, Limits: subscribe.Limits{Intake: 1000, PerHour: 1000, PerNetworkHour: 1000}}
	s, err := Open(Options{Dir: m.dir, Keys: m.keys})
	if err != nil {
		t.Fatal(err)
	}
	m.furnish(t, s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	peek(t, filepath.Join(m.dir, fileName), func(b *bolt.Tx) { m.used = b.Size() })
	return m
}

func (m *museum) furnish(t *testing.T, s *Store) {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	ctx := t.Context()
	m.desk.Store = s
	must(s.Adopt(ctx, m.desk.Lists))
	for _, list := range []string{"news", "press"} {
		for range 6 {
			var page []*subscribe.Subscriber
			for range 300 {
				e := sample(list, fmt.Sprintf("reader%d@example.jp", len(m.who)))
				page, m.who[e.ID] = append(page, e), e.Address
			}
			must(s.Seed(ctx, page))
		}
		must(s.AddIssue(ctx, deliver.Issue{Name: named(list, "draft"), Source: bytes.Repeat([]byte("text "), 1000), State: deliver.Draft}, nil, nil))
		startIssue(t, s, named(list, "running"))
		n := 0
		for id := range m.who {
			if n++; n > 60 {
				break
			}
			must(m.leave(s, list, id))
			must(s.Update(ctx, func(tx subscribe.Tx) error {
				e, err := tx.ByID(list, id)
				m.gone[id] = m.gone[id] || e != nil && e.State == subscribe.Ended
				return err
			}))
		}
		r, err := s.OpenRun(named(list, "running"))
		must(err)
		for n := range 300 {
			x, err := r.Reserve(time.Now())
			must(err)
			must(r.SettleAndClaim(ctx, nil, x, nil))
			m.claimed[x.ID] = true
			result := deliver.Result{Outcome: deliver.Accepted}
			if n%10 == 9 {
				result = deliver.Result{Outcome: deliver.Refused, Blame: deliver.BlameAddress, Code: 550, Enhanced: "5.1.1"}
			}
			if n%50 != 0 { // the others stay in flight
				must(r.SettleAndClaim(ctx, &deliver.Settlement{Reader: *x, Result: result}, nil, nil))
			}
			if n%10 == 9 {
				must(s.Update(ctx, func(tx subscribe.Tx) error {
					e, err := tx.ByID(list, x.ID)
					m.gone[x.ID] = e != nil && e.State != subscribe.Active
					return err
				}))
			}
		}
	}
	for n := range 30 {
		a, err := subscribe.ParseAddress(fmt.Sprintf("asks%d@example.org", n))
		must(err)
		must(m.desk.AskJoin(ctx, subscribe.Ask{List: "news", Address: a, Lang: subscribe.Japanese}))
		must(s.Update(ctx, func(tx subscribe.Tx) error {
			tx.Owe(subscribe.Notice{Kind: subscribe.NoticeConfirm, List: "news", To: a, Lang: subscribe.English, Asked: tx.Now(), Expires: tx.Now().Add(time.Hour)})
			return nil
		}))
	}
}

func (m *museum) leave(s *Store, list string, id subscribe.ID) error {
	desk := subscribe.Desk{Store: s, Lists: m.desk.Lists}
	visit, err := m.tokens.Inspect(m.tokens.MintLeave(m.desk.Lists[list], id), subscribe.ToLeave)
	if err != nil {
		return err
	}
	return desk.Leave(context.Background(), visit)
}

// copyTo makes a copy of the installation, and returns its database file.
func (m *museum) copyTo(t *testing.T, dir string) string {
	t.Helper()
	if err := os.CopyFS(dir, os.DirFS(m.dir)); err != nil {
		t.Fatal(err)
	}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			err = os.Chmod(path, 0o600)
		} else if err == nil {
			err = os.Chmod(path, 0o700)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, fileName)
}

// spoil damages a file in one of the ways in which files are damaged.
func (m *museum) spoil(b []byte, dice *rand.Rand) (what string, out []byte) {
	page := os.Getpagesize()
	pages := int(m.used) / page
	at := dice.IntN(int(m.used))
	switch kind := dice.IntN(10); kind {
	case 0:
		return fmt.Sprintf("cut at %d", at), b[:at]
	case 1:
		from, to := dice.IntN(pages)*page, dice.IntN(pages)*page
		hold := bytes.Clone(b[from : from+page])
		copy(b[from:from+page], b[to:to+page])
		copy(b[to:to+page], hold)
		return fmt.Sprintf("pages %d and %d swapped", from/page, to/page), b
	case 2:
		clear(b[at/512*512 : at/512*512+512])
		return fmt.Sprintf("a sector of zeros at %d", at/512*512), b
	case 3:
		for n := at / 512 * 512; n < at/512*512+512; n++ {
			b[n] = byte(dice.Uint32())
		}
		return fmt.Sprintf("a sector of noise at %d", at/512*512), b
	}
	bit := dice.IntN(8)
	b[at] ^= 1 << bit
	return fmt.Sprintf("bit %d of %d", bit, at), b
}

// TestRandomDamage damages a database at random places. Each time the opening
// refuses in words, or everything that is whole works on: leaving above all. Never
// is there a panic, a fault, an end that does not come, or a copy to somebody whom
// it is not for.
func TestRandomDamage(t *testing.T) {
	t.Parallel()
	seed := *damageSeed
	if seed == 0 {
		seed = uint64(time.Now().UnixNano())
	}
	t.Logf("-damages %d -damage-seed %d", *damages, seed)
	m := newMuseum(t)
	whole, err := os.ReadFile(filepath.Join(m.dir, fileName))
	if err != nil {
		t.Fatal(err)
	}
	ways := map[string]int{}
	for n := range *damages {
		dice := rand.New(rand.NewPCG(seed, uint64(n)))
		dir := filepath.Join(t.TempDir(), "data")
		file := m.copyTo(t, dir)
		what, spoiled := m.spoil(bytes.Clone(whole), dice)
		if err := os.WriteFile(file, spoiled, 0o600); err != nil {
			t.Fatal(err)
		}
		way, err := m.try(t, dir, dice)
		if err != nil {
			t.Errorf("place %d, %s: %v", n, what, err)
		}
		ways[way]++
	}
	t.Logf("%v", ways)
}

// try opens a damaged database and does everything with it.
func (m *museum) try(t *testing.T, dir string, dice *rand.Rand) (way string, err error) {
	t.Helper()
	s, err := Open(Options{Dir: dir, Keys: m.keys})
	var damage *Damage
	var refusal *Refusal
	if errors.As(err, &damage) || errors.As(err, &refusal) {
		return "refused", nil
	}
	if err != nil {
		return "refused", fmt.Errorf("it is refused, and not as damaged: %w", err)
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	way = "opened"
	if s.Held() != nil {
		way = "held"
	}
	if _, err := s.Examine(t.Context()); err != nil {
		return way, err
	}
	if s.Unreadable().Sum() > 0 {
		way += ", some unreadable"
	}
	for _, list := range []string{"news", "press"} {
		if err := m.everybodyLeaves(s, list, dice); err != nil {
			return way, err
		}
		if err := m.nothingWrongIsSent(s, list); err != nil {
			return way, err
		}
	}
	_, noSweep := s.SweepNotices(t.Context())
	_, noTallies := s.SweepTallies(t.Context())
	_, noRequests := s.WaitingRequests(t.Context(), 100)
	for owed := 0; owed < 40; owed++ {
		if _, err := s.ReserveNotice(time.Now().Add(2 * time.Hour)); err != nil {
			return way, err
		}
	}
	return way, errors.Join(noSweep, noTallies, noRequests)
}

// everybodyLeaves presses the link of twenty readers whose index is whole, also
// where the record behind it is not.
func (m *museum) everybodyLeaves(s *Store, list string, dice *rand.Rand) error {
	var ids []subscribe.ID
	var seqs []subscribe.Seq
	err := s.file.View(func(b *bolt.Tx) error {
		return guard.New(m.keys).List(b, list, layout.IDs).Each(func(k, v []byte, fault error) error {
			if fault != nil || len(k) != 16 || len(v) != 4 || m.who[subscribe.ID(k)].IsZero() {
				return nil //nolint:nilerr // it leads nowhere
			}
			seq := layout.SeqOf(v)
			e, err := s.people.Entry(b, list, seq)
			if apart.Is(err) || dice.IntN(60) == 0 && e != nil && e.ID == subscribe.ID(k) {
				ids, seqs = append(ids, subscribe.ID(k)), append(seqs, seq)
			}
			return nil
		})
	})
	for n, id := range ids {
		if err := m.leave(s, list, id); err != nil {
			return fmt.Errorf("leaving: %w", err)
		}
		err := s.file.View(func(b *bolt.Tx) error {
			e, err := s.people.Entry(b, list, seqs[n])
			chunk, bit := layout.ChunkOf(seqs[n])
			if err != nil || e == nil || e.State != subscribe.Ended || layout.HasBit(guarded(s, b, list, layout.Active, layout.Key4(chunk)), bit) {
				return fmt.Errorf("the entry has not ended: %v", err)
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return err
}

// nothingWrongIsSent takes everybody to whom the running issue is to go.
func (m *museum) nothingWrongIsSent(s *Store, list string) error {
	if _, err := s.Issues(list); err != nil {
		return err
	}
	if _, err := s.Balance(named(list, "running")); err != nil && !apart.Is(err) {
		return err
	}
	i, err := s.Issue(named(list, "running"))
	if err != nil || i.State != deliver.Running || s.Held() != nil {
		return nil //nolint:nilerr // it is set apart, or waits for a person
	}
	r, err := s.OpenRun(named(list, "running"))
	if errors.Is(err, deliver.ErrNoIssue) {
		return nil
	}
	if err != nil {
		return err
	}
	for {
		x, err := r.Reserve(time.Now().Add(-time.Hour)) // no second attempts
		if err != nil || x == nil {
			return err
		}
		switch a, known := m.who[x.ID]; {
		case !known || a.Identity() != x.Address.Identity():
			return errors.New("a copy would go to another address than its reader's")
		case m.gone[x.ID]:
			return errors.New("a copy would go to somebody who has left")
		case m.claimed[x.ID]:
			return errors.New("a copy would go to somebody who has it")
		}
	}
}
