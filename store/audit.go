package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/deliver"
	"example.jp/kairan/store/guard"
	"example.jp/kairan/store/layout"
	"example.jp/kairan/store/record"
	"example.jp/kairan/store/seal"
)

// AuditHead is the end of the audit trail: whoever wrote it down once sees later
// whether what stood before it is still there.
type AuditHead struct {
	N     uint64            // deeds so far; 0: none
	Chain [sha256.Size]byte // of the last one; zeros if that cannot be read
}

// String is the number and half of the hash, to be written down.
func (h AuditHead) String() string { return fmt.Sprintf("%d:%x", h.N, h.Chain[:sha256.Size/2]) }

// ParseAuditHead reads what [AuditHead.String] wrote, which is then Chain's first half.
func ParseAuditHead(s string) (h AuditHead, err error) {
	n, sum, _ := strings.Cut(s, ":")
	h.N, err = strconv.ParseUint(n, 10, 63)
	half, err2 := hex.DecodeString(sum)
	if copy(h.Chain[:], half); err != nil || err2 != nil || h.N == 0 || len(half) != sha256.Size/2 {
		return AuditHead{}, fmt.Errorf("%q is no head of an audit trail; one is a number, a colon and %d hexadecimal digits", s, sha256.Size)
	}
	return h, nil
}

// NumberedDeed is a deed with its place in the trail; the first one is number 1.
type NumberedDeed struct {
	N uint64
	deliver.Deed
}

// AddDeed writes deeds at the end of the audit trail, in one commit, at whose instant
// they are done.
func (s *Store) AddDeed(ctx context.Context, deeds ...deliver.Deed) error {
	if len(deeds) == 0 {
		return nil
	}
	return s.update(ctx, func(t *txn) error { t.addDeeds(deeds...); return nil })
}

// addDeeds stages deeds of the commit's instant.
func (t *txn) addDeeds(deeds ...deliver.Deed) {
	now := t.Now()
	t.Stage(func(b *bolt.Tx) error {
		for _, d := range deeds {
			d.At = now
			if err := t.s.addDeed(b, d); err != nil {
				return err
			}
		}
		return nil
	})
}

// addOwnDeed stages the deed of an issue that the program itself has started, held or
// paused, as the last line of its timeline says.
func (t *txn) addOwnDeed(i *deliver.Issue) {
	var last deliver.Event
	if n := len(i.Timeline); n > 0 {
		last = i.Timeline[n-1]
	}
	if what, _, is := strings.Cut(last.What, ": "); last.Actor == deliver.Self && (is && what == i.State.String() || strings.HasPrefix(last.What, "started for ")) {
		t.addDeeds(deliver.Deed{By: deliver.ByItself, What: "issue " + i.State.String(), List: i.Name.List, Issue: i.Name.Slug, Result: deliver.WasDone})
	}
}

// addDeed chains a deed to the last one that was written, whether or not that is still there:
// what was damaged or taken away is found by [Store.CheckAudit], and stops nobody from
// leaving. If nobody knows which was the last, the deed follows from nothing.
func (s *Store) addDeed(b *bolt.Tx, d deliver.Deed) error {
	deeds, err := b.CreateBucketIfNotExists(layout.Audit)
	if err != nil {
		return err
	}
	end, known := s.auditEnd(b)
	if !known {
		end.Chain[0] = 1 // zeros stand before the first deed
	}
	n := max(deeds.Sequence(), end.N) + 1
	chained := record.ChainDeed(end.Chain, d)
	sealed, err := s.keys.Seal(seal.Data, layout.DeedLabel, record.EncodeDeed(chained), layout.Key8(n))
	if err != nil {
		return err
	}
	return errors.Join(deeds.SetSequence(n), deeds.Put(layout.Key8(n), sealed), s.putAuditEnd(b, AuditHead{n, chained.Chain}))
}

// auditEnd is the last deed that was written; false, if that is not as it was noted.
func (s *Store) auditEnd(b *bolt.Tx) (end AuditHead, ok bool) {
	v, err := guard.New(s.keys).Top(b, layout.Meta).Get(layout.AuditEnd)
	if err != nil || v == nil {
		return end, false
	}
	return readAuditHead(v), true
}

func (s *Store) putAuditEnd(b *bolt.Tx, end AuditHead) error {
	return guard.New(s.keys).Top(b, layout.Meta).Put(layout.AuditEnd, append(layout.Key8(end.N), end.Chain[:]...))
}

// AuditHead returns the end of the audit trail.
func (s *Store) AuditHead() (AuditHead, error) {
	return view(s, func(b *bolt.Tx) (AuditHead, error) { return s.auditHead(b), nil })
}

func (s *Store) auditHead(b *bolt.Tx) AuditHead {
	if end, ok := s.auditEnd(b); ok {
		return end
	}
	deeds := b.Bucket(layout.Audit)
	if deeds == nil {
		return AuditHead{}
	}
	k, sealed := deeds.Cursor().Last()
	if len(k) != 8 {
		return auditAnchor(b)
	}
	d, _ := s.deed(k, sealed)
	return AuditHead{binary.BigEndian.Uint64(k), d.Chain}
}

// deed opens a deed at its place.
func (s *Store) deed(k, sealed []byte) (record.Deed, error) {
	plain, err := s.keys.Open(seal.Data, layout.DeedLabel, sealed, k)
	if err != nil {
		return record.Deed{}, err
	}
	return record.DecodeDeed(plain)
}

