package editor

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"example.jp/kairan/deliver"
	"example.jp/kairan/deliver/compose"
	"example.jp/kairan/deliver/compose/composetest"
	"example.jp/kairan/deliver/compose/issue"
	"example.jp/kairan/deliver/compose/source"
	"example.jp/kairan/subscribe"
	"example.jp/kairan/templates"
)

// office is an editor in a world that is kept in memory, at a moment that stands still.
type office struct {
	*Editor
	t    *testing.T
	now  time.Time
	list *subscribe.List
	log  bytes.Buffer

	issues  map[deliver.IssueName]*deliver.Issue
	files   map[deliver.IssueName][]deliver.File
	books   map[deliver.IssueName]deliver.Balance
	readers int

	imported time.Time
	ended    time.Time // since when the list has, with this issue
	farewell string

	taken     []deliver.IssueName // whose refusals were taken back
	again     int                 // how many would get an issue once more
	lag       time.Duration       // that much earlier than asked the store commits that
	forgotten error               // why nobody knows that; nil: the books tell

	full   error // why no run can begin; nil: there is room
	narrow error // why the books of a run may have no room; nil: they have it
	fault  error // of every look at the books and every change; nil: none

	drafts map[*source.Draft]bool // every reading of a source

	unarchived error                           // with which no back number can be made
	backs      map[string]subscribe.BackNumber // by the name of the issue

	during  func() // while a source is read somebody else does this
	waits   deliver.Wait
	stopped string
	wrong   string // with the clock
	held    string
	dial    error
	largest int64 // message that the relay takes
	sent    []deliver.Message
	relays  []deliver.RelayNow
	refuses map[string]*deliver.Refusal // by relay, of what it is asked about
	atWork  bool                        // the relays are, and are asked nothing
	asked   []string                    // relay and recipient
	sizes   []int                       // of the messages that it was asked about
	answers []deliver.Result            // of the relay, one after the other; none: it accepts
}

var tokyo = time.FixedZone("JST", 9*3600)

func newCompiler(t *testing.T) *compose.Compiler {
	t.Helper()
	set, err := templates.New()
	if err != nil {
		t.Fatal(err)
	}
	return &compose.Compiler{Templates: set}
}

func newOffice(t *testing.T) *office {
	compiler := newCompiler(t)
	l := composetest.Consulate(t)
	l.Zone = tokyo
	o := &office{
		t: t, now: time.Date(2026, 12, 1, 18, 0, 0, 0, tokyo), list: l, readers: 12_000, // a Tuesday
		issues: map[deliver.IssueName]*deliver.Issue{}, books: map[deliver.IssueName]deliver.Balance{}, files: map[deliver.IssueName][]deliver.File{}, drafts: map[*source.Draft]bool{},
	}
	o.Editor = &Editor{
		Store: o, Compiler: &reading{compiler, o}, Relay: o, Engine: o,
		Clock: func() (bool, string) { return o.wrong != "", o.wrong }, Held: func() string { return o.held },
		Lists: subscribe.Lists{l.ID: l}, Order: []string{l.ID}, Serving: true,
		Sending: Sending{
			Pace: paces(600, 60), Delay: time.Minute, Expires: 72 * time.Hour, Retry: deliver.DefaultRetry(), UncertainAfter: 30 * time.Minute,
			MaxEnclosed: 3 << 20,
		},
		Now: func() time.Time { return o.now }, Log: slog.New(slog.NewTextHandler(&o.log, nil)),
	}
	return o
}

// reading is a compiler that tells which sources were read, each time that they are.
type reading struct {
	*compose.Compiler
	o *office
}

func (r *reading) Compile(ctx context.Context, l *subscribe.List, slug string, m deliver.Manuscript, date time.Time) (*issue.Compiled, *source.Draft, error) {
	if r.o.during != nil {
		r.o.during()
	}
	c, d, err := r.Compiler.Compile(ctx, l, slug, m, date)
	if err == nil {
		r.o.drafts[d] = true
	}
	return c, d, err
}

