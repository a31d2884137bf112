package compose

import (
	"bytes"
	"errors"
	"slices"
	"strings"

	"github.com/wneessen/go-mail"

	"example.jp/kairan/deliver"
	"example.jp/kairan/subscribe"
)

// Splicer makes readers' copies of one compiled issue. All that is the same for
// every reader is encoded and dot-stuffed once, when the Splicer is made; per
// copy only the slots are filled. The bytes are those of [Compiled.Message],
// dot-stuffed. It is safe for concurrent use.
type Splicer struct {
	compiled *Compiled
	fields   []string // ids
	blanks   []blank
	steps    []step
	size     int // of a usual copy
	scratch  scratchPool
}

// Filling is what differs from reader to reader, for a caller who makes many
// copies and would rather not allocate for each. Nothing of it is kept.
type Filling struct {
	To      string // as [subscribe.Address.Envelope] writes it
	ID      subscribe.ID
	Leave   []byte   // the leave link (RULES B-05)
	Correct []byte   // the correction link
	Fields  [][]byte // as shown, in the order of [Splicer.Fields]; missing or empty: left blank
}

// step is literal bytes and what comes after them.
type step struct {
	literal []byte
	then    slotKind
	part    encodedPart // of slotPart
}

type slotKind uint8

const (
	slotNothing slotKind = iota
	slotMessageID
	slotUnsubscribe
	slotTo
	slotPart
)

// encodedPart is a body in its transfer encoding, with slots.
type encodedPart interface {
	append(dst []byte, values *scratch) []byte
}

// blank is a merge slot: one value of a copy, with what stands there if the
// reader left it blank.
type blank struct {
	field int    // index into Splicer.fields, or one of the links
	or    string // on one line
}

const (
	blankLeave   = -1
	blankCorrect = -2
)

// piece is a literal of a body, or the index of a blank.
type piece struct {
	literal string
	blank   int // -1: a literal
}

var errSplice = errors.New("compose: a spliced copy differs from the one that the mail library writes, so none is sent; this is a fault of the program, please report it")

// Splicer prepares the issue for splicing. It makes a few copies both ways and
// compares them, so that a mail library which writes otherwise than expected is
// an error here and not a broken mail.
func (c *Compiled) Splicer() (*Splicer, error) {
	s := &Splicer{compiled: c, scratch: newScratchPool(c.form.Key)}
	frame, marks, err := c.frame()
	if err != nil {
		return nil, err
	}
	text := s.part(c.form.Text, false)
	html := s.part(c.form.HTML, true)
	if s.steps = cutFrame(frame, marks, text, html); s.steps == nil {
		return nil, errSplice
	}
	return s, s.check()
}

// frame is the message with empty bodies, and marks in place of its slots. Each
// mark is as long as what it stands for where that decides how a line is folded.
func (c *Compiled) frame() (data []byte, marks map[slotKind]string, err error) {
	id, to, leave := random(16), random(16)+"@example.com", "https://example.com/"+random(16)
	l := c.letter(to, c.form.Subject, id, "", "")
	l.unsubscribe = leave
	m, err := l.message()
	if err != nil {
		return nil, nil, err
	}
	return m.Data, map[slotKind]string{slotMessageID: id, slotTo: " <" + to + ">", slotUnsubscribe: leave}, nil
}

// cutFrame cuts a frame at its marks and at its empty bodies, and dot-stuffs
// its end. It returns nil for a frame that does not look as expected.
func cutFrame(frame []byte, marks map[slotKind]string, bodies ...encodedPart) (steps []step) {
	head, rest, ok := bytes.Cut(frame, []byte("\r\n\r\n"))
	if !ok {
		return nil
	}
	for len(marks) > 0 {
		first, kind := len(head), slotNothing
		for k, mark := range marks {
			if at := bytes.Index(head, []byte(mark)); at >= 0 && at < first {
				first, kind = at, k
			}
		}
		if kind == slotNothing {
			return nil
		}
		steps = append(steps, step{literal: bytes.Clone(head[:first]), then: kind})
		head = head[first+len(marks[kind]):]
		delete(marks, kind)
	}
	literal := append(bytes.Clone(head), "\r\n\r\n"...)
	for _, b := range bodies {
		head, rest, ok = bytes.Cut(rest, []byte("\r\n\r\n"))
		if !ok {
			return nil
		}
		steps = append(steps, step{literal: slices.Concat(literal, head, []byte("\r\n\r\n")), then: slotPart, part: b})
		literal = nil
	}
	return append(steps, step{literal: append(bytes.Clone(rest), ".\r\n"...)})
}

// part prepares a body.
func (s *Splicer) part(p part, html bool) encodedPart {
	pieces := make([]piece, len(p.Segments))
	for i, seg := range p.Segments {
		pieces[i] = piece{seg.Lit, -1}
		if seg.Slot != "" {
			pieces[i] = piece{"", s.blank(seg)}
		}
	}
	if p.Encoding == string(mail.EncodingB64) {
		return newBase64Part(pieces, html)
	}
	return newQuotedPart(pieces, html)
}

func (s *Splicer) blank(seg segment) int {
	b := blank{or: strings.Map(oneLine, seg.Or)}
	switch seg.Slot {
	case slotLeave:
		b.field = blankLeave
	case slotCorrect:
		b.field = blankCorrect
	default:
		if b.field = slices.Index(s.fields, seg.Slot); b.field < 0 {
			b.field = len(s.fields)
			s.fields = append(s.fields, seg.Slot)
		}
	}
	i := slices.Index(s.blanks, b)
	if i < 0 {
		i = len(s.blanks)
		s.blanks = append(s.blanks, b)
	}
	return i
}

