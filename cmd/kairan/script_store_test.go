package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"filippo.io/age"
	"github.com/rogpeppe/go-internal/testscript"
	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/cmd/internal/agefile"
	"example.jp/kairan/cmd/internal/config"
	"example.jp/kairan/cmd/internal/control"
	"example.jp/kairan/cmd/internal/crowd"
	"example.jp/kairan/cmd/internal/service"
	"example.jp/kairan/cmd/internal/sink"
	"example.jp/kairan/deliver"
	"example.jp/kairan/deliver/compose/composetest"
	"example.jp/kairan/store"
	"example.jp/kairan/store/seal"
	"example.jp/kairan/subscribe"
)

var baseURL = regexp.MustCompile(`(?m)^base_url = .*$`)

// settings of a script's configuration: quick enough to watch, all else as in
// the sample. A setting whose value is "" is left out.
func (s *story) settings(relayPort string) map[string]string {
	return map[string]string{
		"data": `"data"`, "keys": `"keys"`, "socket": `"kairan.sock"`,
		"listen.public": strconv.Quote(s.public), "listen.admin": strconv.Quote(s.admin),
		"listen.trusted_proxies": `["127.0.0.0/8"]`,
		"relay.host":             `"127.0.0.1"`, "relay.port": relayPort, "relay.tls": `"starttls"`,
		"relay.ca_file": `"ca.pem"`, "relay.username": strconv.Quote(relayUser), "relay.password_file": `"relay-password"`,
		"relay.hello": `"magazine.example.jp"`, "relay.connections": "4", "relay.messages_per_minute": "60000",
		"sending.retry": `["1s"]`, "sending.uncertain_after": `"2s"`, "sending.now_delay": `"1s"`,
		"sending.probe_every": `"1s"`, "sending.grace": `"10s"`,
		"limits.requests_per_network_per_hour": "100",
	}
}

// sampleLists are the offices and lists of the sample configuration.
func sampleLists() string {
	sample := string(config.Sample())
	return sample[strings.Index(sample, "[offices."):]
}

func (s *story) config(ts *testscript.TestScript, neg bool, args []string) {
	lists := sampleLists()
	set := s.settings(ts.Getenv("RELAY_PORT"))
	if s.sink == nil {
		set["relay.port"], set["relay.ca_file"] = "9", "" // nobody is there
	}
	for i := 0; i < len(args); i++ {
		if args[i] == "-lists" {
			i++
			usageOf(ts, i == len(args), "config -lists FILE")
			lists = ts.ReadFile(args[i])
			continue
		}
		key, value, ok := strings.Cut(args[i], "=")
		usageOf(ts, neg || !ok, "config [-lists FILE] [SECTION.KEY=TOML]…")
		set[key] = value
	}
	for section, relay := range map[string]*sink.Sink{"second": s.second, "third": s.third} {
		if relay == nil {
			continue
		}
		_, port, err := net.SplitHostPort(relay.Addr())
		ts.Check(err)
		set[section+".host"], set[section+".port"] = `"localhost"`, port
		for _, key := range []string{"tls", "ca_file", "username", "password_file", "hello", "connections", "messages_per_minute"} {
			set[section+"."+key] = set["relay."+key]
		}
	}
	ts.Check(s.configure(set, lists))
}

// configure writes the configuration and what it names.
func (s *story) configure(set map[string]string, lists string) error {
	bySection := map[string][]string{}
	for key, value := range set {
		at := strings.LastIndex(key, ".") // -1: of no section
		section, name := key[:max(at, 0)], key[at+1:]
		if value != "" {
			bySection[section] = append(bySection[section], name+" = "+value)
		}
	}
	var b strings.Builder
	for _, section := range []string{"", "listen", "relay", "sending", "suspension", "limits", "retention", "backup", "alarms", "bounce"} {
		if section != "" {
			fmt.Fprintf(&b, "\n[%s]\n", section)
		}
		slices.Sort(bySection[section])
		fmt.Fprintln(&b, strings.Join(bySection[section], "\n"))
		delete(bySection, section)
	}
	for _, section := range []string{"second", "third"} {
		if keys := bySection[section]; keys != nil {
			fmt.Fprintf(&b, "\n[[fallback_relays]]\n%s\n", strings.Join(keys, "\n"))
			delete(bySection, section)
		}
	}
	for section, more := range bySection {
		head := "[" + section + "]\n"
		if !strings.HasPrefix(section, "lists.") && !strings.HasPrefix(section, "offices.") || !strings.Contains(lists, head) {
			return fmt.Errorf("config: a script cannot set anything in [%s]", section)
		}
		lists = strings.Replace(lists, head, head+strings.Join(more, "\n")+"\n", 1)
	}
	b.WriteString("\n" + baseURL.ReplaceAllLiteralString(lists, fmt.Sprintf("base_url = %q", "http://"+s.public)))
	if _, err := os.Stat(s.file("keys")); errors.Is(err, fs.ErrNotExist) {
		if err := seal.Generate(s.now()).Write(s.file("keys")); err != nil {
			return err
		}
	}
	return errors.Join(
		os.WriteFile(s.file("kairan.toml"), []byte(b.String()), 0o600),
		os.WriteFile(s.file("ca.pem"), s.ca, 0o600),
		os.WriteFile(s.file("relay-password"), []byte(relayPassword+"\n"), 0o600),
	)
}

