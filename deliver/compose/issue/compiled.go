package issue

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"example.jp/kairan/deliver"
	"example.jp/kairan/deliver/compose/mime"
	"example.jp/kairan/deliver/compose/slot"
	"example.jp/kairan/subscribe"
	"example.jp/kairan/templates"
)

// Compiled is an issue made once, for all its readers; it holds nothing about any of
// them. Its fields are what is stored of it.
type Compiled struct {
	Version    int            `json:"version"`
	List       string         `json:"list"`
	Lang       subscribe.Lang `json:"lang"`
	Subject    string         `json:"subject"` // with samples in its slots
	From       string         `json:"from"`
	FromName   string         `json:"from_name"`
	FromDomain string         `json:"from_domain"`
	ReplyTo    string         `json:"reply_to,omitempty"`
	ReturnPath string         `json:"return_path"`
	Delimiter  string         `json:"delimiter,omitempty"` // behind its mailbox, see [subscribe.List]
	Headers    []mime.Header  `json:"headers"`
	Date       time.Time      `json:"date"`
	Boundary   string         `json:"boundary"`
	Key        []byte         `json:"key"` // of the Message-IDs
	Text       Part           `json:"text"`
	HTML       Part           `json:"html"`
	TrialText  string         `json:"trial_text"` // the copy for checking: sample values, no links
	TrialHTML  string         `json:"trial_html"`

	SubjectSegments []slot.Segment `json:"subject_segments,omitempty"` // of a subject with slots
	Files           []File         `json:"files,omitempty"`
}

// File is a file that travels with each copy. Its octets are not stored with the form,
// but with the issue.
type File struct {
	Name string            `json:"name"`
	Type string            `json:"type"`         // its media type
	ID   string            `json:"id,omitempty"` // by which the HTML shows it; "": it is attached
	Sum  [sha256.Size]byte `json:"sum"`
	Data []byte            `json:"-"`
}

// Part is a body that is the same for all but for its slots.
type Part struct {
	Encoding string         `json:"encoding"` // of package mime
	Segments []slot.Segment `json:"segments"`
}

// Size is how many octets a copy's part has at least, before it is encoded: what stands
// in its slots is not known.
func (p Part) Size() (n int) {
	for _, s := range p.Segments {
		n += len(s.Lit)
	}
	return n
}

// version of the stored form. A change that alters any byte of a message needs
// a new one, and the old one stays readable.
const version = 3

// needs is the lowest version that can hold the issue, so that the program before can
// read what it could have stored.
func (c *Compiled) needs() int {
	if c.Delimiter != "" {
		return 3
	}
	if len(c.SubjectSegments) > 0 || len(c.Files) > 0 {
		return 2
	}
	return 1
}

// Marshal returns the form to be stored with the issue. It holds a key, from
// which Message-IDs are made, and nothing about readers.
func (c Compiled) Marshal() ([]byte, error) {
	c.Version = c.needs()
	b, err := json.Marshal(c)
	if err != nil {
		return nil, fmt.Errorf("the compiled issue cannot be stored: %w", err)
	}
	return b, nil
}

// Unmarshal reads what Marshal returned.
func Unmarshal(stored []byte) (*Compiled, error) {
	var c Compiled
	if err := json.Unmarshal(stored, &c); err != nil {
		return nil, errors.New("the stored issue cannot be read; restore it from a backup, or cancel it and send it again under another name")
	}
	if c.Version < 1 || c.Version > version {
		return nil, fmt.Errorf("the stored issue has version %d and this program reads up to version %d; run the program that stored it, or a newer one",
			c.Version, version)
	}
	if len(c.Key) == 0 || c.Boundary == "" || len(c.HTML.Segments) == 0 || len(c.Text.Segments) == 0 {
		return nil, errors.New("the stored issue is not complete; restore it from a backup, or cancel it and send it again under another name")
	}
	return &c, nil
}

// Fill gives the files of an issue that was unmarshalled their octets. They are those that
// it was compiled with, or the error says which is missing.
func (c *Compiled) Fill(files []deliver.File) error {
	for i := range c.Files {
		f := &c.Files[i]
		for _, given := range files {
			if given.Name == f.Name && sha256.Sum256(given.Data) == f.Sum {
				f.Data = given.Data
			}
		}
		if f.Data == nil {
			return fmt.Errorf("the file %s of the stored issue is missing, or another; restore it from a backup, or cancel it and send it again under another name", f.Name)
		}
	}
	return nil
}

// hollow is the issue without the octets of its files.
func (c *Compiled) hollow() *Compiled {
	h := *c
	h.Files = slices.Clone(c.Files)
	for i := range h.Files {
		h.Files[i].Data = nil
	}
	return &h
}

