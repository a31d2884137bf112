package editor

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"time"

	"example.jp/kairan/deliver"
	"example.jp/kairan/deliver/compose/finding"
	"example.jp/kairan/deliver/compose/issue"
	"example.jp/kairan/deliver/compose/source"
	"example.jp/kairan/deliver/phrase"
	"example.jp/kairan/subscribe"
)

// Editor does what an editor asks for. Issues are named list/slug; who asks stands in
// their timelines. An error that is [Misuse] or [Refused], or of package deliver,
// changed nothing and says what to do.
type Editor struct {
	Store    Store
	Compiler Compiler
	Relay    deliver.Transport // takes the test copies
	Engine   Engine
	Clock    func() (wrong bool, why string) // as the scheduler's
	Held     func() (why string)             // why nothing goes out, whatever an editor does; "": it does
	Lists    subscribe.Lists
	Order    []string // of the lists, as they are declared
	Sending  Sending
	Serving  bool // whether this process starts issues and sends them
	Now      func() time.Time
	Log      *slog.Logger

	rates rates
	slots sync.Mutex // held from the look for a free slot until it is taken
}

// Sending is what the installation says about time.
type Sending struct {
	Relays         []string            // their hosts, in the order in which they are used
	Pace           []deliver.RelayPace // what each relay is given, the first relay's first
	Delay          time.Duration       // until an issue starts that is scheduled for now
	Expires        time.Duration       // how long the copies of an issue are tried, if it does not say so itself
	Retry          deliver.Retry
	UncertainAfter time.Duration // until an uncertain copy is sent once more; negative: never
	MaxEnclosed    int           // octets that the files of an issue may have together
}

// Add stores a manuscript as a draft, or replaces that of an issue until it starts. Files
// that the text does not name are left out.
func (e *Editor) Add(ctx context.Context, who, name string, m deliver.Manuscript) (Status, error) {
	l, called, err := e.lookUp(name)
	if err == nil {
		err = e.refuseIfEnded(l, called)
	}
	if err != nil {
		return Status{}, err
	}
	now := e.Now()
	c, draft, err := e.Compiler.Compile(ctx, l, called.Slug, m, now)
	if err != nil {
		return Status{}, err
	}
	at := now
	if old, err := e.Store.Issue(called); err == nil {
		if at = starts(old, now); at.After(now) {
			if err := e.checkFeasible(l, old, at, draft); err != nil { // by its own `expires`
				return Status{}, err
			}
		}
	}
	m.Files = draft.Named(m.Files)
	found := e.look(l, c, draft, m.Enclosures(), at)
	if err := found.Err(); err != nil {
		return Status{}, err
	}
	added := deliver.Issue{
		Name: called, Source: m.Source, Files: m.Enclosures(), Subject: c.Subject, State: deliver.Draft,
		Timeline: []deliver.Event{deliver.Added(who, now)},
	}
	err = e.Store.AddIssue(ctx, added, m.Files, func(i *deliver.Issue, now time.Time) error {
		return i.Replace(m, c.Subject, who, now)
	})
	if err != nil {
		return Status{}, err
	}
	s, err := e.Status(ctx, name)
	s.Findings = found
	return s, err
}

// When is the time at which an issue is to start: at, as an editor writes it in the list's
// zone; or soon, which is after [Sending.Delay], so that it can still be stopped; or in the
// list's next slot for which no other issue is scheduled.
type When struct {
	At    string
	Soon  bool
	Slot  bool
	Alone string // why nobody but its author stands for it, where the list asks for another; "": another does
	Move  bool   // it has a time already, and gets another
	Seen  string // the word of what was shown, see [Editor.Foresee]; "": nothing was
	Last  bool   // the list ends with it
}

// Schedule sets when an issue starts. One that has a time already gets another in one
// commit: there is no instant at which it is neither scheduled for the one nor for the other.
func (e *Editor) Schedule(ctx context.Context, who, name string, when When) (Status, error) {
	if when.Slot {
		e.slots.Lock()
		defer e.slots.Unlock()
	}
	p, err := e.ready(ctx, name, when)
	if err != nil {
		return Status{}, err
	}
	if when.Seen != "" && when.Seen != p.word(when) {
		return Status{}, refused("%s is not what was shown any more: its text, its time, or the hour has changed meanwhile; give the command again", p.issue.Name)
	}
	s, err := e.change(ctx, name, e.starting(p, who, when))
	s.Findings, s.Instead = p.found, p.issue.Due
	return s, err
}