// Fields are the ids of the fields that the issue shows, in the order in which
// a [Filling] has them. The slice must not be changed.
func (s *Splicer) Fields() []string { return s.fields }

// Append appends one reader's copy to dst as it goes on the wire: dot-stuffed,
// and with the dot that ends it (RFC 5321 §4.5.2). On an error, which is the one
// that [Compiled.Message] gives, dst is returned as it was.
func (s *Splicer) Append(dst []byte, p Personal) ([]byte, error) {
	sc := s.scratch.get()
	defer s.scratch.put(sc)
	f := &sc.filling
	f.To, f.ID = p.To.Envelope(), p.ID
	f.Leave, f.Correct = sc.keep(p.LeaveURL), sc.keep(p.CorrectURL)
	for _, id := range s.fields {
		f.Fields = append(f.Fields, sc.keep(p.Fields[id]))
	}
	return s.append(dst, f, sc)
}

// AppendFilling is Append without its detours: it allocates nothing if dst has
// room.
func (s *Splicer) AppendFilling(dst []byte, f *Filling) ([]byte, error) {
	sc := s.scratch.get()
	defer s.scratch.put(sc)
	return s.append(dst, f, sc)
}

func (s *Splicer) append(dst []byte, f *Filling, sc *scratch) ([]byte, error) {
	if !linkable(f.Leave) || !linkable(f.Correct) {
		return dst, errLinks
	}
	if !usual(f.To) {
		return s.appendPlain(dst, f)
	}
	sc.fill(s.blanks, f)
	dst = slices.Grow(dst, s.size)
	for i := range s.steps {
		st := &s.steps[i]
		dst = append(dst, st.literal...)
		switch st.then {
		case slotMessageID:
			dst = sc.appendMessageID(dst, f.ID)
		case slotUnsubscribe:
			dst = append(dst, f.Leave...)
		case slotTo:
			dst = appendTo(dst, f.To)
		case slotPart:
			dst = st.part.append(dst, sc)
		}
	}
	return dst, nil
}

// foldTo is the length from which go-mail begins a new line before the value of
// To: header lines have 76 characters, two of them kept free, and "To: " takes
// four.
const foldTo = 76 - 2 - len("To: ") - 1

func appendTo(dst []byte, to string) []byte {
	if len("<")+len(to)+len(">") >= foldTo {
		dst = append(dst, "\r\n"...)
	}
	dst = append(dst, " <"...)
	dst = append(dst, to...)
	return append(dst, '>')
}

// usual reports an address that go-mail writes into To as it stands: what
// [subscribe.Address.Envelope] gives for every address that Kairan takes in.
func usual(to string) bool {
	at := strings.LastIndexByte(to, '@')
	if at < 1 || at == len(to)-1 {
		return false
	}
	local, domain := to[:at], to[at+1:]
	quoted := len(local) > 2 && local[0] == '"' && local[len(local)-1] == '"'
	if quoted {
		local = local[1 : len(local)-1]
	}
	return atoms(local, "!#$%&'*+-/=?^_`{|}~.") && quoted == oddDots(local) &&
		atoms(domain, "-.") && !oddDots(domain)
}

func atoms(s, others string) bool {
	for i := range len(s) {
		switch b := s[i]; {
		case b >= 'a' && b <= 'z', b >= 'A' && b <= 'Z', b >= '0' && b <= '9', strings.IndexByte(others, b) >= 0:
		default:
			return false
		}
	}
	return true
}

func oddDots(s string) bool {
	return s[0] == '.' || s[len(s)-1] == '.' || strings.Contains(s, "..")
}

// appendPlain makes a copy by the plain path: for addresses out of the common.
func (s *Splicer) appendPlain(dst []byte, f *Filling) ([]byte, error) {
	m, err := s.compiled.plain(f.To, f.ID, string(f.Leave), string(f.Correct), func(id string) string {
		return string(f.field(slices.Index(s.fields, id)))
	})
	if err != nil {
		return dst, err
	}
	return deliver.Stuff(dst, m.Data)
}

func (f *Filling) field(i int) []byte {
	if i < len(f.Fields) {
		return f.Fields[i]
	}
	return nil
}

// check compares copies for an ordinary reader, for a long address and for
// values that need every kind of escape.
func (s *Splicer) check() error {
	long := strings.Repeat("a", 60) + "@" + strings.Repeat("long.", 4) + "example.com"
	for _, f := range []Filling{
		{To: "a@example.com", Leave: []byte("https://example.com/a"), Correct: []byte("https://example.com/b")},
		{To: long, Leave: []byte("https://example.com/?l=" + random(40)), Correct: []byte("https://example.com/?c=&d='")},
	} {
		for i := range s.fields {
			f.Fields = append(f.Fields, []byte(strings.Repeat("& = <値>. ", i)))
		}
		want, err := s.appendPlain(nil, &f)
		if err != nil {
			return err
		}
		got, err := s.AppendFilling(nil, &f)
		if err != nil {
			return err
		}
		if !bytes.Equal(got, want) {
			return errSplice
		}
		s.size = max(s.size, len(got)+len(got)/16)
	}
	return nil
}
