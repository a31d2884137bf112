package config

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.jp/kairan/deliver"
	"example.jp/kairan/subscribe"
)

const testdata = "../../../testdata/config"

// TestBadConfigurations is one loop over testdata/config/bad: each file begins
// with the faults it must give, all of them, in order, as "# want: LINE: …".
func TestBadConfigurations(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join(testdata, "bad", "*.toml"))
	if err != nil || len(files) < 24 {
		t.Fatalf("%d bad configurations, %v; want 24 or more", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".toml"), func(t *testing.T) {
			t.Parallel()
			source, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var want []string
			for line := range strings.Lines(string(source)) {
				if w, ok := strings.CutPrefix(line, "# want: "); ok {
					w = strings.Replace(w, "at most MAX", "at most "+strconv.Itoa(MaxSocket), 1) // each system has its own
					want = append(want, "kairan.toml:"+strings.TrimSuffix(w, "\n"))
				}
			}
			c, err := parse("kairan.toml", source, "")
			if c != nil || err == nil {
				t.Fatal("no fault found")
			}
			if _, ok := errors.AsType[Faults](err); !ok {
				t.Fatalf("%T, want Faults", err)
			}
			if diff := cmp.Diff(want, strings.Split(err.Error(), "\n")); diff != "" {
				t.Error(diff)
			}
			if bytes.ContainsAny([]byte(err.Error()), "@") && regexp.MustCompile(`@(city\.)?example`).MatchString(withoutAdvice(err.Error())) {
				t.Error("a fault repeats an address of the file")
			}
		})
	}
}

// withoutAdvice drops what messages themselves propose to write.
func withoutAdvice(s string) string {
	return regexp.MustCompile(`(magazine|bounce|editor|contact)@example\.jp`).ReplaceAllString(s, "")
}

func TestFaultsComeTogetherByLine(t *testing.T) {
	t.Parallel()
	source := "data = 7\nkeys = \"\"\n[lists.x]\noffice = \"y\"\n[relay]\nport = 0\n[limits]\nintake = \"many\"\n"
	_, err := parse("k.toml", []byte(source), "")
	faults, _ := errors.AsType[Faults](err)
	lines := make([]int, len(faults))
	seen := map[int]bool{}
	for i, f := range faults {
		lines[i], seen[f.Line] = f.Line, true
	}
	if !slices.IsSorted(lines) {
		t.Errorf("lines %v are not sorted", lines)
	}
	for _, line := range []int{1, 2, 3, 4, 5, 6, 8} {
		if !seen[line] {
			t.Errorf("no fault at line %d:\n%v", line, err)
		}
	}
}

func TestAllFormsOfTablesHaveLines(t *testing.T) {
	t.Parallel()
	source := strings.Join([]string{
		`offices.a.name = { ja = "あ", xx = "1" }`, // 1
		`[lists."b"]`,                   // 2
		`fields = [`,                    // 3
		`  { id = "one", yy = 2 },`,     // 4
		`  { id = "two",`,               // 5
		`    zz = 3 },`,                 // 6
		`]`,                             // 7
		`[[lists.c.fields]]`,            // 8
		`[[lists.c.fields]]`,            // 9
		`[lists.c.fields.label]`,        // 10
		`ww = 4`,                        // 11
		`[lists.c]`,                     // 12
		"purpose.ja = \"う\"\r\n vv = 5", // 13, 14
	}, "\n")
	_, err := parse("k.toml", []byte(source), "")
	for _, want := range []string{
		"k.toml:1: offices.a.name.xx: unknown",
		"k.toml:4: lists.b.fields[1].yy: unknown",
		"k.toml:6: lists.b.fields[2].zz: unknown",
		"k.toml:8: lists.c.fields[1].id: missing",
		"k.toml:9: lists.c.fields[2].id: missing",
		"k.toml:11: lists.c.fields[2].label.ww: unknown",
		"k.toml:13: lists.c.purpose.en: missing",
		"k.toml:14: lists.c.vv: unknown",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("no %q in\n%v", want, err)
		}
	}
}

