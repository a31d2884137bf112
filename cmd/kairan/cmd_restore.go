package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"example.jp/kairan/cmd/internal/config"
	"example.jp/kairan/cmd/internal/control"
	"example.jp/kairan/deliver"
	"example.jp/kairan/store"
	"example.jp/kairan/store/journal"
)

func (a *app) restoreCommand() *cobra.Command {
	var said []string
	release, damaged := false, false
	c := &cobra.Command{
		Use:   "restore [FILE|-]",
		Short: "Put a backup in place, and let mail go out again when you have looked",
		Long: `With FILE (- for standard input), puts a backup in the place of a database that is
gone: reads all of it first, never overwrites anything, and needs the server
stopped. Who has left or blocked since is taken out again by the journal.

A database that was put back, by this or by hand, is held: the pages work, and
nothing goes out. Nobody but you can know what went out after the copy was made:

  kairan restore                          what is held, and what is to be settled
  kairan restore --issue LIST/NAME=sent   it went out: nobody gets it again
  kairan restore --issue LIST/NAME=send   it goes on where the copy stood
  kairan restore --issue LIST/NAME=cancel the rest stays unsent
  kairan restore --release                mail goes out again

Exit codes: 0 done, 1 failed, 2 usage, 3 refused: nothing was changed.`,
		Args: cobra.MaximumNArgs(1),
	}
	a.jsonFlag(c)
	c.Flags().StringArrayVar(&said, "issue", nil, "LIST/NAME=sent, send or cancel; may be given several times")
	c.Flags().BoolVar(&damaged, "damaged", false, "with FILE: take it although records in it cannot be read; they are set apart")
	c.Flags().BoolVar(&release, "release", false, "let mail go out again")
	c.RunE = func(c *cobra.Command, args []string) error {
		in, err := parseVerdicts(said)
		if err != nil {
			return err
		}
		in.Release = release
		if len(args) == 1 {
			if release || len(said) > 0 {
				return usage("give either FILE, or --issue and --release")
			}
			if err := a.putInPlace(args[0], damaged); err != nil {
				return err
			}
		}
		return a.with("", func(cl *client) error { return a.restore(c.Context(), cl, in) })
	}
	return c
}

// restoreIn is what an operator says about a held database.
type restoreIn struct {
	Verdicts map[deliver.IssueName]deliver.Verdict `json:"issues"`
	Release  bool                                  `json:"release"`
}

func parseVerdicts(said []string) (in restoreIn, err error) {
	in.Verdicts = map[deliver.IssueName]deliver.Verdict{}
	for _, s := range said {
		issue, verdict, _ := strings.Cut(s, "=")
		name, err := deliver.ParseIssueName(issue)
		if err != nil {
			return in, usage("--issue %s: %w", s, err)
		}
		if in.Verdicts[name], err = deliver.ParseVerdict(verdict); err != nil {
			return in, usage("--issue %s: %w", s, err)
		}
	}
	return in, nil
}

// putInPlace is `kairan restore FILE`.
func (a *app) putInPlace(file string, damaged bool) error {
	cfg, err := a.config()
	if err != nil {
		return err
	}
	if answers, err := control.Answers(cfg.Socket); answers {
		return refused("a server is running; stop it first")
	} else if err != nil {
		return fmt.Errorf("the control socket cannot be asked whether a server runs: %w; run this as the service's account", err)
	}
	keys, err := loadKeys(cfg.Keys)
	if err != nil {
		return err
	}
	defer keys.Wipe()
	src, what, named := a.std.in, "The copy", "standard input"
	if file != "-" {
		f, err := os.Open(file)
		if err != nil {
			return usage("%w", err)
		}
		defer f.Close()
		src, what, named = f, file, file
	}
	found, err := store.Restore(store.Options{Dir: cfg.Data, Keys: keys, Now: a.now}, src, damaged)
	if err != nil {
		return fmt.Errorf("%s: %w", named, err)
	}
	opens := "Every record opens, and all books balance"
	if found.Unreadable > 0 {
		opens = deliver.Thousands(found.Unreadable) + " of its records cannot be read, or of its books do not balance; they are set apart"
	}
	a.say("%s is in place in %s: %s on %s, %s, last changed %s.\n%s.\n\n",
		what, cfg.Data, entries(found.Entries), deliver.Count(found.Lists, "list"), deliver.Count(found.Issues, "issue"), onDate(found.Last), opens)
	return nil
}

func entries(n int) string {
	if n == 1 {
		return "1 entry"
	}
	return deliver.Thousands(n) + " entries"
}

// onDate is an instant for an operator, in the time of this machine.
func onDate(t time.Time) string {
	if t.IsZero() {
		return "at no known time"
	}
	return t.In(time.Local).Format("2006-01-02 15:04:05 MST")
}