// Content tells what readers would get from any other: what was compiled of the same
// source, at the same date, has the same. The key and the boundary, which are drawn each
// time, are not a part of it.
func (c *Compiled) Content() deliver.Content {
	x := c.hollow()
	x.Version, x.Date, x.Boundary, x.Key = 0, time.Time{}, "", nil
	all, err := json.Marshal(x)
	if err != nil { // texts and numbers alone
		panic(err)
	}
	return sha256.Sum256(append([]byte("to each reader of the list at the start\x00"), all...))
}

// Personal is what differs from reader to reader.
type Personal struct {
	To         subscribe.Address
	ID         subscribe.ID
	Fields     map[string]string // by id, as shown: see [subscribe.Field.Show]
	LeaveURL   string            // opaque, one per reader (RFC 8058 §3.1)
	CorrectURL string
	// Where the issue has a delimiter: what the return path says, and the address to which
	// the reader writes to leave, see [subscribe.Tokens].
	Return, LeaveByMail string
}

var (
	errLinks   = errors.New("a copy needs its leave and its correction link; none is sent without")
	errReturns = errors.New("a copy needs a return path that says whose it is, and an address by which its reader leaves; none is sent without")
)

// Message makes one reader's copy: the same bytes for the same reader, whenever
// it is made.
func (c *Compiled) Message(p Personal) (deliver.Message, error) {
	return c.plain(personal{p.To.Envelope(), p.ID, p.LeaveURL, p.CorrectURL, p.Return, p.LeaveByMail, func(id string) string { return p.Fields[id] }})
}

// personal is a [Personal] as it is written.
type personal struct {
	to                                 string
	id                                 subscribe.ID
	leave, correct, returns, leaveMail string
	field                              func(id string) string
}

// plain is the mail library's plain path, by which every other way to make a copy
// is measured.
func (c *Compiled) plain(p personal) (deliver.Message, error) {
	if !isLink(p.leave) || !isLink(p.correct) {
		return deliver.Message{}, errLinks
	}
	if c.Delimiter != "" && (!isLink(p.returns) || !isLink(p.leaveMail)) {
		return deliver.Message{}, errReturns
	}
	value := func(s slot.Segment) string {
		switch s.Slot {
		case slot.Leave:
			return p.leave
		case slot.Correct:
			return p.correct
		}
		if v := p.field(s.Slot); v != "" {
			return v
		}
		return s.Or
	}
	m := c.mail(p.to, c.subject(value), messageID(c.Key, p.id[:]), slot.Fill(c.Text.Segments, false, value), slot.Fill(c.HTML.Segments, true, value))
	m.Unsubscribe = p.leave
	if c.Delimiter != "" {
		before, after := subscribe.PartAddress(c.ReturnPath, c.Delimiter)
		m.ReturnPath = before + p.returns + after
		m.LeaveByMail = "mailto:" + before + p.leaveMail + after + leaveSubject
	}
	return m.Write()
}

// Test makes a tester's copy: marked in subject and bodies, with sample values,
// and with nothing in it that could act.
func (c *Compiled) Test(set *templates.Set, to subscribe.Address) (deliver.Message, error) {
	id := messageID(c.Key, []byte("test\x00"+to.Identity()))
	subject := set.Say(string(c.Lang), "issue.test", map[string]any{"Subject": c.Subject})
	return c.mail(to.Envelope(), subject, id, c.TrialText, c.TrialHTML).Write()
}

func (c *Compiled) mail(to, subject, id, text, html string) mime.Message {
	m := mime.Message{
		ReturnPath: c.ReturnPath, To: to, From: c.From, FromName: c.FromName, ReplyTo: c.ReplyTo,
		Subject: subject, MessageID: id + "@" + c.FromDomain, Date: c.Date, Boundary: c.Boundary, Headers: c.Headers,
		Text: mime.Part{Encoding: c.Text.Encoding, Content: text}, HTML: mime.Part{Encoding: c.HTML.Encoding, Content: html},
	}
	for _, f := range c.Files {
		m.Files = append(m.Files, mime.File{Name: f.Name, Type: f.Type, ID: f.ID, Data: f.Data})
	}
	return m
}

// messageID is the left side of a Message-ID: stable for the reader, and saying
// nothing about one (RFC 5322 §3.6.4).
func messageID(key, of []byte) string {
	h := hmac.New(sha256.New, key)
	h.Write(of)
	return strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(h.Sum(nil)[:20]))
}

// leaveSubject is for mail programs that let nobody send a mail without one.
const leaveSubject = "?subject=unsubscribe"

// isLink reports a URL that can stand between angle brackets.
func isLink[T string | []byte](link T) bool {
	return len(link) > 0 && lookAt(link)&notLink == 0
}
