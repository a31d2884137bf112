package compose

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	gomail "github.com/emersion/go-message/mail"

	"example.jp/kairan/deliver"
	"example.jp/kairan/deliver/compose/composetest"
	"example.jp/kairan/deliver/compose/issue"
	"example.jp/kairan/subscribe"
)

// dots is a PNG of 4 × 2 points.
const dots = "iVBORw0KGgoAAAANSUhEUgAAAAQAAAACCAAAAABawyK/AAAADklEQVR4nGP4DwQMIAIAJ+IH+dGbZDoAAAAASUVORK5CYII="

// enclosed is a file as another program reads it out of a mail.
type enclosed struct{ Name, Type, How, ID, Sum string }

// withFiles is an issue with two pictures, one of them shown twice, and two attachments.
func withFiles(t testing.TB) (deliver.Manuscript, []enclosed) {
	t.Helper()
	picture, err := base64.StdEncoding.DecodeString(dots)
	if err != nil {
		t.Fatal(err)
	}
	m := deliver.Manuscript{
		Source: []byte("+++\nsubject = \"会場のご案内\"\nattachments = [\"令和8年度 募集要項（記入例つき・改訂版）.pdf\", \"予定.csv\"]\n+++\n{{name|読者}}様\n\n![会場の地図](地図.png)\n\n![入口](entrance.gif) ![地図をもう一度](地図.png)\n"),
		Files: []deliver.File{
			{Name: "entrance.gif", Data: []byte("GIF89a \t \t   ")}, {Name: "予定.csv", Data: []byte("日,行事\r\n")},
			{Name: "令和8年度 募集要項（記入例つき・改訂版）.pdf", Data: composetest.PDF(2000)}, {Name: "地図.png", Data: picture},
		},
	}
	sum := func(n int) string {
		x := sha256.Sum256(m.Files[n].Data)
		return hex.EncodeToString(x[:])
	}
	return m, []enclosed{
		{"地図.png", "image/png", "inline", "<" + sum(3)[:24] + "@example.jp>", sum(3)},
		{"entrance.gif", "image/gif", "inline", "<" + sum(0)[:24] + "@example.jp>", sum(0)},
		{"令和8年度 募集要項（記入例つき・改訂版）.pdf", "application/pdf", "attachment", "", sum(2)},
		{"予定.csv", "text/csv", "attachment", "", sum(1)},
	}
}

func compiledWithFiles(t testing.TB) (*issue.Compiled, deliver.Manuscript, []enclosed) {
	t.Helper()
	m, want := withFiles(t)
	c, _, err := (&Compiler{Templates: set()}).Compile(t.Context(), composetest.Centre(t), "autumn", m, time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	c.Boundary, c.Key = "boundary-of-the-golden-mails", []byte("the key of the golden mails")
	return c, m, want
}

// delivered are a reader's copy, as a relay gets it from the stored form, and a tester's.
func delivered(t *testing.T) (copies map[string][]byte, want []enclosed) {
	t.Helper()
	c, m, want := compiledWithFiles(t)
	stored, err := c.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	name := named("centre-news/n0")
	composer := &Composer{Notices: notices(t), Library: &shelf{stored: map[deliver.IssueName][]byte{name: stored}, asked: map[deliver.IssueName]int{}, files: m.Files}}
	got, err := composer.Copy(nil, name, deliver.Reader{Seq: 1, ID: subscribe.ID{9}, Address: composetest.Address(t, "reader@example.com"), Attempt: 1, Fields: subscribe.Fields{"name": "山田"}.Values()})
	if err != nil {
		t.Fatal(err)
	}
	wire := bytes.ReplaceAll(append(bytes.Clone(got.Data), got.Tail...), []byte("\r\n.."), []byte("\r\n."))
	test, err := c.Test(set(), reader(t).To)
	if err != nil {
		t.Fatal(err)
	}
	return map[string][]byte{"a reader's": bytes.TrimSuffix(wire, []byte(".\r\n")), "a tester's": test.Data}, want
}

// TestGoldenFiles: what goes out behind each copy, octet for octet.
func TestGoldenFiles(t *testing.T) {
	t.Parallel()
	c, _, _ := compiledWithFiles(t)
	s, err := c.Splicer()
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "issue-files.eml", s.Tail())
}

