package issue

import (
	"bytes"
	"crypto/rand"
	"errors"
	"slices"
	"strings"
	"sync"

	"example.jp/kairan/deliver/compose/mime"
	"example.jp/kairan/deliver/compose/slot"
	"example.jp/kairan/subscribe"
)

// Splicer makes readers' copies of one compiled issue. All that is the same for
// every reader is encoded and dot-stuffed once, when the Splicer is made; per
// copy only the slots are filled. The bytes are those of [Compiled.Message],
// dot-stuffed; where the issue has files they are the same for every reader, too, and
// stand in [Splicer.Tail]. It is safe for concurrent use.
type Splicer struct {
	compiled *Compiled // without the octets of its files
	behind   []byte    // what it writes where tail stands
	tail     []byte
	fields   []string // ids
	fillers  []filler
	steps    []step
	size     int // of a usual copy
	// Between them stands what the addresses of a copy say; empty without a delimiter.
	before, after string
	copies        sync.Pool
}

// filler says what fills a slot: a value of the copy, and what stands there if the
// reader left it blank.
type filler struct {
	field int    // index into Splicer.fields, or one of the links
	or    string // on one line
}

const (
	fillLeave   = -1
	fillCorrect = -2
)

var errSplice = errors.New("a spliced copy differs from the one that the mail library writes, so none is sent; this is a fault of the program, please report it")

// Splicer prepares the issue for splicing; its files must have their octets. It makes a
// few copies both ways and compares them, so that a mail library which writes otherwise
// than expected is an error here and not a broken mail.
func (c *Compiled) Splicer() (*Splicer, error) {
	s := &Splicer{compiled: c.hollow()}
	if c.Delimiter != "" {
		s.before, s.after = subscribe.PartAddress(c.ReturnPath, c.Delimiter)
	}
	frame, marks, err := s.compiled.frame()
	if err != nil {
		return nil, err
	}
	for _, seg := range c.SubjectSegments {
		s.filler(seg) // so that its field is asked for
	}
	text, html := framed{body: s.body(c.Text, false)}, framed{body: s.body(c.HTML, true)}
	for _, f := range c.Files {
		if f.ID == "" {
			text.deep = 1
		} else {
			html.deep = 1
		}
	}
	if s.steps, s.behind = cutFrame(frame, marks, text, html); s.steps == nil {
		return nil, errSplice
	}
	if len(c.Files) == 0 {
		s.steps = append(s.steps, step{literal: s.behind})
	} else {
		whole, _, err := c.frame()
		if err != nil {
			return nil, err
		}
		s.tail = append(bytes.Clone(whole[len(frame)+len(".\r\n")-len(s.behind):]), ".\r\n"...)
	}
	s.copies.New = func() any { return newCopy(s) }
	return s, s.check(c)
}

// Tail is what goes over the wire behind each copy; nil of an issue without files. It
// must not be changed.
func (s *Splicer) Tail() []byte { return s.tail }

// body prepares a body.
func (s *Splicer) body(p Part, inHTML bool) body {
	if p.Encoding == mime.Base64 {
		return newBase64Body(p.Segments, s.filler, inHTML)
	}
	return newQuotedBody(p.Segments, s.filler, inHTML)
}

// filler is the index of what fills the slot of a segment; -1 for a literal.
func (s *Splicer) filler(seg slot.Segment) int {
	f := filler{or: strings.Map(slot.OneLine, seg.Or)}
	switch seg.Slot {
	case "":
		return -1
	case slot.Leave:
		f.field = fillLeave
	case slot.Correct:
		f.field = fillCorrect
	default:
		if f.field = slices.Index(s.fields, seg.Slot); f.field < 0 {
			f.field = len(s.fields)
			s.fields = append(s.fields, seg.Slot)
		}
	}
	i := slices.Index(s.fillers, f)
	if i < 0 {
		i = len(s.fillers)
		s.fillers = append(s.fillers, f)
	}
	return i
}

// Fields are the ids of the fields that the issue shows, in the order in which
// a [Copy] has them. The slice must not be changed.
func (s *Splicer) Fields() []string { return s.fields }

// Begin begins a copy. It must be ended.
func (s *Splicer) Begin() *Copy { return s.copies.Get().(*Copy) }

// check compares copies for an ordinary reader, for a long address and for
// values that need every kind of escape, with those of the issue itself.
func (s *Splicer) check(of *Compiled) error {
	long := strings.Repeat("a", 60) + "@" + strings.Repeat("long.", 4) + "example.com"
	for _, reader := range []struct{ to, leave, correct string }{
		{"a@example.com", "https://example.com/a", "https://example.com/b"},
		{long, "https://example.com/?l=" + strings.Repeat(rand.Text(), 3), "https://example.com/?c=&d='"},
	} {
		c := s.Begin()
		defer c.End()
		c.To, c.Leave, c.Correct = reader.to, append(c.Leave, reader.leave...), append(c.Correct, reader.correct...)
		c.Return, c.LeaveByMail = append(c.Return, "returns"...), append(c.LeaveByMail, "leaves"...)
		for i := range c.Fields {
			c.Fields[i] = append(c.Fields[i], strings.Repeat("& = <値>. ", i)...)
		}
		want, err := c.stuffed(of)
		if err != nil {
			return err
		}
		got, err := c.Append(nil)
		if err != nil {
			return err
		}
		if same, ok := bytes.CutPrefix(want, got); !ok || !bytes.Equal(same, s.tail) {
			return errSplice
		}
		if len(s.tail) > 0 {
			if by, err := c.appendPlain(nil); err != nil || !bytes.Equal(by, got) {
				return errSplice
			}
		}
		s.size = max(s.size, len(got)+len(got)/16)
	}
	return nil
}
