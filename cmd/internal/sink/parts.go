package sink

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"

	"github.com/emersion/go-message"
	_ "github.com/emersion/go-message/charset" // ISO-2022-JP and the others
	"github.com/emersion/go-message/mail"
)

// Parts is a mail as its reader sees it, in UTF-8.
type Parts struct {
	Subject, From string // From as "Name <address>"
	Text, HTML    string // "" if the mail has none
	Header        mail.Header
	Files         []File // in their order
}

// File is a picture or an attachment of a mail.
type File struct {
	Name, Type string
	ID         string // by which the HTML shows it; "": it is attached
	Data       []byte
}

// Size says how large the file is.
func (f File) Size() string { return fmt.Sprintf("%d KB", (len(f.Data)+1023)>>10) }

// Attached are the files that the HTML does not show.
func (p Parts) Attached() (files []File) {
	for _, f := range p.Files {
		if f.ID == "" {
			files = append(files, f)
		}
	}
	return files
}

// Page is the HTML with the pictures that it shows.
func (p Parts) Page() string {
	var pairs []string
	for _, f := range p.Files {
		if f.ID != "" {
			pairs = append(pairs, `src="cid:`+f.ID+`"`, `src="data:`+f.Type+";base64,"+base64.StdEncoding.EncodeToString(f.Data)+`"`)
		}
	}
	return strings.NewReplacer(pairs...).Replace(p.HTML)
}

// Parts takes the mail apart. The error is a mail that is not well formed, or
// whose body is not kept; what was read before it is in Parts.
func (m Mail) Parts() (p Parts, err error) {
	if m.Data == nil {
		return p, errors.New("the body of this mail is not kept")
	}
	r, err := mail.CreateReader(bytes.NewReader(m.Data))
	if r == nil || err != nil && !message.IsUnknownCharset(err) {
		return p, fmt.Errorf("the mail's header cannot be read: %w", err)
	}
	defer r.Close()
	p.Header = r.Header
	if p.Subject, err = r.Header.Subject(); err != nil {
		return p, fmt.Errorf("the mail's Subject cannot be read: %w", err)
	}
	from, err := r.Header.AddressList("From")
	if err != nil || len(from) == 0 {
		return p, errors.New("the mail's From cannot be read")
	}
	p.From = from[0].Address
	if from[0].Name != "" {
		p.From = from[0].Name + " <" + from[0].Address + ">"
	}
	for {
		part, err := r.NextPart()
		if errors.Is(err, io.EOF) {
			return p, nil
		}
		if part == nil || err != nil && !message.IsUnknownCharset(err) {
			return p, fmt.Errorf("a part of the mail cannot be read: %w", err)
		}
		body, err := io.ReadAll(part.Body)
		if err != nil {
			return p, fmt.Errorf("a part of the mail cannot be read: %w", err)
		}
		p.take(part.Header, body)
	}
}

// take takes one part.
func (p *Parts) take(header mail.PartHeader, body []byte) {
	switch h := header.(type) {
	case *mail.AttachmentHeader:
		kind, _, _ := h.ContentType()
		name, _ := h.Filename()
		p.Files = append(p.Files, File{Name: name, Type: kind, Data: body})
	case *mail.InlineHeader:
		kind, _, _ := h.ContentType()
		switch id := strings.Trim(h.Get("Content-Id"), "<>"); {
		case kind == "text/plain" && p.Text == "":
			p.Text = string(body)
		case kind == "text/html" && p.HTML == "":
			p.HTML = string(body)
		case strings.HasPrefix(kind, "image/") && id != "":
			_, params, _ := h.ContentDisposition()
			p.Files = append(p.Files, File{params["filename"], kind, id, body})
		}
	}
}

var (
	link     = regexp.MustCompile(`https?://[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]+`)
	linkTail = ".,;:!?)]'"
)

// Links returns the URLs in the plain-text part, in their order.
func (m Mail) Links() (urls []string) {
	p, err := m.Parts()
	if err != nil {
		return nil
	}
	for _, piece := range pieces(p.Text) {
		if piece.Link {
			urls = append(urls, piece.Text)
		}
	}
	return urls
}

// piece is a run of text, or a URL in it.
type piece struct {
	Text string
	Link bool
}

func pieces(text string) (all []piece) {
	for text != "" {
		at := link.FindStringIndex(text)
		if at == nil {
			return append(all, piece{Text: text})
		}
		url := strings.TrimRight(text[at[0]:at[1]], linkTail)
		if at[0] > 0 {
			all = append(all, piece{Text: text[:at[0]]})
		}
		all = append(all, piece{Text: url, Link: true})
		text = text[at[0]+len(url):]
	}
	return all
}
