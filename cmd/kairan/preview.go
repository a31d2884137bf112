package main

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"time"

	"example.jp/kairan/cmd/internal/exit"
	"example.jp/kairan/cmd/internal/service"
	"example.jp/kairan/cmd/internal/viewer"
	"example.jp/kairan/deliver/compose/source"
)

// lookAgain is how often a file is looked at, and an issue that was added.
const (
	lookAgain       = 300 * time.Millisecond
	lookAgainStored = 3 * time.Second
)

// openPreview shows an issue on a page of its own, until ctx is done.
func (a *app) openPreview(ctx context.Context, in *sight) error {
	if in.file == "-" {
		return exit.Usagef("--open shows a file again when it is saved, and standard input is read once; write it into a file: --html FILE")
	}
	first, err := a.view(ctx, in)
	if err != nil {
		return err
	}
	page, err := viewer.New()
	if err != nil {
		return err
	}
	page.Show(first)
	a.say("%s is shown at\n  %s\nThe link opens once. Ctrl-C ends it.\n", in.name, page.URL())
	if hint := forwarding(os.Getenv("SSH_CONNECTION"), page.Address()); hint != "" {
		a.say("%s\n", hint)
	} else if open := opening(runtime.GOOS, page.URL(), os.Getenv); open != nil && a.start != nil {
		a.start(open)
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	go a.follow(ctx, in, page)
	if err := page.Serve(ctx); !errors.Is(err, viewer.ErrIdle) {
		return err
	}
	a.say("Nobody has looked for half an hour, so it is over.\n")
	return nil
}

// follow shows the issue again each time that it has changed.
func (a *app) follow(ctx context.Context, in *sight, page *viewer.Page) {
	every := lookAgain
	if in.file == "" {
		every = lookAgainStored
	}
	look := time.NewTicker(every)
	defer look.Stop()
	last, _ := in.sum(ctx, a)
	for {
		select {
		case <-ctx.Done():
			return
		case <-look.C:
		}
		now, err := in.sum(ctx, a)
		if errors.Is(err, fs.ErrNotExist) || in.file != "" && now == last || in.file == "" && in.local {
			continue // not there while it is being saved; or nobody else has the store
		}
		last = now
		var v viewer.View
		if err == nil {
			v, err = a.view(ctx, in)
		}
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			v = viewer.View{Issue: in.name, File: in.file, Fault: a.hint(err.Error()), At: a.now()}
		}
		page.Show(v)
	}
}

// sum tells one state of a file, and of those that it names, from another.
func (s *sight) sum(ctx context.Context, a *app) (sum [sha256.Size]byte, err error) {
	if s.file == "" {
		return sum, nil
	}
	switch info, err := os.Stat(s.file); {
	case err != nil:
		return sum, err
	case !info.Mode().IsRegular(): // a pipe would be waited for until somebody writes into it
		return sum, fmt.Errorf("%s is no file any more", s.file)
	}
	text, err := a.readSource(s.file)
	if err != nil {
		return sum, err
	}
	if now := sha256.Sum256(text); now != s.text {
		s.text, s.beside = now, source.Names(ctx, text)
	}
	h := sha256.New()
	h.Write(s.text[:])
	folder := cmp.Or(s.folder, filepath.Dir(s.file))
	for _, n := range s.beside {
		if info, err := os.Stat(filepath.Join(folder, n.Name)); err == nil {
			fmt.Fprintln(h, n.Name, info.ModTime(), info.Size())
		}
	}
	return [sha256.Size]byte(h.Sum(nil)), nil
}

// view is what there is to be seen now.
func (a *app) view(ctx context.Context, in *sight) (viewer.View, error) {
	p, err := a.preview(ctx, in)
	if err != nil {
		return viewer.View{}, err
	}
	for n := range p.Findings {
		f := &p.Findings[n]
		f.Text, f.JA = a.hint(f.Text), a.hint(f.JA)
	}
	return viewer.View{
		Issue: p.Issue, File: in.file, Lang: string(p.Lang), From: p.From, Subject: p.Subject, At: a.now(),
		HTML: p.ReaderHTML, Text: unixLines(p.ReaderText), Fold: 2 * p.TextWidth, Source: unixLines(string(p.Source)), Findings: p.Findings,
		Octets: p.Octets, HTMLOctets: p.HTMLOctets, Readers: p.Readers, Attached: attached(p),
	}, nil
}

// attached are the files of an issue that are no pictures in it.
func attached(p service.Preview) (files []string) {
	for _, f := range p.Attached {
		files = append(files, fmt.Sprintf("%s (%s)", f.Name, viewer.Size(f.Octets)))
	}
	return files
}

// opening is the command that opens a link in the browser of this computer; nil if it
// has none to look at.
func opening(system, link string, getenv func(string) string) []string {
	switch {
	case system == "darwin":
		return []string{"open", link}
	case system == "windows":
		return []string{"rundll32", "url.dll,FileProtocolHandler", link}
	case getenv("DISPLAY") != "" || getenv("WAYLAND_DISPLAY") != "":
		return []string{"xdg-open", link}
	}
	return nil
}

// start starts a browser, which outlives this command. If it cannot be started, the
// link has been printed.
func start(command []string) {
	c := exec.Command(command[0], command[1:]...) //nolint:noctx // it does not end with us
	apart(c)
	if c.Start() == nil {
		go func() { _ = c.Wait() }()
	}
}

// forwarding says how a page of this computer is opened on another, from which somebody
// has logged in by ssh; "" if nobody has.
func forwarding(connection, address string) string {
	if connection == "" {
		return ""
	}
	host, err := os.Hostname()
	if err != nil {
		host = "SERVER"
	}
	_, port, _ := net.SplitHostPort(address)
	return fmt.Sprintf("It is for a browser of this computer. To open it on yours, run there first:\n  ssh -N -L %s:%s %s", port, address, host)
}
