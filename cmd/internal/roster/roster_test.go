package roster

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/unicode"

	"example.jp/kairan/subscribe"
)

func newList() *subscribe.List {
	return &subscribe.List{
		ID: "news", Language: subscribe.Japanese,
		Fields: []subscribe.Field{
			{ID: "name", Kind: subscribe.KindText, Required: true, Length: 20, Label: subscribe.Text{JA: "お名前", EN: "Your name"}},
			{ID: "prefecture", Kind: subscribe.KindPrefecture, Label: subscribe.Text{JA: "お住まい", EN: "Where you live"}},
			{ID: "topic", Kind: subscribe.KindChoice, Label: subscribe.Text{JA: "関心", EN: "Topic"}, Choices: []subscribe.Choice{
				{ID: "a", Label: subscribe.Text{JA: "防災", EN: "Disasters"}}, {ID: "b", Label: subscribe.Text{JA: "文化", EN: "Culture"}}}},
		},
	}
}

// read reads a whole file.
func read(file string, m Mapping) (e Encoding, columns []Column, lines []Line, err error) {
	e, err = Detect(strings.NewReader(file))
	if err != nil {
		return e, nil, nil, err
	}
	l := newList()
	r, err := NewReader(strings.NewReader(file), e, subscribe.Lists{"news": l}, l, m)
	if err != nil {
		return e, nil, nil, err
	}
	for {
		line, err := r.Next()
		if errors.Is(err, io.EOF) {
			return e, r.Columns, lines, nil
		}
		if err != nil {
			return e, r.Columns, lines, err
		}
		lines = append(lines, line)
	}
}

// TestEncodings: a file is read in each encoding, and one line that is wrong does not make
// another of it.
func TestEncodings(t *testing.T) {
	t.Parallel()
	const table = "メールアドレス,氏名,お住まい\r\nhanako@example.jp,髙橋 花子①,東京\r\n"
	encode := func(by interface{ String(string) (string, error) }) string {
		out, err := by.String(table)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	for what, c := range map[string]struct {
		file string
		want Encoding
	}{
		"UTF-8":                  {table, UTF8},
		"UTF-8 with its mark":    {"\ufeff" + table, UTF8},
		"UTF-8, one line of it":  {table + "taro@example.jp,\xff,\n", UTF8},
		"Shift_JIS":              {encode(japanese.ShiftJIS.NewEncoder()), ShiftJIS},
		"Shift_JIS, late":        {strings.ReplaceAll("email,name,topic\n"+strings.Repeat("a@example.jp,A,\n", 9000), "", "") + "b@example.jp,\x8d\x82\x8b\xb4,\n", ShiftJIS},
		"UTF-8, a zero in it":    {table + "taro@example.jp,\x00,\n", UTF8},
		"UTF-16, little endian":  {encode(unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder()), UTF16LE},
		"UTF-16, big endian":     {encode(unicode.UTF16(unicode.BigEndian, unicode.UseBOM).NewEncoder()), UTF16BE},
		"UTF-16, without a mark": {encode(unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM).NewEncoder()), UTF16LE},
		"UTF-16, neither":        {encode(unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM).NewEncoder()), UTF16BE},
	} {
		e, columns, lines, err := read(c.file, Mapping{})
		if err != nil || e != c.want {
			t.Errorf("%s: %s, %v", what, e, err)
			continue
		}
		if what == "Shift_JIS, late" {
			if last := lines[len(lines)-1]; last.Fields["name"] != "高橋" || last.N != 9002 {
				t.Errorf("%s: %+v", what, last)
			}
			continue
		}
		x := lines[0]
		if columns[0].As != Email || x.Fault != "" || x.Address != "hanako@example.jp" || x.Fields["name"] != "髙橋 花子①" || x.Fields["prefecture"] != "13" {
			t.Errorf("%s: %v %+v", what, columns, x)
		}
		if len(lines) == 2 && lines[1].Fault != "name cannot be read in this encoding" && lines[1].Fault != "name has signs that cannot be printed" {
			t.Errorf("%s: %+v", what, lines[1])
		}
	}
	for _, file := range []string{"", "PK\x03\x04\x00\x00\x00\x00", "PK\x03\x04" + strings.Repeat("\x9b\xd5x-compressed", 100) + "\x00"} {
		if _, err := Detect(strings.NewReader(file)); err == nil {
			t.Errorf("%q is a text", file)
		}
	}
}

