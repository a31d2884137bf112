package store

import (
	"errors"
	goflag "flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"example.jp/kairan/deliver"
	"example.jp/kairan/store/journal"
	"example.jp/kairan/subscribe"
)

var (
	putBackSteps = goflag.Int("put-back-steps", 200, "of the random story of copies that are put back")
	putBackSeed  = goflag.Uint64("put-back-seed", 0, "of that story; 0: drawn")
	putBackSeeds = goflag.Uint64("put-back-seeds", 1, "how many stories there are, of that seed and those that follow")
)

// TestPutBackAtRandom lives at random, keeps copies of the database, and
// puts any of them back.
func TestPutBackAtRandom(t *testing.T) {
	t.Parallel()
	seed := *putBackSeed
	if seed == 0 {
		seed = uint64(time.Now().UnixNano())
	}
	for n := range *putBackSeeds {
		t.Run(fmt.Sprint(seed+n), func(t *testing.T) { tellPutBack(t, seed+n) })
	}
}

func tellPutBack(t *testing.T, seed uint64) {
	w := newTown(t, t.TempDir())
	w.lists[secondList] = &subscribe.List{ID: secondList, ListID: "second.example.jp", Office: w.lists[townList].Office, Fields: w.lists[townList].Fields}
	w.must(w.Adopt(t.Context(), w.lists))
	m := &putBackStory{town: w, dice: rand.New(rand.NewPCG(seed, 0)), state: newTownState(), suspended: map[place]time.Time{}}
	done := map[string]int{}
	for range *putBackSteps {
		m.now = m.now.Add(time.Second)
		what := m.step()
		done[what]++
		m.story = append(m.story, m.now.Format("01-02 15:04:05 ")+what)
		if m.check(what); t.Failed() {
			t.Fatalf("seed %d, after:\n%s", seed, strings.Join(m.story, "\n"))
		}
	}
	t.Log(done)
	if done["put back"] == 0 || *putBackSteps >= 1000 && (done["move"] == 0 || done["unblock"] == 0) {
		t.Errorf("too little happened: %v", done)
	}
	m.stop()
}

// putBackStory is an installation of two lists and a dozen addresses, of three mailboxes.
type putBackStory struct {
	*town
	dice      *rand.Rand
	state     townState
	copies    []townCopy
	partings  []*parting          // over all times
	suspended map[place]time.Time // when that was last, over all times
	story     []string            // so far, for who looks for what is wrong
}

func (m *putBackStory) anywhere() place {
	at := place{townList, fmt.Sprintf("r%d@example.jp", m.dice.IntN(3))}
	if m.dice.IntN(3) == 0 {
		at.list = secondList
	}
	if m.dice.IntN(3) == 0 {
		at.address = "R" + at.address[1:2] + "+tag@example.jp"
	}
	return at
}

// putBackDeeds are what may happen, and how often.
var putBackDeeds = []struct {
	what  string
	often int
	do    func(*putBackStory) bool // false: it did not apply
}{
	{"join", 30, (*putBackStory).joinNow},
	{"old link", 5, (*putBackStory).joinByOldLink},
	{"leave", 10, (*putBackStory).leaveOne},
	{"remove", 2, (*putBackStory).removeOne},
	{"block", 3, (*putBackStory).blockOne},
	{"unblock", 4, (*putBackStory).unblockOne},
	{"move", 16, (*putBackStory).moveOne},
	{"correct", 4, (*putBackStory).correctOne},
	{"suspend", 4, (*putBackStory).suspendOne},
	{"import", 3, (*putBackStory).importSome},
	{"depart", 2, (*putBackStory).departOne},
	{"purge", 3, (*putBackStory).purgeAll},
	{"weeks", 2, (*putBackStory).weeksPass},
	{"compact", 1, (*putBackStory).compactAll},
	{"end list", 1, (*putBackStory).endSecond},
	{"copy", 9, (*putBackStory).copyAll},
	{"restart", 2, (*putBackStory).restart},
	{"release", 6, (*putBackStory).releaseIt},
	{"put back", 8, (*putBackStory).putBackOne},
}

func (m *putBackStory) step() string {
	for {
		n := m.dice.IntN(115)
		for _, d := range putBackDeeds {
			if n -= d.often; n < 0 {
				if d.do(m) {
					return d.what
				}
				break
			}
		}
	}
}

func (m *putBackStory) joinNow() bool {
	at := m.anywhere()
	m.joinBy(at, m.now)
	if !m.state.box[at.mailbox()].blocked {
		m.state.expect(at, m.found(at))
		if m.found(at) == nil {
			m.t.Errorf("a new link brings nobody onto %s", at)
		}
	}
	return true
}

