package templates

import (
	"fmt"
	"html/template"
	texttemplate "text/template"
)

// New parses everything that is embedded. It fails only if the embedded files
// themselves are faulty.
func New() (*Set, error) {
	style, stylePath, err := stylesheet()
	if err != nil {
		return nil, err
	}
	s := &Set{
		pages:      map[string]map[PageName]*template.Template{},
		mails:      map[string]map[string]*texttemplate.Template{},
		issues:     map[string]issueTemplates{},
		reports:    map[string]map[string]*texttemplate.Template{},
		style:      style,
		procedures: map[string]*texttemplate.Template{},
		statistics: map[string]*template.Template{}, records: map[string]*template.Template{},
		embeds:    map[string]*template.Template{},
		stylePath: stylePath,
	}
	if s.say, err = localizers(); err != nil {
		return nil, err
	}
	for _, lang := range []string{Japanese, English} {
		if s.pages[lang], err = s.parsePages(lang); err != nil {
			return nil, err
		}
		if s.mails[lang], err = parseMails(lang); err != nil {
			return nil, err
		}
		if s.reports[lang], err = parseReports(lang); err != nil {
			return nil, err
		}
		if s.procedures[lang], err = parseProcedure(lang); err != nil {
			return nil, err
		}
		if s.records[lang], err = s.parseRecord(lang); err != nil {
			return nil, err
		}
		if s.statistics[lang], err = s.parseStatistics(lang); err != nil {
			return nil, err
		}
		if s.embeds[lang], err = s.parseEmbed(lang); err != nil {
			return nil, err
		}
		if s.issues[lang], err = s.parseIssue(lang); err != nil {
			return nil, err
		}
	}
	for lang, other := range map[string]string{Japanese: English, English: Japanese} {
		for name := range s.mails[lang] {
			if s.mails[other][name] == nil {
				return nil, fmt.Errorf("there is mails/%s.%s.txt, and no mails/%s.%s.txt", name, lang, name, other)
			}
		}
	}
	return s, nil
}
