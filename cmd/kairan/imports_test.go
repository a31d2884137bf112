package main

import (
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const (
	moduleRoot = "../.."
	modulePath = "example.jp/kairan"
)

// room is what one folder's program code (not its tests) may import of the
// module, and why nothing else. Rooms import rooms to their right only, so what
// a room reaches is the sum of what these lists say.
type room struct {
	may     []string // rooms
	outside []string // nil: anything that owned does not forbid; otherwise these prefixes only
	why     string
}

// rooms are the folders, and the arrows between them.
func rooms() map[string]room {
	nothing := []string{}
	return map[string]room{
		"subscribe": {nothing, []string{"golang.org/x/net/", "golang.org/x/text/"},
			"the rules about readers must be testable, and hold, without HTTP, a database or mail"},
		"deliver": {[]string{"deliver/phrase", "subscribe"}, nothing,
			"the rules about sending must be testable, and hold, without HTTP, a database or a mail library"},
		"deliver/phrase": {nothing, nothing,
			"what people are told depends on what was said, and not on who said it"},
		"subscribe/figures": {nothing, nothing,
			"what may be given out is a matter of numbers alone, so that all small populations can be tried"},
		"subscribe/web": {[]string{"subscribe", "templates"}, nil,
			"a handler that could reach the store or the sender could show what is stored; its only way in is its Desk"},
		"subscribe/web/browser": {nothing, []string{"github.com/chromedp"},
			"it uses pages as people do, who see neither the code nor the store behind them"},
		"subscribe/web/webtest": {[]string{"subscribe/web/browser"}, nil,
			"it looks at pages and mails from outside, so it must know nothing of how they are made"},
		"deliver/compose": {[]string{"deliver", "deliver/compose/body", "deliver/compose/finding", "deliver/compose/issue", "deliver/compose/lint", "deliver/compose/mime", "deliver/compose/proof",
			"deliver/compose/slot", "deliver/compose/source", "subscribe", "templates"}, nil,
			"composing needs neither the store nor a connection; a message is made from what it is given"},
		"deliver/compose/source": {[]string{"deliver", "deliver/compose/enclosure", "deliver/compose/finding", "deliver/compose/markdown", "deliver/compose/slot", "deliver/compose/width", "deliver/phrase", "subscribe"},
			[]string{"github.com/pelletier/go-toml", "golang.org/x/text/"},
			"what an editor hands in can be read, and found wrong, without making mail of it"},
		"deliver/compose/markdown": {[]string{"deliver/compose/finding", "deliver/compose/slot", "deliver/compose/width", "deliver/phrase"}, nil,
			"what a text means depends on the text, and not on whose it is, the files beside it, or mail"},
		"deliver/compose/enclosure": {[]string{"deliver/phrase", "subscribe"}, []string{"golang.org/x/text/encoding", "golang.org/x/text/unicode/norm"},
			"whether a file may go out depends on its name and its octets, and on nothing else"},
		"deliver/compose/body": {[]string{"deliver/compose/markdown", "deliver/compose/plain", "deliver/compose/slot", "deliver/compose/source", "deliver/compose/width", "subscribe", "templates"}, nil,
			"what readers see is laid out by code that knows neither encodings nor readers"},
		"deliver/compose/plain": {[]string{"deliver/compose/slot", "deliver/compose/width", "subscribe"}, nil,
			"how a text part is laid out depends on the HTML that readers get, and on nothing else"},
		"deliver/compose/proof": {[]string{"deliver/compose/finding", "deliver/compose/slot", "deliver/compose/width", "deliver/phrase"}, nil,
			"it compares what was written with what is read, so it must know nothing of how one is made of the other"},
		"deliver/compose/lint": {[]string{"deliver", "deliver/compose/finding", "deliver/compose/slot", "deliver/compose/source", "deliver/compose/width", "deliver/phrase", "subscribe"}, nil,
			"a judgement of what an editor wrote needs neither mail nor a store"},
		"deliver/compose/finding": {[]string{"deliver/phrase"}, nothing,
			"a leaf: every check says what it found in the same form"},
		"deliver/compose/width": {nothing, []string{"golang.org/x/text/width"},
			"a leaf: how wide a character is depends on nothing"},
		"deliver/compose/issue": {[]string{"deliver", "deliver/compose/mime", "deliver/compose/slot", "subscribe", "templates"}, nil,
			"what is stored of an issue must be enough to make its copies, whatever its source and its list say by then"},
		"deliver/compose/mime": {[]string{"deliver", "deliver/compose/slot"}, []string{"github.com/wneessen/go-mail", "github.com/rivo/uniseg"},
			"the mail library can be replaced without a thought of issues and notices"},
		"deliver/compose/slot": {nothing, nothing,
			"a leaf: those who mark slots, cut at them and fill them share it, and nothing else"},
		"deliver/compose/composetest": {[]string{"subscribe"}, nothing,
			"lists and issues for the tests of all these, so it must know none of them"},
		"deliver/editor": {[]string{"deliver", "deliver/compose/finding", "deliver/compose/issue", "deliver/compose/lint", "deliver/compose/source", "deliver/feed", "deliver/fetch", "deliver/phrase", "subscribe"}, nothing,
			"what an editor may do, and is promised, must be testable, and hold, without a command line, a database or a relay"},
		"deliver/engine": {[]string{"deliver", "subscribe"}, nothing,
			"sending must be testable, on a clock of its own, without a database, a relay or mail"},
		"deliver/smtp": {[]string{"deliver", "subscribe"}, []string{"github.com/wneessen/go-mail"},
			"the wire knows messages and outcomes, and not whom they are for or where they are kept"},
		"deliver/origin": {[]string{"subscribe"}, []string{"blitiri.com.ar/go/spf", "github.com/emersion/go-msgauth/dkim"},
			"what others see of our mail is judged from the mail and the DNS, by code that neither made it nor sends it"},
		"deliver/bounce": {[]string{"deliver", "subscribe"}, []string{"github.com/emersion/go-message"},
			"what strangers send us is read by code that can reach neither a store nor a key, and knows no reader"},
		"deliver/cron": {[]string{"deliver", "subscribe"}, []string{"github.com/robfig/cron/v3"},
			"cron only ticks; what is due is always read from the store, by those whom it calls"},
		"deliver/feed": {[]string{"deliver", "subscribe"}, []string{"github.com/mmcdole/gofeed", "github.com/pelletier/go-toml", "golang.org/x/net/html", "golang.org/x/net/idna", "golang.org/x/text/"},
			"what is new in a feed is judged from its bytes and from what went before, by code that reaches nothing"},
		"deliver/fetch": {nothing, nothing,
			"what may be reached on the web is decided without a thought of what is fetched"},
		"store": {[]string{"deliver", "subscribe", "subscribe/figures", "store/apart", "store/boltfile", "store/commit", "store/disk", "store/guard", "store/journal", "store/layout", "store/ledger", "store/people", "store/record", "store/seal"}, nil,
			"a second store must need to know no page, template or mail"},
		"store/journal": {[]string{"store/disk", "store/seal", "subscribe"}, nothing,
			"what outlives the database must not need it to be read"},
		"store/layout": {[]string{"deliver", "store/boltfile", "subscribe"}, []string{"go.etcd.io/bbolt"},
			"a map says where things are; what they mean, and who may read them, is for those who use it"},
		"store/guard": {[]string{"deliver", "store/layout", "store/seal"}, []string{"go.etcd.io/bbolt"},
			"a value is believed for where it stands, whatever it means"},
		"store/ledger": {[]string{"deliver", "subscribe", "store/guard", "store/layout", "store/record", "store/seal"}, []string{"go.etcd.io/bbolt"},
			"books balance by what stands in them, whoever commits and whatever the readers are called"},
		"store/people": {[]string{"deliver", "subscribe", "store/apart", "store/guard", "store/layout", "store/ledger", "store/record", "store/seal"}, []string{"go.etcd.io/bbolt"},
			"an entry and its indexes are in line in any transaction, whoever commits it"},
		"store/apart": {[]string{"store/record", "store/seal"}, nothing,
			"what cannot be read is counted, and nothing else is known of it"},
		"store/record": {[]string{"deliver", "subscribe"}, nothing,
			"what is written today must be read for years, whatever file it stands in and however it is sealed"},
		"store/storetest": {[]string{"deliver", "subscribe"}, nil,
			"the suite holds for any store, so it must not know one"},
		"store/powercut": {nothing, []string{"github.com/hanwen/go-fuse"},
			"a disk knows nothing of what lies on it"},
		"store/boltfile": {[]string{"store/disk"}, []string{"go.etcd.io/bbolt"},
			"a file is opened, inspected and closed by code that knows nothing of what is in it"},
		"store/commit": {[]string{"store/boltfile"}, []string{"go.etcd.io/bbolt"},
			"operations share commits, whatever they are about"},
		"store/disk": {nothing, []string{"golang.org/x/sys"},
			"what an operating system does with files is the same whatever is in them"},
		"deliver/relaylog": {[]string{"deliver", "subscribe"}, nothing,
			"what a log says is judged without a key: it cannot tell whose a Message-ID is"},
		"store/seal": {nothing, nothing,
			"keys are held by as little code as possible: the standard library"},
		"templates": {nothing, nil,
			"a leaf: a page can show only what a handler put into its struct"},
		"cmd/internal/exit": {[]string{"cmd/internal/config", "deliver", "deliver/compose/finding", "deliver/editor", "deliver/phrase", "store", "subscribe"}, nothing,
			"it only looks at errors, so it must know whose they are, and nothing beside"},
		"cmd/internal/control": {[]string{"cmd/internal/exit", "deliver/phrase"}, []string{"golang.org/x/sys/"},
			"the socket must not know what is asked over it: verbs are declared by the service"},
		"cmd/internal/service": {[]string{"cmd/internal/agefile", "cmd/internal/backups", "cmd/internal/config", "cmd/internal/control", "cmd/internal/custody", "cmd/internal/exit", "cmd/internal/starter", "deliver", "deliver/compose", "deliver/compose/finding", "deliver/compose/issue",
			"deliver/bounce", "deliver/cron", "deliver/editor", "deliver/engine", "deliver/feed", "deliver/fetch", "deliver/smtp", "store", "store/journal", "store/seal", "subscribe", "subscribe/figures", "subscribe/web", "templates"}, nil,
			"it wires the rooms, and must not know the command line: nothing in it prints or asks"},
		"cmd/internal/roster": {[]string{"subscribe"}, []string{"golang.org/x/text/"},
			"what is wrong with a file depends on the file and the declaration, and on nobody who is on the list"},
		"cmd/internal/backups": {[]string{"store/disk"}, nothing,
			"which files lie in a folder, and for how long, depends on nothing that is in them"},
		"cmd/internal/config": {[]string{"cmd/internal/agefile", "deliver", "deliver/cron", "deliver/feed", "subscribe"}, nil,
			"the configuration says what there is to be; wiring is cmd/kairan's"},
		"cmd/internal/agefile": {nothing, []string{"filippo.io/age"},
			"what only others may read is made by code that knows neither what it is nor any identity"},
		"cmd/internal/custody": {[]string{"subscribe"}, nothing,
			"what is given out has a form that holds for years, wherever it is kept and whoever may open it"},
		"cmd/internal/crowd": {[]string{"store", "subscribe"}, nothing,
			"made-up readers come in by the same door for whoever needs some"},
		"cmd/internal/manual": {[]string{"deliver/compose/width"}, []string{"github.com/pelletier/go-toml", "github.com/rivo/uniseg", "github.com/spf13/"},
			"what commands say of themselves must be the same whatever they do"},
		"cmd/internal/starter": {nothing, nothing,
			"what an editor begins with is text, made of what a list declares"},
		"cmd/internal/viewer": {[]string{"deliver", "deliver/compose/finding", "deliver/compose/width"}, []string{"golang.org/x/net/html", "golang.org/x/text/language"},
			"a page that could reach the service could do more than show"},
		"cmd/internal/mirror": {nothing, []string{"golang.org/x/net/html"},
			"what is written down of an archive is what anybody could ask for, so it is asked for and never looked up"},
		"cmd/internal/sink": {nothing, nil,
			"the relay of the demo and the tests must judge mail without the code that made it"},
	}
}

// owned says which rooms may know a library, in tests as in programs: outside
// of them it can be replaced without anybody noticing. Only the tests of mains
// may look at everything, because their stories look from outside.
func owned() map[string][]string {
	return map[string][]string{
		"github.com/gofiber/fiber":           {"subscribe/web"},
		"github.com/valyala/fasthttp":        {"subscribe/web"},
		"github.com/chromedp":                {"subscribe/web/browser"}, // test support: no program may import it
		"github.com/hanwen/go-fuse":          {"store/powercut"},        // test support, too
		"go.etcd.io/bbolt":                   {"store", "store/boltfile", "store/commit", "store/guard", "store/layout", "store/ledger", "store/people"},
		"github.com/wneessen/go-mail":        {"deliver/compose/mime", "deliver/smtp", "cmd/kairan-bench"}, // which measures against it
		"github.com/robfig/cron":             {"deliver/cron"},
		"github.com/yuin/goldmark":           {"deliver/compose/markdown"},
		"github.com/microcosm-cc/bluemonday": {"deliver/compose/markdown"},
		"github.com/spf13/cobra":             {"cmd/internal/manual", "cmd/kairan", "cmd/kairan-bench"},
		"github.com/emersion/go-msgauth":     {"deliver/origin"},
		"github.com/mmcdole/gofeed":          {"deliver/feed"},
		"blitiri.com.ar/go/spf":              {"deliver/origin"},
	}
}

// mains may import every room.
func mains() []string { return []string{"cmd/kairan", "cmd/kairan-bench"} }

type goFile struct {
	path, room string
	imports    []string
}

func (f goFile) test() bool { return strings.HasSuffix(f.path, "_test.go") }

func goFiles(t *testing.T) (files []goFile) {
	t.Helper()
	err := filepath.WalkDir(moduleRoot, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		if d.IsDir() && p != moduleRoot && (name == "testdata" || strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_")) {
			return fs.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(name, ".go") {
			return nil
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), p, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(moduleRoot, p)
		if err != nil {
			return err
		}
		f := goFile{path: filepath.ToSlash(rel), room: path.Dir(filepath.ToSlash(rel))}
		for _, i := range parsed.Imports {
			imported, err := strconv.Unquote(i.Path.Value)
			if err != nil {
				return err
			}
			f.imports = append(f.imports, imported)
		}
		files = append(files, f)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestImportsRunOnlyToTheRight(t *testing.T) {
	t.Parallel()
	seen := 0
	for _, f := range goFiles(t) {
		for _, i := range f.imports {
			if fault := forbidden(f, i); fault != "" {
				t.Errorf("%s imports %s: %s", f.path, i, fault)
			}
			seen++
		}
	}
	if seen < 100 {
		t.Fatalf("only %d imports were looked at; is %s still the module's root?", seen, moduleRoot)
	}
}

// forbidden is why a file may not import something, or "".
func forbidden(f goFile, imported string) string {
	main := slices.Contains(mains(), f.room)
	if main && f.test() {
		return ""
	}
	for library, rooms := range owned() {
		if within(imported, library) && !slices.Contains(rooms, f.room) {
			return "only " + strings.Join(rooms, " and ") + " may know it, so that it can be replaced"
		}
	}
	if main || f.test() {
		return ""
	}
	r, ok := rooms()[f.room]
	if !ok {
		return f.room + " is no room yet; say in imports_test.go what it may import, and why"
	}
	if inside, ok := strings.CutPrefix(imported, modulePath+"/"); ok {
		if !slices.Contains(r.may, inside) {
			return f.room + " may import " + orNothing(r.may) + " of this module: " + r.why
		}
		return ""
	}
	if first, _, _ := strings.Cut(imported, "/"); r.outside == nil || !strings.Contains(first, ".") {
		return ""
	}
	if !slices.ContainsFunc(r.outside, func(p string) bool { return within(imported, strings.TrimSuffix(p, "/")) }) {
		return f.room + " may import the standard library and " + orNothing(r.outside) + ": " + r.why
	}
	return ""
}

func within(imported, prefix string) bool {
	return imported == prefix || strings.HasPrefix(imported, prefix+"/")
}

func orNothing(names []string) string {
	if len(names) == 0 {
		return "nothing else"
	}
	return strings.Join(names, ", ")
}

func TestForbiddenImportsAreCaught(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ file, imported, want string }{
		{"subscribe/intake.go", "github.com/gofiber/fiber/v2", "may know it"},
		{"subscribe/intake_test.go", "go.etcd.io/bbolt", "may know it"},
		{"subscribe/intake.go", modulePath + "/deliver", "without HTTP"},
		{"subscribe/intake.go", "golang.org/x/sync/errgroup", "standard library"},
		{"subscribe/intake.go", "golang.org/x/text/unicode/norm", ""},
		{"subscribe/web/site.go", modulePath + "/store", "its Desk"},
		{"subscribe/web/site_test.go", modulePath + "/store", ""},
		{"deliver/engine.go", modulePath + "/store", "without HTTP"},
		{"deliver/engine.go", "github.com/wneessen/go-mail", "may know it"},
		{"deliver/smtp/conn.go", "github.com/wneessen/go-mail/smtp", ""},
		{"deliver/cron/tick.go", "github.com/robfig/cron/v3", ""},
		{"store/store.go", modulePath + "/templates", "second store"},
		{"store/seal/file.go", modulePath + "/store", "standard library"},
		{"templates/set.go", modulePath + "/subscribe", "a leaf"},
		{"cmd/kairan/cmd_demo.go", modulePath + "/store", ""},
		{"cmd/kairan/cmd_demo.go", "go.etcd.io/bbolt", "may know it"},
		{"cmd/kairan/script_test.go", "go.etcd.io/bbolt", ""},
		{"helpers/x.go", "fmt", "no room"},
	} {
		got := forbidden(goFile{path: c.file, room: path.Dir(c.file)}, c.imported)
		if c.want == "" && got != "" || c.want != "" && !strings.Contains(got, c.want) {
			t.Errorf("%s importing %s: got %q, want %q", c.file, c.imported, got, c.want)
		}
	}
}

// TestEveryRoomIsStillThere keeps the picture from outliving the house.
func TestEveryRoomIsStillThere(t *testing.T) {
	t.Parallel()
	for _, name := range slices.Sorted(maps.Keys(rooms())) {
		if _, err := os.Stat(filepath.Join(moduleRoot, name)); err != nil {
			t.Errorf("imports_test.go speaks of %s, which does not exist", name)
		}
	}
}

func TestTopLevelIsFixed(t *testing.T) {
	t.Parallel()
	allowed := []string{"cmd", "subscribe", "deliver", "store", "templates", "testdata", "go.mod", "go.sum", "Dockerfile", "README.md"}
	built := []string{"kairan", "kairan-bench"} // by `go build`, and not in git
	entries, err := os.ReadDir(moduleRoot)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), ".") && !slices.Contains(allowed, e.Name()) && !slices.Contains(built, e.Name()) {
			t.Errorf("%s lies at the top level, which holds %s and dotfiles only", e.Name(), strings.Join(allowed, ", "))
		}
	}
}