// TestFilesReadByGoMessage takes delivered copies apart with the library by which the
// demo's mailbox reads them.
func TestFilesReadByGoMessage(t *testing.T) {
	t.Parallel()
	copies, want := delivered(t)
	for whose, data := range copies {
		r, err := gomail.CreateReader(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		var got []enclosed
		var html string
		for {
			p, err := r.NextPart()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(p.Body)
			if err != nil {
				t.Fatal(err)
			}
			e := enclosed{How: "attachment"}
			switch h := p.Header.(type) {
			case *gomail.AttachmentHeader:
				e.Name, err = h.Filename()
				e.Type, _, _ = h.ContentType()
			case *gomail.InlineHeader:
				var params map[string]string
				e.How, params, _ = h.ContentDisposition()
				e.Name, e.ID = params["filename"], h.Get("Content-Id")
				e.Type, _, _ = h.ContentType()
			}
			if err != nil {
				t.Fatal(err)
			}
			if e.Type == "text/html" {
				html = string(body)
			}
			if e.Name != "" {
				e.Sum = fmt.Sprintf("%x", sha256.Sum256(body))
				if e.Type == "text/csv" { // go-message gives texts out in UTF-8, with LF
					e.Sum = want[3].Sum
					if string(body) != "日,行事\r\n" {
						t.Errorf("the table is %q", body)
					}
				}
				got = append(got, e)
			}
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s copy carries\n%q, want\n%q", whose, got, want)
		}
		resolves(t, html, got)
	}
}

// resolves says whether every picture that a mail shows is in it.
func resolves(t *testing.T, html string, files []enclosed) {
	t.Helper()
	shown := strings.Split(html, `src="cid:`)[1:]
	if len(shown) != 3 {
		t.Fatalf("%d pictures are shown:\n%s", len(shown), html)
	}
	for i, n := range []int{0, 1, 0} {
		if id, _, _ := strings.Cut(shown[i], `"`); "<"+id+">" != files[n].ID {
			t.Errorf("picture %d shows %s, want %s", i, id, files[n].ID)
		}
	}
}

// pythonFiles reads the files of a mail with Python's parser, by both of its policies.
const pythonFiles = `
import email, email.policy, hashlib, json, sys
with open(sys.argv[1], "rb") as f:
    data = f.read()
def files(policy):
    m = email.message_from_bytes(data, policy=policy)
    return [{"Name": email.utils.collapse_rfc2231_value(p.get_filename()), "Type": p.get_content_type(), "How": p.get_content_disposition(), "ID": p["Content-ID"] or "",
        "Sum": hashlib.sha256(p.get_payload(decode=True)).hexdigest()} for p in m.walk() if p.get_filename()]
def shape(p):
    return p.get_content_subtype() + "(" + " ".join(shape(q) for q in p.iter_parts()) + ")" if p.is_multipart() else p.get_content_type()
m = email.message_from_bytes(data, policy=email.policy.default)
defects = [repr(d) for p in m.walk() for d in p.defects]
defects += [name + ": " + repr(d) for p in m.walk() for name, v in p.items() for d in getattr(v, "defects", [])]
json.dump({"new": files(email.policy.default), "old": files(email.policy.compat32), "shape": shape(m), "defects": defects,
    "attached": [p.get_filename() for p in m.iter_attachments()], "html": m.get_body(("html", "related")).get_content() if m.get_body(("html",)) else ""}, sys.stdout)
`

func TestFilesReadByPython(t *testing.T) {
	t.Parallel()
	python, err := exec.LookPath("python3")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("python3 is not installed; in CI delivered copies must be read by a second parser")
		}
		t.Skip("python3 is not installed")
	}
	copies, want := delivered(t)
	for whose, data := range copies {
		file := filepath.Join(t.TempDir(), "copy.eml")
		if err := os.WriteFile(file, data, 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := exec.CommandContext(t.Context(), python, "-I", "-c", pythonFiles, file).Output()
		if err != nil {
			t.Fatal(err)
		}
		var got struct {
			New, Old          []enclosed
			Shape, HTML       string
			Defects, Attached []string
		}
		if err := json.Unmarshal(out, &got); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got.New, want) || !reflect.DeepEqual(got.Old, want) {
			t.Errorf("%s copy carries\n%q, want\n%q", whose, got.New, want)
		}
		if len(got.Defects) > 0 || got.Shape != "mixed(alternative(text/plain related(text/html image/png image/gif)) application/pdf text/csv)" ||
			!reflect.DeepEqual(got.Attached, []string{want[2].Name, want[3].Name}) {
			t.Errorf("%s copy is %s, attached are %q, defects %q", whose, got.Shape, got.Attached, got.Defects)
		}
		resolves(t, got.HTML, got.New)
	}
}

// TestFilesAreThoseOfTheStart: a run whose files are missing, or others, sends nothing.
func TestFilesAreThoseOfTheStart(t *testing.T) {
	t.Parallel()
	c, m, _ := compiledWithFiles(t)
	stored, err := c.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(stored, []byte("iVBORw0KGgo")) {
		t.Error("the octets of the files are stored twice")
	}
	other := append([]deliver.File{{Name: m.Files[0].Name, Data: []byte("GIF89a\t \t    ")}}, m.Files[1:]...)
	for what, files := range map[string][]deliver.File{"none": nil, "one is missing": m.Files[1:], "one is another": other} {
		back, err := issue.Unmarshal(stored)
		if err != nil {
			t.Fatal(err)
		}
		if err := back.Fill(files); err == nil || !strings.Contains(err.Error(), " of the stored issue is missing, or another") {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// TestPlainTextWithPictures: who reads the text hears what they show.
func TestPlainTextWithPictures(t *testing.T) {
	t.Parallel()
	c, _, _ := compiledWithFiles(t)
	composetest.Holds(t, "the text", c.TrialText, "会場の地図", "入口")
	composetest.Lacks(t, "the text", c.TrialText, "cid:", "地図.png")
}
