package main

import (
	"bytes"
	"cmp"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"example.jp/kairan/cmd/internal/config"
	"example.jp/kairan/cmd/internal/exit"
	"example.jp/kairan/cmd/internal/manual"
	"example.jp/kairan/store/seal"
)

// printed is what `init` writes or prints as it stands.
//
//go:embed printed
var printed embed.FS

const (
	firstIssue  = "ajc-newsletter/first.md" // of a list of the sample that has fields
	serviceUser = "kairan"                  // as the systemd unit says
)

func (a *app) initCommand() *cobra.Command {
	var system, sample bool
	var what, office, lang string
	c := &cobra.Command{
		Use:  "init [DIR]",
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			named := c.Flags().Changed("office") || c.Flags().Changed("lang")
			switch {
			case what == accessibilityPage && (system || len(args) > 0):
				return exit.Usagef("--print accessibility prints one page: kairan init --print accessibility --office OFFICE > accessibility.html")
			case what == accessibilityPage:
				return a.printAccessibility(office, lang)
			case named:
				return exit.Usagef("--office and --lang are for --print accessibility")
			}
			if c.Flags().Changed("print") {
				if system {
					return exit.Usagef("--print and --system are two things; give one of them")
				}
				return a.print(what, strings.Join(args, ""))
			}
			dir := cmp.Or(strings.Join(args, ""), ".")
			p := premisesIn(dir)
			if system {
				owner, err := serviceAccount()
				if err != nil {
					return err
				}
				if p, err = systemPremises("/", dir, owner); err != nil {
					return err
				}
			}
			if sample || !a.asks() {
				return a.init(p)
			}
			if _, err := os.Lstat(p.config); err == nil {
				return thereAlready(p.config)
			}
			own, err := a.askOwn(c.Context(), p.source)
			if err != nil {
				return err
			}
			if p, err = p.withOwn(own); err != nil {
				return err
			}
			return a.init(p)
		},
	}
	c.Flags().BoolVar(&sample, "sample", false, "")
	c.Flags().BoolVar(&system, "system", false, "")
	c.Flags().StringVar(&what, "print", "", "")
	c.Flags().StringVar(&office, "office", "", "")
	c.Flags().StringVar(&lang, "lang", "ja", "")
	return c
}

// premises is where an installation's files go.
type premises struct {
	config, keys, issue string
	data, journal       string      // made at once if not empty
	source              []byte      // of the configuration
	first               []byte      // the text of the issue; nil: that of the sample
	own                 *config.Own // what was answered; nil: nothing was asked
	uid, gid            int         // who is to own keys and data; -1: whoever calls
	check, serve        string      // the commands to go on with
}

// premisesIn keeps everything in one folder.
func premisesIn(dir string) premises {
	path := filepath.Join(dir, "kairan.toml")
	return premises{
		config: path, keys: filepath.Join(dir, "keys"), issue: filepath.Join(dir, firstIssue),
		source: sampleHere(), uid: -1, gid: -1,
		check: "kairan -c " + shellWord(path) + " check", serve: "kairan -c " + shellWord(path) + " serve",
	}
}

// sampleHere is the sample with the paths of one folder; without a socket of its
// own, it is made in the data directory.
func sampleHere() []byte {
	source := config.Sample()
	for _, line := range []struct{ from, to string }{
		{`data = "/var/lib/kairan"`, `data = "data"`},
		{`keys = "/etc/kairan/keys"`, `keys = "keys"`},
		{`journal = "/var/lib/kairan-journal"`, `journal = "journal"`},
		{`socket = "/run/kairan/kairan.sock"`, `# socket = "/run/kairan/kairan.sock"`},
	} {
		source = bytes.Replace(source, []byte("\n"+line.from+"\n"), []byte("\n"+line.to+"\n"), 1)
	}
	return source
}

