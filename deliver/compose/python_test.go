package compose

import (
	"encoding/json"
	"html"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"example.jp/kairan/deliver/compose/composetest"
)

// pythonParser reads a mail with Python's parser and says what it found.
const pythonParser = `
import email, email.header, email.policy, email.utils, json, sys
with open(sys.argv[1], "rb") as f:
    data = f.read()
m = email.message_from_bytes(data, policy=email.policy.default)
parts = [p for p in m.walk() if not p.is_multipart()]
defects = [repr(d) for p in m.walk() for d in p.defects]
defects += [name + ": " + repr(d) for name, v in m.items() for d in getattr(v, "defects", [])]
# The newer policy leaves the space between two encoded-words of a name, against
# RFC 2047 section 6.2; the older one does not.
name, sender = email.utils.parseaddr(email.message_from_bytes(data)["From"])
name = str(email.header.make_header(email.header.decode_header(name)))
json.dump({
    "kinds": [p.get_content_type() + " " + p.get_content_charset() for p in parts],
    "bodies": [p.get_content() for p in parts],
    "defects": defects, "headers": {k.lower(): str(v) for k, v in m.items()}, "names": [k.lower() for k in m.keys()],
    "date": m["Date"].datetime.isoformat(), "type": m.get_content_type(),
    "from": [name, sender], "to": [a.addr_spec for a in m["To"].addresses],
}, sys.stdout)
`

// TestGoldenMailsReadByPython reads the golden mails with a parser that shares
// no code with what wrote them.
func TestGoldenMailsReadByPython(t *testing.T) {
	t.Parallel()
	python, err := exec.LookPath("python3")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("python3 is not installed; in CI the golden mails must be read by a second parser")
		}
		t.Skip("python3 is not installed, so the golden mails are not read by a second parser")
	}
	for name, tc := range map[string]struct {
		subject, from, date string
		slots               []string // in both bodies, escaped in HTML
	}{
		"issue-ja":        {"秋の文化行事のご案内と、領事出張サービスのお知らせ", "在サンフランシスコ日本国総領事館", "2026-11-30T16:00:00-08:00", nil},
		"issue-en":        {"Autumn events and consular visits", "Consulate General of Japan, San Francisco", "2026-11-30T16:00:00-08:00", nil},
		"issue-fields-ja": {"センターニュース：講演会のお知らせ", "在サンフランシスコ日本国総領事館", "2026-12-01T09:00:00+09:00", []string{"山田 <太郎> & 子 様", "東京都の皆さま", "ご所属なし"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := readByPython(t, python, name+".eml")
			if got.Type != "multipart/alternative" || !slices.Equal(got.Kinds, []string{"text/plain utf-8", "text/html utf-8"}) || len(got.Defects) > 0 {
				t.Fatalf("%s of %q, defects %q", got.Type, got.Kinds, got.Defects)
			}
			for i, ending := range []string{".txt", ".html"} {
				want, err := os.ReadFile(filepath.Join(goldenMails, name+ending))
				if err != nil {
					t.Fatal(err)
				}
				if strings.ReplaceAll(got.Bodies[i], "\r\n", "\n") != strings.ReplaceAll(string(want), "\r\n", "\n") {
					t.Errorf("the %s body is another:\n%s", got.Kinds[i], got.Bodies[i])
				}
			}
			leave := strings.Trim(got.Headers["list-unsubscribe"], "<>")
			composetest.Holds(t, "List-Unsubscribe", leave, "https://mail.example.jp/leave/")
			composetest.Holds(t, "the text", got.Bodies[0], append(tc.slots, leave)...)
			for _, s := range append(tc.slots, leave) {
				composetest.Holds(t, "the HTML", got.Bodies[1], html.EscapeString(s))
			}
			if got.Headers["subject"] != tc.subject || got.Date != tc.date || !slices.Equal(got.From, []string{tc.from, "japanifornia@example.jp"}) ||
				!slices.Equal(got.To, []string{"reader@example.com"}) || got.Headers["list-unsubscribe-post"] != "List-Unsubscribe=One-Click" {
				t.Errorf("headers: %q, %q, %q, %q", got.Headers, got.Date, got.From, got.To)
			}
			if len(got.Names) != len(got.Headers) {
				t.Errorf("a header stands there twice: %q", got.Names)
			}
		})
	}
}

type readMail struct {
	Type, Date                       string
	Kinds, Bodies, Defects, From, To []string
	Names                            []string
	Headers                          map[string]string
}

func readByPython(t *testing.T, python, name string) (m readMail) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), python, "-I", "-c", pythonParser, filepath.Join(goldenMails, name)).Output()
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(out, &m); err != nil {
		t.Fatal(err)
	}
	return m
}