func (r *reading) CompileRun(ctx context.Context, l *subscribe.List, slug string, m deliver.Manuscript, date time.Time) (*issue.Compiled, *source.Draft, error) {
	c, d, err := r.Compiler.CompileRun(ctx, l, slug, m, date)
	if err == nil {
		r.o.drafts[d] = true
	}
	return c, d, err
}

func (r *reading) BackNumber(l *subscribe.List, name deliver.IssueName, d *source.Draft) (*subscribe.BackNumber, error) {
	if r.o.unarchived != nil {
		return nil, r.o.unarchived
	}
	return r.Compiler.BackNumber(l, name, d)
}

func (r *reading) Draft(ctx context.Context, l *subscribe.List, m deliver.Manuscript) (*source.Draft, error) {
	d, err := r.Compiler.Draft(ctx, l, m)
	if err == nil {
		r.o.drafts[d] = true
	}
	return d, err
}

// CloseList implements [Store].
func (o *office) CloseList(ctx context.Context, farewell deliver.IssueName, change func(*deliver.Issue, time.Time) error) error {
	err := o.ChangeIssue(ctx, farewell, change)
	if err == nil {
		o.ended, o.farewell = o.now, farewell.Slug
	}
	return err
}

// BackNumber implements [Store].
func (o *office) BackNumber(list, slug string) (subscribe.BackNumber, error) {
	back, ok := o.backs[list+"/"+slug]
	if !ok {
		return back, subscribe.ErrNoBackNumber
	}
	return back, o.fault
}

// ChangeBackNumber implements [Store].
func (o *office) ChangeBackNumber(ctx context.Context, name deliver.IssueName, change func(*deliver.Issue, *subscribe.BackNumber, time.Time) error) error {
	return o.ChangeIssue(ctx, name, func(i *deliver.Issue, now time.Time) error {
		back, ok := o.backs[name.String()]
		if !ok {
			return change(i, nil, now)
		}
		err := change(i, &back, now)
		if err == nil {
			o.backs[name.String()] = back
		}
		return err
	})
}

// ListEnding implements [Store].
func (o *office) ListEnding(string) (time.Time, string, error) { return o.ended, o.farewell, o.fault }

// Imported implements [Shelf].
func (o *office) Imported(string) (time.Time, error) { return o.imported, nil }

// has puts an issue in a state into the store.
func (o *office) has(slug string, state deliver.State, change func(*deliver.Issue)) string {
	i := &deliver.Issue{
		Name: deliver.IssueName{List: o.list.ID, Slug: slug}, Source: composetest.Source("本文"), Subject: "お知らせ", State: state,
	}
	if state == deliver.Scheduled || state == deliver.Held {
		i.Due = o.now.Add(time.Hour)
	}
	if state == deliver.Running || state == deliver.Paused {
		i.Started, i.Expires = o.now, o.now.Add(72*time.Hour)
		o.books[i.Name] = deliver.Balance{Audience: 12_000, Accepted: 9_000, Pending: 2_500, Deferred: 400, Uncertain: 100}
	}
	if change != nil {
		change(i)
	}
	o.issues[i.Name] = i
	return i.Name.String()
}

// first is the issue that most tests are about.
func first(o *office) deliver.IssueName { return deliver.IssueName{List: o.list.ID, Slug: "autumn"} }

// wantError checks an error: of its kind, and with its words.
func wantError[E error](t *testing.T, err error, words ...string) {
	t.Helper()
	if _, ok := errors.AsType[E](err); !ok {
		t.Errorf("got %T: %v; want %T", err, err, *new(E))
		return
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("%q is not in: %v", w, err)
		}
	}
}

func (o *office) must(err error) {
	o.t.Helper()
	if err != nil {
		o.t.Fatal(err)
	}
}

func (o *office) Issue(name deliver.IssueName) (*deliver.Issue, error) {
	i := o.issues[name]
	if i == nil {
		return nil, deliver.ErrNoIssue
	}
	c := *i
	c.Timeline = slices.Clone(i.Timeline)
	return &c, nil
}

func (o *office) Balance(name deliver.IssueName) (deliver.Balance, error) {
	return o.books[name], o.fault
}