// openStore opens the script's database as the program would.
func (s *story) openStore() (*config.Config, *store.Store, error) {
	cfg, err := config.Load(s.file("kairan.toml"))
	if err != nil {
		return nil, nil, err
	}
	keys, err := seal.Load(cfg.Keys)
	if err != nil {
		return nil, nil, err
	}
	db, err := store.Open(store.Options{Dir: cfg.Data, Journal: cfg.Journal, Keys: keys, MaxSize: cfg.MaxSize, UncertainAfter: cfg.Sending.UncertainAfter, Now: s.now})
	return cfg, db, err
}

func (s *story) seed(ts *testscript.TestScript, neg bool, args []string) {
	domains, undeclared := []string{"readers.example"}, false
	if len(args) > 1 && args[0] == "-at" {
		domains, args = strings.Split(args[1], ","), args[2:]
	} else if len(args) > 0 && args[0] == "-undeclared" { // as no start has seen the list
		undeclared, args = true, args[1:]
	}
	usageOf(ts, neg || len(args) < 2, "seed [-at DOMAIN,…|-undeclared] LIST N [FIELD=VALUE]…")
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	fields := subscribe.Fields{}
	for _, arg := range args[2:] {
		key, value, _ := strings.Cut(arg, "=")
		fields[key] = value
		if !slices.Contains(chosen, key) {
			s.secrets.add(value)
		}
	}
	cfg, db, err := s.openStore()
	ts.Check(err)
	l := cfg.Lists[args[0]]
	usageOf(ts, l == nil, "seed with a list that is declared")
	err = crowd.Seed(context.Background(), db, l, n, s.now(), func(i int) (string, subscribe.Fields) {
		clear := fmt.Sprintf("reader-%d@%s", i+1, domains[i%len(domains)])
		s.secrets.add(clear)
		return clear, fields
	})
	if err == nil && !undeclared {
		err = db.Adopt(context.Background(), cfg.Lists)
	}
	ts.Check(errors.Join(err, db.Close()))
}

// fill stores drafts, large ones on the first list and ever smaller ones on the one
// of the Centre's press releases, until not even a small one fits there, and writes an
// issue that is too long for what is left.
func (s *story) fill(ts *testscript.TestScript, neg bool, args []string) {
	usageOf(ts, neg || len(args) != 0, "fill")
	for range 2 { // the pages that the last commits gave up are used by the next opening
		cfg, db, err := s.openStore()
		ts.Check(err)
		ts.Check(errors.Join(fillUp(cfg, db), db.Close()))
	}
	long := "+++\nsubject = \"Long\"\n+++\n\n" + strings.Repeat("A line of a text that needs more room than there is now.\n\n", 1000)
	ts.Check(os.WriteFile(s.file("long.md"), []byte(long), 0o600))
}

// fillUp stores drafts until not even a small one fits.
func fillUp(cfg *config.Config, db *store.Store) error {
	list, began := cfg.Order[0], time.Now().UnixNano()
	for n, size := 0, 1<<20; size >= 1<<10; n++ {
		draft := deliver.Issue{Name: deliver.IssueName{List: list, Slug: fmt.Sprintf("filler-%d-%d", began, n)}, Source: make([]byte, size), State: deliver.Draft}
		err := db.AddIssue(context.Background(), draft, nil, func(*deliver.Issue, time.Time) error { return nil })
		switch {
		case errors.Is(err, store.ErrFull):
			list, size = cfg.Order[len(cfg.Order)-1], min(size/2, 1<<16)
		case err != nil:
			return err
		}
	}
	return nil
}