// TestLibrariesWithSecurityFloors: what go.mod must not fall below, or rise
// above, and why. Fiber itself asks for a fasthttp of 2023, with a dozen
// request-smuggling faults, and 1.73 still had six more.
func TestLibrariesWithSecurityFloors(t *testing.T) {
	t.Parallel()
	mod, err := os.ReadFile(filepath.Join(moduleRoot, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	for library, bounds := range map[string]struct {
		floor, ceiling version
		why            string
	}{
		"github.com/valyala/fasthttp":   {version{1, 78, 0}, version{}, "older ones let requests be smuggled"},
		"github.com/gofiber/fiber/v2":   {version{2, 52, 15}, version{}, "older ones have published faults"},
		"github.com/mattn/go-runewidth": {version{0, 0, 31}, version{}, "tables alone ask for one of 2024"},
		"github.com/wneessen/go-mail":   {version{0, 8, 1}, version{0, 8, 1}, "0.8.2 asks for a newer Go than the directive in go.mod"},
	} {
		got, err := required(string(mod), library)
		if err != nil {
			t.Error(err)
		} else if slices.Compare(got[:], bounds.floor[:]) < 0 {
			t.Errorf("go.mod has %s %v, below %v: %s", library, got, bounds.floor, bounds.why)
		} else if bounds.ceiling != (version{}) && slices.Compare(got[:], bounds.ceiling[:]) > 0 {
			t.Errorf("go.mod has %s %v, above %v: %s", library, got, bounds.ceiling, bounds.why)
		}
	}
}

type version [3]int

func required(mod, library string) (v version, err error) {
	for line := range strings.Lines(mod) {
		words := strings.Fields(strings.TrimPrefix(strings.TrimSpace(line), "require "))
		if len(words) < 2 || words[0] != library {
			continue
		}
		if _, err := fmt.Sscanf(words[1], "v%d.%d.%d", &v[0], &v[1], &v[2]); err != nil {
			return v, fmt.Errorf("go.mod: %s %s is no version", library, words[1])
		}
		return v, nil
	}
	return v, fmt.Errorf("go.mod does not name %s", library)
}