// auditAnchor is the last deed that was forgotten: what the first one kept is chained to.
// It is no secret, and who changes it breaks the chain.
func auditAnchor(b *bolt.Tx) AuditHead {
	return readAuditHead(b.Bucket(layout.Meta).Get(layout.AuditAnchor))
}

func readAuditHead(v []byte) (h AuditHead) {
	if len(v) == 8+len(h.Chain) {
		h.N = binary.BigEndian.Uint64(v)
		copy(h.Chain[:], v[8:])
	}
	return h
}

// Deeds returns the deeds since an instant that can be read, of one list or of all (""),
// oldest first.
func (s *Store) Deeds(since time.Time, list string) ([]NumberedDeed, error) {
	return view(s, func(b *bolt.Tx) (all []NumberedDeed, _ error) {
		err := layout.Each(b.Bucket(layout.Audit), func(k, sealed []byte) error {
			d, err := s.deed(k, sealed)
			if err == nil && !d.At.Before(since) && (list == "" || d.List == list) {
				all = append(all, NumberedDeed{binary.BigEndian.Uint64(k), d.Deed})
			}
			return nil
		})
		return all, err
	})
}

// AuditCheck is what a walk along the audit trail finds.
type AuditCheck struct {
	First uint64    // the first deed that is kept; what stood before it was forgotten in its time
	Head  AuditHead // the end
	Break uint64    // the first deed that is not as it was written; 0: all are
	Why   string    // what is wrong with it
	Has   bool      // the head that was looked for stands in it
}

// CheckAudit walks the chain, and looks for a head that was written down before; the zero
// head is none.
func (s *Store) CheckAudit(before AuditHead) (AuditCheck, error) {
	return view(s, func(b *bolt.Tx) (AuditCheck, error) { return s.checkAudit(b, before), nil })
}

func (s *Store) checkAudit(b *bolt.Tx, before AuditHead) (out AuditCheck) {
	at := auditAnchor(b)
	out.First, out.Head, out.Has = at.N+1, s.auditHead(b), at.String() == before.String()
	_ = layout.Each(b.Bucket(layout.Audit), func(k, sealed []byte) error {
		if out.Break != 0 {
			return nil
		}
		n := at.N + 1
		switch d, err := s.deed(k, sealed); {
		case !bytes.Equal(k, layout.Key8(n)):
			out.Break, out.Why = n, "it is missing"
		case err != nil:
			out.Break, out.Why = n, "it cannot be read: it was damaged, changed, or put there from another place"
		case record.ChainDeed(at.Chain, d.Deed).Chain != d.Chain:
			out.Break, out.Why = n, "it does not follow from what stands before it"
		default:
			at = AuditHead{n, d.Chain}
			out.Has = out.Has || at.String() == before.String()
		}
		return nil
	})
	if out.Break == 0 {
		out.Break, out.Why = s.checkAuditEnd(b, at)
	}
	return out
}

// checkAuditEnd holds the last deed that is there against the last one that was written.
func (s *Store) checkAuditEnd(b *bolt.Tx, at AuditHead) (broken uint64, why string) {
	switch end, ok := s.auditEnd(b); {
	case !ok:
		return at.N + 1, "nobody knows whether it is missing: where the trail ends is not as it was written"
	case at.N < end.N:
		return at.N + 1, "it is missing, and all that followed"
	case at != end:
		return max(end.N, 1), "it is not the last one that was written"
	}
	return 0, ""
}

// TrimAudit forgets the deeds from before an instant, and returns how many; with dry it
// only counts them. What remains is chained to the last one that went. It is for the
// purge to call.
func (s *Store) TrimAudit(ctx context.Context, before time.Time, dry bool) (trimmed int, err error) {
	const page = 4096
	if dry {
		_, gone, err := s.deedsBefore(before, math.MaxInt)
		return len(gone), err
	}
	for {
		anchor, gone, err := s.deedsBefore(before, page)
		if err != nil || len(gone) == 0 {
			return trimmed, err
		}
		err = s.write(ctx, func(b *bolt.Tx) error {
			return errors.Join(layout.DeleteAll(b.Bucket(layout.Audit), gone), b.Bucket(layout.Meta).Put(layout.AuditAnchor, append(layout.Key8(anchor.N), anchor.Chain[:]...)))
		})
		if err != nil {
			return trimmed, err
		}
		trimmed += len(gone)
	}
}

// deedsBefore are the keys of so many deeds from before an instant, and the last of
// them. One that cannot be read, or was written under a clock that ran ahead, goes with the
// next that was not.
func (s *Store) deedsBefore(before time.Time, most int) (last AuditHead, gone [][]byte, err error) {
	now := s.opt.Now()
	err = s.file.View(func(b *bolt.Tx) error {
		deeds := b.Bucket(layout.Audit)
		if deeds == nil {
			return nil
		}
		c, known := deeds.Cursor(), 0
		for k, sealed := c.First(); k != nil && len(gone) < most; k, sealed = c.Next() {
			d, err := s.deed(k, sealed)
			dated := err == nil && !d.At.After(now)
			if dated && !d.At.Before(before) {
				break
			}
			gone = append(gone, bytes.Clone(k))
			if dated {
				last, known = AuditHead{binary.BigEndian.Uint64(k), d.Chain}, len(gone)
			}
		}
		gone = gone[:known]
		return nil
	})
	return last, gone, err
}