// serviceAccount is who is to own the keys of a service: nobody else may.
func serviceAccount() (*user.User, error) {
	if runtime.GOOS != "linux" {
		return nil, exit.Usagef("--system lays out a service for Linux, and this is %s; leave it out to have everything in one folder", runtime.GOOS)
	}
	if os.Geteuid() != 0 {
		return nil, exit.Usagef("--system writes to /etc and /var/lib; run it as root")
	}
	owner, err := user.Lookup(serviceUser)
	if err != nil {
		return nil, exit.Refusedf("there is no account %s on this machine; make it with: useradd --system --home-dir /nonexistent --shell /usr/sbin/nologin %[1]s", serviceUser)
	}
	return owner, nil
}

// systemPremises is the layout of the systemd unit, below root.
func systemPremises(root, dir string, owner *user.User) (premises, error) {
	uid, err := strconv.Atoi(owner.Uid)
	gid, fault := strconv.Atoi(owner.Gid)
	if err := errors.Join(err, fault); err != nil {
		return premises{}, fmt.Errorf("the account %s: %w", owner.Username, err)
	}
	return premises{
		config: filepath.Join(root, "etc/kairan/kairan.toml"), keys: filepath.Join(root, "etc/kairan/keys"),
		data: filepath.Join(root, "var/lib/kairan"), journal: filepath.Join(root, "var/lib/kairan-journal"), issue: filepath.Join(dir, firstIssue),
		source: config.Sample(), uid: uid, gid: gid,
		check: "sudo -u " + serviceUser + " kairan check",
		serve: "kairan init --print systemd > /etc/systemd/system/kairan.service\n     systemctl daemon-reload && systemctl enable --now kairan",
	}, nil
}

// init writes everything or nothing, and says what to do next. What an init that
// was killed has left is carried on: the configuration is written last, so without
// one the keys and the first issue are kept if they are what init writes.
func (a *app) init(p premises) (err error) {
	issue := p.first
	if issue == nil {
		if issue, err = printed.ReadFile("printed/first.md"); err != nil {
			return err
		}
	}
	steps := []initStep{
		{p.keys, isKeyFile, a.writeKeys},
		{p.issue, func(path string) bool { return isFile(path, issue) }, func(path string) error { return writeNew(path, issue) }},
		{p.config, func(string) bool { return false }, func(path string) error {
			// An init that is killed before this is carried on, and none after it:
			// whatever else has to be done is done before.
			if err := p.handOver(); err != nil {
				return err
			}
			return writeNew(path, p.source)
		}},
	}
	kept := map[string]bool{}
	for _, step := range steps {
		if _, err := os.Lstat(step.path); err != nil {
			continue
		}
		if _, err := os.Lstat(p.config); err == nil || !step.whole(step.path) {
			return thereAlready(step.path)
		}
		kept[step.path] = true
	}
	var written []string
	defer func() {
		if err != nil {
			for _, path := range written {
				_ = os.Remove(path)
			}
			err = fmt.Errorf("%w; no new file was left behind", err)
		}
	}()
	for _, step := range steps {
		if err := os.MkdirAll(filepath.Dir(step.path), 0o755); err != nil {
			return err
		}
		clearLeftovers(filepath.Dir(step.path))
		if kept[step.path] {
			continue
		}
		if err := step.write(step.path); err != nil {
			return err
		}
		written = append(written, step.path)
	}
	for _, path := range []string{p.keys, p.issue} {
		if kept[path] {
			a.say("%s was there already and is kept.\n", path)
		}
	}
	a.sayNext(p)
	return nil
}

func thereAlready(path string) error {
	return exit.Refusedf("%s is there already, and nothing is ever overwritten; use another folder, or take it away first (but never a key file that a database was made with)", path)
}

// initStep is one file of an installation.
type initStep struct {
	path  string
	whole func(string) bool // a file that may be kept
	write func(string) error
}