func TestDefaults(t *testing.T) {
	t.Parallel()
	c := minimal(t, "", "/run/kairan:/run/other")
	want := &Config{
		Staff: map[string]Staff{"news": {}},
		Path:  "/etc/kairan/kairan.toml", Data: "/etc/kairan/data", Keys: "/etc/kairan/keys", Journal: "/etc/kairan/data/journal", Socket: "/run/kairan/kairan.sock",
		Listen: Listen{Public: "127.0.0.1:8080", Admin: "127.0.0.1:8081", TrustedProxies: []string{"127.0.0.1", "::1"}},
		Relay:  Relay{Host: "mail.example.jp", Port: 587, TLS: "starttls", Hello: "magazine.example.jp", Connections: 8, PerConnection: 1000, PerMinute: 600},
		Sending: Sending{
			Retry: deliver.DefaultRetry(), Expires: 72 * time.Hour, Uncertain: "resend", UncertainAfter: 30 * time.Minute,
			MaxAttachments: 3 << 20, NowDelay: time.Minute, Grace: 80 * time.Second, ProbeEvery: 5 * time.Minute,
		},
		Suspension: deliver.DefaultSuspendPolicy(),
		Limits:     subscribe.Limits{Intake: 10_000, PerHour: 12_000, PerNetworkHour: 200},
		QuietHours: subscribe.Hours{From: 2 * 60, To: 5 * 60},
		Retention: subscribe.Retention{
			Consent: 35, Marks: 45, Suspended: 30, Ledgers: 30, Audit: 366, Provided: 1096, Migrated: 7, FreePages: 7, Backups: 35,
		},
		Backup: Backup{Every: 1, WarnAfter: 3, VerifyWarn: 100},
		Order:  []string{"news"},
	}
	got := *c
	got.Offices, got.Lists, got.at = nil, nil, nil
	if diff := cmp.Diff(want, &got, cmp.AllowUnexported(Config{})); diff != "" {
		t.Error(diff)
	}
	if l := c.Lists["news"]; l.LateWithin != 2*time.Hour || l.Office != c.Offices["city"] || l.Zone.String() != "Asia/Tokyo" {
		t.Errorf("list %+v", l)
	}
	if c := minimal(t, "", ""); c.Socket != "/etc/kairan/data/kairan.sock" {
		t.Errorf("socket %s without a runtime directory", c.Socket)
	}
}

func TestPortFollowsTLS(t *testing.T) {
	t.Parallel()
	for tls, port := range map[string]int{TLSStart: 587, TLSImplicit: 465, TLSNone: 25} {
		source := strings.ReplaceAll(good, `host = "mail.example.jp"`, "host = \"localhost\"\ntls = \""+tls+`"`)
		c, err := parse("k.toml", []byte(source), "")
		if err != nil || c.Relay.Port != port {
			t.Errorf("%s: %v, want port %d", tls, err, port)
		}
	}
}

func TestLocalTrial(t *testing.T) {
	t.Parallel()
	source := strings.NewReplacer("https://magazine.city.example.jp", "http://localhost:8080",
		"news.list-id.city.example.jp", "news.localhost").Replace(good)
	if _, err := parse("k.toml", []byte(source), ""); err != nil {
		t.Errorf("a trial on this machine alone: %v", err)
	}
}

func TestByteOrderMarkAndCRLF(t *testing.T) {
	t.Parallel()
	source := "\ufeff" + strings.ReplaceAll(good, "\n", "\r\n")
	if _, err := parse("k.toml", []byte(source), ""); err != nil {
		t.Error(err)
	}
	utf16 := []byte("\xff\xfed\x00a\x00t\x00a\x00")
	if _, err := parse("k.toml", utf16, ""); err == nil || !strings.Contains(err.Error(), "save the file as UTF-8") {
		t.Errorf("UTF-16: %v", err)
	}
}

func TestFieldsAsDeclared(t *testing.T) {
	t.Parallel()
	c, err := parse("k.toml", Sample(), "")
	if err != nil {
		t.Fatal(err)
	}
	got := map[string][]string{}
	for _, id := range c.Order {
		got[id] = []string{}
		for _, f := range c.Lists[id].Fields {
			got[id] = append(got[id], f.ID)
		}
	}
	want := map[string][]string{
		"whats-new": {}, "japanifornia": {},
		"ajc-newsletter": {"name", "prefecture", "organisation", "business"},
		"ajc-press":      {"organisation", "name"},
		"ajc-event":      {"name", "organisation", "title"}, "cabinet-magazine": {},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"whats-new", "japanifornia", "ajc-newsletter", "ajc-press", "ajc-event", "cabinet-magazine"}, c.Order); diff != "" {
		t.Error(diff)
	}
	text, _ := c.Lists["ajc-newsletter"].Field("organisation")
	if text.Required || text.Length != 100 || text.Kind != subscribe.KindText {
		t.Errorf("organisation: %+v", text)
	}
}

