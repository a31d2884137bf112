package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"example.jp/kairan/cmd/internal/agefile"
	"example.jp/kairan/cmd/internal/config"
	"example.jp/kairan/cmd/internal/control"
	"example.jp/kairan/cmd/internal/exit"
	"example.jp/kairan/cmd/internal/service"
	"example.jp/kairan/deliver"
	"example.jp/kairan/store"
)

// backupSource is a backup that is to be read.
type backupSource struct {
	file     string // - for standard input
	identity string // file of age identities, - for standard input; "": it is not encrypted
	verify   bool   // only read it
	damaged  bool   // take it although records in it cannot be read
}

// name is how the backup is called in a sentence.
func (s backupSource) name(piped string) string {
	if s.file == "-" {
		return piped
	}
	return s.file
}

// read opens a backup, decrypts it if it is encrypted, and hands it on with what the
// store needs to read it.
func (a *app) read(from backupSource, cfg *config.Config, use func(store.Options, io.Reader) error) error {
	if from.file == "-" && from.identity == "-" {
		return exit.Usagef("standard input is one file; name the backup, or the identity")
	}
	keys, err := service.Keys(cfg.Keys)
	if err != nil {
		return err
	}
	defer keys.Wipe()
	src, end, err := a.open(from.file)
	if err != nil {
		return err
	}
	defer end()
	buffered := bufio.NewReaderSize(src, 1<<16)
	head, _ := buffered.Peek(agefile.HeadLen) // what is shorter is found to be no database
	plain := io.Reader(buffered)
	switch encrypted := agefile.Is(head); {
	case encrypted && from.identity == "":
		return exit.Usagef("%s is encrypted to age recipients; give the identity of one with --identity FILE, or decrypt it first: age -d -i IDENTITY FILE | kairan restore -", from.name("standard input"))
	case !encrypted && from.identity != "":
		return exit.Usagef("%s is not encrypted; leave --identity out", from.name("standard input"))
	case encrypted:
		identity, end, err := a.open(from.identity)
		if err != nil {
			return err
		}
		defer end()
		if plain, err = agefile.Reader(buffered, identity); err != nil {
			return fmt.Errorf("%s: %w", from.name("standard input"), err)
		}
	}
	if columns(a.std.err) > 0 {
		fmt.Fprintln(a.std.err, "Every record of it is opened; that takes a while, half a minute for a million readers.")
	}
	if err := use(store.Options{Dir: cfg.Data, Keys: keys, Now: a.now}, plain); err != nil {
		return fmt.Errorf("%s: %w", from.name("standard input"), err)
	}
	return nil
}

// open opens a file, or standard input for -.
func (a *app) open(path string) (src io.Reader, end func(), err error) {
	if path == "-" {
		return a.std.in, func() {}, nil
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, exit.Usagef("%w", err)
	}
	return f, func() { _ = f.Close() }, nil
}

// verified is what `restore --verify` found.
type verified struct {
	Entries int       `json:"entries"`
	Lists   int       `json:"lists"`
	Issues  int       `json:"issues"`
	Octets  int64     `json:"octets"`
	Last    time.Time `json:"last_changed,omitzero"`
	Head    string    `json:"audit_head,omitempty"` // as `kairan audit verify` shows it
	Noted   bool      `json:"noted"`
}

// verify is `kairan restore --verify`. The copy lies beside the database meanwhile, sealed as
// that is, or on a machine that has none where temporary files lie.
func (a *app) verify(ctx context.Context, from backupSource) error {
	cfg, err := a.config()
	if err != nil {
		return err
	}
	temp := cfg.Data
	if _, err := os.Stat(temp); errors.Is(err, fs.ErrNotExist) {
		temp = os.TempDir()
	}
	var found store.Contents
	if err := a.read(from, cfg, func(o store.Options, src io.Reader) (err error) {
		found, err = store.Verify(o, src, temp)
		return err
	}); err != nil {
		return err
	}
	noted, fault := a.noteVerified(ctx, cfg)
	if a.json {
		return errors.Join(fault, a.printJSON(verified{found.Entries, found.Lists, found.Issues, found.Octets, found.Last, head(found.Audit), noted}))
	}
	a.say("%s is a good backup: %s, %s ago.\nEvery record opens, and all books balance. Its audit trail ends at: %s\n",
		from.name("This"), contents(found), deliver.Span(a.now().Sub(found.Last)), cmp.Or(head(found.Audit), "nothing, it is empty"))
	if fault != nil {
		return fmt.Errorf("nothing remembers that: %w", fault)
	}
	if !noted {
		a.say("There is no database here, so nothing remembers that.\n")
	}
	return nil
}

// noteVerified has it remembered, if there is a database here.
func (a *app) noteVerified(ctx context.Context, cfg *config.Config) (noted bool, err error) {
	if answers, _ := control.Answers(cfg.Socket); !answers && !hasDatabase(cfg) { // another machine
		return false, nil
	}
	err = a.with("", func(cl *client) error {
		_, err := service.NoteBackup.Call(ctx, cl, service.BackupNote{Verified: true})
		return err
	})
	return err == nil, err
}

// head is the end of an audit trail, as `kairan audit verify` shows it; "": it holds no deed.
func head(h store.AuditHead) string {
	if h.N == 0 {
		return ""
	}
	return h.String()
}
