package plain

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/JohannesKaufmann/dom"
	"github.com/JohannesKaufmann/html-to-markdown/v2/converter"
	"github.com/JohannesKaufmann/html-to-markdown/v2/plugin/base"
	"github.com/JohannesKaufmann/html-to-markdown/v2/plugin/commonmark"
	"github.com/JohannesKaufmann/html-to-markdown/v2/plugin/table"
	"golang.org/x/net/html"

	"example.jp/kairan/deliver/compose/slot"
	"example.jp/kairan/deliver/compose/width"
	"example.jp/kairan/subscribe"
)

// rule is drawn across the text.
const rule = "----------------------------------------"

// Text turns sanitised HTML into the text part: the same words, laid out
// as a mail in that language is written by hand, without Markdown's escapes.
func Text(fragment string, lang subscribe.Lang) (string, error) {
	c := converter.NewConverter(
		converter.WithEscapeMode(converter.EscapeModeDisabled),
		converter.WithPlugins(base.NewBasePlugin(), commonmark.NewCommonmarkPlugin(commonmark.WithListEndComment(false)), table.NewTablePlugin(
			table.WithNewlineBehavior(table.NewlineBehaviorSkip), table.WithCellPaddingBehavior(table.CellPaddingBehaviorMinimal))),
	)
	// The base plugin would turn < and > into entities.
	c.Register.TextTransformer(func(_ converter.Context, s string) string {
		return strings.NewReplacer("<", string(slot.MarkLess), ">", string(slot.MarkMore)).Replace(s)
	}, converter.PriorityEarly)
	for tag, r := range map[string]converter.HandleRenderFunc{
		"a": plainLink, "img": plainImage, "strong": plainMarks("*"), "em": plainMarks("_"), "del": plainMarks("~"), "br": plainBreak,
		"code": plainMarks(""), "rt": plainReading, "rp": plainNothing,
	} {
		c.Register.RendererFor(tag, converter.TagTypeInline, r, converter.PriorityEarly)
	}
	for level := 1; level <= 6; level++ {
		c.Register.RendererFor(fmt.Sprintf("h%d", level), converter.TagTypeBlock, plainHeading(level, lang), converter.PriorityEarly)
	}
	c.Register.RendererFor("pre", converter.TagTypeBlock, plainBlock, converter.PriorityEarly)
	c.Register.RendererFor("hr", converter.TagTypeBlock, func(_ converter.Context, w converter.Writer, _ *html.Node) converter.RenderStatus {
		_, _ = w.WriteString("\n\n" + rule + "\n\n")
		return converter.RenderSuccess
	}, converter.PriorityEarly)
	out, err := c.ConvertString(fragment)
	if err != nil {
		return "", fmt.Errorf("the plain-text part cannot be made: %w", err)
	}
	out = strings.NewReplacer(string(slot.MarkLess), "<", string(slot.MarkMore), ">", "\u00a0", " ").Replace(out)
	lines := strings.Split(out, "\n")
	for i, l := range lines {
		lines[i] = strings.TrimRight(l, " \t")
	}
	return strings.Trim(strings.Join(lines, "\n"), "\n"), nil
}

// inner is what a node shows, without white space around it.
func inner(ctx converter.Context, n *html.Node) string {
	var b bytes.Buffer
	ctx.RenderChildNodes(ctx, &b, n)
	return strings.TrimSpace(b.String())
}

// plainLink writes "text <URL>", so that no program takes the text behind a URL
// for a part of it; a link that is a paragraph of its own has its URL alone on
// a line.
func plainLink(ctx converter.Context, w converter.Writer, n *html.Node) converter.RenderStatus {
	text, dest := inner(ctx, n), dom.GetAttributeOr(n, "href", "")
	shown := strings.TrimPrefix(dest, "mailto:")
	switch {
	case dest == "":
		_, _ = w.WriteString(text)
	case isAlone(n) && (text == shown || text == ""):
		_, _ = w.WriteString(shown)
	case isAlone(n):
		_, _ = w.WriteString(text + "\n" + shown)
	case text == shown || text == "":
		_, _ = w.WriteString("<" + shown + ">")
	default:
		_, _ = w.WriteString(text + " <" + shown + ">")
	}
	return converter.RenderSuccess
}

// isAlone reports that a paragraph holds nothing but this link.
func isAlone(n *html.Node) bool {
	return n.Parent != nil && n.Parent.Data == "p" && n.PrevSibling == nil && n.NextSibling == nil
}

func plainImage(_ converter.Context, w converter.Writer, n *html.Node) converter.RenderStatus {
	if alt := strings.TrimSpace(dom.GetAttributeOr(n, "alt", "")); alt != "" {
		_, _ = w.WriteString("[" + alt + "]")
	}
	return converter.RenderSuccess
}

func plainMarks(mark string) converter.HandleRenderFunc {
	return func(ctx converter.Context, w converter.Writer, n *html.Node) converter.RenderStatus {
		if n.Data == "code" && n.Parent != nil && n.Parent.Data == "pre" {
			return converter.RenderTryNext
		}
		if text := inner(ctx, n); text != "" {
			_, _ = w.WriteString(mark + text + mark)
		}
		return converter.RenderSuccess
	}
}

// plainBlock keeps what is laid out by hand as it is.
func plainBlock(_ converter.Context, w converter.Writer, n *html.Node) converter.RenderStatus {
	_, _ = w.WriteString("\n\n")
	_, _ = w.WriteString(strings.Trim(dom.CollectText(n), "\n") + "\n\n")
	return converter.RenderSuccess
}

func plainBreak(_ converter.Context, w converter.Writer, _ *html.Node) converter.RenderStatus {
	_ = w.WriteByte('\n')
	return converter.RenderSuccess
}

func plainReading(ctx converter.Context, w converter.Writer, n *html.Node) converter.RenderStatus {
	_, _ = w.WriteString("（" + inner(ctx, n) + "）")
	return converter.RenderSuccess
}

func plainNothing(converter.Context, converter.Writer, *html.Node) converter.RenderStatus {
	return converter.RenderSuccess
}

// plainHeading marks headings as each language's mail magazines do.
func plainHeading(level int, lang subscribe.Lang) converter.HandleRenderFunc {
	return func(ctx converter.Context, w converter.Writer, n *html.Node) converter.RenderStatus {
		text := strings.ReplaceAll(inner(ctx, n), "\n", " ")
		if text != "" {
			_, _ = w.WriteString("\n\n" + Heading(text, level, lang) + "\n\n")
		}
		return converter.RenderSuccess
	}
}

// Heading is a heading, marked as each language's mail magazines do.
func Heading(text string, level int, lang subscribe.Lang) string {
	line := func(s string) string { return text + "\n" + strings.Repeat(s, min(width.Columns(text), 70)) }
	switch {
	case level == 1:
		return line("=")
	case lang == subscribe.Japanese && level == 2:
		return "■ " + text
	case lang == subscribe.Japanese:
		return "● " + text
	case level == 2:
		return line("-")
	}
	return text
}
