package phrase

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"
)

// said is a text of the source, and whether an editor is told it.
type said struct {
	at   string
	told bool
}

// sentences are the texts of the packages that tell editors something, which are no
// patterns. Of those that look at issues all are told that are prose; of the others, what
// is given to the functions that say it.
func sentences(t *testing.T) map[string]said {
	t.Helper()
	all, fset := map[string]said{}, token.NewFileSet()
	read := func(dir string, prose bool) {
		files, err := filepath.Glob(filepath.Join("..", dir, "*.go"))
		if err != nil || len(files) == 0 {
			t.Fatal(dir, err)
		}
		for _, name := range files {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			f, err := parser.ParseFile(fset, name, nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			read := func(e ast.Expr, told bool) bool {
				s, ok := textOf(e)
				if ok {
					all[s] = said{fset.Position(e.Pos()).String(), told || all[s].told}
				}
				return ok
			}
			ast.Inspect(f, func(n ast.Node) bool {
				switch x := n.(type) {
				case *ast.ImportSpec:
					return false
				case *ast.Field:
					return x.Tag == nil
				case *ast.CallExpr:
					called := nameOf(x.Fun)
					if slices.Contains([]string{"phrase.Say", "Say", "refused", "misuse"}, called) && len(x.Args) > 0 {
						read(x.Args[0], true)
					}
					if (called == "a.say" || called == "a.told") && ofIssues.MatchString(name) && isProse(x.Args[0]) {
						read(x.Args[0], true)
					}
					if strings.HasSuffix(called, ".Refuse") && len(x.Args) > 1 {
						read(x.Args[1], true)
					}
					return called != "regexp.MustCompile"
				case ast.Expr:
					return !read(x, prose && isProse(x))
				}
				return true
			})
		}
	}
	for _, dir := range []string{"markdown", "source", "enclosure", "slot", "lint", "proof", "finding"} {
		read(filepath.Join("compose", dir), true)
	}
	for _, dir := range []string{".", "editor", "engine", "compose", "../store", "../cmd/kairan"} {
		read(dir, false)
	}
	return all
}

// ofIssues are the commands about issues, whose answers are in both languages.
var ofIssues = regexp.MustCompile(`/(cmd_issue\w*|cmd_list_close|cmd_list_feed|enclosed|summary)\.go$`)

func nameOf(fun ast.Expr) string {
	switch x := fun.(type) {
	case *ast.Ident:
		return x.Name
	case *ast.SelectorExpr:
		return nameOf(x.X) + "." + x.Sel.Name
	}
	return ""
}

var prose = regexp.MustCompile(`[a-z]{2,}[,;:]? [a-z<]`)

// isProse reports a text that is no list of words which are looked for.
func isProse(e ast.Expr) bool {
	s, ok := textOf(e)
	return ok && prose.MatchString(s) && !slices.ContainsFunc([]string{
		"figcaption", "em strong", "table thead", "no subject", "test mail", "last year", "programme of", "no host", "cannot be rendered", "(and %d more like this)", "line %d: %s", "/ or https://",
	}, func(other string) bool { return strings.Contains(s, other) })
}

// textOf is a text that stands in the source, in one piece or in several.
func textOf(e ast.Expr) (string, bool) {
	switch x := e.(type) {
	case *ast.BasicLit:
		if x.Kind == token.STRING {
			s, err := strconv.Unquote(x.Value)
			return s, err == nil
		}
	case *ast.BinaryExpr:
		a, ok := textOf(x.X)
		b, ok2 := textOf(x.Y)
		return a + b, ok && ok2 && x.Op == token.ADD
	}
	return "", false
}

// TestEachSentenceIsInJapanese: whoever writes issues in Japan is told what is wrong, and
// why something is not done, in their own words. A sentence that is new, or another one,
// has its Japanese in the catalogue.
func TestEachSentenceIsInJapanese(t *testing.T) {
	t.Parallel()
	written := sentences(t)
	for s, x := range written {
		if _, is := japanese[s]; x.told && !is {
			t.Errorf("%s: %q is in English alone", x.at, s)
		}
	}
	for en, ja := range japanese {
		_, is := written[strings.TrimPrefix(en, "be ")] // what is refused is a word
		if _, wraps := written[strings.ReplaceAll(en, "%v", "%w")]; !is && !wraps {
			t.Errorf("nothing says %q any more", en)
		}
		if a, b := alike(en), alike(ja); !maps.Equal(a, b) {
			t.Errorf("%q has %v, and %q has %v", en, a, ja, b)
		}
		if en != ja && !strings.ContainsFunc(ja, isJapanese) && prose.MatchString(en) {
			t.Errorf("%q is no Japanese", ja)
		}
		if _, answers := ofAnswers[en]; strings.HasSuffix(ja, "。") && !answers || strings.ContainsAny(ja, "，．") {
			t.Errorf("%q: what follows is put behind it; commas are 、", ja)
		}
	}
}

func isJapanese(r rune) bool {
	return r == '、' || unicode.In(r, unicode.Hiragana, unicode.Katakana, unicode.Han)
}

// alike are the verbs of a format: what is quoted in English stands in Japanese brackets.
func alike(format string) map[int]string {
	all := verbsOf(format)
	for n, verb := range all {
		all[n] = strings.Replace(verb, "q", "s", 1)
	}
	return all
}

// TestSay: what stands in a sentence is in its language, too.
func TestSay(t *testing.T) {
	t.Parallel()
	inner := Say("there can be no host %q; see whether it is spelt as on its own pages", "a..jp")
	for _, c := range []struct {
		says   Words
		en, ja string
	}{
		{Say("the link to %q cannot be sent: %s", "https://a..jp", inner),
			`the link to "https://a..jp" cannot be sent: there can be no host "a..jp"; see whether it is spelt as on its own pages`,
			"「https://a..jp」へのリンクは送信できません。ホスト「a..jp」は存在しません。つづりを確かめてください"},
		{Say("%s has %d characters; shorten it to %d or fewer", Key("the subject"), 300, 200),
			"the subject has 300 characters; shorten it to 200 or fewer", "件名が300文字あります。200文字までにしてください"},
		{Say("%s cannot be sent: %v", "a.svg", error(Say("the file is empty"))), "a.svg cannot be sent: the file is empty", "a.svg は送信できません。ファイルが空です"},
		{Say("%s cannot be sent: %v", "a.svg", errors.New("why")), "a.svg cannot be sent: why", "a.svg は送信できません。why"},
		{Say("there is no file %s", "held"), "there is no file held", "ファイル held がありません"}, // which is a state, too
		{Say("nobody knows %s\x1b", "it"), "nobody knows itU+001B", "nobody knows itU+001B"},
	} {
		if c.says != (Words{c.en, c.ja}) {
			t.Errorf("%+v", c.says)
		}
		if c.says.In("ja") != c.ja || c.says.In("en") != c.en || (Words{EN: "x"}).In("ja") != "x" {
			t.Errorf("%+v is in another language than asked", c.says)
		}
	}
}

// TestOf: an error has its words in both languages, unless something else is said with it.
func TestOf(t *testing.T) {
	t.Parallel()
	said := Say("the file is empty")
	for _, c := range []struct {
		err  error
		want Words
	}{
		{said, said}, {fmt.Errorf("%w", said), said}, {fmt.Errorf("wrapped: %w", said), Words{EN: "wrapped: the file is empty"}}, {errors.New("x"), Words{EN: "x"}},
	} {
		if got := Of(c.err); got != c.want {
			t.Errorf("%v: %+v", c.err, got)
		}
	}
}

// TestFormatSteersNoTerminal: what stands in quotes in English is written out in Japanese.
func TestFormatSteersNoTerminal(t *testing.T) {
	t.Parallel()
	format, args := Format("ja", "there is no list %q; did you mean %q? `kairan list ls` shows the lists", []any{"\x1b[31mx\u202e", "news"})
	if got := fmt.Sprintf(format, args...); !strings.HasPrefix(got, "メール配信「U+001B[31mxU+202E」はありません。「news」") {
		t.Errorf("%q", got)
	}
}
