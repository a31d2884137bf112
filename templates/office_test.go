package templates

import (
	"html/template"
	"strings"
	"testing"
)

func TestPhoneLink(t *testing.T) {
	t.Parallel()
	for number, want := range map[string]string{
		"03-0000-0000": "tel:0300000000", "+1 (415) 000 0000": "tel:+14150000000", "110": "tel:110",
	} {
		if got := PhoneLink(number); got != want {
			t.Errorf("%s leads to %s, want %s", number, got, want)
		}
	}
}

// TestEveryPageSaysWhoseItIs: the name leads to the office's lists, and under each page
// stands how to reach it and what it says of accessibility.
func TestEveryPageSaysWhoseItIs(t *testing.T) {
	t.Parallel()
	forEachSample(t, func(t *testing.T, lang string, p sample, body []byte) {
		f := sampleFrame(lang)
		if p.name == "home-empty" {
			return
		}
		for _, want := range []string{
			`<a href="/?lang=` + lang + `">` + f.Office, f.OfficePostal, `href="mailto:mail@office.example.jp"`,
			`href="tel:&#43;81300000000">&#43;81 3-0000-0000</a>`, `href="` + f.Accessibility + `"`, `href="` + f.PolicyURL + `"`,
		} {
			if _, foot, _ := strings.Cut(string(body), "<footer"); !strings.Contains(foot, want) {
				t.Errorf("the footer has no %s:\n%s", want, foot)
			}
		}
	})
}

// TestMailsSayThePhone, where there is one.
func TestMailsSayThePhone(t *testing.T) {
	t.Parallel()
	forEachMail(t, func(t *testing.T, lang, name string, d MailData, _, body string) {
		if want := texts(lang, "\n電話: 03-0000-0000\n", "\nPhone: 03-0000-0000\n"); !strings.Contains(body, want) {
			t.Errorf("%s does not say the number:\n%s", name, body)
		}
	})
	s := newSet(t)
	for lang, want := range map[string][2]string{
		Japanese: {"\n電話：03-0000-0000\n", `電話：<a href="tel:0300000000" style="color:#0017c1;text-decoration:underline">03-0000-0000</a>`},
		English:  {"\nPhone: 03-0000-0000\n", `Phone: <a href="tel:0300000000" style="color:#0017c1;text-decoration:underline">03-0000-0000</a>`},
	} {
		for _, phone := range []string{"03-0000-0000", ""} {
			d := Issue{List: "List", Office: "Office", Contact: "mail@office.example.jp", Phone: phone}
			text, err := s.IssueText(lang, d, "")
			if err != nil || strings.Contains(text, want[0]) != (phone != "") {
				t.Errorf("%q: %v\n%s", phone, err, text)
			}
			page, err := s.IssueHTML(lang, d, template.HTML(""))
			if err != nil || strings.Contains(page, want[1]) != (phone != "") {
				t.Errorf("%q: %v\n%s", phone, err, page)
			}
		}
	}
}