// starting schedules an issue as it was prepared.
func (e *Editor) starting(p prepared, who string, when When) func(*deliver.Issue, time.Time) error {
	return func(i *deliver.Issue, now time.Time) error {
		if !i.SameText(p.issue) {
			return refused("%s has just been replaced; look at it, and schedule it again", i.Name)
		}
		if when.Move {
			if err := i.CheckMovable(); err != nil {
				return err
			}
		}
		if when.Alone != "" {
			i.GoAlone(who, when.Alone, p.content, now)
		}
		if when.Soon {
			p.due = now.Add(e.Sending.Delay) // counted from here: it may be short, and a commit take longer
		}
		return i.Schedule(p.due, who, p.list.Zone, now)
	}
}

// prepared is an issue that can be scheduled.
type prepared struct {
	list  *subscribe.List
	issue *deliver.Issue
	due   time.Time
	found finding.List // in its text, as readers get it then

	content deliver.Content // where the list asks for another account's approval
}

// prepare refuses what cannot be scheduled.
func (e *Editor) prepare(ctx context.Context, name string, when When) (p prepared, err error) {
	l, i, err := e.find(name)
	if err = errors.Join(err, e.RefuseIfHeld()); err != nil {
		return p, err
	}
	if err := e.refuseIfEnded(l, i.Name); err != nil {
		return p, err
	}
	p.list, p.issue = l, i
	if when.Move {
		if err := i.CheckMovable(); err != nil {
			return p, err
		}
	}
	now := e.Now()
	switch {
	case when.Soon && !e.Serving:
		return p, refused("no server is running that could start %s now; start it with: kairan serve", i.Name)
	case when.Soon:
	case when.Slot:
		p.due, err = e.nextSlot(l, i, now)
	default:
		if p.due, err = deliver.ParseDue(when.At, l.Zone, now); err != nil {
			err = Misuse(phrase.Of(err))
		}
	}
	if err != nil {
		return p, err
	}
	c, draft, err := e.compile(ctx, l, i, now)
	if err != nil {
		return p, err // the declaration may have changed since it was added
	}
	if when.Soon {
		p.due = e.Now().Add(e.Sending.Delay)
	}
	if err := e.checkFeasible(l, i, p.due, draft); err != nil {
		return p, err
	}
	p.found = e.look(l, c, draft, i.Files, p.due) // what may be sent may have changed, too
	return p, nil
}

// nextSlot is the first slot of a list, not before the issue's embargo, for which no other
// issue of it is scheduled.
func (e *Editor) nextSlot(l *subscribe.List, i *deliver.Issue, now time.Time) (time.Time, error) {
	if len(l.Slots.Of) == 0 {
		return now, refused(`the list %s has no slots; give a time with --at, or declare them: slots = ["Mon-Fri 09:00"]`, l.ID)
	}
	live, err := e.Store.Live()
	if err != nil {
		return now, err
	}
	at := now
	if i.Embargo.After(now) {
		at = i.Embargo.Add(-time.Nanosecond) // which may be a slot itself
	}
	for {
		if at = l.Slots.Next(at, l.Zone); at.IsZero() {
			return now, refused("the list %s has no slot any more: not_on has the days of all that would come; give a time with --at", l.ID)
		}
		taken := slices.ContainsFunc(live, func(o *deliver.Issue) bool {
			return o.Name != i.Name && o.Name.List == l.ID && o.State == deliver.Scheduled && o.Due.Equal(at)
		})
		if !taken {
			return at, nil
		}
	}
}

// Embargo says before when an issue does not start: until, as an editor writes it in the
// list's zone; "" lifts it.
func (e *Editor) Embargo(ctx context.Context, who, name, until string) (Status, error) {
	l, _, err := e.lookUp(name)
	if err != nil {
		return Status{}, err
	}
	var at time.Time
	if until != "" {
		if at, err = deliver.ParseDue(until, l.Zone, e.Now()); err != nil {
			return Status{}, Misuse(phrase.Of(err))
		}
	}
	return e.change(ctx, name, func(i *deliver.Issue, now time.Time) error { return i.SetEmbargo(at, who, l.Zone, now) })
}

