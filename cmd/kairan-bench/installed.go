package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"example.jp/kairan/cmd/internal/control"
	"example.jp/kairan/cmd/internal/service"
	"example.jp/kairan/deliver"
)

// What the installation has beside [listID]: issues, and a list without readers, since one
// that is being written to is not closed.
const (
	smallList     = "small"
	newIssue      = listID + "/new.md"
	usualRate     = 6_000 // messages a minute
	sentIssue     = listID + "/sent"
	underWayIssue = listID + "/under-way"
)

// installed is an installation whose commands are measured.
type installed struct {
	commandsOptions
	dir     string
	std     streams
	relay   *relayProcess
	service *exec.Cmd
	public  string // where its pages are

	connections int           // to the relay
	nowDelay    string        // what --now waits; "": a second
	more        string        // sections of the configuration
	patience    time.Duration // with a start
}

func (i *installed) config() string { return filepath.Join(i.dir, "commands.toml") }
func (i *installed) socket() string { return filepath.Join(i.dir, "data", "kairan.sock") }

// build makes the program, unless one was named.
func (i *installed) build(ctx context.Context) error {
	if i.program != "" {
		return nil
	}
	i.program = filepath.Join(i.dir, "kairan")
	build := exec.CommandContext(ctx, "go", "build", "-o", i.program, "example.jp/kairan/cmd/kairan")
	build.Stderr = i.std.err
	if err := build.Run(); err != nil {
		return fmt.Errorf("the program cannot be built: %w; name one with --program", err)
	}
	return nil
}

// found starts a service with so many readers, and a relay that takes all it is given.
func (i *installed) found(ctx context.Context) (err error) {
	if err := i.build(ctx); err != nil {
		return err
	}
	if _, err := makeWorld(ctx, i.dir, i.readers, 10_000, 0); err != nil {
		return err
	}
	if i.relay, err = startRelay(relaySpec{}, i.std.err); err != nil {
		return err
	}
	return i.start(ctx, 10_000_000)
}

// make makes an installation whose readers have all got one issue, and get another. Whoever
// calls it ends it, also after an error.
func (i *installed) make(ctx context.Context) (err error) {
	if err := i.found(ctx); err != nil {
		return err
	}
	if err := i.write(); err != nil {
		return err
	}
	if err := i.send(ctx, sentIssue, deliver.Finished); err != nil {
		return err
	}
	// From here on as an office sends: a relay bounds it.
	if err := i.stop(); err != nil {
		return err
	}
	if err := i.start(ctx, usualRate); err != nil {
		return err
	}
	if err := i.send(ctx, underWayIssue, deliver.Running); err != nil || !i.atRest {
		return err
	}
	return i.rest(ctx)
}

// rest lets nothing go out any more.
func (i *installed) rest(ctx context.Context) error {
	state, err := i.state(ctx, underWayIssue)
	if err == nil && state == deliver.Running.String() {
		err = i.kairan(ctx, "issue pause "+underWayIssue)
	}
	if err := errors.Join(err, i.stop()); err != nil {
		return err
	}
	i.nowDelay = "1h" // the last issue of a list that is closed is taken back before, however long that takes
	return i.start(ctx, usualRate)
}

// write writes what an editor has beside the installation.
func (i *installed) write() error {
	source, err := os.ReadFile(filepath.Join(i.dir, "issue.md"))
	for _, name := range []string{sentIssue, underWayIssue, listID + "/next", smallList + "/farewell"} {
		path := filepath.Join(i.dir, name+".md")
		err = errors.Join(err, os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, source, 0o600)) //nolint:gosec // a folder of the bench's own
	}
	one := "email,name\n" + recipient(0) + "," + readerName(0) + "\n" // who is on the list
	return errors.Join(err, os.WriteFile(filepath.Join(i.dir, "one.csv"), []byte(one), 0o600))
}

// start starts the service with a relay that takes so many messages a minute.
func (i *installed) start(ctx context.Context, perMinute int) error {
	public, admin, err := freePorts()
	if err != nil {
		return err
	}
	i.public = public
	text := bytes.Replace(installation, []byte("host = \"mail.example.jp\"\n"), fmt.Appendf(nil,
		"host = \"127.0.0.1\"\nport = %d\ntls = \"none\"\nmessages_per_minute = %d\nconnections = %d\n", i.relay.Port, perMinute, cmp.Or(i.connections, 8)), 1)
	text = bytes.Replace(text, []byte("late_within = "), []byte("archive = \"public\"\ntesters = [\"editor@office.example.jp\"]\nlate_within = "), 1)
	text = bytes.Replace(text, []byte("base_url = "), fmt.Appendf(nil, "custodians = [%q]\nbase_url = ", nobody), 1)
	list := text[bytes.Index(text, []byte("[lists."+listID+"]")):bytes.Index(text, []byte("# As an"))]
	text = append(text, bytes.ReplaceAll(bytes.ReplaceAll(list, []byte("lists."+listID), []byte("lists."+smallList)), []byte(`list_id = "`), []byte(`list_id = "s`))...)
	text = fmt.Appendf(text, "\n[listen]\npublic = %q\nadmin = %q\n\n[sending]\nnow_delay = %q\nexpires = \"240h\"\nuncertain_after = \"2s\"\n\n[alarms]\npages = []\n%s", public, admin, cmp.Or(i.nowDelay, "1s"), i.more)
	if err := os.WriteFile(i.config(), text, 0o600); err != nil {
		return err
	}
	i.service = exec.CommandContext(ctx, i.program, "-c", i.config(), "serve")
	i.service.Cancel = func() error { return i.service.Process.Signal(syscall.SIGTERM) }
	var said bytes.Buffer
	i.service.Stderr = &said
	if err := i.service.Start(); err != nil {
		return err
	}
	if err := awaitFor(ctx, cmp.Or(i.patience, patience), func() (bool, error) { return control.Answers(i.socket()) }); err != nil {
		return fmt.Errorf("%w\n%s", err, said.Bytes())
	}
	return nil
}

// stop stops the service in order.
func (i *installed) stop() error {
	if i.service == nil {
		return nil
	}
	err := errors.Join(i.service.Process.Signal(syscall.SIGTERM), i.service.Wait())
	i.service = nil
	return err
}

// end stops all of it.
func (i *installed) end() error {
	err := i.stop()
	if i.relay != nil {
		err = errors.Join(err, i.relay.end())
		i.relay = nil
	}
	return err
}

// kairan runs a command whose words hold no spaces.
func (i *installed) kairan(ctx context.Context, line string) error {
	_, err := i.ask(ctx, commandLine{line: line}, strings.Fields(line))
	return err
}

// send has an issue sent, and waits until it stands so.
func (i *installed) send(ctx context.Context, issue string, until deliver.State) error {
	state, err := i.state(ctx, issue)
	switch {
	case err != nil:
		return err
	case state == "":
		err = errors.Join(i.kairan(ctx, "issue add "+issue+".md"), i.kairan(ctx, "issue schedule "+issue+" --now --yes"))
	case state == deliver.Paused.String(): // by the last call
		err = i.kairan(ctx, "issue resume "+issue)
	}
	for err == nil && state != until.String() {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
		state, err = i.state(ctx, issue)
	}
	return err
}

// state is how an issue stands; "": there is none.
func (i *installed) state(ctx context.Context, issue string) (string, error) {
	all, err := service.IssueLs.Call(ctx, control.Over[service.Service](i.socket()), service.OfList{})
	for _, x := range all {
		if x.Issue == issue {
			return x.State, err
		}
	}
	return "", err
}
