package store

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/deliver"
	"example.jp/kairan/store/apart"
	"example.jp/kairan/store/record"
	"example.jp/kairan/subscribe"
)

// gallery is a small database in which there is one of everything that decides who gets
// mail, and what is known of it. Its readers are of the list news, but for two.
type gallery struct {
	*museum
	ids     []subscribe.ID
	at      []subscribe.Address
	wants   map[string]bool // who is to get the next issue, by address
	sent    map[string]bool // whose copy of the running issue is settled, or who has left it
	asked   time.Time       // of links from before anybody left
	running deliver.IssueName
}

func newGallery(t *testing.T) *gallery {
	t.Helper()
	m := &museum{dir: filepath.Join(t.TempDir(), "data"), keys: newKeys(), who: map[subscribe.ID]subscribe.Address{}}
	lists := subscribe.Lists{}
	for _, id := range []string{"news", "press"} {
		lists[id] = &subscribe.List{ID: id, ListID: id + ".example.jp", Office: &subscribe.Office{ID: "office"}, Language: subscribe.Japanese,
			Fields: []subscribe.Field{{ID: "name", Kind: subscribe.KindText, Length: 40}, {ID: "organisation", Kind: subscribe.KindText, Length: 40}}}
	}
	m.tokens = subscribe.Tokens{Keys: m.keys, Lists: lists, Now: time.Now}
	m.desk = subscribe.Desk{Lists: lists, Limits: subscribe.Limits{Intake: 1000, PerHour: 1000, PerNetworkHour: 1000}}
	g := &gallery{museum: m, wants: map[string]bool{}, sent: map[string]bool{}, asked: time.Now().Add(-time.Minute), running: named("news", "running")}
	s, err := Open(Options{Dir: m.dir, Keys: m.keys})
	if err == nil {
		m.desk.Store = s
		g.hang(t, s)
		err = s.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func (g *gallery) hang(t *testing.T, s *Store) {
	t.Helper()
	ctx := t.Context()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(s.Adopt(ctx, g.desk.Lists))
	must(s.Update(ctx, func(tx subscribe.Tx) error {
		tx.SetTally(subscribe.TallyKey{Scope: "address"}, subscribe.Tally{Slots: []int{1}, Until: tx.Now().Add(time.Hour)})
		return nil
	}))
	seedReaders(t, s, "press", 2)
	for n := range 12 {
		e := sample("news", fmt.Sprintf("reader%d@example.jp", n))
		e.ID = s.people.OwnID("news", e.Address)
		g.ids, g.at = append(g.ids, e.ID), append(g.at, e.Address)
		must(s.Seed(ctx, []*subscribe.Subscriber{e}))
		g.wants[e.Address.Identity()] = true
	}
	r := startIssue(t, s, g.running)
	press := startIssue(t, s, named("press", "running"))
	settleAs(t, press, claimFirst(t, press), handedOver)
	for n := range 6 { // the others are pending
		x, later := claimFirst(t, r), time.Now().Add(time.Hour)
		switch n {
		case 0:
			settleAs(t, r, x, handedOver)
		case 1:
			settleAs(t, r, x, deliver.Result{Outcome: deliver.Refused, Blame: deliver.BlameAddress, Stage: deliver.StageRcpt, Code: 550, Enhanced: "5.1.1"})
		case 2:
			must(r.SettleAndClaim(ctx, &deliver.Settlement{Reader: x, Result: deliver.Result{Outcome: deliver.Deferred, Code: 450}, Next: later}, nil, nil))
		case 3:
			must(r.SettleAndClaim(ctx, &deliver.Settlement{Reader: x, Result: deliver.Result{Outcome: deliver.Uncertain}, Next: later}, nil, nil))
		case 4:
			must(r.SettleAndClaim(ctx, &deliver.Settlement{Reader: x, Result: deliver.Result{Outcome: deliver.Uncertain}}, nil, nil)) // and never again
		}
		if n == 0 || n == 1 || n == 4 {
			g.sent[x.Address.Identity()] = true
		}
	}
	must(s.hears(ctx, g.running, map[subscribe.Seq]deliver.RelayWord{1: deliver.RelayDelivered, 2: deliver.RelayBounced}))
	over := startIssue(t, s, named("news", "over"))
	must(s.ChangeIssue(ctx, named("news", "over"), func(i *deliver.Issue, now time.Time) error { return i.Cancel("editor", now) }))
	_ = over
	_, err := s.Conclude(ctx, named("news", "over"), func(*deliver.Issue, deliver.Balance, bool, time.Time) {})
	must(err)
	g.ends(t, s, must)
	must(s.write(ctx, func(b *bolt.Tx) error {
		return errors.Join(s.ledger.PutStrikes(b, "news", 11, deliver.Strikes{Soft: 1, SoftIssues: []string{"over"}, SoftAt: time.Now()}),
			s.ledger.PutStrikes(b, "news", 12, deliver.Strikes{Soft: 1, SoftIssues: []string{"spring"}, SoftAt: time.Now()}),
			s.ledger.Pend(b, g.running, 12, record.Failure{Result: deliver.Result{Outcome: deliver.Refused, Code: 550}, At: time.Now()}),
			s.ledger.PutBounced(b, g.running, 1, record.Bounced{Kind: deliver.BouncedHard, Enhanced: "5.2.1", At: time.Now()}), s.ledger.CountBounced(b, g.running, deliver.BouncedHard))
	}))
	m := deliver.Manuscript{Source: []byte("text"), Files: []deliver.File{{Name: "a.pdf", Data: []byte("%PDF-")}, {Name: "b.pdf", Data: []byte("%PDF-2")}}}
	must(s.AddIssue(ctx, deliver.Issue{Name: named("news", "draft"), Source: m.Source, Files: m.Enclosures(), State: deliver.Draft}, m.Files, nil))
	for _, id := range []string{"news", "press"} {
		must(s.PutFeed(ctx, id, deliver.FeedBook{Since: time.Now(), Seen: map[deliver.Print]int{{1}: 20_000}}, nil, nil))
	}
	for range 2 {
		must(g.desk.AskJoin(ctx, subscribe.Ask{List: "news", Address: addressOf("asks@example.org"), Lang: subscribe.Japanese}))
		must(s.Update(ctx, func(tx subscribe.Tx) error {
			tx.Owe(subscribe.Notice{Kind: subscribe.NoticeConfirm, List: "news", To: addressOf("asks@example.org"), Lang: subscribe.English, Asked: tx.Now(), Expires: tx.Now().Add(time.Hour)})
			return nil
		}))
	}
}

// ends lets readers leave, come back, move, block, and be suspended.
func (g *gallery) ends(t *testing.T, s *Store, must func(error)) {
	t.Helper()
	gone := func(n int) { delete(g.wants, g.at[n].Identity()); g.sent[g.at[n].Identity()] = true }
	for _, n := range []int{5, 6, 7} {
		must(g.leave(s, "news", g.ids[n]))
		gone(n)
	}
	must(g.desk.Confirm(t.Context(), g.link(t, subscribe.ToConfirm, g.at[6], time.Now().Add(time.Second)), subscribe.Answers{})) // comes back
	g.wants[g.at[6].Identity()] = true
	must(g.desk.Block(t.Context(), g.link(t, subscribe.ToBlock, g.at[8], time.Now())))
	must(g.desk.Block(t.Context(), g.link(t, subscribe.ToBlock, addressOf("never@example.org"), time.Now())))
	gone(8)
	must(s.Update(t.Context(), func(tx subscribe.Tx) error {
		e, err := tx.ByID("news", g.ids[9])
		if err == nil {
			tx.SetMark("news", e.Address, e.Suspend(tx.Now()))
			tx.Put(e)
		}
		return err
	}))
	gone(9)
	must(s.Update(t.Context(), func(tx subscribe.Tx) error {
		e, err := tx.ByID("news", g.ids[10])
		if err == nil {
			old := e.Address
			tx.SetMark("news", old, e.Move(addressOf("moved@example.jp"), tx.Now()))
			tx.Put(e)
		}
		return err
	}))
	gone(10)
	g.wants[addressOf("moved@example.jp").Identity()] = true
}

func (g *gallery) link(t *testing.T, purpose subscribe.Purpose, a subscribe.Address, issued time.Time) subscribe.Visit {
	t.Helper()
	return followed(t, g.tokens, subscribe.Link{Purpose: purpose, List: g.desk.Lists["news"], Address: a, Lang: subscribe.English, Issued: issued})
}

// oldLinks follows the links from before of everybody who has gone, signs everybody up
// again who is there, and asks for who never wants to be asked.
func (g *gallery) oldLinks(t *testing.T, s *Store) error {
	desk := &subscribe.Desk{Store: s, Lists: g.desk.Lists, Limits: g.desk.Limits}
	var err error
	for _, a := range g.at {
		issued := g.asked
		if g.wants[a.Identity()] {
			issued = time.Now().Add(time.Minute)
		}
		err = errors.Join(err, desk.Confirm(t.Context(), g.link(t, subscribe.ToConfirm, a, issued), subscribe.Answers{}))
	}
	for _, a := range []subscribe.Address{g.at[8], addressOf("never@example.org")} {
		err = errors.Join(err, desk.Confirm(t.Context(), g.link(t, subscribe.ToConfirm, a, time.Now().Add(time.Minute)), subscribe.Answers{}),
			desk.AskJoin(t.Context(), subscribe.Ask{List: "news", Address: a, Lang: subscribe.Japanese}))
	}
	if err != nil {
		return err
	}
	if _, err := (&subscribe.Intake{Store: s, Queue: s, Lists: g.desk.Lists, Limits: g.desk.Limits}).Work(t.Context()); err != nil {
		return err
	}
	for {
		o, err := s.ReserveNotice(time.Now().Add(20 * time.Minute))
		if err != nil || o == nil {
			return err
		}
		if to := o.Notice.To; (to.Mailbox() == g.at[8].Mailbox() || to.Mailbox() == addressOf("never@example.org").Mailbox()) && s.ClaimNotice(t.Context(), *o) == nil {
			return errors.New("somebody is written to who said never to be")
		}
	}
}

// runningIssue claims everybody whom the issue that was going out finds still to be sent.
func (g *gallery) runningIssue(s *Store) error {
	i, err := s.Issue(g.running)
	if err != nil || i.State != deliver.Running {
		return nil //nolint:nilerr // it is set apart
	}
	r, err := s.OpenRun(g.running)
	if err != nil {
		return err
	}
	got, err := drain(r, time.Now().Add(time.Hour*24))
	for a := range got {
		if g.sent[a] {
			err = errors.Join(err, errors.New("a copy goes to somebody who has it, or has left"))
		}
	}
	books, fault := s.Balance(g.running)
	if fault == nil && !books.Balances() {
		err = errors.Join(err, fmt.Errorf("the books do not balance: %+v", books))
	}
	return errors.Join(err, fault)
}

// drain claims and hands over everything that a run has, and returns the addresses.
func drain(r deliver.Run, now time.Time) (got map[string]bool, err error) {
	got = map[string]bool{}
	for {
		x, err := r.Reserve(now)
		if err != nil || x == nil {
			return got, err
		}
		err = r.SettleAndClaim(context.Background(), nil, x, nil)
		switch {
		case errors.Is(err, deliver.ErrWithdrawn):
			continue
		case err != nil:
			return got, err
		case got[x.Address.Identity()]:
			return got, errors.New("somebody gets two copies")
		}
		got[x.Address.Identity()] = true
		if err := r.SettleAndClaim(context.Background(), accepted(*x), nil, nil); err != nil {
			return got, err
		}
	}
}

// newIssue sends another issue to everybody. l is what was changed: only whose own record
// it was may be missing.
func (g *gallery) newIssue(t *testing.T, s *Store, l leaf) error {
	got, err := drain(startIssue(t, s, named("news", "next")), time.Now())
	missing := 0
	for a := range g.wants {
		if !got[a] {
			missing++
		}
	}
	for a := range got {
		if !g.wants[a] {
			err = errors.Join(err, errors.New("a copy goes to somebody who does not want it"))
		}
	}
	if allowed := map[bool]int{true: 2}[l.bucket() == "entries"]; missing > allowed {
		err = errors.Join(err, fmt.Errorf("%d who want it do not get it", missing))
	}
	return err
}

// all leaves with every link that there is, and looks that nobody is left.
func (g *gallery) all(t *testing.T, s *Store) error {
	var err error
	for _, id := range g.ids {
		err = errors.Join(err, g.leave(s, "news", id))
	}
	if err != nil {
		return err
	}
	got, err := drain(startIssue(t, s, named("news", "last")), time.Now())
	if len(got) > 0 {
		err = errors.Join(err, fmt.Errorf("%d get mail who have left", len(got)))
	}
	return errors.Join(err, apart.Skip(s.Check()))
}
