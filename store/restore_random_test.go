package store

import (
	goflag "flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"example.jp/kairan/store/journal"
	"example.jp/kairan/subscribe"
)

var (
	putBackSteps = goflag.Int("put-back-steps", 200, "of the random story of copies that are put back")
	putBackSeed  = goflag.Uint64("put-back-seed", 0, "of that story; 0: drawn")
)

// putBackModel is what must be true of a town, whatever copies are put back: the
// entries are the copy's, and what anybody ever ended stays ended.
type putBackModel struct {
	*town
	active  map[string]townEntry
	left    map[string]time.Time       // addresses: the last end or move, over all times
	ended   map[subscribe.ID]time.Time // entries: the last end, likewise
	blocked map[string]bool
	copies  []townCopy
}

type townEntry struct {
	id        subscribe.ID
	confirmed time.Time
}

type townCopy struct {
	file   string
	at     time.Time
	active map[string]townEntry
}

// TestPutBackAtRandom lives at random, keeps copies, and puts any of them back.
func TestPutBackAtRandom(t *testing.T) {
	t.Parallel()
	seed := *putBackSeed
	if seed == 0 {
		seed = uint64(time.Now().UnixNano())
	}
	t.Logf("seed %d", seed)
	dice := rand.New(rand.NewPCG(seed, 0))
	m := &putBackModel{town: newTown(t, t.TempDir()), active: map[string]townEntry{}, left: map[string]time.Time{}, ended: map[subscribe.ID]time.Time{}, blocked: map[string]bool{}}
	done := map[string]int{}
	for range *putBackSteps {
		m.now = m.now.Add(time.Second)
		what := m.step(dice)
		done[what]++
		if m.check(what); t.Failed() {
			t.Fatalf("after %v", done)
		}
	}
	t.Log(done)
	if done["put back"] == 0 || *putBackSteps >= 1000 && (done["move"] == 0 || done["unblock"] == 0) {
		t.Errorf("too little happened: %v", done)
	}
	m.stop()
}

func (m *putBackModel) step(dice *rand.Rand) string {
	address := fmt.Sprintf("r%d@example.jp", dice.IntN(12))
	entry, active := m.active[address]
	switch n := dice.IntN(100); {
	case m.blocked[address] && n < 60:
		m.must(m.Unblock(m.t.Context(), addressOf(address)))
		delete(m.blocked, address)
		return "unblock"
	case n < 40 || !active && n < 60:
		m.join(address, m.now)
		if !active && !m.blocked[address] {
			m.active[address] = townEntry{m.entryOf(address).ID, m.now}
		}
		return "join"
	case n < 55:
		m.leave(m.entryOf(address).ID)
		delete(m.active, address)
		m.left[address], m.ended[entry.id] = m.now, m.now
		return "leave"
	case n < 60:
		ends := m.entriesAt(address)
		m.block(address)
		delete(m.active, address)
		m.left[address], m.blocked[address] = m.now, true
		for _, id := range ends {
			m.ended[id] = m.now
		}
		return "block"
	case n < 72 && active:
		to := fmt.Sprintf("r%d@example.jp", dice.IntN(12))
		if _, taken := m.active[to]; taken || m.blocked[to] {
			return "nothing"
		}
		m.moves(address, to)
		delete(m.active, address)
		m.active[to], m.left[address] = entry, m.now
		return "move"
	case n < 84:
		file := filepath.Join(m.t.TempDir(), "copy")
		if n%2 == 0 {
			file = backup(m.t, m.Store)
		} else {
			m.stop()
			copyFile(m.t, m.file(), file)
			m.start()
		}
		m.copies = append(m.copies, townCopy{file, m.now, maps.Clone(m.active)})
		return "copy"
	case n < 92 && len(m.copies) > 0:
		m.putBack(m.copies[dice.IntN(len(m.copies))], dice)
		return "put back"
	case n < 95:
		m.stop()
		m.start()
		return "restart"
	}
	return "nothing"
}

// entriesAt are the active and the suspended entries of an address. A suspended one is at
// another address in copies of another time, and ends there, too, when its mailbox is
// blocked.
func (m *putBackModel) entriesAt(address string) (ids []subscribe.ID) {
	m.must(m.Store.Update(m.t.Context(), func(tx subscribe.Tx) error {
		all, err := tx.ByMailbox(townList, addressOf(address))
		for _, e := range all {
			ids = append(ids, e.ID)
		}
		return err
	}))
	return ids
}

func (m *putBackModel) putBack(c townCopy, dice *rand.Rand) {
	m.stop()
	copyFile(m.t, c.file, m.file())
	if dice.IntN(2) == 0 { // a power cut has torn the journal's tail as well
		f, err := os.OpenFile(filepath.Join(m.opt.Journal, journal.Name), os.O_WRONLY|os.O_APPEND, 0)
		m.must(err)
		_, err = f.Write(make([]byte, dice.IntN(300)))
		m.must(err)
		m.must(f.Close())
	}
	m.start()
	if m.Held() == nil {
		m.t.Fatal("a copy is not held")
	}
	m.active = map[string]townEntry{}
	for address, entry := range c.active {
		if !m.left[address].After(c.at) && !m.ended[entry.id].After(entry.confirmed) && !m.blocked[address] {
			m.active[address] = entry
		}
	}
	if dice.IntN(2) == 0 {
		m.check("held")
	}
	m.must(m.Release(m.t.Context(), "operator"))
}

func (m *putBackModel) check(what string) {
	m.t.Helper()
	if n := m.count(); n != len(m.active) {
		m.t.Errorf("%s: %d active, want %d", what, n, len(m.active))
	}
	for n := range 12 {
		address := fmt.Sprintf("r%d@example.jp", n)
		_, want := m.active[address]
		if got := m.entryOf(address) != nil; got != want {
			m.t.Errorf("%s: %d is active: %v, want %v", what, n, got, want)
		}
		if got := m.town.blocked(address); got != m.blocked[address] {
			m.t.Errorf("%s: %d is blocked: %v, want %v", what, n, got, m.blocked[address])
		}
	}
	m.must((audited{m.Store}).Check())
}