// Pause stops a running issue until it is resumed.
func (e *Editor) Pause(ctx context.Context, who, name string) (Status, error) {
	return e.change(ctx, name, func(i *deliver.Issue, now time.Time) error { return i.Pause(who, "", now) })
}

// Resume lets a paused issue go on.
func (e *Editor) Resume(ctx context.Context, who, name string) (Status, error) {
	if err := e.RefuseIfHeld(); err != nil {
		return Status{}, err
	}
	return e.change(ctx, name, func(i *deliver.Issue, now time.Time) error { return i.Resume(who, now) })
}

// Cancel takes a scheduled issue back to draft. lose must be true to stop one under
// way, because the rest of it is never sent.
func (e *Editor) Cancel(ctx context.Context, who, name string, lose bool) (Status, error) {
	_, i, err := e.find(name)
	if err != nil {
		return Status{}, err
	}
	books, err := e.Store.Balance(i.Name)
	if err != nil {
		return Status{}, err
	}
	return e.change(ctx, name, func(i *deliver.Issue, now time.Time) error {
		if (i.State == deliver.Running || i.State == deliver.Paused) && !lose {
			return refused("%s; to go on: kairan issue cancel %s --yes", losing(name, i.State, i.IsAgain(), books), i.Name)
		}
		return i.Cancel(who, now)
	})
}

// losing says what it means to cancel an issue under way, or one that goes once more. Whose
// copy is uncertain may have it: these are no loss that is known.
func losing(name string, state deliver.State, again bool, b deliver.Balance) phrase.Words {
	lost, doubt := phrase.Number(deliver.Count(b.Pending+b.Deferred, "reader")), phrase.Words{}
	if again {
		return phrase.Say("of %s, which goes once more, %s would not get it now", name, lost)
	}
	if b.Uncertain > 0 {
		doubt = phrase.Say(" (%s more are uncertain: nobody knows whether they have it)", deliver.Thousands(b.Uncertain))
	}
	return phrase.Say("%s is %s: %s of %s would never get it%s, and it cannot be begun again", name, state.Words(), lost, deliver.Thousands(b.Audience), doubt)
}

// Remove deletes an issue that was never begun. Its timeline goes with it, so who did
// it is in the log.
func (e *Editor) Remove(ctx context.Context, who, name string) error {
	_, i, err := e.find(name)
	if err != nil {
		return err
	}
	if err := e.Store.RemoveIssue(ctx, i.Name, (*deliver.Issue).CheckRemovable); err != nil {
		return e.noIssue(err, i.Name)
	}
	e.Log.Info("IssueRemoved", "issue", i.Name, "was", i.State.String(), "by", who)
	return nil
}

// RefuseIfHeld refuses what would send mail while nothing goes out.
func (e *Editor) RefuseIfHeld() error {
	if why := e.Held(); why != "" {
		return refused("nothing goes out: %s", why)
	}
	return nil
}

// Compile makes what the run of an issue sends, at its start; its list must be
// declared.
func (e *Editor) Compile(ctx context.Context, i *deliver.Issue, now time.Time) (form deliver.Form, err error) {
	m, err := e.manuscript(i)
	if err != nil {
		return form, err
	}
	l := e.Lists[i.Name.List]
	if err := e.refuseUnapproved(ctx, l, i, m); err != nil {
		return form, err
	}
	c, draft, err := e.Compiler.CompileRun(ctx, l, i.Name.Slug, m, now)
	if err != nil {
		return form, err
	}
	if form.Sent, err = e.sentOf(ctx, l, i, m); err != nil {
		return form, err
	}
	form.Expiry = e.lifetime(draft)
	if l := e.Lists[i.Name.List]; l.Archived {
		if form.Back, err = e.Compiler.BackNumber(l, i.Name, draft); err != nil { // its readers get it all the same
			e.Log.Error("BackNumberFault", "issue", i.Name, "err", err)
			form.Unarchived = err.Error()
		}
	}
	form.Compiled, err = c.Marshal()
	return form, err
}

