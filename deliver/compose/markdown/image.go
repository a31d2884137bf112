package markdown

import (
	"net/url"
	slashed "path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/yuin/goldmark/ast"

	"example.jp/kairan/deliver/compose/finding"
	"example.jp/kairan/deliver/compose/slot"
	"example.jp/kairan/deliver/phrase"
)

// checkImage checks where an image lies: on the hosts of the office, or beside the issue.
func (m markdown) checkImage(n *ast.Image, dest string) {
	m.checkTitle(n, n.Title)
	u, err := url.Parse(dest)
	host := ""
	if err == nil && u.Scheme == "https" && u.User == nil && u.Host != "" {
		host = asciiHosts([]string{u.Host})[0]
	}
	switch {
	case strings.ContainsFunc(dest, slot.IsMark):
		m.found.Fail(m.line(n), "slot-in-link", slot.InURL)
	case host != "" && slices.ContainsFunc(m.hosts, func(h string) bool { return strings.EqualFold(host, h) }):
		n.Destination = []byte(strings.Replace(dest, u.Host, host, 1))
	case isBeside(dest) && strings.Contains(dest, "/") && len(m.hosts) > 0:
		m.found.Fail(m.line(n), "file", "%q cannot be sent: a path is not read; put the file into the folder of the issue, and write its name alone: %s; or, if the picture is on the office's web site, the whole address: https://%s",
			finding.Clip(dest), finding.Clip(slashed.Base(dest)), finding.Clip(m.hosts[0]+slashed.Clean("/"+dest)))
	case isBeside(dest):
		m.showFile(n, dest)
	case onComputer.MatchString(dest):
		m.found.Fail(m.line(n), "image", "the picture %s lies on a computer where readers cannot see it; put the file into the folder of the issue, and write its name alone, as in ![map](map.png)", finding.Clip(dest))
	default:
		m.found.Fail(m.line(n), "image", "the picture \"%s\" cannot be sent; pictures lie on the office's own web site, under https://%s/, or beside the issue, as in ![map](map.png)", finding.Clip(dest), phrase.Words{EN: strings.Join(m.hosts, "/ or https://"), JA: strings.Join(m.hosts, "/、https://")})
	}
}

// onComputer is a path, as a file manager copies it.
var onComputer = regexp.MustCompile(`^(?i:file:|[a-z]:|\\\\|//|~/)`)

// TextWidth is how wide the text of an issue is on a desktop, in CSS pixels: the sheet
// without its padding. A wider picture is shown as wide.
const TextWidth = 560

// showFile lets an image show the file beside the issue that it names, with the room that
// it takes, so that the text does not jump when it comes.
func (m markdown) showFile(n *ast.Image, dest string) {
	file, ok := m.Show(m.line(n), dest)
	if !ok {
		return
	}
	width := min(file.Width, TextWidth)
	if v, ok := n.AttributeString("width"); ok { // of an HTML tag
		if asked, err := strconv.Atoi(string(v.([]byte))); err == nil && asked > 0 {
			width = min(asked, TextWidth)
		}
	}
	height := max((file.Height*width+file.Width/2)/file.Width, 1)
	n.Destination = []byte("cid:" + file.ID)
	n.SetAttributeString("width", []byte(strconv.Itoa(width)))
	n.SetAttributeString("height", []byte(strconv.Itoa(height)))
}

// isBeside says whether an image's address means a file beside the issue.
func isBeside(dest string) bool {
	u, err := url.Parse(dest)
	return err != nil && !strings.Contains(dest, ":") || err == nil && u.Scheme == "" && u.Host == ""
}
