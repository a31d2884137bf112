package templates

import "embed"

//go:embed accessibility catalogue/*.toml pages/*.html mails/*.txt reports/*.txt custody/*.md statistics/*.html record/*.html embed/*.html issue style/*.css
var files embed.FS

// The languages of pages and mails, as BCP 47 tags. Every method that takes a
// language reads any other value as [Japanese].
const (
	Japanese = "ja"
	English  = "en"
)

func language(lang string) string {
	if lang == English {
		return English
	}
	return Japanese
}