// restore notes verdicts, releases if that is asked for, and shows what is held.
func (a *app) restore(ctx context.Context, cl *client, in restoreIn) error {
	out, err := restore.Call(ctx, cl, in)
	if err != nil {
		return err
	}
	if a.json {
		if err := a.printJSON(out); err != nil {
			return err
		}
	} else {
		a.say("%s", holdText(out, a.self()))
	}
	if in.Release && out.Held {
		return refused("%s not settled; nothing goes out until each is", areNot(len(out.unsettled())))
	}
	return nil
}

func mailboxes(n int) string {
	if n == 1 {
		return "1 mailbox"
	}
	return deliver.Thousands(n) + " mailboxes"
}

func areNot(n int) string {
	if n == 1 {
		return "1 issue is"
	}
	return deliver.Thousands(n) + " issues are"
}

// holdOut is a held database as an operator may see it.
type holdOut struct {
	Held         bool           `json:"held"`
	Released     bool           `json:"released,omitempty"` // by this command
	Why          string         `json:"why,omitempty"`
	Moved        bool           `json:"journal_moved,omitempty"` // perhaps: its folder does not know the database
	CopyOf       time.Time      `json:"copy_of,omitzero"`
	Since        time.Time      `json:"since,omitzero"`
	Ended        int            `json:"ended"`     // by the journal
	Blocked      int            `json:"blocked"`   // mailboxes, likewise
	Suspended    int            `json:"suspended"` // were at another address
	LastLine     time.Time      `json:"journal_until,omitzero"`
	Damaged      int            `json:"journal_lines_damaged,omitempty"`
	UnknownFrom  time.Time      `json:"unknown_from,omitzero"`
	UnknownUntil time.Time      `json:"unknown_until,omitzero"`
	Requests     int            `json:"requests_dropped"`
	Notices      int            `json:"notices_to_drop"`
	Issues       []heldIssueOut `json:"issues"`
	Ahead        []heldIssueOut `json:"scheduled_ahead"`
}

type heldIssueOut struct {
	Issue   string     `json:"issue"`
	State   string     `json:"state"`
	Due     *time.Time `json:"due,omitempty"`
	Zone    string     `json:"zone"`
	Booked  int        `json:"booked"` // readers, in the copy
	Open    int        `json:"open"`   // readers whom the copy had not booked; without a run, those of today
	Verdict string     `json:"verdict,omitempty"`
}

func (o holdOut) unsettled() (out []heldIssueOut) {
	for _, i := range o.Issues {
		if i.Verdict == "" {
			out = append(out, i)
		}
	}
	return out
}

// restore is the verb behind the command.
func (h *service) restore(ctx context.Context, in restoreIn) (holdOut, error) {
	if h.store.Held() == nil {
		if in.Release || len(in.Verdicts) > 0 {
			return holdOut{}, refused("the database is not held: it is the one in use, and mail goes out")
		}
		return holdOut{Issues: []heldIssueOut{}, Ahead: []heldIssueOut{}}, nil
	}
	if len(in.Verdicts) > 0 {
		for name := range in.Verdicts {
			if _, err := h.editor.Status(name.String()); err != nil {
				return holdOut{}, err
			}
		}
		if err := h.store.Say(ctx, in.Verdicts); err != nil {
			return holdOut{}, err
		}
	}
	out, err := h.holdOut()
	if err != nil || !in.Release || len(out.unsettled()) > 0 {
		return out, err
	}
	if err := h.store.Release(ctx, control.Actor(ctx)); err != nil {
		return holdOut{}, err
	}
	h.log.Warn("Released", "by", control.Actor(ctx), "copy_of", out.CopyOf)
	out.Held, out.Released = false, true
	return out, nil
}

func (h *service) holdOut() (out holdOut, err error) {
	hold := h.store.Held()
	out = holdOut{
		Held: true, Why: hold.Doubt.String(), Moved: hold.Doubt == journal.DoubtNowhere, CopyOf: hold.CopyOf, Since: hold.Since,
		Ended: hold.Ended, Blocked: hold.Blocked, Suspended: hold.Moved, LastLine: hold.LastLine, Damaged: hold.Damaged,
		UnknownFrom: hold.Unknown[0], UnknownUntil: hold.Unknown[1], Requests: hold.Requests,
		Issues: []heldIssueOut{}, Ahead: []heldIssueOut{},
	}
	if out.Notices, err = h.store.CopiedNotices(); err != nil {
		return out, err
	}
	live, err := h.store.Live()
	if err != nil {
		return out, err
	}
	for _, i := range live {
		o, err := h.heldIssue(i, hold)
		if err != nil {
			return out, err
		}
		switch {
		case i.OnItsWay(h.now()):
			out.Issues = append(out.Issues, o)
		case i.State == deliver.Scheduled:
			out.Ahead = append(out.Ahead, o)
		}
	}
	return out, nil
}