func (s *story) schema(ts *testscript.TestScript, neg bool, args []string) {
	usageOf(ts, neg || len(args) != 1, "schema N")
	n, err := strconv.ParseUint(args[0], 10, 32)
	ts.Check(err)
	db, err := bolt.Open(s.file("data/kairan.db"), 0o600, &bolt.Options{Timeout: time.Second})
	ts.Check(err)
	err = db.Update(func(b *bolt.Tx) error {
		return b.Bucket([]byte("meta")).Put([]byte("schema"), binary.BigEndian.AppendUint32(nil, uint32(n)))
	})
	ts.Check(errors.Join(err, db.Close()))
}

func (s *story) damage(ts *testscript.TestScript, neg bool, args []string) {
	usageOf(ts, neg || len(args) == 0, "damage BUCKET… KEY")
	file := s.file("data/kairan.db")
	if args[0] == "cut" {
		ts.Check(os.Truncate(file, 3*int64(os.Getpagesize())))
		return
	}
	db, err := bolt.Open(file, 0o600, &bolt.Options{Timeout: time.Second})
	ts.Check(err)
	err = db.Update(func(b *bolt.Tx) error {
		at := b.Bucket([]byte(args[0]))
		for _, name := range args[1 : len(args)-1] {
			at = at.Bucket([]byte(name))
		}
		key := []byte(args[len(args)-1])
		if string(key) == "first" {
			key, _ = at.Cursor().First()
		} else if string(key) == "last" {
			key, _ = at.Cursor().Last()
		}
		value := bytes.Clone(at.Get(key))
		value[len(value)/2] ^= 4
		return at.Put(bytes.Clone(key), value)
	})
	ts.Check(errors.Join(err, db.Close()))
}

func (s *story) books(ts *testscript.TestScript, neg bool, args []string) {
	usageOf(ts, neg || len(args) < 2, "books LIST/SLUG KEY=VALUE…")
	var last string
	printed := func() string {
		err := ts.Exec(program, "issue", "status", args[0], "--json")
		s.secrets.record("standard error of issue status", ts.ReadFile("stderr"))
		ts.Check(err)
		return ts.ReadFile("stdout")
	}
	ok := await(func() bool {
		if last = s.asked(args[0]); last != "" && !s.balanced(ts, last, args[1:]) {
			return false
		}
		last = printed()
		return s.balanced(ts, last, args[1:])
	})
	if !ok {
		ts.Fatalf("the books are:\n%s", last)
	}
}

// asked is what the running server says of an issue, by its socket: a process for
// each look would cost more than all else in a script. Empty: no server says it.
func (s *story) asked(issue string) string {
	i, err := service.IssueStatus.Call(s.t.Context(), control.Over[service.Service](s.file("kairan.sock")), service.Named{Issue: issue})
	if err != nil {
		return ""
	}
	b, _ := json.Marshal(i)
	return string(b)
}

// balanced says whether the books are as a script wants them. They balance in any
// case.
func (s *story) balanced(ts *testscript.TestScript, status string, wants []string) bool {
	s.secrets.record("status of an issue", status)
	var out struct {
		State    string         `json:"state"`
		Balance  map[string]int `json:"balance"`
		Balances bool           `json:"balances"`
	}
	ts.Check(json.Unmarshal([]byte(status), &out))
	sum := -out.Balance["audience"] - out.Balance["uncertain_ever"] - out.Balance["bounced"] - out.Balance["complaints"]
	for key, n := range out.Balance {
		if key != "audience" || n < 0 {
			sum += n
		}
	}
	if sum != 0 || !out.Balances {
		ts.Fatalf("the books do not balance:\n%s", status)
	}
	return !slices.ContainsFunc(wants, func(want string) bool { return !holds(ts, want, out.State, out.Balance) })
}

func (s *story) timeline(ts *testscript.TestScript, neg bool, args []string) {
	usageOf(ts, neg || len(args) != 2, "timeline LIST/SLUG REGEXP")
	re := pattern(ts, args[1])
	if !await(func() bool {
		s.kairan(ts, false, []string{"issue", "show", args[0]})
		return re.MatchString(ts.ReadFile("stdout"))
	}) {
		ts.Fatalf("its timeline has no %s", re)
	}
}

var condition = regexp.MustCompile(`^([a-z_]+)(<=|>=|=)(.+)$`)

