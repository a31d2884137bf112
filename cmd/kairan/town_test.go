package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"example.jp/kairan/cmd/internal/config"
	"example.jp/kairan/cmd/internal/crowd"
	"example.jp/kairan/store"
	"example.jp/kairan/store/seal"
	"example.jp/kairan/subscribe"
)

// standing is where an address stands with the list that is asked about.
type standing string

// All the standings that there are. What the program says must be the same for all.
var standings = []standing{"unknown", "asked", "subscribed", "left", "moved", "blocked", "suspended", "on two lists"}

// The lists of a town: the one that is asked about, and another.
const (
	townList  = "ajc-newsletter"
	otherList = "japanifornia"
)

// towner is somebody in a town.
type towner struct {
	standing standing
	address  string
	entry    *subscribe.Subscriber // as it was stored first; of who is not stored, one who might be
}

// town is the real program with readers of every standing. Each of them is for one
// question: a question may change where they stand.
type town struct {
	*story
	cfg    *config.Config
	tokens subscribe.Tokens
	random *rand.Rand
	db     *store.Store // while no server runs
	free   map[standing][]*towner
	asks   int
}

// newTown has so many readers of each standing, and a server that runs.
func newTown(t *testing.T, each int, settings ...string) *town {
	t.Helper()
	of := map[standing]int{}
	for _, at := range standings {
		of[at] = each
	}
	return newTownOf(t, of, settings...)
}

// newTownOf has so many of each.
func newTownOf(t *testing.T, of map[standing]int, settings ...string) *town {
	t.Helper()
	w := foundTown(t, uint64(time.Now().UnixNano()), settings...)
	w.settleAll(of)
	w.open()
	await(func() bool { return w.sink.Count() >= of["asked"] }) // who has asked has got a mail
	return w
}

// settleAll makes so many of each.
func (w *town) settleAll(of map[standing]int) {
	w.t.Helper()
	for _, at := range standings {
		for range of[at] {
			o, err := w.settle(at)
			if err != nil {
				w.t.Fatal(err)
			}
			w.free[at] = append(w.free[at], o)
		}
	}
}

// foundTown is one without readers; towns of one seed draw the same names.
func foundTown(t *testing.T, seed uint64, settings ...string) *town {
	t.Helper()
	w := &town{story: newStory(t, shortDir(t)), random: rand.New(rand.NewPCG(7, seed)), free: map[standing][]*towner{}}
	t.Cleanup(w.end)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(w.startRelay())
	_, port, err := net.SplitHostPort(w.sink.Addr())
	must(err)
	set := w.settings(port)
	for n := 0; n+1 < len(settings); n += 2 {
		set[settings[n]] = settings[n+1]
	}
	must(w.configure(set, sampleLists()))
	w.cfg, w.db, err = w.openStore()
	must(err)
	keys, err := seal.Load(w.cfg.Keys)
	must(err)
	w.tokens = subscribe.Tokens{Keys: keys, Lists: w.cfg.Lists, Now: w.now}
	must(w.db.Adopt(t.Context(), w.cfg.Lists))
	return w
}

// open starts the server.
func (w *town) open() {
	w.t.Helper()
	err := w.db.Close()
	if err == nil {
		w.server, err = w.start()
	}
	if err != nil {
		w.t.Fatal(err)
	}
}

// name is one that nobody else has, and a canary.
func (w *town) name() string {
	b := []byte([]string{"qx", "xq", "zq", "qz", "jx", "xj", "vq", "qv"}[w.random.IntN(8)]) // which no word has
	for range 8 {
		b = append(b, "bcdfghjklmnpqrstvwxz"[w.random.IntN(20)])
	}
	return string(b)
}

// newAddress is at a domain of its own: mails to one domain are slowed down.
func (w *town) newAddress() string {
	address := w.name() + "@" + w.name() + ".example"
	w.secrets.add(address)
	return address
}

