package templates

import (
	"html/template"
	texttemplate "text/template"

	"github.com/nicksnyder/go-i18n/v2/i18n"
)

// Set is every page, mail and message, and the layout of issues, parsed. It is safe
// for concurrent use.
type Set struct {
	say    map[string]*i18n.Localizer
	pages  map[string]map[PageName]*template.Template
	mails  map[string]map[string]*texttemplate.Template
	issues map[string]issueTemplates

	reports    map[string]map[string]*texttemplate.Template
	procedures map[string]*texttemplate.Template
	statistics map[string]*template.Template
	records    map[string]*template.Template
	embeds     map[string]*template.Template
	style      []byte
	stylePath  string
}

// issueTemplates are the two parts of an issue in one language.
type issueTemplates struct {
	html *template.Template
	text *texttemplate.Template
}