func holds(ts *testscript.TestScript, want, state string, books map[string]int) bool {
	m := condition.FindStringSubmatch(want)
	usageOf(ts, m == nil, "KEY=VALUE, KEY<=N or KEY>=N")
	if m[1] == "state" {
		return m[3] == state
	}
	have, known := books[m[1]]
	n, err := strconv.Atoi(m[3])
	ts.Check(err)
	usageOf(ts, !known, "books with a key of the balance; it has no "+m[1])
	return m[2] == "=" && have == n || m[2] == "<=" && have <= n || m[2] == ">=" && have >= n
}

// end is what holds at the end of every script (promises 2, 5 and 6): the server
// stops as it should, the database is whole, and what readers typed is nowhere.
func (s *story) end() {
	s.rules.release()
	if s.t.Failed() {
		if s.server != nil {
			_ = s.server.cmd.Process.Kill()
			<-s.server.done
			s.t.Logf("log of the server:\n%s", s.server.text())
		}
	} else {
		if s.server != nil {
			if err := s.halt(os.Interrupt); err != nil {
				s.t.Error(err)
			}
		}
		s.checkDatabase()
		for _, leak := range s.secrets.leaks() {
			s.t.Error(leak)
		}
	}
	for _, relay := range []*sink.Sink{s.sink, s.second, s.third} {
		if relay != nil {
			_ = relay.Close()
		}
	}
}

func (s *story) checkDatabase() {
	if s.sink != nil {
		for _, m := range s.sink.Mails() {
			if !strings.HasPrefix(m.To, "editor@") { // testers stand in the configuration
				s.secrets.add(m.To)
			}
		}
	}
	files, _ := filepath.Glob(s.file("*/kairan.db*"))
	backups, _ := filepath.Glob(s.file("*.backup"))
	for _, name := range append(files, backups...) {
		b, err := os.ReadFile(name)
		if err != nil {
			s.t.Error(err)
		}
		s.secrets.record("the file "+filepath.Base(name), string(b))
	}
	if len(files) == 0 {
		return // the script had no database
	}
	_, db, err := s.openStore()
	if err != nil {
		s.t.Errorf("the database cannot be opened at the end: %v", err)
		return
	}
	copied := s.file("end.backup")
	if err := errors.Join(db.Backup(context.Background(), copied, nil), db.Check(), db.Close()); err != nil {
		s.t.Errorf("the database at the end: %v", err)
	}
	b, err := os.ReadFile(copied)
	if err != nil || len(b) == 0 {
		s.t.Errorf("the backup at the end: %d bytes, %v", len(b), err)
	}
	s.secrets.record("the backup", string(b))
}

func (s *story) hostile(ts *testscript.TestScript, neg bool, args []string) {
	usageOf(ts, neg || len(args) != 2, "hostile NAME FILE")
	for _, h := range composetest.HostileSources(128 << 10) {
		if h.Name == args[0] {
			ts.Check(os.WriteFile(s.file(args[1]), h.Text, 0o600))
			return
		}
	}
	ts.Fatalf("there is no such source")
}

func (s *story) identity(ts *testscript.TestScript, neg bool, args []string) {
	usageOf(ts, neg || len(args) != 1, "identity NAME")
	id, err := age.GenerateX25519Identity()
	ts.Check(err)
	ts.Check(os.WriteFile(s.file(args[0]+".identity"), []byte("# a comment\n"+id.String()+"\n"), 0o600))
	ts.Setenv(strings.ToUpper(args[0]), id.Recipient().String())
}

func (s *story) secondKey(ts *testscript.TestScript, neg bool, args []string) {
	usageOf(ts, neg || len(args) != 0, "second-key")
	keys, err := seal.Load(s.file("keys"))
	ts.Check(err)
	keys, err = keys.WithNew(seal.Data, s.now())
	ts.Check(err)
	ts.Check(keys.Replace(s.file("keys")))
}

// decrypt writes what an identity reads.
func (s *story) decrypt(ts *testscript.TestScript, neg bool, args []string) {
	usageOf(ts, len(args) != 3, "decrypt FILE IDENTITY TO")
	r, err := agefile.Reader(strings.NewReader(ts.ReadFile(args[0])), strings.NewReader(ts.ReadFile(args[1])))
	if neg {
		usageOf(ts, err == nil, "! decrypt with an identity that is not its own")
		return
	}
	ts.Check(err)
	plain, err := io.ReadAll(r)
	ts.Check(errors.Join(err, os.WriteFile(s.file(args[2]), plain, 0o600)))
}