// handOver gives the keys to the account of the service, and makes its folders.
func (p premises) handOver() error {
	if p.uid >= 0 {
		if err := os.Chown(p.keys, p.uid, p.gid); err != nil {
			return fmt.Errorf("the key file cannot be given to its owner: %w", err)
		}
	}
	for _, folder := range []string{p.data, p.journal} {
		if folder == "" {
			continue
		}
		if err := ownedFolder(folder, p.uid, p.gid); err != nil {
			return err
		}
	}
	return nil
}

// partPattern names a file of init's that is not whole yet, for os.CreateTemp.
const partPattern = ".kairan-init-*"

// clearLeftovers removes what an init that was killed has not put in its place.
func clearLeftovers(dir string) {
	for _, pattern := range []string{partPattern, seal.PartPattern} {
		parts, _ := filepath.Glob(filepath.Join(dir, pattern)) // no error: the patterns are ours
		for _, part := range parts {
			_ = os.Remove(part)
		}
	}
}

func isKeyFile(path string) bool {
	keys, err := seal.Load(path)
	if err == nil {
		keys.Wipe()
	}
	return err == nil
}

func isFile(path string, want []byte) bool {
	got, err := os.ReadFile(path)
	return err == nil && bytes.Equal(got, want)
}

func (a *app) writeKeys(path string) error {
	keys := seal.Generate(a.now())
	defer keys.Wipe()
	return keys.Write(path)
}

// writeNew writes a file that does not exist yet, whole or not at all. Editors read
// it under their own accounts, so everybody may.
func writeNew(path string, content []byte) error {
	part, err := os.CreateTemp(filepath.Dir(path), partPattern)
	if err != nil {
		return err
	}
	defer os.Remove(part.Name())
	_, err = part.Write(content)
	if err = errors.Join(err, part.Chmod(0o644), part.Sync(), part.Close()); err != nil {
		return err
	}
	return os.Link(part.Name(), path) // unlike a rename, it fails if the name is taken
}

func ownedFolder(path string, uid, gid int) error {
	if err := os.Mkdir(path, 0o700); errors.Is(err, fs.ErrExist) {
		if entries, err := os.ReadDir(path); err != nil || len(entries) > 0 {
			return nil //nolint:nilerr // it may hold a database; whose it is, `kairan check` says
		}
	} else if err != nil {
		return err
	}
	return os.Chown(path, uid, gid)
}

func (a *app) sayNext(p premises) {
	width := max(len(p.config), len(p.keys), len(p.issue))
	lang := manual.English
	if p.own != nil {
		lang = string(p.own.Language)
	}
	a.say(both{`Wrote
  %-[5]*[1]s   the configuration
  %-[5]*[2]s   the keys
  %-[5]*[3]s   a first issue to edit

KEEP A COPY OF THE KEY FILE elsewhere, and never with the backups of the
database. If it is lost, every reader is lost: nobody can read the database
without it. And whoever has both can read every entry. Show the copy once, or
"check" warns:
  %[4]s --key-copy FILE

`, `作ったもの
  %-[5]*[1]s   設定
  %-[5]*[2]s   鍵
  %-[5]*[3]s   最初の号のひな形

鍵のファイルの控えを、必ず別の場所に残してください。データベースのバックアップ
とも別にしてください。鍵を失うと、読者の登録は誰にも読めなくなり、すべて失われま
す。両方を持つ人は、すべての登録を読めます。控えを一度確かめてください：
  %[4]s --key-copy FILE

`}.in(lang), p.config, p.keys, p.issue, a.hint(p.check), width)
	if p.own != nil {
		a.sayOwn(p)
		return
	}
	a.say(`Next
  1. Edit the offices, the lists and the relay in %[1]s
  2. %[2]s
  3. %[3]s
  4. In front of it: kairan init --print nginx; behind it: kairan init --print postfix
  5. Then the first issue: kairan issue preview %[4]s --open
`, p.config, a.hint(p.check), a.hint(p.serve), p.issue)
}
