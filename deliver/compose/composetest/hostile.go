package composetest

import (
	"fmt"
	"strings"
)

// Hostile is a source that was written, or would be, to hold the service.
type Hostile struct {
	Name string
	Text []byte
}

// hostileBodies are made of a piece that is repeated, between a beginning and an end.
var hostileBodies = []struct{ name, begin, piece, end string }{
	{"table of short rows", "|" + strings.Repeat("a|", 49) + "\n|" + strings.Repeat("-|", 49) + "\n", "a\n", ""},
	{"table of full rows", "|" + strings.Repeat("a|", 49) + "\n|" + strings.Repeat("-|", 49) + "\n", "|" + strings.Repeat("a|", 49) + "\n", ""},
	{"table of long rows", "|a|b|\n|-|-|\n", "|" + strings.Repeat("a|", 40) + "\n", ""},
	{"tables", "", "|a|b|c|\n|-|-|-|\n|1|2|3|\n\n", ""},
	{"tables of one row of many cells", "", "|" + strings.Repeat("a|", 49) + "\n|" + strings.Repeat("-|", 49) + "\n\n", ""},
	{"table of one long line", "", "a|", "\n" + "-|-\n"},
	{"table of escaped pipes", "|a|b|\n|-|-|\n", `|a\|` + "`\\|`" + "|b|\n", ""},
	{"table in quotes", "", "> |a|b|\n> |-|-|\n> |1|2|\n>\n", ""},
	{"table in a list in a quote", "", "> - |a|b|\n>   |-|-|\n>   |1|2|\n", ""},
	{"delimiter rows", "", "a|b\n-|-\n", ""},
	{"quotes in quotes", "", ">", " 深い"},
	{"quotes with spaces", "", "> ", "深い"},
	{"quotes that grow", "", "", ""}, // see growing
	{"quotes of twenty on each line", "", strings.Repeat(">", 20) + "a\n", ""},
	{"lists in lists", "", "- ", "深い"},
	{"numbered lists in lists", "", "1. ", "深い"},
	{"lists that are indented more and more", "", "", ""},
	{"lists and quotes", "", "- > ", "深い"},
	{"lists of one item", "", "- a\n\n+ b\n\n* c\n\n", ""},
	{"items", "", "- a\n", ""},
	{"items of blank lines", "", "-\n\n", ""},
	{"loose items", "- a\n", "\n  b\n", ""},
	{"brackets that open links", "", "[a](", ""},
	{"brackets that open pictures", "", "![a](", ""},
	{"brackets that open", "", "[", ""},
	{"brackets that close", "", "]", ""},
	{"brackets in brackets", "", "[", closing + "]"},
	{"brackets, opened and closed", "", "[]", ""},
	{"links in links", "", "[a", closing + "](b)"},
	{"links", "", "[a](https://a.jp) ", ""},
	{"links one after the other", "", "[a](https://a.jp)", ""},
	{"links with angles", "", "[a](<b", ""},
	{"links with titles", "", `[a](b "`, ""},
	{"pictures in pictures", "", "![", closing + "](b)"},
	{"parentheses", "[a](", "(", ""},
	{"definitions", "", "[a]: https://a.jp/\n", ""},
	{"definitions with names of their own", "", "", ""},
	{"definitions that are no definitions", "", "[a]: <\n", ""},
	{"definitions with open titles", "", "[a]: b '\n", ""},
	{"a long definition, often used", "[a]: https://a.jp/" + halfX + "\n\n", "[a] ", ""},
	{"a long title, often used", "[a]: https://a.jp/ \"" + halfX + "\"\n\n", "[a] ", ""},
	{"references to nothing", "", "[a][b] ", ""},
	{"footnotes", "", "[^1] ", "\n\n[^1]: a\n"},
	{"footnotes in footnotes", "", "[^1]: [^1] a\n\n", ""},
	{"footnotes to nothing", "", "[^a]", ""},
	{"emphasis", "", "*a **a ", ""},
	{"emphasis that closes", "", "a* a** ", ""},
	{"emphasis of one star", "", "*a", ""},
	{"emphasis of stars and lines", "", "*_a", ""},
	{"emphasis in emphasis", "", "**a ", closing + "b** "},
	{"addresses in emphasis in emphasis", "", "**https://a.jp ", closing + "b** "},
	{"addresses in brackets in brackets", "", "[https://a.jp ", closing + "](https://a.jp)"},
	{"underscores before an address", "", "_", "https://a.jp"},
	{"underscores in addresses", "", "https://a_", ""},
	{"at signs", "", "a@", ""},
	{"points", "", "www.a", ""},
	{"stars", "", "*", "a"},
	{"stars between words", "", "a*", ""},
	{"stars, three and two", "", "a***b**c*", ""},
	{"underscores", "", "_a__", ""},
	{"strike-outs", "", "~~a~~~", ""},
	{"strike-outs that open", "", "~~a ", ""},
	{"code that never closes", "", "", ""},
	{"code of one backtick", "", "`a", "``"},
	{"code in lines", "", "`\n", ""},
	{"fences", "", "```\n", ""},
	{"fences in lists", "", "- ```\n", ""},
	{"angles", "", "<", ""},
	{"angles that open tags", "", "<a ", ""},
	{"angles that open tags with attributes", "", "<a b=\"", ""},
	{"angles that close", "", ">a<", ""},
	{"comments", "", "<!--", ""},
	{"comments in a line", "a", "<!-- ", ""},
	{"declarations", "a", "<!A ", ""},
	{"instructions", "a", "<?", ""},
	{"sections", "a", "<![CDATA[", ""},
	{"tags in tags", "", "<b>", ""},
	{"divisions in divisions", "", "<div>\n\n", ""},
	{"ruby in ruby", "a", "<ruby>", ""},
	{"breaks", "a", "<br>", ""},
	{"subscripts in subscripts", "a", "<sub>", ""},
	{"tables in HTML", "", "<table><tr><td>", ""},
	{"forms in HTML", "", "<select><option>", ""},
	{"addresses in angles", "", "<https://a.jp> ", ""},
	{"addresses", "", "https://a.jp ", ""},
	{"addresses without a space", "", "https://a.jp/", ""},
	{"mail addresses", "", "a@b.jp ", ""},
	{"mail addresses without a space", "", "a@b.", ""},
	{"www", "", "www.", ""},
	{"schemes", "", "http:", ""},
	{"colons", "", ":", ""},
	{"addresses behind Japanese", "", "あhttps://a.jp/あ", ""},
	{"addresses in parentheses", "", "(https://a.jp/(", ""},
	{"a long address", "https://a.jp/", "a", ""},
	{"a long address in Japanese", "https://a.jp/", "あ", ""},
	{"a long host", "https://", "a.", ""},
	{"a long host in Japanese", "https://", "あ.", ""},
	{"entities", "", "&amp;", ""},
	{"entities that are none", "", "&a", ""},
	{"ampersands", "", "&", ""},
	{"numbers of characters", "", "&#1234567;", ""},
	{"quotation marks", "", `"`, ""},
	{"backslashes", "", `\`, ""},
	{"escaped stars", "", `\*`, ""},
	{"headings", "", "# a\n", ""},
	{"headings of six", "", "###### a\n\n", ""},
	{"headings that are underlined", "", "a\n=\n", ""},
	{"a heading of many lines", "", "a\n", "=\n"},
	{"headings with the same name", "", "## あ\n", ""},
	{"rules", "", "---\n", ""},
	{"rules of stars", "", "* * *\n", ""},
	{"slots", "", "{{name}}", ""},
	{"slots behind a space", "", "{{name}} ", ""},
	{"slots of many fallbacks", "", "", ""},
	{"slots that are none", "", "{{", ""},
	{"slots that do not close", "", "{{name|", ""},
	{"slots of a field that there is not", "", "{{b}}\n", ""},
	{"slots behind an address", "https://a.jp/", "{{name}}", ""},
	{"braces", "", `\{{`, ""},
	{"a line", "", "a", ""},
	{"a line in Japanese", "", "あ", ""},
	{"words", "", "a ", ""},
	{"lines", "", "a\n", ""},
	{"lines in Japanese", "", "あ\n", ""},
	{"paragraphs", "", "a\n\n", ""},
	{"hard breaks", "", "a  \n", ""},
	{"breaks by backslashes", "", "a\\\n", ""},
	{"blank lines", "a", "\n", "b"},
	{"spaces", "a", " ", "b"},
	{"spaces that are full-width", "a", "　", "b"},
	{"tabs", "", "\t", "b"},
	{"tabs before words", "", "\ta\n", ""},
	{"carriage returns", "", "a\r", ""},
	{"line ends of all kinds", "", "a\r\n\rb\n\r", ""},
	{"controls", "", "\x01", ""},
	{"controls in lines", "", "\x01\n", ""},
	{"controls as numbers", "", "&#8238;\n", ""},
	{"joiners", "", "\u200d", ""},
	{"accents", "a", "\u0301", ""},
	{"regional indicators", "", "\U0001F1E6", ""},
	{"private characters", "", "\ue000", ""},
	{"marks of the last plane", "", "\U0010FF00", ""},
	{"pictures from elsewhere", "", "![](a)\n", ""},
	{"links that are relative", "", "[](a)\n", ""},
	{"links by http", "", "[a](http://a.jp)\n", ""},
	{"dates", "", "12月1日（月）", ""},
	{"dates in lines", "", "12月1日（月）\n", ""},
	{"dates without weekdays", "", "12月1日", ""},
	{"dates in English", "", "Mon, Dec 1 ", ""},
	{"dates with slashes", "", "12/1(月)", ""},
	{"days", "12月", "1日", ""},
	{"eras", "", "令和8年（2026年）", ""},
	{"times that are none", "", "10:75 ", ""},
	{"hours that are none", "", "99時99分", ""},
	{"places to be filled in", "", "○○", ""},
	{"places to be filled in, apart", "", "○月○日 ", ""},
	{"words about attachments", "", "添付", ""},
	{"old forms of magazines", "", "■a◆b●c\n", ""},
	{"full-width marks", "", "＊＊a＊＊［a］（ｂ）", ""},
	{"tildes", "", "~", ""},
	{"numbers that begin lines", "", "1.\n", ""},
	{"numbers that go down", "", "2. a\n1. b\n", ""},
	{"dashes", "", "-", ""},
	{"pipes", "", "|", ""},
	{"pipes in lines", "", "|a\n", ""},
	{"digits", "", "1", ""},
	{"digits with points", "", "1.1", ""},
	{"attributes", "# a ", "{a=b}", ""},
	{"plus signs", "", "+++\n", ""},
}

// hostileFronts are front matters of that kind.
var hostileFronts = []struct{ name, begin, piece, end string }{
	{"arrays in arrays", "a = ", "[", ""},
	{"arrays in arrays, closed", "a = ", "[", closing + "]"},
	{"tables in tables", "a = ", "{a = ", ""},
	{"a key of many parts", "a", ".a", " = 1"},
	{"a long key", "", "a", " = 1"},
	{"a long subject", `subject = "`, "あ", `"`},
	{"a subject of slots", `subject = "`, "{{name}}", `"`},
	{"a long preheader", "subject = \"x\"\npreheader = \"", "{{", `"`},
	{"a subject that does not close", `subject = """`, "a\n", ""},
	{"a subject of escapes", `subject = "`, `\u0061`, `"`},
	{"keys", "", "a", ""}, // see numbered
	{"the same key", "", "subject = \"a\"\n", ""},
	{"sections", "", "[a]\n", ""},
	{"sections of tables", "", "[[a]]\n", ""},
	{"lines that are no TOML", "", "a\n", ""},
	{"quotes that do not close", "", "a = \"\n", ""},
	{"full-width quotes", "", "subject = ”a”\n", ""},
	{"attachments", "attachments = [", `"a",`, "]"},
	{"attachments with names of their own", "attachments = [", "", "]"},
	{"remarks", "", "#\n", ""},
	{"a long number", "subject = ", "1", ""},
	{"blank lines", "", "\n", ""},
}

// HostileSources are sources of this size in octets, or a little less, each of a kind
// of its own. Not one of them may hold the service.
func HostileSources(size int) (all []Hostile) {
	const front = "+++\nsubject = \"お知らせ\"\n+++\n\n"
	for _, h := range hostileBodies {
		all = append(all, Hostile{h.name, []byte(fill(size, front+h.begin, h.name, h.piece, h.end))})
	}
	for _, h := range hostileFronts {
		all = append(all, Hostile{"front matter: " + h.name, []byte(fill(size-10, "+++\n"+h.begin, h.name, h.piece, h.end) + "\n+++\na\n")})
	}
	return append(all, Hostile{"all blank", []byte(strings.Repeat("\n", size))}, Hostile{"no UTF-8", []byte(strings.Repeat("\x82\xa0", size/2))},
		Hostile{"byte order marks", []byte(strings.Repeat("\ufeff", size/3))}, Hostile{"escapes of JIS", []byte(strings.Repeat("\x1b$B", size/3))})
}

// What stands for more in the tables above.
const (
	halfX   = "\x00half"  // half of the source
	closing = "\x00close" // what follows stands as often as the piece
)

// fill repeats a piece, or what is made for the name, up to the size.
func fill(size int, begin, name, piece, end string) string {
	begin = strings.Replace(begin, halfX, strings.Repeat("x", size/2), 1)
	close, closes := strings.CutPrefix(end, closing)
	if closes {
		n := (size - len(begin)) / (len(piece) + len(close))
		return begin + strings.Repeat(piece, n) + strings.Repeat(close, n)
	}
	var b strings.Builder
	b.WriteString(begin)
	for n := 0; ; n++ {
		next := piece
		if piece == "" || name == "keys" {
			next = numbered(name, n)
		}
		if b.Len()+len(next)+len(end) > size {
			return b.String() + end
		}
		b.WriteString(next)
	}
}

// numbered are the pieces that differ from one to the next.
func numbered(name string, n int) string {
	switch name {
	case "quotes that grow":
		return strings.Repeat(">", n) + "a\n"
	case "lists that are indented more and more":
		return strings.Repeat("  ", n) + "- a\n"
	case "definitions with names of their own":
		return fmt.Sprintf("[%d]: https://a.jp/\n", n)
	case "code that never closes":
		return strings.Repeat("`", n+1) + "a"
	case "slots of many fallbacks":
		return fmt.Sprintf("{{name|%d}}\n", n)
	case "attachments with names of their own":
		return fmt.Sprintf("\"%d\",", n)
	}
	return fmt.Sprintf("a%d = 1\n", n)
}