// TestColumns: each column is known by its name, by hand, or refused.
func TestColumns(t *testing.T) {
	t.Parallel()
	for header, c := range map[string]struct {
		m    Mapping
		want string // what they are, or what is said
	}{
		"E-Mail;氏名;関心":             {want: "email name topic"},
		"ｅメール\tyour NAME\tLang":    {want: "email name language"},
		"email,name,":              {want: "email name "},
		"email,memo":               {want: `these columns could be: "memo"`},
		"mail,memo":                {m: Mapping{Ignore: []string{"Memo"}}, want: "email "},
		"連絡先,名":                    {m: Mapping{Map: map[string]string{"email": "連絡先", "name": "名"}}, want: "email name"},
		"email,mail":               {want: "could both be email"},
		"email,メール":                {m: Mapping{Map: map[string]string{"email": "メール"}, Ignore: []string{"email"}}, want: " email"},
		"name,topic":               {want: "no column is the address"},
		"email,name,氏名":            {want: "could both be name"},
		"hanako@example.jp,Hanako": {want: "should name the columns"},
		"email":                    {m: Mapping{Map: map[string]string{"phone": "email"}}, want: "declares no such field"},
		"email,name,topic":         {m: Mapping{Map: map[string]string{"name": "who"}}, want: "has no such column"},
		"email,topic":              {m: Mapping{Ignore: []string{"who"}}, want: "has no such column"},
		"email,\"name":             {want: "cannot be read"},
		"when,email,why,name":      {m: Mapping{Beside: true, Map: map[string]string{"name": "名"}, Ignore: []string{"備考"}}, want: " email  "},
	} {
		_, columns, _, err := read(header+"\n", c.m)
		var got []string
		for _, x := range columns {
			got = append(got, x.As)
		}
		if err != nil {
			got = []string{err.Error()}
		}
		if text := strings.Join(got, " "); text != c.want && (err == nil || !strings.Contains(text, c.want)) {
			t.Errorf("%q: %s, want %s", header, text, c.want)
		}
	}
}

// TestLines: what is wrong with a line is said in words that hold nothing of it, and the
// next line is read.
func TestLines(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		"secret@example.jp,Secret,a":                         "",
		"Secret <secret@example.jp>,,文化":                     "",
		"secret,Secret,a":                                    "the address is none",
		",Secret,a":                                          "the address is missing",
		"secret@" + strings.Repeat("x", 300) + ".jp,S,":      "is too long",
		"noreply@example.jp,Secret,":                         "a machine's",
		"secret@example.jp," + strings.Repeat("秘", 21):       "it has 2 columns, and the first line 3",
		"secret@example.jp," + strings.Repeat("秘", 21) + ",": "name is too long",
		"secret@example.jp,www.secret.jp,":                   "name looks like a link",
		"secret@example.jp,Secret,secret":                    "topic is none of the choices",
		"secret@example.jp,Sec\"ret,a":                       "a quotation mark stands where none may",
		"secret@example.jp,Secret,a,more":                    "it has 4 columns",
	} {
		_, _, lines, err := read("email,name,topic\n"+line+"\nnext@example.jp,Next,b\n", Mapping{})
		if err != nil || len(lines) != 2 || lines[0].N != 2 || lines[1].Fault != "" || lines[1].Address != "next@example.jp" || lines[1].N != 3 {
			t.Errorf("%q: %+v, %v", line, lines, err)
			continue
		}
		if got := lines[0].Fault; (want == "") != (got == "") || !strings.Contains(got, want) || strings.Contains(strings.ToLower(got), "secret") || strings.Contains(got, "秘") {
			t.Errorf("%q: %q, want %q", line, got, want)
		}
	}
	endless := "email,name,topic\na@example.jp,\"" + strings.Repeat("b@example.jp,x,a\n", 200_000)
	if _, _, _, err := read(endless, Mapping{}); !errors.Is(err, errLong) {
		t.Errorf("a quotation mark that is not closed: %v", err)
	}
}

