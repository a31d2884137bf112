package service

import (
	_ "embed"
	"runtime/debug"
	"strings"
	"text/template"
	"time"

	"example.jp/kairan/deliver"
	"example.jp/kairan/store"
	"example.jp/kairan/subscribe"
)

// Certificate is that of an erasure, with its words in both languages.
type Certificate struct {
	store.Erasure
	JA string `json:"text_ja"`
	EN string `json:"text_en"`
}

var (
	//go:embed certificate.ja.txt
	certificateJA string
	//go:embed certificate.en.txt
	certificateEN string

	certificateTexts = template.Must(template.Must(template.New("ja").Parse(certificateJA)).New("en").Parse(certificateEN))
)

// certificateOf puts an erasure into words, with the hours of the list's zone.
func certificateOf(e store.Erasure, zone *time.Location) (c Certificate, err error) {
	c.Erasure = e
	for _, x := range []struct {
		lang subscribe.Lang
		day  string // how a day is written
		into *string
	}{{subscribe.Japanese, "2006年1月2日", &c.JA}, {subscribe.English, "2 January 2006", &c.EN}} {
		due, err := time.Parse(time.DateOnly, e.Due)
		if err != nil {
			return c, err
		}
		at := func(t time.Time) string { return t.In(zone).Format(x.day + " 15:04:05 MST") }
		words := map[string]any{
			"List": e.List, "ListID": e.ListID, "Name": e.Name.In(x.lang), "Office": e.Office.In(x.lang), "Version": e.Version, "Audit": e.Audit,
			"Relay": e.Relay.In(x.lang), "Host": e.Host.In(x.lang),
			"Due": due.Format(x.day), "Begun": at(e.Begun), "Done": at(e.Done), "Readable": e.Readable.In(zone).Format(x.day),
			"Readers": deliver.Thousands(e.Readers), "Ended": deliver.Thousands(e.Ended), "Marks": deliver.Thousands(e.Marks),
			"Issues": deliver.Thousands(e.Issues), "Waiting": deliver.Thousands(e.Waiting),
		}
		var b strings.Builder
		if err := certificateTexts.ExecuteTemplate(&b, string(x.lang), words); err != nil {
			return c, err
		}
		*x.into = b.String()
	}
	return c, nil
}

// version is that of this program, for certificates.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "devel"
	}
	v := strings.Trim(info.Main.Version, "()")
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && v == "devel" {
			v += " " + s.Value
		}
	}
	if v == "" {
		return "devel"
	}
	return v
}