func (h *service) heldIssue(i *deliver.Issue, hold *store.Hold) (heldIssueOut, error) {
	zone := time.Local
	if l := h.cfg.Lists[i.Name.List]; l != nil {
		zone = l.Zone
	}
	o := heldIssueOut{Issue: i.Name.String(), State: i.State.String(), Due: instant(i.Due, zone), Zone: zone.String(), Verdict: string(hold.Verdicts[i.Name])}
	books, err := h.store.Balance(i.Name)
	if err != nil {
		return o, err
	}
	o.Open = books.Pending + books.Deferred + books.InFlight
	o.Booked = books.Audience - o.Open
	if books.Audience == 0 {
		o.Open, err = h.store.Count(i.Name.List)
	}
	return o, err
}

// holdText says what is held and what to do; kairan is how the program is called.
func holdText(o holdOut, kairan string) string {
	var b strings.Builder
	if o.Released {
		fmt.Fprintf(&b, "Released: mail goes out again. %s of the copy dropped; who asked then asks again.\n", wasDropped(o.Notices))
		return b.String()
	}
	if !o.Held {
		return "The database is the one in use; nothing is held.\n"
	}
	fmt.Fprintf(&b, `Nothing goes out: the database is a copy of %s (%s).
The pages work: people leave, and sign up.

  Taken out again by the journal   %s, %s blocked
`, onDate(o.CopyOf), o.Why, entries(o.Ended), mailboxes(o.Blocked))
	if o.Moved {
		b.WriteString("  If `journal` was changed: stop, move what lies in the old folder into the new\n  one over what is there, and start again. Then nothing is held.\n")
	}
	if o.Suspended > 0 {
		fmt.Fprintf(&b, "  At another address since         %s, which get nothing until their readers sign up again\n", entries(o.Suspended))
	}
	if !o.UnknownUntil.IsZero() {
		fmt.Fprintf(&b, "  LEAVINGS ARE UNKNOWN             from %s\n                                   to   %s\n", onDate(o.UnknownFrom), onDate(o.UnknownUntil))
	} else if !o.LastLine.IsZero() {
		fmt.Fprintf(&b, "  The journal's last line          %s\n", onDate(o.LastLine))
	}
	if o.Damaged > 0 {
		fmt.Fprintf(&b, "  Damaged lines of the journal     %s\n", deliver.Thousands(o.Damaged))
	}
	if n := o.Notices + o.Requests; n > 0 {
		fmt.Fprintf(&b, "  Notices, requests of the copy    %s, dropped, since they may have been answered\n", deliver.Thousands(n))
	}
	for _, i := range o.Issues {
		fmt.Fprintf(&b, "\n%s  %s in the copy", i.Issue, i.State)
		if i.Due != nil {
			fmt.Fprintf(&b, ", due %s", clock(i.Due, i.Zone))
		}
		fmt.Fprintf(&b, "\n  %s booked, %s not\n", deliver.Count(i.Booked, "reader"), deliver.Thousands(i.Open))
		if i.Verdict != "" {
			fmt.Fprintf(&b, "  settled: %s\n", i.Verdict)
			continue
		}
		fmt.Fprintf(&b, `  %[1]s restore --issue %[2]s=sent     it went out: nobody gets it again
  %[1]s restore --issue %[2]s=send     the %[3]s get it, some perhaps twice
  %[1]s restore --issue %[2]s=cancel   the rest stays unsent
`, kairan, i.Issue, deliver.Thousands(i.Open))
	}
	for _, i := range o.Ahead {
		fmt.Fprintf(&b, "\n%s  starts %s, after the release; if it went out earlier, cancel it now:\n  %s issue cancel %s\n", i.Issue, clock(i.Due, i.Zone), kairan, i.Issue)
	}
	if n := len(o.unsettled()); n > 0 {
		fmt.Fprintf(&b, "\nWhen all are settled:\n")
	} else {
		fmt.Fprintf(&b, "\nNothing is left to settle:\n")
	}
	fmt.Fprintf(&b, "  %s restore --release\n", kairan)
	return b.String()
}

func wasDropped(n int) string {
	if n == 1 {
		return "1 notice"
	}
	return deliver.Thousands(n) + " notices"
}

// heldWhy is why nothing goes out, in a sentence; "" while the database is the one in use.
func (h *service) heldWhy() string {
	hold := h.store.Held()
	if hold == nil {
		return ""
	}
	return fmt.Sprintf("the database is a copy of %s (%s); look at what is held with `kairan restore`, then `kairan restore --release`", onDate(hold.CopyOf), hold.Doubt)
}

// afterRelease runs do once the database is the one in use.
func (h *service) afterRelease(do func(context.Context) error) func(context.Context) error {
	return func(ctx context.Context) error {
		select {
		case <-ctx.Done():
			return nil
		case <-h.store.Released():
			return do(ctx)
		}
	}
}

// checkJournal says where the journal lies, and warns where it would be put back
// together with the database.
func checkJournal(cfg *config.Config) (string, error) {
	if !cfg.JournalApart() {
		return "", errWarned(cfg.Journal + " lies in the data directory: whatever puts that back puts it back too, and who\n" +
			"left since is written to again. Stop the service, move the folder elsewhere, on another disk\nif there is one, and write `journal` into the configuration")
	}
	return cfg.Journal, nil
}
