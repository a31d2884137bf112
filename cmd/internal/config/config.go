package config

import (
	"path/filepath"
	"strings"
	"time"

	"example.jp/kairan/deliver"
	"example.jp/kairan/subscribe"
)

// Config is a whole configuration without fault, defaults filled in. Paths are
// absolute.
type Config struct {
	Path        string           // of the file, as it was named
	Data        string           // data directory
	Keys        string           // key file, never inside Data
	Journal     string           // folder of the journal of leavings; better outside Data
	Socket      string           // control socket, at most [MaxSocket] bytes
	SocketGroup string           // group that may use it; empty: the group of the process
	Operators   []string         // accounts, and groups behind "%", that run the installation, beside root and the service's own
	Staff       map[string]Staff // who works on each list
	MaxSize     int64            // most bytes of the database, 32 MiB or more; 0: no limit
	Listen      Listen
	Relay       Relay
	Fallback    []Relay // used, in order, while those before them refuse us; or beside them, by Share
	Sending     Sending
	Suspension  deliver.SuspendPolicy // when an entry whose copies fail is suspended
	Limits      subscribe.Limits
	QuietHours  subscribe.Hours // in which the chores of the night are done, in the machine's time zone
	Retention   subscribe.Retention
	Backup      Backup
	Alarms      Alarms
	Delimiter   string         // of mailboxes (RFC 5233) at the relay; empty: nothing that comes back is read
	Operator    subscribe.Text // who operates this machine, and is entrusted with what is on it; empty: not said
	Offices     map[string]*subscribe.Office
	Lists       subscribe.Lists
	Order       []string // ids of the lists, in the order of the file

	at places // for [Config.CheckFiles]
}

// Staff are the accounts, and groups behind "%", that work on a list. Where there are none
// of either kind, whoever may use the control socket does.
type Staff struct{ Writers, Approvers []string }

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
	Port         int            // 1 to 65535
	TLS          string         // [TLSStart], [TLSImplicit] or [TLSNone]
	CAFile       string         // PEM; empty: the system's authorities
	Username     string         // empty: no authentication
	PasswordFile string         // read again at each login; set if and only if Username is
	Operator     subscribe.Text // who operates it, and is entrusted with the mails; empty: not said
	Hello        string         // what EHLO says, a full domain name (RFC 5321 §4.1.4)
	Keys         []string       // names of its DKIM keys, SELECTOR._domainkey.DOMAIN (RFC 6376 §3.6.2.1)
	Connections  int            // open at once, 1 to 64
	// PerConnection and PerMinute bound what the relay is given, 1 or more.
	PerConnection, PerMinute int
	// Share is its weight, 1 to 100, beside the relay before it and those that share with
	// that; 0: of the first, 1 if another shares with it; of a fallback, it waits instead.
	Share int
	Rest  subscribe.Hours // when it is given nothing, by the clock of this machine's zone; zero: never
}

// Relays are the first, and the others in their order.
func (c *Config) Relays() []Relay { return append([]Relay{c.Relay}, c.Fallback...) }

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
	MaxAttachments int           // octets that the files of an issue may have together, 1 to 20 MiB
	ProbeEvery     time.Duration // the longest wait between two tries of a relay that does not take us, 1 s to 1 h
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

// file is a path as this process uses it.
func (c *Config) file(path string) string { return beside(c.Path, path) }

// beside is a path as a file of configuration means it.
func beside(config, path string) string {
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	path = filepath.Join(filepath.Dir(config), path)
	if abs, err := filepath.Abs(path); err == nil {
		return abs
	}
	return path
}

func within(dir, path string) bool {
	rel, err := filepath.Rel(dir, path)
	return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
}
