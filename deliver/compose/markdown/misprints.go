package markdown

import (
	"regexp"

	"example.jp/kairan/deliver/compose/finding"
	"example.jp/kairan/deliver/phrase"
)

// misprint is a mark that would be printed as it stands, and what to write instead.
type misprint struct {
	form *regexp.Regexp
	rule finding.Rule
	says string // %s is what was found
}

// listSlip is the mark of a list with Japanese directly behind it.
var listSlip = regexp.MustCompile(`^ *([-+])[\p{Han}\p{Hiragana}\p{Katakana}「『（【]`)

// misprints are looked for in each line; the first group is what is quoted.
var misprints = []misprint{
	{regexp.MustCompile(`^[ \x{3000}]*(#{2,6})[^#\s\x{3000}]`), "heading", `%q makes no heading without a space behind it; write ## 見出し`},
	{regexp.MustCompile(`^ *(#{7,})[^#]`), "heading", `%q makes no heading: there are six levels; write ## 見出し`},
	{regexp.MustCompile(`^[ \x{3000}]*(#{1,6})\x{3000}`), "heading", `%q makes no heading with a full-width space (全角空白) behind it; put a half-width one there`},
	{regexp.MustCompile(`^[ \x{3000}]*([＃]{2,6}|＃[ \x{3000}])`), "heading", `%q makes no heading; write # and ## in half-width characters (半角), with a space behind`},
	{regexp.MustCompile(`^\x{3000}+(#{1,6}|[-*+>]|[0-9]{1,2}\.) `), "mark", `%q has a full-width space before it and is no mark to Markdown; begin the line with it`},
	{regexp.MustCompile(`^ *([-+])\x{3000}`), "list", `%q makes no list with a full-width space (全角空白) behind it; put a half-width one there`},
	{listSlip, "list", `%q makes no list without a space behind it; write - 項目`},
	{regexp.MustCompile(`(?:^|[^＊])(＊＊)[^＊\s][^＊]*＊＊(?:[^＊]|$)`), "emphasis", `%q is full-width and makes nothing bold; write ** in half-width characters (半角)`},
	{regexp.MustCompile(`(?:^|[^＿])(＿＿)[^＿\s][^＿]*＿＿(?:[^＿]|$)`), "emphasis", `%q is full-width and makes nothing bold; write ** in half-width characters (半角)`},
	{regexp.MustCompile(`(!\[[^\[\]]{0,80}\]\([^()<>\s"]+[ \x{3000}][^()<>"]*\))`), "file", `%q shows no picture, because of the space in its name; call the file by a name without spaces, as map.png`},
	{regexp.MustCompile(`([\[［][^\[\]［］]{1,80}[\]］][ \x{3000}]?[（(][ \x{3000}]*(?:https?|mailto|ｈｔｔｐ|www\.|/))`), "link", `%q makes no link; write [文字](https://…) with half-width brackets (半角) and nothing between them`},
	{regexp.MustCompile(`(?:^|[^A-Za-z0-9\]])(\[[^\[\]]*[^\[\]0-9][^\[\]]*\]\[[^\[\]]{0,80}\]|\[[^\[\]]*\]\[(?:[^\[\]]*[^\[\]0-9][^\[\]]*)?\])`), "reference", `%q has no line below that says where it leads; write [文字](https://…), or add a line such as [名]: https://…`},
	{regexp.MustCompile(`(\[\^[^\[\]\s]{1,80}\])`), "note", `%q has no note; add a line such as [^1]: 注の文`},
	{regexp.MustCompile(`([\[［][＾^][^\[\]［］\s]{1,80}］|［[＾^][^\[\]［］\s]{1,80}\])`), "note", `%q is full-width and refers to no note; write [^1] in half-width characters (半角)`},
	{regexp.MustCompile(`(?i)(https?//|https?:/[a-z0-9])`), "link", `%q is no link; write https:// before the host`},
	{regexp.MustCompile(`(?i)(ｈｔｔｐｓ?[：:]|https?(?:：/|:／|：／))`), "link", `%q has full-width characters in it and is no link; write https:// in half-width ones (半角)`},
	{regexp.MustCompile(`(<!--)`), "html", `%q begins a comment that is not closed; close it with -->, or write \<!-- to print it`},
}

// foreignMark is a mark that means something elsewhere, and what to write instead.
type foreignMark struct {
	form   *regexp.Regexp
	repair phrase.Words
}

