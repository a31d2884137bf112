package seal

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func TestWriteAndLoad(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "keys")
	k := Generate(created)
	if err := k.Write(path); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	again, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if again.Fingerprint() != k.Fingerprint() {
		t.Error("other keys came back")
	}
	for _, use := range uses() {
		got, err := again.Open(use, "x", mustSeal(t, k, use, "x", []byte("y"), nil), nil)
		if err != nil || string(got) != "y" {
			t.Errorf("%s: %v", use, err)
		}
		if ky := again.ring().keys[use][0]; ky.id != 1 || !ky.created.Equal(created) || ky.created.Location() != time.UTC {
			t.Errorf("%s: id %d created %v", use, ky.id, ky.created)
		}
	}
	if rest, _ := os.ReadDir(dir); len(rest) != 1 {
		t.Errorf("%d files are left in the directory", len(rest))
	}
}

func TestGenerateIsRandom(t *testing.T) {
	t.Parallel()
	seen := make(map[string]bool)
	for range 20 {
		k := Generate(created)
		for _, use := range uses() {
			seen[string(k.ring().keys[use][0].secret)] = true
		}
	}
	if len(seen) != 100 {
		t.Errorf("100 keys, %d of them different", len(seen))
	}
}

func TestWriteNeverOverwrites(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "keys")
	var won atomic.Pointer[Keyring]
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			k := Generate(created)
			err := k.Write(path)
			switch {
			case err == nil && !won.CompareAndSwap(nil, k):
				t.Error("two writers were told that their keys stand")
			case err != nil && !errors.Is(err, fs.ErrExist):
				t.Error(err)
			case err != nil && !strings.Contains(err.Error(), path):
				t.Errorf("the error does not name the file: %v", err)
			}
		})
	}
	wg.Wait()
	k, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if won.Load() == nil || k.Fingerprint() != won.Load().Fingerprint() {
		t.Error("the file does not hold the keys of the writer that won")
	}
	if rest, _ := os.ReadDir(dir); len(rest) != 1 {
		t.Errorf("%d files are left in the directory", len(rest))
	}
	// Not even an empty file or a dangling link gives way.
	link := filepath.Join(dir, "link")
	if err := os.Symlink(filepath.Join(dir, "nowhere"), link); err != nil {
		t.Fatal(err)
	}
	if err := Generate(created).Write(link); !errors.Is(err, fs.ErrExist) {
		t.Errorf("onto a dangling link: %v", err)
	}
}

func TestWriteFaults(t *testing.T) {
	t.Parallel()
	err := Generate(created).Write(filepath.Join(t.TempDir(), "none", "keys"))
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("into a missing directory: %v", err)
	}
	path := filepath.Join(t.TempDir(), "keys")
	if err := (&Keyring{}).Write(path); err == nil {
		t.Error("a keyring without keys was written")
	}
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("something is there: %v", err)
	}
}

func TestLoadMissing(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "keys")
	k, err := Load(path)
	if k != nil || !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), path) ||
		!strings.Contains(err.Error(), "put back its copy") {
		t.Errorf("Load = %v, %v", k, err)
	}
}

func TestLoadRefusesOpenModes(t *testing.T) {
	t.Parallel()
	for _, mode := range []os.FileMode{0o640, 0o620, 0o610, 0o604, 0o602, 0o601, 0o644, 0o666, 0o444} {
		_, err := loadFile(t, vectorFile, mode)
		if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("%04o", mode)) ||
			!strings.Contains(err.Error(), "chmod 600") {
			t.Errorf("mode %04o: %v", mode, err)
		}
	}
	for _, mode := range []os.FileMode{0o600, 0o400, 0o700} {
		if _, err := loadFile(t, vectorFile, mode); err != nil {
			t.Errorf("mode %04o: %v", mode, err)
		}
	}
}

func TestOwner(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		owner, caller int
		want          string // empty: allowed
	}{
		{1000, 1000, ""},
		{1000, 0, ""},
		{0, 0, ""},
		{0, 1000, "chown 1000"},
		{1001, 1000, "belongs to uid 1001, but kairan runs as uid 1000"},
	} {
		err := judge("keys", 0o600, c.owner, c.caller)
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("owner %d, caller %d: %v", c.owner, c.caller, err)
		}
	}
}

// Only root can give a file away; elsewhere TestOwner has to do.
func TestLoadAsRoot(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("needs root")
	}
	path := filepath.Join(t.TempDir(), "keys")
	if err := Generate(created).Write(path); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(path, 12345, 12345); err != nil {
		t.Skip(err)
	}
	if _, err := Load(path); err != nil {
		t.Errorf("root may read any: %v", err)
	}
}