// TestPrograms reads exports in the shape that listmonk, Mailman and phpList give them.
func TestPrograms(t *testing.T) {
	t.Parallel()
	for from, c := range map[Program]struct {
		file string
		want []Standing
	}{
		Listmonk: {"uuid,email,name,attributes,status,created_at,updated_at\n" +
			"5f0c,a@example.jp,A,\"{\"\"city\"\": \"\"Tokyo\"\"}\",enabled,2024-05-01 10:00:00.123456 +0000 UTC,x\n" +
			"5f0d,b@example.jp,B,{},blocklisted,2024-05-01T10:00:00Z,x\n" +
			"5f0e,c@example.jp,C,{},disabled,,\n", []Standing{Welcome, Blocked, Passed}},
		Mailman: {"\"Person, Anne\" <a@example.jp>\nb@example.jp\n\n佐藤 花子 <c@example.jp>\n", []Standing{Welcome, Welcome, Welcome}},
		PhpList: {"id\tEmail\tIs this subscriber confirmed\tIs this subscriber blacklisted\tEntered\tお名前\tList Membership\n" +
			"1\ta@example.jp\t1\t0\t2020-01-02 03:04:05\tA\tNews \n" +
			"2\tb@example.jp\t1\t1\t2020-01-02 03:04:05\tB\tNo Lists\n" +
			"3\tc@example.jp\t0\t0\t2020-01-02 03:04:05\tC\tNews \n", []Standing{Welcome, Blocked, Passed}},
	} {
		_, _, lines, err := read(c.file, Mapping{From: from})
		if err != nil || len(lines) != len(c.want) {
			t.Errorf("%s: %+v, %v", from, lines, err)
			continue
		}
		for i, want := range c.want {
			if x := lines[i]; x.Fault != "" || x.Standing != want {
				t.Errorf("%s, line %d: %+v, want %v", from, x.N, x, want)
			}
		}
		if from == PhpList && lines[0].Given.Year() != 2020 {
			t.Errorf("%s: agreed %v", from, lines[0].Given)
		}
	}
	for file, from := range map[string]Program{
		"uuid,email,name\n":          Listmonk,
		"Email\tconfirmed\n":         PhpList,
		"Email\tblacklisted\tname\n": PhpList,
	} {
		if _, _, _, err := read(file, Mapping{From: from}); err == nil {
			t.Errorf("%q is taken for a whole export", file)
		}
	}
	for _, row := range []string{"x,a@example.jp,A,{},unsubscribed,,"} {
		_, _, lines, err := read("uuid,email,name,attributes,status,created_at,updated_at\n"+row+"\n", Mapping{From: Listmonk})
		if err != nil || lines[0].Fault == "" {
			t.Errorf("%q: %+v, %v", row, lines, err)
		}
	}
	if _, err := ParseProgram("majordomo"); err == nil {
		t.Error("any program is known")
	}
}

// FuzzRead: whatever is read ends, and says nothing of what stands in it.
func FuzzRead(f *testing.F) {
	f.Add([]byte("email,name\na@example.jp,A\n"), "")
	f.Add([]byte("\xff\xfee\x00"), "phplist")
	f.Fuzz(func(t *testing.T, file []byte, from string) {
		p, err := ParseProgram(from)
		if err != nil || bytes.Count(file, []byte("\n")) > 100 {
			return
		}
		_, _, lines, _ := read(string(file), Mapping{From: p})
		for _, x := range lines {
			if x.Fault == "" && x.Standing == Welcome && x.Address == "" {
				t.Error("a reader without an address")
			}
		}
	})
}
