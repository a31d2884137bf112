package main

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"example.jp/kairan/cmd/internal/config"
	"example.jp/kairan/cmd/internal/crowd"
	"example.jp/kairan/deliver"
	"example.jp/kairan/deliver/compose"
	"example.jp/kairan/deliver/compose/issue"
	"example.jp/kairan/store"
	"example.jp/kairan/store/seal"
	"example.jp/kairan/subscribe"
	"example.jp/kairan/templates"
)

// world is a made-up installation: one list, in a data directory.
type world struct {
	dir      string
	cfg      *config.Config
	list     *subscribe.List
	compiler *compose.Compiler
}

const listID = "bench"

//go:embed bench.toml
var installation []byte

func newWorld(dir string) (*world, error) {
	cfg, err := config.Parse(filepath.Join(dir, "bench.toml"), installation)
	if err != nil {
		return nil, err
	}
	set, err := templates.New()
	return &world{dir, cfg, cfg.Lists[listID], &compose.Compiler{Templates: set}}, err
}

func (w *world) issueFile() string { return filepath.Join(w.dir, "issue.md") }

// attachment is the file that is attached to the issue, if one is.
const attachment = "attached.pdf"

// manuscript is what is sent.
func (w *world) manuscript() (m deliver.Manuscript, err error) {
	if m.Source, err = os.ReadFile(w.issueFile()); err != nil {
		return m, err
	}
	data, err := os.ReadFile(filepath.Join(w.dir, attachment))
	if errors.Is(err, os.ErrNotExist) {
		return m, nil
	}
	m.Files = []deliver.File{{Name: attachment, Data: data}}
	return m, err
}

// attach puts a file of so many octets beside the issue, which cannot be compressed; none
// if it is 0.
func (w *world) attach(octets int) error {
	name := filepath.Join(w.dir, attachment)
	if octets == 0 {
		if err := os.Remove(name); !errors.Is(err, os.ErrNotExist) {
			return err
		}
		return nil
	}
	data := make([]byte, octets)
	_, _ = rand.NewChaCha8([32]byte{}).Read(data)
	copy(data, "%PDF-1.7\n")
	return os.WriteFile(name, data, 0o600)
}

// open opens the store as a sender does.
func (w *world) open(o store.Options) (*store.Store, *seal.Keyring, error) {
	keys, err := seal.Load(w.cfg.Keys)
	if err != nil {
		return nil, nil, err
	}
	o.Dir, o.Keys, o.Holder = w.cfg.Data, keys, "kairan-bench"
	s, err := store.Open(o)
	return s, keys, err
}