func TestLoadAccepts(t *testing.T) {
	t.Parallel()
	want := loadText(t, vectorFile).Fingerprint()
	for name, text := range map[string]string{
		"no newline at the end": strings.TrimSuffix(vectorFile, "\n"),
		"CRLF":                  strings.ReplaceAll(vectorFile, "\n", "\r\n"),
		"comments":              strings.ReplaceAll(vectorFile, "\n", "\n# note\n\n   \n"),
		"comments behind":       strings.ReplaceAll(vectorFile, "=\n", "= # note\n"),
		"wide gaps":             strings.ReplaceAll(vectorFile, "data 1 ", "  data \t 1   "),
		"another zone":          strings.ReplaceAll(vectorFile, "T09:00:00Z", "T18:00:00+09:00"),
	} {
		k, err := loadFile(t, text, 0o600)
		if err != nil || k.Fingerprint() != want {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestFileFaults(t *testing.T) {
	t.Parallel()
	const secret = "ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=" // data 2, on line 3
	change := func(old, new string) string {
		if !strings.Contains(vectorFile, old) {
			t.Fatalf("the sample has no %q", old)
		}
		return strings.Replace(vectorFile, old, new, 1)
	}
	long := base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{9}, 33))
	other := base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{9}, 32))
	for _, c := range []struct {
		name, text string
		line       int // 0: the file as a whole
		want       string
	}{
		{"empty", "", 1, "the file is empty"},
		{"no header", change("kairan-keys 1\n", ""), 1, `the first line must be "kairan-keys 1"`},
		{"byte order mark", "\ufeff" + vectorFile, 1, "the first line must be"},
		{"header of another file", change("kairan-keys 1", "kairan-keys one"), 1, "the first line must be"},
		{"comment first", "# keys\n" + vectorFile, 1, "the first line must be"},
		{"newer format", change("kairan-keys 1", "kairan-keys 2"), 1, "format 2"},
		{"binary", "\x00\x01\x02\xff", 1, "the first line must be"},
		{"three words", change(" "+secret, ""), 3, "3 words instead of 4"},
		{"five words", change(secret, secret+" old"), 3, "5 words instead of 4"},
		{"unknown use", change("data 2", "audit 2"), 3, "write data, index, mark, leave or mail"},
		{"use in capitals", change("data 2", "Data 2"), 3, "write data, index, mark, leave or mail"},
		{"key first", change("data 2", secret+" 2"), 3, "the first word is not a use"},
		{"id zero", change("data 2", "data 0"), 3, "from 1 to 65535"},
		{"id too large", change("data 2", "data 65536"), 3, "from 1 to 65535"},
		{"id negative", change("data 2", "data -2"), 3, "from 1 to 65535"},
		{"id a word", change("data 2", "data two"), 3, "from 1 to 65535"},
		{"id taken", change("data 2", "data 1"), 3, "key id 1 of data is already taken"},
		{"date alone", change("2026-11-21T09:00:01Z", "2026-11-21"), 3, "write it like 2026-11-21T09:00:00Z"},
		{"impossible date", change("2026-11-21T09:00:01Z", "2026-02-30T09:00:01Z"), 3, "time of creation"},
		{"not base64", change(secret, strings.Repeat("!", 44)), 3, "base64 of 32 bytes"},
		{"short key", change(secret, secret[:40]), 3, "base64 of 32 bytes"},
		{"cut key", change(secret, secret[:41]), 3, "base64 of 32 bytes"},
		{"long key", change(secret, long), 3, "base64 of 32 bytes"},
		{"loose bits", change("Pj8=", "Pj9="), 3, "base64 of 32 bytes"},
		{"repeated key", change(secret, "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="), 3, "stands further up already"},
		{"two index keys", vectorFile + "index 2 2026-11-21T09:00:00Z " + other, 9, "a keyed index cannot have two keys"},
		{"two mark keys", vectorFile + "mark 2 2026-11-21T09:00:00Z " + other, 9, "a keyed index cannot have two keys"},
		{"no data key", dropLines(vectorFile, "data"), 6, "without a key for data"},
		{"no index key", dropLines(vectorFile, "index"), 7, "without a key for index"},
		{"no mark key", dropLines(vectorFile, "mark"), 7, "without a key for mark"},
		{"no leave key", dropLines(vectorFile, "leave"), 6, "without a key for leave"},
		{"no mail key", dropLines(vectorFile, "mail"), 7, "without a key for mail"},
		{"header alone", "kairan-keys 1\n", 1, "without a key for data"},
		{"too large", vectorFile + strings.Repeat("#", maxFile), 0, "larger than 1 MiB"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			k, err := loadFile(t, c.text, 0o600)
			if err == nil || k != nil {
				t.Fatal("accepted")
			}
			msg, place := err.Error(), "/keys:"
			if c.line > 0 {
				place = fmt.Sprintf("/keys:%d: ", c.line)
			}
			if !strings.Contains(msg, place) || !strings.Contains(msg, c.want) {
				t.Errorf("%s\nwant %s … %s", msg, place, c.want)
			}
			if strings.ContainsRune(msg, '\n') || strings.Contains(msg, secret[:8]) || strings.Contains(msg, "audit") {
				t.Errorf("the error repeats what stands in the file: %s", msg)
			}
		})
	}
}

