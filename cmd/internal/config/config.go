package config

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/pelletier/go-toml/v2"

	"example.jp/kairan/deliver"
	"example.jp/kairan/subscribe"
)

// Config is a whole configuration without fault, defaults filled in. Paths are
// absolute.
type Config struct {
	Path        string // of the file, as it was named
	Data        string // data directory
	Keys        string // key file, never inside Data
	Journal     string // folder of the journal of leavings; better outside Data
	Socket      string // control socket, at most [MaxSocket] bytes
	SocketGroup string // group that may use it; empty: the group of the process
	MaxSize     int64  // most bytes of the database, 32 MiB or more; 0: no limit
	Listen      Listen
	Relay       Relay
	Fallback    []Relay // used, in order, while those before them refuse us
	Sending     Sending
	Suspension  deliver.SuspendPolicy // when an entry whose copies fail is suspended
	Limits      subscribe.Limits
	Offices     map[string]*subscribe.Office
	Lists       subscribe.Lists
	Order       []string // ids of the lists, in the order of the file

	at places // for [Config.CheckFiles]
}

// Listen is where the program answers HTTP.
type Listen struct {
	Public         string   // host:port of the readers' pages
	Admin          string   // host:port of /healthz, /readyz
	TrustedProxies []string // IP addresses and networks whose X-Real-IP is believed
}

// The ways to reach a relay (RFC 8314 §3).
const (
	TLSStart    = "starttls" // required, never opportunistic
	TLSImplicit = "implicit"
	TLSNone     = "none" // only to this machine
)

// Relay is the SMTP server that takes all mail.
type Relay struct {
	Host         string
	Port         int    // 1 to 65535
	TLS          string // [TLSStart], [TLSImplicit] or [TLSNone]
	CAFile       string // PEM; empty: the system's authorities
	Username     string // empty: no authentication
	PasswordFile string // read again at each login; set if and only if Username is
	Hello        string // what EHLO says, a full domain name (RFC 5321 §4.1.4)
	Connections  int    // open at once, 1 to 64
	// PerConnection and PerMinute bound what the relay is given, 1 or more.
	PerConnection, PerMinute int
}

// What happens to a message of which nobody knows whether the relay took it.
const (
	UncertainResend = "resend" // once more, with the same Message-ID
	UncertainHold   = "hold"   // never
)

// Sending is how issues and notices are sent.
type Sending struct {
	Retry          deliver.Retry // 1 to 20 waits
	Expires        time.Duration // after which a deferred message is given up, 1 h to 10 days (RFC 5321 §4.5.4.1)
	Uncertain      string        // [UncertainResend] or [UncertainHold]
	UncertainAfter time.Duration // before it is sent again, 30 min (a relay on this machine: 1 s) to 24 h
	NowDelay       time.Duration // what `--now` waits so that it can be stopped, 1 s to 1 h
	Grace          time.Duration // what stopping gives to messages in flight, 1 s to 10 min
	ProbeEvery     time.Duration // how often a paused run tries the relay, 1 s to 1 h
}

// maxFile is far more than a thousand lists need.
const maxFile = 4 << 20

// Load reads the configuration at path. The error is [Faults], or says why the
// file cannot be read.
func Load(path string) (*Config, error) {
	source, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("config: there is no %s; `kairan init` writes one to start from: %w", path, fs.ErrNotExist)
	case errors.Is(err, fs.ErrPermission):
		return nil, fmt.Errorf("config: %s may not be read by this user; give its group the right to read it, and run as a member of that group: %w", path, fs.ErrPermission)
	case err != nil:
		return nil, fmt.Errorf("config: %s cannot be read; name a TOML file: %w", path, err)
	}
	return Parse(path, source)
}

// Parse reads source as the configuration file called name, against whose
// folder relative paths are resolved. The error is [Faults]. The only thing it
// asks of the machine is RUNTIME_DIRECTORY, where systemd wants sockets.
func Parse(name string, source []byte) (*Config, error) {
	return parse(name, source, os.Getenv("RUNTIME_DIRECTORY"))
}

func parse(name string, source []byte, runtime string) (*Config, error) {
	source = bytes.TrimPrefix(source, []byte("\ufeff"))
	values, fault := decode(source)
	if fault != nil {
		fault.File = name
		return nil, Faults{*fault}
	}
	r := &reader{file: name, at: locate(source)}
	top := &table{r: r, line: 1, values: values}
	c := &Config{Path: name, at: r.at}
	top.rows(c.installation(runtime))
	c.checkInstallation(top)
	c.checkListen(top.whole(c.listen()))
	c.Relay.check(top.whole(c.relay(&c.Relay)))
	for _, t := range top.items("fallback_relays", "[[fallback_relays]] and the keys of [relay] on the lines below") {
		var r Relay
		t.rows(c.relay(&r))
		r.check(t)
		t.end()
		c.Fallback = append(c.Fallback, r)
	}
	top.whole(c.sending())
	c.checkSuspension(top.whole(c.suspension()))
	top.whole(c.limits())
	c.declarations(top)
	top.end()
	if err := r.faults.err(); err != nil {
		return nil, err
	}
	return c, nil
}

