package editor

import (
	"slices"
	"testing"
	"time"

	"example.jp/kairan/deliver"
	"example.jp/kairan/subscribe"
)

// TestSent: the record of an issue says from its start on what went out, in which slot of its
// list and by which relays; it is what an account would have approved.
func TestSent(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	other := *o.list
	other.Approvals = 2
	other.Slots.Of = []subscribe.Slot{{Text: "daily 18:00", Minutes: 1, Hours: 1 << 18, Days: ^uint64(0), Months: ^uint64(0), Weekdays: ^uint64(0)}}
	o.Lists[other.ID], o.list = &other, &other
	o.Sending.Relays = []string{"relay.example.jp", "second.example.jp"}
	ctx := t.Context()
	issue := o.has("autumn", deliver.Scheduled, func(i *deliver.Issue) {
		i.Timeline, i.Due = []deliver.Event{deliver.Added("hanako", o.now)}, o.now
	})
	p, err := o.Preview(ctx, issue, nil)
	o.must(err)
	if _, err := o.Approve(ctx, "ueda", issue, p.Content.String()); err != nil {
		t.Fatal(err)
	}
	form, err := o.Compile(ctx, o.issues[first(o)], o.now.Add(time.Second))
	if err != nil || form.Sent.Content != p.Content || form.Sent.Slot != "daily 18:00" || !slices.Equal(form.Sent.Relays, o.Sending.Relays) {
		t.Errorf("%+v, %v", form.Sent, err)
	}
	o.issues[first(o)].Due = o.now.Add(-time.Minute)
	if form, err = o.Compile(ctx, o.issues[first(o)], o.now); err != nil || form.Sent.Slot != "" {
		t.Errorf("at no slot: %+v, %v", form.Sent, err)
	}
}

// TestReadingsAreKept: how far a run has got is written down each minute in which something
// was sent, and no more often.
func TestReadingsAreKept(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.has("autumn", deliver.Running, func(i *deliver.Issue) { i.Readings = []deliver.Reading{{At: o.now}} })
	name := first(o)
	for n := range 60 { // looks, five seconds apart
		o.now = o.now.Add(5 * time.Second)
		o.books[name] = deliver.Balance{Audience: 1000, Accepted: 10 * min(n, 30), Pending: 1000 - 10*min(n, 30)}
		o.Measure(t.Context())
	}
	var accepted []int
	for _, r := range o.issues[name].Readings {
		accepted = append(accepted, r.Accepted)
	}
	if !slices.Equal(accepted, []int{0, 110, 230, 300}) {
		t.Errorf("it has read %v", accepted)
	}
}
