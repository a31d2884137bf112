package custody

import (
	"time"

	"example.jp/kairan/subscribe"
)

// Version is that of the form.
const Version = 1

// The scopes of an export.
const (
	OfList    = "list"
	OfSubject = "subject"
)

// Header is the first line: what this is, and what the lists in it have declared.
type Header struct {
	Version int       `json:"kairan_export"`
	Made    time.Time `json:"made"`
	Scope   string    `json:"scope"` // [OfList] or [OfSubject]
	To      string    `json:"to"`
	Reason  string    `json:"reason"`
	Case    string    `json:"case"`
	Office  string    `json:"office"`
	Lists   []List    `json:"lists"`
}

// List is what a list has declared.
type List struct {
	ID      string  `json:"id"`
	ListID  string  `json:"list_id"`
	Name    Text    `json:"name"`
	Purpose Text    `json:"purpose"`
	Fields  []Field `json:"fields,omitempty"`
}

// Field is what a field of it has declared.
type Field struct {
	ID      string   `json:"id"`
	Kind    string   `json:"kind"`
	Label   Text     `json:"label"`
	Purpose Text     `json:"purpose"`
	Choices []Choice `json:"choices,omitempty"`
}

// Choice is a value that the field may have.
type Choice struct {
	ID    string `json:"id"`
	Label Text   `json:"label"`
}

// Text is one text in both languages.
type Text struct {
	JA string `json:"ja"`
	EN string `json:"en"`
}

// Entry is what is held of one entry.
type Entry struct {
	List     string            `json:"list"`
	State    string            `json:"state"`
	Address  string            `json:"address,omitempty"`
	Fields   map[string]string `json:"fields,omitempty"`
	Language string            `json:"language,omitempty"`
	Consent  *Consent          `json:"consent,omitempty"`
	Ended    time.Time         `json:"ended,omitzero"`
}

// Consent is the proof of it.
type Consent struct {
	Wording   string    `json:"wording"`
	Policy    string    `json:"policy"`
	Requested time.Time `json:"requested,omitzero"`
	Confirmed time.Time `json:"confirmed,omitzero"`
	Language  string    `json:"language"`
	Evidence  string    `json:"evidence,omitempty"` // see [subscribe.Consent]
}

// Mark is what is remembered of an address.
type Mark struct {
	List string    `json:"list"` // "": of the whole installation
	Kind string    `json:"kind"`
	At   time.Time `json:"at"`
}

// End is the last line.
type End struct {
	Entries int `json:"entries"`
	Marks   int `json:"marks"`
	LeftOut int `json:"left_out"` // of a subject that has more than there is room for
}

// line is any line but the first.
type line struct {
	Entry *Entry `json:"entry,omitempty"`
	Mark  *Mark  `json:"mark,omitempty"`
	End   *End   `json:"end,omitempty"`
}

// Active is the state of an entry that gets mail.
const Active = "active"

var stateNames = map[subscribe.State]string{
	subscribe.Active: Active, subscribe.Suspended: "suspended", subscribe.Ended: "ended", subscribe.Lost: "unreadable",
}

var markNames = map[subscribe.MarkKind]string{
	subscribe.MarkLeft: "left", subscribe.MarkMoved: "moved", subscribe.MarkSuspended: "suspended", subscribe.MarkBlocked: "blocked",
}

// ListOf is what a list has declared.
func ListOf(l *subscribe.List) List {
	out := List{ID: l.ID, ListID: l.ListID, Name: Text(l.Name), Purpose: Text(l.Purpose)}
	for _, f := range l.Fields {
		x := Field{ID: f.ID, Kind: string(f.Kind), Label: Text(f.Label), Purpose: Text(f.Purpose)}
		for _, c := range f.Options() {
			x.Choices = append(x.Choices, Choice{c.ID, Text(c.Label)})
		}
		out.Fields = append(out.Fields, x)
	}
	return out
}

// EntryOf is what is held of an entry.
func EntryOf(s *subscribe.Subscriber) Entry {
	e := Entry{List: s.List, State: stateNames[s.State], Address: s.Address.Clear(), Fields: s.Fields, Language: string(s.Lang), Ended: s.EndedAt}
	if c := s.Consent; c != (subscribe.Consent{}) {
		e.Consent = &Consent{c.Wording, c.Policy, c.Requested, c.Confirmed, string(c.Lang), c.Evidence}
	}
	return e
}

// MarkOf is what a list, or with "" the installation, remembers of an address.
func MarkOf(list string, m *subscribe.Mark) Mark { return Mark{list, markNames[m.Kind], m.At} }