// A file cut short by a full disk or a bad copy never loads with a broken key.
func TestLoadCutShort(t *testing.T) {
	t.Parallel()
	text := []byte(vectorFile)
	for n := range len(text) - 1 {
		if keys, err := parse("keys", text[:n]); err == nil {
			t.Errorf("cut to %d bytes: %d uses", n, len(keys))
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(vectorFile))
	f.Add([]byte("kairan-keys 1\ndata 1 # \r\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		keys, err := parse("keys", text)
		if err != nil {
			return
		}
		k, err := newKeyring(keys)
		if err != nil {
			t.Fatal(err)
		}
		out, err := k.ring().text()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := parse("keys", out); err != nil {
			t.Errorf("what was read cannot be read again: %v", err)
		}
	})
}

func TestFingerprintFollowsEveryKey(t *testing.T) {
	t.Parallel()
	base := loadText(t, vectorFile).Fingerprint()
	if len(base) != 16 {
		t.Errorf("%d characters", len(base))
	}
	seen := map[string]int{base: 0}
	note := func(line int, text string) {
		fp := loadText(t, text).Fingerprint()
		if before, ok := seen[fp]; ok {
			t.Errorf("a change in line %d gives the fingerprint of %d", line, before)
		}
		seen[fp] = line
	}
	lines := strings.SplitAfter(vectorFile, "\n")
	for i := 1; i < len(lines)-1; i++ {
		fields := strings.Fields(lines[i])
		swap := func(word int, with string) string {
			changed := append([]string(nil), fields...)
			changed[word] = with
			return strings.Replace(vectorFile, lines[i], strings.Join(changed, " ")+"\n", 1)
		}
		note(i, swap(3, base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{200}, 32))))
		note(i, swap(1, "77"))
	}
	note(99, dropLines(vectorFile, "data 1"))
	note(99, dropLines(vectorFile, "data 2"))
}

func TestNothingPrintsKeys(t *testing.T) {
	t.Parallel()
	k := loadText(t, vectorFile)
	secret := k.ring().keys[Data][1].secret
	var log bytes.Buffer
	logger := slog.New(slog.NewJSONHandler(&log, nil))
	logger.Info("x", "keys", k, "value", *k, "group", struct{ K *Keyring }{k})
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "keys", k, "value", *k)
	asJSON, err := json.Marshal(map[string]any{"p": k, "v": *k})
	if err != nil {
		t.Fatal(err)
	}
	outs := []string{log.String(), string(asJSON)}
	for _, v := range []any{k, *k, struct{ k *Keyring }{k}, struct{ k Keyring }{*k}, []*Keyring{k}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x"} {
			outs = append(outs, fmt.Sprintf(verb, v))
		}
	}
	for _, out := range outs {
		for _, form := range []string{
			string(secret), base64.StdEncoding.EncodeToString(secret), fmt.Sprintf("%x", secret),
			strings.Trim(fmt.Sprint(secret), "[]"), "0x20, 0x21",
		} {
			if strings.Contains(out, form) {
				t.Errorf("a key shows in %s", out)
			}
		}
	}
	if k.String() != "[keys]" || fmt.Sprintf("%v %+v %#v", k, *k, k) != "[keys] [keys] [keys]" {
		t.Errorf("prints %v", k)
	}
	if strings.Count(log.String(), "[keys]") != 5 || string(asJSON) != `{"p":"[keys]","v":"[keys]"}` {
		t.Errorf("logs %s%s", log.String(), asJSON)
	}
}

// TestReplaceDestroysWhatWasKilled: what an earlier replacement has left beside the key file
// holds keys that are to be destroyed with the old one; a second name of the file does not.
func TestReplaceDestroysWhatWasKilled(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path, part, name := filepath.Join(dir, "keys"), filepath.Join(dir, ".kairan-keys-123"), filepath.Join(dir, "another-name-of-it")
	keys := Generate(time.Now())
	if err := errors.Join(keys.Write(path), keys.Write(part), os.Link(part, name)); err != nil {
		t.Fatal(err)
	}
	next, err := keys.WithNew(Data, time.Now())
	if err == nil {
		err = next.Replace(path)
	}
	if err != nil {
		t.Fatal(err)
	}
	if got, err := Load(path); err != nil || got.Fingerprint() != next.Fingerprint() {
		t.Errorf("the key file: %v", err)
	}
	if _, err := os.Lstat(part); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("what was killed is left: %v", err)
	}
	if text, err := os.ReadFile(name); err != nil || len(bytes.Trim(text, "\x00")) > 0 {
		t.Errorf("its blocks still hold keys (%v)", err)
	}
	if err := os.Link(path, part); err != nil {
		t.Fatal(err)
	}
	if err := destroyParts(path); err != nil {
		t.Fatal(err)
	}
	if got, err := Load(path); err != nil || got.Fingerprint() != next.Fingerprint() {
		t.Errorf("the key file was destroyed by its second name: %v", err)
	}
}