// joinByOldLink: whether it was asked for before something that is known is what decides.
func (m *putBackStory) joinByOldLink() bool {
	at, issued := m.anywhere(), m.now.Add(-time.Duration(1+m.dice.IntN(4*24*60))*time.Minute)
	if _, is := m.state.active[at]; is {
		return false
	}
	doubtful := !m.suspended[at].Before(issued)
	refused := m.state.box[at.mailbox()].blocked
	for _, e := range m.partings {
		if !e.at.Before(issued) && (e.place == at || e.list == "" && e.address == at.mailbox()) {
			refused = refused || e.sure == known
			doubtful = true
		}
	}
	m.joinBy(at, issued)
	found := m.found(at)
	if refused && found != nil || !doubtful && !refused && found == nil {
		m.t.Errorf("a link of before onto %s: %v", at, found != nil)
	}
	m.state.expect(at, found)
	return true
}

func (m *putBackStory) joinBy(at place, issued time.Time) {
	link := subscribe.Link{Purpose: subscribe.ToConfirm, List: m.lists[at.list], Address: addressOf(at.address), Issued: issued}
	m.must(m.Desk.Confirm(m.t.Context(), followed(m.t, m.tokens, link), subscribe.Answers{Fields: map[string]string{"name": m.name(), "organisation": "x"}}))
}

func (m *putBackStory) name() string { return fmt.Sprintf("name %d", m.dice.IntN(1000)) }

func (m *putBackStory) leaveOne() bool {
	e := m.someone(func(e *subscribe.Subscriber) bool { return true })
	if e == nil {
		return false
	}
	m.must(m.Desk.Leave(m.t.Context(), followed(m.t, m.tokens, subscribe.Link{Purpose: subscribe.ToLeave, List: m.lists[e.List], ID: e.ID})))
	m.ends(e, false)
	return true
}

func (m *putBackStory) removeOne() bool {
	e := m.someone(isActive)
	if e == nil {
		return false
	}
	m.must(m.Remove(m.t.Context(), e.List, e.Address))
	m.ends(e, false)
	return true
}

func (m *putBackStory) blockOne() bool {
	at := m.anywhere()
	var on []*subscribe.Subscriber
	for _, e := range m.entries() {
		if e.Address.Mailbox() == at.mailbox() {
			on = append(on, e)
		}
	}
	m.must(m.Desk.Block(m.t.Context(), followed(m.t, m.tokens, subscribe.Link{Purpose: subscribe.ToBlock, List: m.lists[at.list], Address: addressOf(at.address), Issued: m.now})))
	for _, e := range on {
		m.ends(e, false)
	}
	m.boxes(at.mailbox(), true)
	return true
}

func (m *putBackStory) unblockOne() bool {
	at := m.anywhere()
	if !m.state.box[at.mailbox()].blocked {
		return false
	}
	m.must(m.Unblock(m.t.Context(), addressOf(at.address)))
	m.boxes(at.mailbox(), false)
	return true
}

// moveOne: onto an address that is taken it ends.
func (m *putBackStory) moveOne() bool {
	e, to := m.someone(isActive), m.anywhere()
	if e == nil {
		return false
	}
	from := placeOf(e)
	to.list = from.list
	there := m.found(to)
	m.must(m.Desk.Confirm(m.t.Context(), followed(m.t, m.tokens, subscribe.Link{Purpose: subscribe.ToMove, List: m.lists[e.List], ID: e.ID, Revision: e.Revision, Address: addressOf(to.address), Issued: m.now}), subscribe.Answers{}))
	if from == to || m.state.box[to.mailbox()].blocked {
		return true
	}
	entry := m.state.active[from]
	m.ends(e, true)
	if there == nil {
		m.state.active[to] = entry
	}
	return true
}

func (m *putBackStory) correctOne() bool {
	e := m.someone(isActive)
	if e == nil {
		return false
	}
	name := m.name()
	m.must(m.Correct(m.t.Context(), followed(m.t, m.tokens, subscribe.Link{Purpose: subscribe.ToCorrect, List: m.lists[e.List], ID: e.ID, Revision: e.Revision, Issued: m.now}), subscribe.Changes{Fields: map[string]string{"name": name}}))
	entry := m.state.active[placeOf(e)]
	entry.name = name
	m.state.active[placeOf(e)] = entry
	return true
}

// suspendOne does what strikes do.
func (m *putBackStory) suspendOne() bool {
	e := m.someone(isActive)
	if e == nil {
		return false
	}
	m.must(m.update(m.t.Context(), func(t *txn) error {
		was, err := t.ByID(e.List, e.ID)
		if err == nil {
			t.hold(was, deliver.Strikes{}, true)
		}
		return err
	}))
	delete(m.state.active, placeOf(e))
	m.suspended[placeOf(e)] = m.now
	return true
}