// change makes one of an issue's transitions, and says where it stands then.
func (e *Editor) change(ctx context.Context, name string, do func(*deliver.Issue, time.Time) error) (Status, error) {
	_, called, err := e.lookUp(name)
	if err != nil {
		return Status{}, err
	}
	if err := e.Store.ChangeIssue(ctx, called, do); err != nil {
		return Status{}, e.noIssue(err, called)
	}
	return e.Status(ctx, name)
}

// compile makes the issue of what was handed in of a stored one.
func (e *Editor) compile(ctx context.Context, l *subscribe.List, i *deliver.Issue, date time.Time) (*issue.Compiled, *source.Draft, error) {
	m, err := e.manuscript(i)
	if err != nil {
		return nil, nil, err
	}
	return e.Compiler.Compile(ctx, l, i.Name.Slug, m, date)
}

// manuscript is what was handed in of a stored issue.
func (e *Editor) manuscript(i *deliver.Issue) (m deliver.Manuscript, err error) {
	m.Source = i.Source
	if len(i.Files) == 0 {
		return m, nil
	}
	if m.Files, err = e.Store.Files(i.Name); err == nil && !slices.Equal(m.Enclosures(), i.Files) {
		err = refused("%s has just been replaced; try again", i.Name)
	}
	return m, err
}

// tooLarge says that files have more together than the installation sends, or than its
// relay takes; else it is empty.
func (e *Editor) tooLarge(files []deliver.Enclosure) (says phrase.Words) {
	all, encoded, most := 0, 0, deliver.Enclosure{}
	for _, f := range files {
		all, encoded = all+f.Size, encoded+deliver.Encoded(f.Size)
		if f.Size > most.Size {
			most = f
		}
	}
	const instead phrase.Key = "make them smaller, or put them on the web and link to them"
	if all > e.Sending.MaxEnclosed {
		return phrase.Say("the pictures and attachments have %s together, of which %s has %s, and at most %s go out with each copy (max_attachments): %s",
			deliver.Octets(all), most.Name, deliver.Octets(most.Size), deliver.Octets(e.Sending.MaxEnclosed), instead)
	}
	if relay, ok := e.Relay.(sizer); ok && all > 0 && relay.Largest() > 0 && int64(encoded+beside) > relay.Largest() {
		return phrase.Say("each copy would have %s with its pictures and attachments, which a mail makes a third larger, and the relay takes messages up to %s: %s",
			deliver.Octets(encoded+beside), deliver.Octets(int(relay.Largest())), instead)
	}
	return says
}

// beside is about what the text of an issue and its headers have in a message, in octets.
const beside = 20 << 10

// find returns an issue and its list, or says what to do.
func (e *Editor) find(name string) (*subscribe.List, *deliver.Issue, error) {
	l, called, err := e.lookUp(name)
	if err != nil {
		return nil, nil, err
	}
	i, err := e.Store.Issue(called)
	return l, i, e.noIssue(err, called)
}

// lookUp reads a name, and finds its list.
func (e *Editor) lookUp(s string) (l *subscribe.List, name deliver.IssueName, err error) {
	if name, err = deliver.ParseIssueName(s); err != nil {
		return nil, name, Misuse(phrase.Of(err))
	}
	l, err = e.list(name.List)
	return l, name, err
}

func (e *Editor) list(id string) (*subscribe.List, error) {
	if l := e.Lists[id]; l != nil {
		return l, nil
	}
	return nil, misuse("there is no list %q; `kairan list ls` shows the lists", id)
}

// noIssue says of an issue that is not there which of its list was probably meant.
func (e *Editor) noIssue(err error, called deliver.IssueName) error {
	if !errors.Is(err, deliver.ErrNoIssue) {
		return err
	}
	all, _ := e.Store.Issues(called.List) // what cannot be read is not meant
	var slugs []string
	for _, i := range all {
		slugs = append(slugs, i.Name.Slug)
	}
	if near := deliver.Nearest(called.Slug, slugs); near != "" {
		return misuse("there is no issue %s; did you mean %s/%s? `kairan issue ls` shows the issues", called, called.List, near)
	}
	return misuse("there is no issue %s; add it with `kairan issue add`, or see `kairan issue ls`", called)
}
