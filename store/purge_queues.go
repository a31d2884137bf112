package store

import (
	"encoding/binary"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/deliver"
	"example.jp/kairan/store/apart"
	"example.jp/kairan/store/journal"
	"example.jp/kairan/store/layout"
	"example.jp/kairan/store/ledger"
	"example.jp/kairan/store/record"
	"example.jp/kairan/subscribe"
	"example.jp/kairan/subscribe/figures"
)

// journal forgets the lines from before an instant, but for the blocks that stand.
func (p *purge) journal(over time.Time) (n int, err error) {
	blocked := map[[16]byte]time.Time{}
	err = p.s.file.View(func(b *bolt.Tx) error {
		return p.s.people.EachMark(b, "", func(hash [16]byte, m subscribe.Mark) {
			if m.Kind == subscribe.MarkBlocked {
				blocked[hash] = m.At
			}
		})
	})
	if err != nil {
		return 0, err
	}
	stands := func(l journal.Line) bool {
		at, is := blocked[l.Mark]
		return is && l.Kind == journal.BoxBlocked && !l.At.Before(at)
	}
	if !p.dry {
		if err := p.s.dropEnded(); err != nil { // that could not be written to then
			return 0, err
		}
		if n, err = p.s.journal.Trim(over, stands); err != nil || n == 0 {
			return n, err
		}
		return n, p.s.write(p.ctx, func(b *bolt.Tx) error { return p.s.noteJournal(b, p.s.journalSeen(b)) }) // and what it lacks now
	}
	_, err = p.s.journal.Each(0, func(l journal.Line) error {
		if l.At.Before(over) && !stands(l) {
			n++
		}
		return nil
	})
	return n, err
}

// ledgers forgets of the issues that ended before an instant who was in the audience, and
// what became of which copy. The final balance stays, and what failed by class.
func (p *purge) ledgers(over time.Time) (int, error) {
	return p.eachList(func(id string) (n int, err error) {
		ended, err := view(p.s, func(b *bolt.Tx) ([]deliver.IssueName, error) { return p.s.endedBefore(b, id, over) })
		for _, name := range ended {
			if err == nil && !p.dry {
				err = p.runDetails(name)
			}
			if err != nil {
				return n, err
			}
			n++
		}
		return n, err
	})
}

// runDetails forgets who was in the audience of an issue, and what became of which copy.
// The audience goes last: a run without one has forgotten all.
func (p *purge) runDetails(name deliver.IssueName) error {
	if err := p.s.write(p.ctx, func(b *bolt.Tx) error {
		if layout.Run(b, name) == nil {
			return nil // the list has ended
		}
		// Those of a run with uncertain copies are there.
		return errors.Join(p.s.ledger.RemoveBitmaps(b, name), ledger.ForgetBounced(b, name), p.s.ledger.MergeBackClasses(b, name, figures.Threshold))
	}); err != nil {
		return err
	}
	for _, part := range [][]byte{layout.Copies, layout.Heard, layout.Audience} {
		_, err := p.forget(pages{due: all, most: lookPage, of: func(b *bolt.Tx) *bolt.Bucket {
			run := layout.Run(b, name)
			if run == nil {
				return nil
			}
			return run.Bucket(part)
		}})
		if err != nil {
			return err
		}
	}
	return nil
}

// endedBefore are the issues of a list whose run ended before an instant, and still knows
// who was in it.
func (s *Store) endedBefore(b *bolt.Tx, listID string, over time.Time) (all []deliver.IssueName, err error) {
	runs := layout.List(b, listID, layout.Runs)
	err = runs.ForEachBucket(func(slug []byte) error {
		run, name := runs.Bucket(slug), deliver.IssueName{List: listID, Slug: string(slug)}
		k, _ := run.Bucket(layout.Audience).Cursor().First()
		if k == nil || run.Get(layout.FinalBalance) == nil {
			return nil
		}
		i, err := s.issue(b, name)
		if err == nil && !i.Ended.After(over) {
			all = append(all, name)
		}
		return apart.Skip(err)
	})
	return all, err
}

// notices forgets those whose link has expired while they waited, for a relay that refuses
// us for days: the addresses in them are kept no longer than the links. One whose attempt
// is under way is left alone.
func (p *purge) notices(over time.Time) (int, error) {
	return p.forget(pages{
		of: atTop(layout.Outbox),
		due: func(b *bolt.Tx, k, _ []byte) (bool, error) {
			o, err := p.s.notice(b, binary.BigEndian.Uint64(k))
			return err == nil && !o.InFlight && !over.Before(o.Notice.Expires), apart.Skip(err)
		},
	})
}

// requests forgets those that the intake could not decide in time.
func (p *purge) requests(over time.Time) (int, error) {
	return p.forget(pages{
		of: atTop(layout.Intake),
		due: func(_ *bolt.Tx, k, v []byte) (bool, error) {
			r, err := p.s.request(k, v)
			return err == nil && over.Sub(r.At) > subscribe.ConfirmFor, apart.Skip(err)
		},
		forget: dropRequests,
	})
}

func dropRequests(t *txn, keys [][]byte) error {
	for _, k := range keys {
		t.DropRequest(binary.BigEndian.Uint64(k))
	}
	return nil
}

// tallies forgets counts whose time has passed: they are kept as long as they count.
func (p *purge) tallies(over time.Time) (n int, err error) {
	for _, bucket := range [][]byte{layout.Tallies, layout.Gate} {
		of, fault := p.forget(pages{
			of:  atTop(bucket),
			due: func(_ *bolt.Tx, _, v []byte) (bool, error) { return record.TallyOver(v, over), nil },
		})
		n, err = n+of, errors.Join(err, fault)
	}
	return n, err
}

// deeds forgets those from before an instant.
func (p *purge) deeds(over time.Time) (int, error) { return p.s.TrimAudit(p.ctx, over, p.dry) }

// migrated deletes the copies from before a migration that were made before an instant.
func (p *purge) migrated(over time.Time) (int, error) {
	return p.files(p.s.file.Path()+".schema-*", over)
}

// damaged deletes the journals that were set aside before an instant.
func (p *purge) damaged(over time.Time) (int, error) {
	return p.files(p.s.damagedJournal(), over)
}

func (s *Store) damagedJournal() string { return filepath.Join(s.opt.Journal, journal.Name+".damaged") }

// files deletes files of ours that were last written before an instant.
func (p *purge) files(pattern string, over time.Time) (n int, err error) {
	names, err := filepath.Glob(pattern)
	for _, name := range names {
		info, fault := os.Lstat(name)
		if fault == nil && info.ModTime().After(over) {
			continue
		}
		if fault == nil && !p.dry {
			fault = os.Remove(name)
		}
		if errors.Is(fault, fs.ErrNotExist) {
			continue
		}
		if err = errors.Join(err, fault); fault == nil {
			n++
		}
	}
	return n, err
}