// decode is the values of a TOML file, or the one thing that makes it none.
func decode(source []byte) (map[string]any, *Fault) {
	if len(source) > maxFile {
		return nil, &Fault{Line: 1, Message: "larger than 4 MiB, so this is not the configuration; name the right file"}
	}
	if !utf8.Valid(source) {
		line := 1
		for rest := source; len(rest) > 0; {
			r, n := utf8.DecodeRune(rest)
			if r == utf8.RuneError && n == 1 {
				break
			}
			if r == '\n' {
				line++
			}
			rest = rest[n:]
		}
		return nil, &Fault{Line: line, Message: "not UTF-8 (Shift_JIS or UTF-16, perhaps); save the file as UTF-8"}
	}
	values := map[string]any{}
	if err := toml.Unmarshal(source, &values); err != nil {
		f := Fault{Line: 1, Message: "not TOML: " + scrub(strings.TrimPrefix(err.Error(), "toml: ")) + "; correct it and run again"}
		if e, ok := errors.AsType[*toml.DecodeError](err); ok {
			row, column := e.Position()
			f.Line = max(row, 1)
			f.Message = fmt.Sprintf("not TOML at column %d: %s; correct this line and run again",
				max(column, 1), scrub(strings.TrimPrefix(e.Error(), "toml: ")))
		}
		return nil, &f
	}
	return values, nil
}

func (c *Config) installation(runtime string) section {
	mustPath := func(key string, at *string, example string) row {
		return bound(key, at, func(t *table, key string) string { return c.file(t.need(key, example)) }, tomlText).such(tomlText(example))
	}
	return section{rows: []row{
		mustPath("data", &c.Data, "/var/lib/kairan").says("folder of the database"),
		mustPath("keys", &c.Keys, "/etc/kairan/keys").says("key file, outside `data`"),
		c.path("journal", &c.Journal, "/var/lib/kairan-journal", c.journal).says(
			"folder of the journal of leavings; outside `data`, on another disk if there is one. To move it: stop, move the folder, start", "in `data`"),
		c.path("socket", &c.Socket, "/run/kairan/kairan.sock", func() string { return c.socket(runtime) }).says("control socket", "in the runtime folder"),
		text("socket_group", &c.SocketGroup, "").says("who may use it", "the service's group").such(`"kairan"`),
		bound("max_size", &c.MaxSize, (*table).size, func(n int64) string { return tomlText(bytesOf(n)) }).says("most the database may grow to", "no limit").such(`"64GiB"`),
	}}
}

func (c *Config) checkInstallation(t *table) {
	if c.Data != "" && c.Keys != "" && within(c.Data, c.Keys) {
		t.fault("keys", "lies in the data directory, so whoever gets one gets both; write a path elsewhere, such as \"/etc/kairan/keys\"")
	}
	if c.Journal != "" && c.Keys != "" && within(c.Journal, c.Keys) {
		t.fault("journal", "the key file lies in it, so whoever gets one gets both; write a folder of its own, such as \"/var/lib/kairan-journal\"")
	}
	if c.Journal != "" && c.Data != "" && within(c.Journal, c.Data) {
		t.fault("journal", "the data directory lies in it; write a folder of its own, such as \"/var/lib/kairan-journal\"")
	}
	if len(c.Socket) > MaxSocket {
		t.fault("socket", "the socket's path has %d bytes; write a shorter one, at most %d", len(c.Socket), MaxSocket)
	}
}

// journal is where the journal is if the file does not say: where it works, but
// is put back together with the database.
func (c *Config) journal() string {
	if c.Data == "" {
		return ""
	}
	return filepath.Join(c.Data, "journal")
}

// JournalApart says whether the journal stays when the data directory is put back.
// Links are followed, as far as there is something to follow.
func (c *Config) JournalApart() bool { return !within(followed(c.Data), followed(c.Journal)) }

// followed is a path without links in what exists of it.
func followed(path string) string {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real
	}
	dir := filepath.Dir(path)
	if dir == path {
		return path
	}
	return filepath.Join(followed(dir), filepath.Base(path))
}

// socket is where the control socket is if the file does not say.
func (c *Config) socket(runtime string) string {
	first, _, _ := strings.Cut(runtime, ":") // systemd.exec(5)
	if filepath.IsAbs(first) {
		return filepath.Join(first, "kairan.sock")
	}
	if c.Data == "" {
		return ""
	}
	return filepath.Join(c.Data, "kairan.sock")
}

// file is a path as this process uses it.
func (c *Config) file(path string) string {
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	path = filepath.Join(filepath.Dir(c.Path), path)
	if abs, err := filepath.Abs(path); err == nil {
		return abs
	}
	return path
}

func within(dir, path string) bool {
	rel, err := filepath.Rel(dir, path)
	return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
}

var sizeForm = regexp.MustCompile(`^([1-9][0-9]{0,5}) ?(MiB|GiB|TiB)$`)

var sizeUnits = map[string]int64{"MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40}

// size is a number of bytes such as "64GiB"; 0 if the file does not say.
func (t *table) size(key string) int64 {
	const least = 32 << 20
	s := t.text(key, "")
	if s == "" {
		return 0
	}
	m := sizeForm.FindStringSubmatch(s)
	if m == nil {
		t.fault(key, `%s is no size; write a whole number of MiB, GiB or TiB, such as "64GiB"`, quote(s))
		return 0
	}
	n, _ := strconv.ParseInt(m[1], 10, 64) // six digits at most
	n *= sizeUnits[m[2]]
	if n < least {
		t.fault(key, "%s is too small to work with; write %q or more", quote(s), bytesOf(least))
		return 0
	}
	return n
}

// bytesOf is a size as people write it; "" of 0.
func bytesOf(n int64) string {
	if n == 0 {
		return ""
	}
	for _, unit := range []string{"TiB", "GiB"} {
		if u := sizeUnits[unit]; n%u == 0 {
			return fmt.Sprintf("%d%s", n/u, unit)
		}
	}
	return fmt.Sprintf("%dMiB", n/sizeUnits["MiB"])
}