// settle makes somebody of that standing, by the ways that readers go.
func (w *town) settle(at standing) (*towner, error) {
	ctx, now := context.Background(), w.now().Add(-time.Minute)
	o := &towner{standing: at, address: w.newAddress()}
	fields := subscribe.Fields{"name": w.name(), "prefecture": "13", "organisation": w.name()}
	w.secrets.add(fields["name"])
	w.secrets.add(fields["organisation"])
	var err error
	if o.entry, err = crowd.Reader(w.cfg.Lists[townList], o.address, fields, now); err != nil {
		return nil, err
	}
	desk := &subscribe.Desk{Store: w.db, Lists: w.cfg.Lists, Limits: w.cfg.Limits, Now: w.now}
	if at == "asked" {
		return o, desk.AskJoin(ctx, subscribe.Ask{List: townList, Address: o.entry.Address, Lang: subscribe.Japanese})
	}
	if at == "unknown" {
		return o, nil
	}
	if err := w.db.Seed(ctx, []*subscribe.Subscriber{o.entry}); err != nil {
		return nil, err
	}
	switch at {
	case "left":
		err = w.follow(subscribe.ToLeave, o, desk.Leave)
	case "moved":
		err = w.follow(subscribe.ToMove, o, func(ctx context.Context, v subscribe.Visit) error {
			return desk.Confirm(ctx, v, subscribe.Answers{})
		})
	case "blocked":
		err = w.follow(subscribe.ToBlock, o, desk.Block)
	case "suspended":
		err = w.db.Update(ctx, func(tx subscribe.Tx) error {
			s, err := tx.ByID(townList, o.entry.ID)
			if err != nil || s == nil {
				return errors.Join(err, errors.New("nobody to suspend"))
			}
			mark := s.Suspend(tx.Now())
			tx.SetMark(townList, s.Address, mark)
			tx.Put(s)
			return nil
		})
	case "on two lists":
		other, err2 := crowd.Reader(w.cfg.Lists[otherList], o.address, nil, now)
		if err = err2; err == nil {
			err = w.db.Seed(ctx, []*subscribe.Subscriber{other})
		}
	}
	return o, err
}

// follow does what is behind a link of somebody.
func (w *town) follow(p subscribe.Purpose, o *towner, do func(context.Context, subscribe.Visit) error) error {
	tok, err := w.mint(w.tokens, p, o, townList, time.Minute)
	if err != nil {
		return err
	}
	v, err := w.tokens.Inspect(subscribe.TokenFrom(tok), p)
	if err != nil {
		return err
	}
	return do(context.Background(), v)
}

// mint is a token of somebody, which is so old.
func (w *town) mint(by subscribe.Tokens, p subscribe.Purpose, o *towner, list string, old time.Duration) (string, error) {
	l := subscribe.Link{
		Purpose: p, List: w.cfg.Lists[list], ID: o.entry.ID, Revision: o.entry.Revision, Address: o.entry.Address,
		Lang: subscribe.Japanese, Issued: w.now().Add(-old),
	}
	if p == subscribe.ToMove {
		var err error
		if l.Address, err = subscribe.ParseAddress(w.newAddress()); err != nil {
			return "", err
		}
	}
	tok, err := by.Mint(l)
	return tok.Reveal(), err
}

// crash has the server print all that it can of itself, and end.
func (w *town) crash() error {
	if err := w.halt(syscall.SIGABRT); err == nil || !strings.Contains(err.Error(), "goroutine ") {
		return fmt.Errorf("the server did not crash as bugs have it: %w", err)
	}
	return nil
}

// readFiles keeps every file of the installation for the canaries, temporary ones, too.
func (w *town) readFiles() {
	w.t.Helper()
	err := filepath.WalkDir(w.work, func(name string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		text, err := os.ReadFile(name)
		w.secrets.record("the file "+name[len(w.work):], string(text))
		return err
	})
	if err != nil {
		w.t.Error(err)
	}
}

// take is somebody of that standing whom no question has been about.
func (w *town) take(at standing) *towner {
	w.t.Helper()
	all := w.free[at]
	if len(all) == 0 {
		w.t.Fatalf("there is nobody left who is %s: the town is too small", at)
	}
	w.free[at] = all[1:]
	return all[0]
}

// network is one that has not asked yet.
func (w *town) network() string {
	w.asks++
	return fmt.Sprintf("10.%d.%d.1", w.asks>>8&255, w.asks&255)
}
