package service

import (
	"context"
	"encoding/hex"
	"slices"
	"sync"
	"time"

	"example.jp/kairan/deliver"
	"example.jp/kairan/subscribe/figures"
)

// IssueReport tells what became of an issue, for the files of its office.
var IssueReport = verb("issue/report", (*Service).issueReport, reads)

type (
	// Record is what became of an issue. Nothing of it is about a reader.
	Record struct {
		Issue
		Preliminary bool      `json:"preliminary"` // it has not ended
		Made        time.Time `json:"made"`
		Author      string    `json:"author"` // the account that handed its text in

		// Content is the SHA-256 of all that its readers got alike: text and layout, subject,
		// sender, headers, and the sums of its files; it is what an approval is of. "": the
		// issue has not begun, or began under a version that kept none.
		Content string      `json:"content_sha256,omitempty"`
		Source  FileSum     `json:"source"`                 // the text as it was handed in
		Sums    []FileSum   `json:"file_sums,omitempty"`    // of pictures and attachments
		Slot    string      `json:"slot,omitempty"`         // of the list, in which it was due
		Relays  []string    `json:"relays,omitempty"`       // by which it was to go out
		Step    int         `json:"step_seconds,omitempty"` // of a bar
		Bars    []Bar       `json:"bars,omitempty"`         // what was sent in each step, of an issue that has begun
		Back    []FailClass `json:"came_back,omitempty"`    // what came back, by class

		FewComplaints bool `json:"few_complaints,omitempty"` // there were some, fewer than ten
	}
	// Bar is what was sent in a stretch of time.
	Bar = deliver.Bar
	// FileSum is a file and its SHA-256.
	FileSum struct {
		Name   string `json:"name,omitempty"`
		Octets int    `json:"octets"`
		SHA256 string `json:"sha256"`
	}
	// FailClass are copies that failed alike.
	FailClass struct {
		Code     int    `json:"code,omitempty"`     // SMTP reply; 0: the connection failed, or the report has none
		Enhanced string `json:"enhanced,omitempty"` // RFC 3463
		Provider string `json:"provider,omitempty"` // of ten copies or more; "": any
		Deferred bool   `json:"deferred,omitempty"` // they are tried again
		Copies   int    `json:"copies"`
		Advice   string `json:"advice"` // what is to be done, in one word
	}
)

func (s *Service) issueReport(ctx context.Context, in Named) (Record, error) {
	now, err := s.editor.Status(ctx, in.Issue)
	if err != nil {
		return Record{}, err
	}
	i, zone := now.Issue, now.List.Zone
	out := Record{Made: s.now().In(zone), Author: i.Author(), Slot: i.Sent.Slot, Relays: i.Sent.Relays}
	if out.Issue, err = s.issueShow(ctx, in); err != nil {
		return out, err
	}
	if err := s.addSaid(now, &out.Issue); err != nil {
		return out, err
	}
	out.Preliminary = i.State != deliver.Finished && i.State != deliver.Cancelled || now.Books.InFlight > 0
	if i.Sent.Content != (deliver.Content{}) {
		out.Content = hex.EncodeToString(i.Sent.Content[:])
	}
	text := deliver.File{Data: i.Source}.Enclosure()
	out.Source = FileSum{"", text.Size, hex.EncodeToString(text.Sum[:])}
	for _, f := range i.Files {
		out.Sums = append(out.Sums, FileSum{f.Name, f.Size, hex.EncodeToString(f.Sum[:])})
	}
	readings := i.Readings
	if i.Ended.IsZero() && len(readings) > 0 {
		readings = append(slices.Clone(readings), deliver.ReadingOf(now.Books, s.now()))
	}
	step, bars := deliver.Bars(readings, zone)
	out.Step, out.Bars = int(step/time.Second), bars
	out.FewComplaints = now.Books.Complaints > 0 && now.Books.Complaints < figures.Threshold
	out.Failed, out.Back, err = s.failures.of(s, now.Issue.Name)
	return out, err
}

// failures remembers what was counted last of runs under way, so that whoever follows one
// costs it no more than a twentieth of the time.
type failures struct {
	mu   sync.Mutex
	last map[deliver.IssueName]counted
}

type counted struct {
	at           time.Time
	took         time.Duration
	failed, back []FailClass
}

// lookAgain is how many times as long as a count took the next one waits.
const lookAgain = 20

func (f *failures) of(s *Service, name deliver.IssueName) (failed, back []FailClass, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := time.Now() // it measures work, and not the calendar
	if c, known := f.last[name]; known && now.Sub(c.at) < c.took*lookAgain {
		return c.failed, c.back, nil
	}
	some, returned, err := s.Store.Failures(name)
	if err != nil {
		return nil, nil, err
	}
	if len(f.last) > 64 || f.last == nil { // of those that nobody asks for any more
		f.last = map[deliver.IssueName]counted{}
	}
	c := counted{now, time.Since(now), classesOf(some), classesOf(returned)}
	f.last[name] = c
	return c.failed, c.back, nil
}

// classesOf are classes as they may be shown: no provider is named at which so few copies
// failed that the number would speak of a reader.
func classesOf(all deliver.Classes) (out []FailClass) {
	all = all.Merge(figures.Threshold)
	for _, x := range all.Sorted() {
		out = append(out, FailClass{x.Code, x.Enhanced, x.Provider, x.Deferred, all[x], string(x.Advice())})
	}
	return out
}