// TestEveryKindOfField may be declared, comes back in the echo, and is in the sample.
func TestEveryKindOfField(t *testing.T) {
	t.Parallel()
	for _, kind := range subscribe.Kinds() {
		key := fmt.Sprintf("kind = %q\n", kind)
		field := "\n[[lists.news.fields]]\nid = \"f\"\n" + key + "label = { ja = \"項目\", en = \"Field\" }\npurpose = { ja = \"目的\", en = \"Purpose\" }\n"
		if kind.HasChoices() {
			field += `choices = [{ id = "a", ja = "甲", en = "A" }, { id = "b", ja = "乙", en = "B" }]`
		}
		c, err := parse("k.toml", []byte(good+field), "")
		if err != nil || c.Lists["news"].Fields[0].Kind != kind || !strings.Contains(c.Echo(), key) {
			t.Errorf("%s cannot be declared: %v", kind, err)
		}
		if !regexp.MustCompile(fmt.Sprintf(`(?m)^#.*%q`, kind)).Match(Sample()) {
			t.Errorf("no comment of the sample names %q", kind)
		}
	}
}

func TestLoad(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	missing := filepath.Join(dir, "none.toml")
	if _, err := Load(missing); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "kairan init") {
		t.Errorf("no file: %v", err)
	}
	if _, err := Load(dir); err == nil || !strings.Contains(err.Error(), "name a TOML file") {
		t.Errorf("a folder: %v", err)
	}
	path := filepath.Join(dir, "kairan.toml")
	if err := os.WriteFile(path, []byte(good), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if c.Path != path || c.Data != filepath.Join(dir, "data") || c.Keys != filepath.Join(dir, "keys") {
		t.Errorf("relative paths: data %s, keys %s", c.Data, c.Keys)
	}
}

// FuzzParse: whatever the file, Parse says what is wrong with it.
func FuzzParse(f *testing.F) {
	f.Add(Sample())
	f.Add([]byte(good))
	files, _ := filepath.Glob(filepath.Join(testdata, "bad", "*.toml"))
	for _, file := range files {
		if source, err := os.ReadFile(file); err == nil {
			f.Add(source)
		}
	}
	f.Fuzz(func(t *testing.T, source []byte) {
		c, err := parse("k.toml", source, "")
		faults, _ := errors.AsType[Faults](err)
		if (c == nil) != (len(faults) > 0) {
			t.Fatalf("config %t with %d faults (%v)", c != nil, len(faults), err)
		}
		for _, fault := range faults {
			if fault.Line < 1 || fault.Line > bytes.Count(source, []byte("\n"))+1 || fault.Message == "" {
				t.Errorf("fault %+v", fault)
			}
		}
		if c != nil {
			again(t, c)
		}
	})
}

// minimal is the smallest configuration with some lines put before it.
func minimal(t *testing.T, head, runtime string) *Config {
	t.Helper()
	c, err := parse("/etc/kairan/kairan.toml", []byte(head+good), runtime)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

const good = `data = "data"
keys = "keys"

[relay]
host = "mail.example.jp"
hello = "magazine.example.jp"

[offices.city]
name = { ja = "例示市", en = "City of Example" }
postal = { ja = "〒100-0000 例示県例示市1-1", en = "1-1 Example, Japan" }
contact = "contact@city.example.jp"
base_url = "https://magazine.city.example.jp"
policy_url = { ja = "https://city.example.jp/ja/privacy", en = "https://city.example.jp/en/privacy" }
policy_date = 2026-04-01

[lists.news]
list_id = "news.list-id.city.example.jp"
office = "city"
name = { ja = "市政だより", en = "City News" }
language = "ja"
from = "news@city.example.jp"
from_name = { ja = "例示市", en = "City of Example" }
return_path = "bounce@city.example.jp"
purpose = { ja = "市政だよりの配信に利用します。", en = "To deliver City News." }
time_zone = "Asia/Tokyo"
`

// TestRelayHostInBrackets: an IPv6 address is one, as it stands in a URL too.
func TestRelayHostInBrackets(t *testing.T) {
	t.Parallel()
	for host, want := range map[string]string{"[::1]": "::1", "[2001:db8::25]": "2001:db8::25", "::1": "::1", "[mail]": "", "[::1": "", "[]": ""} {
		c, err := parse("k.toml", []byte("[relay]\nhost = \""+host+"\"\n"), "")
		if want == "" && !strings.Contains(err.Error(), "is no host") || want != "" && strings.Contains(err.Error(), "is no host") {
			t.Errorf("%s: %v", host, err)
		}
		if c != nil && c.Relay.Host != want {
			t.Errorf("%s: %q, want %q", host, c.Relay.Host, want)
		}
	}
}
