package finding

import (
	"maps"
	"slices"

	"example.jp/kairan/deliver/phrase"
)

// Rules are the rules, in the order of their names, with a sentence about each.
func Rules() (all []About) {
	for _, r := range slices.Sorted(maps.Keys(about)) {
		all = append(all, About{r, about[r], phrase.Say("%s", phrase.Key(about[r])).JA})
	}
	return all
}

// About is what a rule looks at.
type About struct {
	Rule Rule   `json:"rule"`
	Text string `json:"text"`
	JA   string `json:"text_ja"`
}

// about says what each rule looks at, for whoever asks why something was found.
var about = map[Rule]string{
	"address-width":    "a mail address in full-width letters",
	"alt":              "a picture without alternative text, or with the name of a file for it",
	"anchor":           "a link to a heading that is not in the text",
	"attachment":       "a text that speaks of what is attached, where nothing is",
	"attachments":      "the key attachments, which is a list of names of files",
	"cells":            "rows of a table that have not as many cells as its first",
	"character":        "characters that cannot be sent, or that nobody sees",
	"clipping":         "an HTML part that Gmail cuts, or nearly does",
	"code":             "code that begins and does not end",
	"columns":          "columns made with spaces, which HTML joins",
	"date":             "days that there are not, as 30 February",
	"date-past":        "a day to act by that lies in the past when readers get the issue",
	"date-range":       "a span of days that ends before it begins",
	"emphasis":         "marks of emphasis that would be printed as they stand",
	"empty":            "an issue without text",
	"encoding":         "a file that is not text in UTF-8",
	"era":              "a year that is written in two ways which differ",
	"expires":          "the key expires, from 1h to 240h",
	"file":             "files that the text names: their names, kinds and sizes, and whether they are there",
	"front-matter":     "front matter that cannot be read",
	"heading":          "what is meant for a heading and is none to Markdown",
	"html":             "HTML that cannot be sent",
	"html-markdown":    "Markdown between HTML tags, where it is not read",
	"html-look":        "HTML that says how something looks, which the layout decides",
	"image":            "pictures that cannot be shown",
	"indent":           "an indentation that goes, or that makes code of a text",
	"invisible":        "characters that nobody sees, and that break searching and copying",
	"keep-breaks":      "the key keep_breaks, which is true or false",
	"lang":             "the key lang, which is ja or en",
	"language":         "an issue in another language than it goes out in",
	"line-breaks":      "lines that Markdown joins, and that were meant to stand apart",
	"link":             "links that cannot be sent",
	"link-end":         "a mark of the sentence at the end of a link",
	"link-host":        "a link that shows another address than it leads to",
	"link-internal":    "links to hosts that readers cannot reach",
	"link-redirect":    "links over a mail filter or a search engine",
	"link-same":        "one link text that leads to different places",
	"link-short":       "links that do not show where they lead",
	"link-text":        "a link text that does not say where it leads, as こちら",
	"link-tracking":    "links that tell who reads",
	"list":             "what is meant for a list and is none to Markdown",
	"list-number":      "numbers that Markdown takes for those of a list, and changes",
	"lost":             "words that were written and are not in the mail",
	"lost-mark":        "a sign that is taken for a mark of Markdown, and is gone",
	"mark":             "a mark behind a full-width space, which is none to Markdown",
	"more":             "more than can be listed",
	"nesting":          "text that is nested deeper than anybody reads",
	"nfd":              "characters that are made of two, as names of files from a Mac are",
	"note":             "a footnote that has no text, or no place",
	"picture-only":     "an issue of pictures and hardly any text",
	"photo-place":      "a photograph that says where it was taken",
	"photo-turned":     "a photograph that is stored on its side or its head",
	"placeholder":      "what was to be filled in, as ○○, 〇月〇日 or TBD",
	"preheader":        "the preheader: its length, and what it cannot hold",
	"printed":          "a mark of Markdown that is printed as it stands",
	"reference":        "a link by name, without the line that says where it leads",
	"sign":             "a sign at the beginning of a line that has made a list or a quotation of it",
	"size":             "an issue that is too large, or whose files are",
	"slot":             "merge slots of fields that the list has not, or without a fallback",
	"slot-in-link":     "merge slots in a link",
	"subject":          "a subject that is empty, too long, or like an answer",
	"subject-capitals": "a subject in capitals",
	"subject-length":   "a subject that is longer than phones show",
	"subject-marks":    "a subject with empty brackets",
	"table":            "a table that no mail program can show",
	"text-part":        "words that are not in the text part",
	"time":             "a time of day that there is not",
	"title":            "what stands in quotes behind the address of a link, which hardly anybody sees",
	"underlined":       "a ruled line that makes a heading of the text above it",
	"weekday":          "a weekday that is not that of the day beside it",
}