// seed fills the data directory with so many readers, unless it has them already.
func (w *world) seed(ctx context.Context, readers int) (err error) {
	if _, err := os.Stat(w.cfg.Keys); errors.Is(err, os.ErrNotExist) {
		if err := seal.Generate(time.Now()).Write(w.cfg.Keys); err != nil {
			return err
		}
	}
	s, _, err := w.open(store.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	have, err := s.Count(listID)
	if err != nil || have == readers {
		return err
	}
	if have > 0 {
		return fmt.Errorf("%s holds %d readers from an earlier call; give --readers %d, or another --dir", w.dir, have, have)
	}
	if err := s.Adopt(ctx, w.cfg.Lists); err != nil {
		return err
	}
	return crowd.Seed(ctx, s, w.list, readers, time.Now(), reader)
}

// recipient is the made-up address of reader n, spread over some domains.
func recipient(n int) string { return fmt.Sprintf("reader-%07d@r%02d.example.jp", n, n%50) }

// readerNumber is whose address it is; not ok: no reader's.
func readerNumber(address string) (n int, ok bool) {
	local, _, _ := strings.Cut(address, "@")
	digits, ok := strings.CutPrefix(local, "reader-")
	n, err := strconv.Atoi(digits)
	return n, ok && err == nil && n >= 0
}

func readerName(n int) string {
	family := []string{"山田", "佐藤", "鈴木", "高橋", "Smith", "田中", "O'Neill", "伊藤"}
	given := []string{"花子", "太郎", "さくら", "Alex", "一郎"}
	return family[n%len(family)] + " " + given[n/len(family)%len(given)]
}

func reader(n int) (address string, fields subscribe.Fields) {
	return recipient(n), subscribe.Fields{"name": readerName(n)}
}

const (
	opening = "+++\nsubject = \"見本市メールマガジン 秋号 / Mihon City Magazine, autumn\"\n+++\n\n" +
		"# 秋のお知らせ / Autumn news\n\n{{name}} 様\n\nいつもお読みいただき、ありがとうございます。\n\nDear {{name}},\n\nthank you for reading.\n\n"
	section = "## 紅葉まつり / Maple festival %[1]d\n\n今年も庭園の紅葉が見頃を迎えました。週末には夜間の特別開園を行い、地元の特産品を集めた市も開かれます。" +
		"どうぞお誘い合わせのうえお越しください。\n\nThe maples in the garden are turning. On weekends it stays open after dark, with a market of local produce.\n\n" +
		"- **日時 / When:** 12月%[1]d日 19:00\n- **場所 / Where:** [市民会館 / Community Hall](https://office.example.jp/events/%[1]d)\n\n"
	sentence = "お問い合わせは広報課までお寄せください。 Questions are welcome.\n\n"
)

// makeWorld is a new world whose list has so many readers, and whose issue's copies
// have about so many octets, without what is attached to them.
func makeWorld(ctx context.Context, dir string, readers, size, attached int) (*world, error) {
	w, err := newWorld(dir)
	if err != nil {
		return nil, err
	}
	source, err := w.source(size)
	if err := errors.Join(err, w.attach(attached)); err != nil {
		return nil, err
	}
	if attached > 0 {
		source = bytes.Replace(source, []byte("+++\n\n"), []byte("attachments = [\""+attachment+"\"]\n+++\n\n"), 1)
	}
	if err := os.WriteFile(w.issueFile(), source, 0o600); err != nil {
		return nil, err
	}
	return w, w.seed(ctx, readers)
}

// source is the text of an issue whose copies have about so many octets, as
// nearly as whole paragraphs allow. What stands in every issue has about 8 KB.
func (w *world) source(size int) ([]byte, error) {
	text := opening
	for _, more := range []string{section, sentence} {
		for n := 1; ; n++ {
			longer := text + more
			if more == section {
				longer = text + fmt.Sprintf(more, n)
			}
			m, err := w.sample(deliver.Manuscript{Source: []byte(longer)})
			if err != nil {
				return nil, err
			}
			if len(m.Data) > size {
				break
			}
			text = longer
		}
	}
	return []byte(text), nil
}

// What a sample copy has where readers' copies differ.
const (
	sampleName  = "SAMPLENAME"
	sampleLeave = "https://magazine.office.example.jp/leave/SAMPLE-SAMPLE-SAMPLE-SAMPLE-SAMPLE-SAMPLE-SAMPLE"
)

// sample makes one reader's copy.
func (w *world) sample(of deliver.Manuscript) (m deliver.Message, err error) {
	c, _, err := w.compiler.Compile(context.Background(), w.list, "sample", of, time.Now())
	if err != nil {
		return m, err
	}
	address, _ := reader(0)
	e, err := crowd.Reader(w.list, address, nil, time.Now())
	if err != nil {
		return m, err
	}
	return c.Message(issue.Personal{
		Return: strings.Repeat("r", subscribe.ReturnLength), LeaveByMail: strings.Repeat("l", subscribe.LeaveByMailLength),
		To: e.Address, ID: e.ID, Fields: map[string]string{"name": sampleName},
		LeaveURL: sampleLeave, CorrectURL: w.list.URL("/correct?list=" + strings.ToLower(w.list.ID)),
	})
}