// importSome: who left is not brought back for as long as that is known.
func (m *putBackStory) importSome() bool {
	at, l := m.anywhere(), m.now.AddDate(-1, 0, 0)
	if _, is := m.state.active[at]; is {
		return false
	}
	out := m.state.box[at.mailbox()].blocked
	for _, e := range m.partings {
		out = out || e.place == at && e.sure == known
	}
	for _, e := range m.entries() {
		out = out || placeOf(e) == at
	}
	m.must(m.Import(m.t.Context(), at.list, subscribe.Influx{Arrivals: []subscribe.Arrival{{
		Address: addressOf(at.address), Fields: subscribe.Fields{"name": m.name()}, Lang: subscribe.Japanese,
		Consent: subscribe.Consent{Policy: "x", Requested: l, Confirmed: l, Lang: subscribe.Japanese, Evidence: "file 1"},
	}}}))
	found := m.found(at)
	if out && found != nil {
		m.t.Errorf("an import brings %s back", at)
	}
	m.state.expect(at, found)
	return true
}

// departOne brings who left, or is blocked, elsewhere.
func (m *putBackStory) departOne() bool {
	at := m.anywhere()
	x := subscribe.Departure{Address: addressOf(at.address), Blocked: m.dice.IntN(2) == 0}
	m.must(m.Import(m.t.Context(), at.list, subscribe.Influx{Departures: []subscribe.Departure{x}}))
	if mark := m.mark("", at); x.Blocked && mark != nil && mark.At.Equal(m.now) {
		m.boxes(at.mailbox(), true)
	} else if mark := m.mark(at.list, at); mark != nil && mark.At.Equal(m.now) {
		m.partings = append(m.partings, &parting{place: at, at: m.now, id: mark.ID})
	}
	return true
}

// purgeAll: what is older than marks are kept is no longer known, but for blocks that stand.
// At times it is killed in its midst.
func (m *putBackStory) purgeAll() bool {
	before := m.entries()
	if m.Held() != nil {
		if _, err := m.Purge(m.t.Context(), kept, false); !errors.Is(err, ErrHeld) {
			m.t.Errorf("a purge of what is held: %v", err)
		}
		return true
	}
	if m.dice.IntN(2) == 0 {
		_, err := m.Purge(m.t.Context(), kept, false)
		m.must(err)
	} else {
		p := &purge{s: m.Store, ctx: m.t.Context(), now: m.now, retention: kept}
		_, err := p.run(oblivions[:1+m.dice.IntN(len(oblivions))])
		m.must(err)
	}
	left := map[subscribe.ID]bool{} // of the suspended; another one may be where one was
	for _, e := range m.entries() {
		left[e.ID] = left[e.ID] || e.State == subscribe.Suspended
	}
	for _, e := range before {
		if e.State == subscribe.Suspended && !left[e.ID] {
			m.ends(e, false)
		}
	}
	over := kept.Marks.Before(m.now)
	for _, e := range m.partings {
		if box := m.state.box[e.address]; e.sure == known && !e.at.After(over) && !(e.list == "" && e.blocks && box.blocked && !e.at.Before(box.at)) {
			e.sure = hedged
		}
	}
	return true
}

func (m *putBackStory) weeksPass() bool {
	m.now = m.now.Add(time.Duration(1+m.dice.IntN(30)) * aDay)
	return true
}

func (m *putBackStory) compactAll() bool {
	_, err := m.Compact(m.t.Context(), nil)
	m.must(err)
	return true
}

// endSecond: nothing of the list is known any more, but when that was.
func (m *putBackStory) endSecond() bool {
	m.must(m.EndList(m.t.Context(), secondList))
	maps.DeleteFunc(m.state.active, func(at place, _ townEntry) bool { return at.list == secondList })
	for _, e := range m.partings {
		if e.list == secondList {
			e.sure = max(e.sure, hedged)
		}
	}
	return true
}

func (m *putBackStory) restart() bool {
	m.stop()
	m.start()
	return true
}

func (m *putBackStory) releaseIt() bool {
	if m.Held() == nil {
		return false
	}
	m.must(m.Release(m.t.Context(), "operator"))
	return true
}

// tear has a power cut tear the journal's tail.
func (m *putBackStory) tear() {
	f, err := os.OpenFile(filepath.Join(m.opt.Journal, journal.Name), os.O_WRONLY|os.O_APPEND, 0)
	m.must(err)
	_, err = f.Write(make([]byte, m.dice.IntN(300)))
	m.must(errors.Join(err, f.Close()))
}
