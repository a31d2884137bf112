package web

import (
	"example.jp/kairan/subscribe"
	"example.jp/kairan/templates"
)

// frame is the surroundings of a page of an office; nil where several share it.
func (p *pages) frame(o *subscribe.Office, lang subscribe.Lang) templates.Frame {
	f := templates.Frame{LangLinks: []templates.LangLink{{Href: "?lang=en", Label: "English", Lang: "en"}}}
	if lang == subscribe.English {
		f.LangLinks[0] = templates.LangLink{Href: "?lang=ja", Label: "日本語", Lang: "ja"}
	}
	f.Privacy = "/privacy"
	p.plain.put(&f, lang)
	if o != nil {
		p.officeFaces[o.ID].put(&f, lang)
		f.Privacy += "/" + o.ID
		f.Office, f.OfficePostal, f.OfficeContact = o.Name.In(lang), o.Postal.In(lang), contact(o, lang)
		f.PolicyURL = o.PolicyURL.In(lang)
		f.Contacts = []templates.Contact{*f.OfficeContact}
		f.Site = o.BaseURL
		f.Accessibility = o.Accessibility.In(lang)
	}
	return f
}

// listFrame is the surroundings of a page of a list: one that has one language leads to no
// other.
func (p *pages) listFrame(l *subscribe.List, lang subscribe.Lang) templates.Frame {
	f := p.frame(l.Office, lang)
	p.faces[l.ID].put(&f, lang)
	if len(l.Languages) == 1 {
		f.LangLinks = nil
	}
	if p.hasArchive(l) {
		f.Feeds = []templates.Feed{{Path: feedPath(l), List: l.Name.In(lang)}}
	}
	return f
}

// contact is whom to ask at an office.
func contact(o *subscribe.Office, lang subscribe.Lang) *templates.Contact {
	return &templates.Contact{Office: o.Name.In(lang), Contact: o.Contact, Phone: o.Phone}
}
