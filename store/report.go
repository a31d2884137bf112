package store

import (
	"context"
	"encoding/binary"
	"strings"
	"time"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/deliver"
	"example.jp/kairan/store/layout"
	"example.jp/kairan/subscribe"
)

// report stages the mail to the office about what an issue has just come to by itself, in
// the commit that changes it: it is owed once, whenever the process is killed. Without
// books it looks them up.
func (t *txn) report(i *deliver.Issue, was deliver.State, books deliver.Balance) (err error) {
	r := i.Report(was, books, t.Now())
	if r.Kind == 0 {
		return nil
	}
	if books == (deliver.Balance{}) && layout.Run(t.Bolt, i.Name) != nil {
		if r.Balance, err = t.s.ledger.Balance(t.Bolt, i.Name); err != nil {
			return err
		}
	}
	t.oweReport(i.Name.List, r)
	return nil
}

// oweReport stages a report to the office of a list, if it is to be written to.
func (t *txn) oweReport(listID string, r deliver.Report) {
	to, lang := t.s.officeOf(listID)
	if to.IsZero() {
		return
	}
	now := t.Now()
	t.owe(deliver.QueuedNotice{
		Notice: subscribe.Notice{List: listID, To: to, Lang: lang, Asked: now, Expires: now.Add(deliver.ReportFor)},
		Report: r,
	})
}

func (s *Store) officeOf(listID string) (subscribe.Address, subscribe.Lang) {
	if s.opt.Office == nil {
		return subscribe.Address{}, ""
	}
	return s.opt.Office(listID)
}

// ReportAlarm owes the offices of these lists a report of an alarm, each mailbox one,
// unless the alarm of that name was reported within [deliver.ReportEvery]: one that comes
// and goes writes no more often, and no restart makes it forget that. One of several things
// is another when these are others.
func (s *Store) ReportAlarm(ctx context.Context, lists []string, r deliver.Report) error {
	key := append(append(layout.Done[:len(layout.Done):len(layout.Done)], "report "...), strings.Join(append([]string{r.Issue}, r.Kinds...), " ")...)
	return s.update(ctx, func(t *txn) error {
		if v := t.Bolt.Bucket(layout.Meta).Get(key); len(v) == 8 {
			last := time.UnixMilli(int64(binary.BigEndian.Uint64(v)))
			if ago := t.Now().Sub(last); ago >= 0 && ago < deliver.ReportEvery {
				return nil
			}
		}
		told := map[string]bool{}
		for _, id := range lists {
			if to, _ := s.officeOf(id); !to.IsZero() && !told[to.Identity()] {
				told[to.Identity()] = true
				t.oweReport(id, r)
			}
		}
		if len(told) > 0 {
			t.Stage(func(b *bolt.Tx) error {
				return b.Bucket(layout.Meta).Put(key, layout.Key8(uint64(t.Now().UnixMilli())))
			})
		}
		return nil
	})
}