// foreign are marks that are none here, or stand where they are none. They are looked for
// in lines that are read as one, and said of lines of which nothing else is said.
var foreign = []foreignMark{
	{regexp.MustCompile(`(?:^|[^*])(\*(?:[「『（【“][^*]*|[^*\s」』）】”、。！？][^*]*[」』）】”、。！？])\*)(?:[^*]|$)`), onBothSides},
	{regexp.MustCompile(`(?:^|[^*])(\*\* [^*]*\pL[^*]* \*\*)(?:[^*]|$)`), onBothSides},
	{regexp.MustCompile(`\d(~~)\d[^~]*\d~~\d`), onBothSides},
	{regexp.MustCompile(`\pL(\* [^*\d]{1,20} \*)\pL`), onBothSides},
	{regexp.MustCompile(`(?:^|[^_\w])(_(?:[「『（【“][^_]*|[^_\s][^_]*[」』）】”、。！？])_)(?:[^_]|$)`), phrase.Say("write * on both sides of what shall be emphasised; _ makes emphasis between spaces only")},
	{regexp.MustCompile(`(!\[[^\]]*\]?)`), phrase.Say("a picture is written ![what it shows](map.png), on one line")},
	{regexp.MustCompile(`((?:\[[^\]\[]*)?\]\()[^\s()]*[ \x{3000}][^()]*\)`), phrase.Say("the address of a link has no space in it; write %%20 for one, and nothing but the address between ( and )")},
	{regexp.MustCompile(`((?:\[[^\]\[]*)?\]\()`), phrase.Say("a link is written [text](https://example.jp/), on one line, and with nothing between ] and (")},
	{regexp.MustCompile("(`+)"), phrase.Say("code stands between two backticks; write \\` for one that is read")},
	{regexp.MustCompile(`(\|[ \t]*:?-{2,}:?[ \t]*\||-{3,}[ \t]*\|[ \t]*:?-{3,})`), phrase.Say("the line below the first row of a table needs as many columns as that row, and an empty line above the table")},
	{regexp.MustCompile(`(｜[ 　]*[-－ー―]{2,})`), phrase.Say("the marks of Markdown are half-width; write it so (半角)")},
	{regexp.MustCompile(`(?i)(＜/?(?:br|b|u|p|i|div|span|font|center|strong)(?:[\s/／][^＞]*)?＞)`), phrase.Say("HTML tags are half-width; write <br> for a line break, and Markdown for the rest")},
	{regexp.MustCompile(`(?:^|[^\w=&?;/])(&(?:nbsp|amp|lt|gt|copy|reg|trade|yen|quot|hellip|mdash|ndash|times))(?:[^\w;]|$)`), phrase.Say("write the character itself, or a semicolon behind the name, as in &copy;")},
	{regexp.MustCompile(`(\]\s+\((?:https?:|mailto:))`), phrase.Say("a link is written [text](https://example.jp/), with nothing between ] and (")},
	{regexp.MustCompile(`(?:^|[^=])(==[^=\s](?:[^=]*[^=\s])?==)(?:[^=]|$)`), phrase.Say("nothing is marked by ==; write ** on both sides")},
	{regexp.MustCompile(`(\[\[[^\]]+\]\])`), phrase.Say("nothing is put in here; write what belongs there, or a link as in [text](https://example.jp/)")},
	{regexp.MustCompile(`(\[!(?:NOTE|TIP|IMPORTANT|WARNING|CAUTION)\])`), phrase.Say("write the word in bold, as in **注意**")},
	{regexp.MustCompile(`^\s*(\[(?:TOC|toc)\])\s*$`), phrase.Say("no table of contents is made; write the list yourself")},
	{regexp.MustCompile(`(\{:?\s?[#.:][^{}\s][^{}]*\})\s*$`), phrase.Say("what stands in braces means nothing here; delete it")},
	{regexp.MustCompile(`^\s*(\{[#.][A-Za-z][\w-]*\})\s*\S`), phrase.Say("what stands in braces means nothing here; delete it")},
	{regexp.MustCompile(`(?:^|[^\w:/])((?::[a-z][a-z0-9_]{2,}:)+)(?:[^\w:/]|$)`), phrase.Say("write the sign itself, as 🌸")},
	{regexp.MustCompile(`([｛{][｛{][^｛{}｝]*[}｝]?[}｝]?)`), phrase.Say("a merge slot is written with half-width braces, as in {{name}}")},
}

// foreignSigns are those without one of which there is no such mark.
const foreignSigns = "*_~[]`|｜&=:<＜{｛%"

var onBothSides = phrase.Say(`write it on both sides, directly at the words; or write a backslash before marks that shall be read, as in \**`)

// lineMarks are such marks at the beginning of a line, and said once for lines below each
// other.
var lineMarks = []foreignMark{
	{regexp.MustCompile(`^ *([0-9]{1,2}[.)]　.*)$`), phrase.Say("an item of a list needs a half-width space behind its number (半角スペース), as in 1. 項目")},
	{regexp.MustCompile(`^ *(\|[^|]+\|.*)$`), phrase.Say("a table needs a line such as |---|---| below its first row, and an empty line above it")},
	{regexp.MustCompile(`^ *(＞[ 　].*)$`), phrase.Say("the > of a quotation is half-width (半角)")},
	{regexp.MustCompile(`^ *(:::+)(?:[ 　]?[A-Za-z{].*)?$`), phrase.Say("there are no boxes; leave the line out, or begin the lines of the box with > and a space")},
}

// termForm explains the term on the line above, in other writings of Markdown.
var termForm = regexp.MustCompile(`^ {0,3}:[ \t]+\S`)

// slotsOf are fields of a list in the writing of other programs.
func slotsOf(fields []string) (all []foreignMark) {
	for _, f := range fields {
		id := regexp.QuoteMeta(f)
		all = append(all, foreignMark{regexp.MustCompile(`(?i)(?:^|[^{｛])([{｛]` + id + `[}｝]|%+` + id + `%+|\$\{` + id + `\}|\[\[?` + id + `\]\]?|<<` + id + `>>)`),
			phrase.Say("a merge slot is written {{%s}}", f)})
	}
	return all
}
