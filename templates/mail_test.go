package templates

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/width"
)

// columns counts a full-width character as two.
func columns(s string) int {
	n := 0
	for _, r := range s {
		n++
		if k := width.LookupRune(r).Kind(); k == width.EastAsianWide || k == width.EastAsianFullwidth || k == width.EastAsianAmbiguous && r > 0x2000 {
			n++
		}
	}
	return n
}

func forEachMail(t *testing.T, check func(t *testing.T, lang, name string, d MailData, subject, body string)) {
	t.Helper()
	s := newSet(t)
	for _, lang := range []string{Japanese, English} {
		for _, name := range slices.Sorted(maps.Keys(s.mails[lang])) {
			for _, carrier := range []bool{false, true} {
				d := sampleMail(lang)
				d.Carrier = carrier
				subject, body, err := s.Mail(name, lang, d)
				if err != nil {
					t.Fatal(err)
				}
				t.Run(lang+"/"+name, func(t *testing.T) {
					t.Parallel()
					check(t, lang, name, d, subject, body)
				})
			}
		}
	}
}

func TestMailsNameListOfficeAndPolicy(t *testing.T) {
	t.Parallel()
	forEachMail(t, func(t *testing.T, _, _ string, d MailData, subject, body string) {
		if !strings.Contains(subject, d.List) {
			t.Errorf("the subject %q does not name the list", subject)
		}
		top, foot, ok := strings.Cut(body, "\n----------------------------------------\n")
		if !ok || !strings.Contains(top, d.List) || !strings.Contains(top, d.Office) {
			t.Error("the mail does not name list and office above its footer")
		}
		for _, want := range []string{d.Office, d.Postal, d.Contact, d.PolicyURL} {
			if !strings.Contains(foot, want+"\n") {
				t.Errorf("the footer lacks %q", want)
			}
		}
	})
}

func TestMailLines(t *testing.T) {
	t.Parallel()
	forEachMail(t, func(t *testing.T, lang, _ string, _ MailData, subject, body string) {
		if columns(subject) > 80 {
			t.Errorf("the subject has %d columns", columns(subject))
		}
		if strings.HasPrefix(body, "\n") || !strings.HasSuffix(body, "\n") || strings.HasSuffix(body, "\n\n") ||
			strings.Contains(body, "\n\n\n") || strings.Contains(body, "\r") || strings.Contains(body, "{{") || strings.Contains(body, "<no value>") {
			t.Errorf("untidy:\n%s", body)
		}
		for line := range strings.Lines(body) {
			line = strings.TrimSuffix(line, "\n")
			most := 72
			if columns(line) > most || len(line) > 998 { // RFC 5322 §2.1.1
				t.Errorf("%s: %d columns, %d octets: %s", lang, columns(line), len(line), line)
			}
			if strings.Contains(line, "://") && (strings.ContainsAny(line, " 　（）「」。、") || !strings.HasPrefix(line, "https://")) {
				t.Errorf("a link does not stand alone: %s", line)
			}
			if strings.TrimRight(line, " \t　") != line {
				t.Errorf("white space at the end of %q", line)
			}
		}
	})
}

func TestMailsCarryTheirLinks(t *testing.T) {
	t.Parallel()
	forEachMail(t, func(t *testing.T, _, name string, d MailData, _, body string) {
		want := map[string][]string{
			"confirm": {d.Link, d.BlockLink, d.PolicyURL},
			"already": {d.CorrectLink, d.LeaveLink, d.BlockLink, d.PolicyURL},
			"welcome": {d.CorrectLink, d.LeaveLink, d.PolicyURL},
			"correct": {d.Link, d.LeaveLink, d.BlockLink, d.PolicyURL},
			"move":    {d.Link, d.BlockLink, d.PolicyURL},
			"moved":   {d.LeaveLink, d.BlockLink, d.PolicyURL},
		}[name]
		var got []string
		for line := range strings.Lines(body) {
			if strings.HasPrefix(line, "https://") {
				got = append(got, strings.TrimSpace(line))
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("links %v, want %v", got, want)
		}
	})
}

func TestConfirmationSaysWhatToAllowAndWhatToPress(t *testing.T) {
	t.Parallel()
	s := newSet(t)
	forEachMail(t, func(t *testing.T, lang, name string, d MailData, _, body string) {
		button := map[string]string{"confirm": "confirm.button", "move": "move.button"}[name]
		flat := strings.Join(strings.Fields(body), " ")
		if button != "" && !strings.Contains(flat, s.Say(lang, button, nil)) {
			t.Error("the mail does not name the button of its page")
		}
		if name != "confirm" {
			return
		}
		if !strings.Contains(body, "\n"+d.From+"\n") {
			t.Error("the sending address does not stand alone on a line")
		}
		if strings.Contains(body, "受信許可設定") != d.Carrier {
			t.Errorf("carrier %v, but the paragraph for carriers disagrees", d.Carrier)
		}
	})
}

func TestAMailIsWholeOrAnError(t *testing.T) {
	t.Parallel()
	s := newSet(t)
	for name, spoil := range map[string]func(*MailData){
		"no list":           func(d *MailData) { d.List = "" },
		"no office":         func(d *MailData) { d.Office = "" },
		"no link":           func(d *MailData) { d.Link = "" },
		"no block link":     func(d *MailData) { d.BlockLink = "" },
		"no policy":         func(d *MailData) { d.PolicyURL = "" },
		"a link of two":     func(d *MailData) { d.Link += " https://elsewhere.example" },
		"a header injected": func(d *MailData) { d.List += "\r\nBcc: a@b.example" },
	} {
		d := sampleMail(Japanese)
		spoil(&d)
		if subject, body, err := s.Mail("confirm", Japanese, d); err == nil || subject != "" || body != "" {
			t.Errorf("%s: %q, error %v; want nothing, and an error", name, subject+body, err)
		}
	}
	if _, _, err := s.Mail("unheard-of", Japanese, sampleMail(Japanese)); err == nil {
		t.Error("an unknown mail is rendered")
	}
}

func TestNewMailsDoNotNameAnAddressThatIsNotOurs(t *testing.T) {
	t.Parallel()
	forEachMail(t, func(t *testing.T, _, _ string, d MailData, _, body string) {
		rest := strings.NewReplacer(d.From, "", d.Contact, "").Replace(body)
		if strings.Contains(rest, "@") {
			t.Error("the mail has an address that is neither the list's nor the office's")
		}
	})
}

// TestQuoted: a name that holds quotation marks stands between others.
func TestQuoted(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"新着情報": "「新着情報」",
		"文化広報ニュースレター「ジャパニフォルニア」": "「文化広報ニュースレター『ジャパニフォルニア』」",
		"「茶と『能』」便り":              "「『茶と「能」』便り」",
		"『能』便り":                  "「『能』便り」",
		"二重」の「閉じ忘れ":              "「二重」の「閉じ忘れ」",
	} {
		if got := quoted(name); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}
