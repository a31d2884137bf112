package templates

import (
	"fmt"
	"strings"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	i18ntemplate "github.com/nicksnyder/go-i18n/v2/i18n/template"
	"github.com/pelletier/go-toml/v2"
	xlanguage "golang.org/x/text/language"
)

// localizers loads one catalogue per language. Each gets a bundle of its own, so
// that a key missing in one language is an error and not a sentence in the other.
func localizers() (map[string]*i18n.Localizer, error) {
	all := map[string]*i18n.Localizer{}
	for _, lang := range []string{Japanese, English} {
		bundle := i18n.NewBundle(xlanguage.Make(lang))
		bundle.RegisterUnmarshalFunc("toml", toml.Unmarshal)
		if _, err := bundle.LoadMessageFileFS(files, "catalogue/"+lang+".toml"); err != nil {
			return nil, fmt.Errorf("loading the catalogue %s: %w", lang, err)
		}
		all[lang] = i18n.NewLocalizer(bundle, lang)
	}
	return all, nil
}

// Say looks a message up for use outside the pages, such as the text of a form
// error. data fills the placeholders of the message and may be nil. A key or
// placeholder that does not exist yields the key itself: visible, and harmless.
func (s *Set) Say(lang, key string, data map[string]any) string {
	text, err := s.lookUp(lang, key, data)
	if err != nil {
		return key
	}
	return text
}

func (s *Set) lookUp(lang, key string, data map[string]any) (string, error) {
	text, err := s.say[language(lang)].Localize(&i18n.LocalizeConfig{
		MessageID:      key,
		TemplateData:   data,
		TemplateParser: &i18ntemplate.TextParser{Option: "missingkey=error"},
	})
	return nest(text), err
}

// nest makes Japanese quotation marks differ from those around them, as a name may have its
// own and stand in a sentence that quotes it.
func nest(text string) string {
	if !strings.ContainsAny(text, "「『") {
		return text
	}
	var closing []rune // of those that are open, innermost last
	return strings.Map(func(r rune) rune {
		n := len(closing)
		switch r {
		case '「', '『':
			if n > 0 && closing[n-1] == '」' {
				r = '『'
			} else if n > 0 {
				r = '「'
			}
			closing = append(closing, map[rune]rune{'「': '」', '『': '』'}[r])
		case '」', '』':
			if n > 0 {
				r, closing = closing[n-1], closing[:n-1]
			}
		}
		return r
	}, text)
}

// message is lookUp for templates: t "key" "Name" value "Name" value.
func (s *Set) message(lang, key string, pairs []any) (string, error) {
	if len(pairs)%2 != 0 {
		return "", fmt.Errorf("message %s: a placeholder has no value", key)
	}
	data := map[string]any{}
	for i := 0; i < len(pairs); i += 2 {
		data[fmt.Sprint(pairs[i])] = pairs[i+1]
	}
	return s.lookUp(lang, key, data)
}