func (o *office) ChangeIssue(_ context.Context, name deliver.IssueName, change func(*deliver.Issue, time.Time) error) error {
	i, err := o.Issue(name)
	if err = errors.Join(err, o.fault); err == nil {
		err = change(i, o.now)
	}
	if err == nil {
		o.issues[name] = i
	}
	return err
}

func (o *office) TakeBack(ctx context.Context, name deliver.IssueName, change func(*deliver.Issue, time.Time) error) error {
	o.taken = append(o.taken, name)
	return o.ChangeIssue(ctx, name, change)
}

func (o *office) AddIssue(ctx context.Context, draft deliver.Issue, files []deliver.File, replace func(*deliver.Issue, time.Time) error) error {
	o.files[draft.Name] = files
	if o.issues[draft.Name] != nil {
		return o.ChangeIssue(ctx, draft.Name, replace)
	}
	o.issues[draft.Name] = &draft
	return nil
}

func (o *office) Files(name deliver.IssueName) ([]deliver.File, error) { return o.files[name], o.fault }

func (o *office) RemoveIssue(_ context.Context, name deliver.IssueName, may func(*deliver.Issue) error) error {
	i, err := o.Issue(name)
	if err == nil {
		err = may(i)
	}
	if err == nil {
		delete(o.issues, name)
	}
	return err
}

func (o *office) Issues(list string) (all []*deliver.Issue, err error) {
	for name, i := range o.issues {
		if name.List == list {
			all = append(all, i)
		}
	}
	slices.SortFunc(all, func(a, b *deliver.Issue) int { return a.Name.Compare(b.Name) })
	return all, nil
}

func (o *office) Live() ([]*deliver.Issue, error) { return o.Issues(o.list.ID) }
func (o *office) HeldIssues() (all []*deliver.Issue, err error) {
	every, err := o.Issues(o.list.ID)
	return slices.DeleteFunc(every, func(i *deliver.Issue) bool { return i.State != deliver.Held }), err
}

// RoomToStart implements [Store].
func (o *office) RoomToStart() error { return o.full }

func (o *office) CountAgain(deliver.IssueName, deliver.Whom) (int, error) {
	return o.again, o.forgotten
}

func (o *office) SendAgain(ctx context.Context, name deliver.IssueName, _ deliver.Whom, change func(*deliver.Issue, int, time.Time) (time.Time, error)) error {
	return o.ChangeIssue(ctx, name, func(i *deliver.Issue, now time.Time) error {
		_, err := change(i, o.again, now.Add(-o.lag))
		return err
	})
}

// RoomToRun implements [Store].
func (o *office) RoomToRun(int) error { return o.narrow }

// RelaysFor implements [Engine].
func (o *office) RelaysFor(string) []deliver.RelayNow { return o.relays }

// Try implements [Engine].
func (o *office) Try(_ context.Context, relay string, trials []deliver.Trial) (answers []*deliver.Refusal) {
	if o.atWork {
		return nil
	}
	for _, x := range trials {
		o.asked = append(o.asked, relay+" "+x.Envelope.To)
		o.sizes = append(o.sizes, x.Size)
		answers = append(answers, o.refuses[relay])
	}
	return answers
}

func (o *office) Count(string) (readers int, _ error) { return o.readers, nil }

func (o *office) Waits(deliver.IssueName) deliver.Wait { return o.waits }
func (o *office) Stopped() (bool, string, time.Time)   { return o.stopped != "", o.stopped, time.Time{} }

func (o *office) Dial(context.Context) (deliver.Conn, error) { return o, o.dial }
func (o *office) Close() error                               { return nil }
func (o *office) Largest() int64                             { return o.largest }

func (o *office) Send(_ context.Context, m deliver.Message) deliver.Result {
	o.sent = append(o.sent, m)
	if len(o.answers) == 0 {
		return deliver.Judge(deliver.StageDot, 250, "2.0.0", "ok")
	}
	r := o.answers[0]
	o.answers = o.answers[1:]
	return r
}

// paces are those of relays of which each waits for the one before it.
func paces(perMinute ...int) (all []deliver.RelayPace) {
	for _, n := range perMinute {
		all = append(all, deliver.RelayPace{PerMinute: float64(n)})
	}
	return all
}
