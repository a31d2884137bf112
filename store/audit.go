package store

import (
	"context"
	"crypto/sha256"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/deliver"
	"example.jp/kairan/store/layout"
	"example.jp/kairan/store/record"
	"example.jp/kairan/store/seal"
)

// AuditHead is the end of the audit trail: whoever wrote it down once sees later
// whether what stood before it is still there.
type AuditHead struct {
	N     uint64            // deeds so far; 0: none
	Chain [sha256.Size]byte // of the last one
}

// AddDeed writes a deed at the end of the audit trail.
func (s *Store) AddDeed(ctx context.Context, d deliver.Deed) error {
	return s.update(ctx, func(t *txn) error {
		d.At = t.Now()
		t.Stage(func(b *bolt.Tx) error { return s.addDeed(b, d) })
		return nil
	})
}

func (s *Store) addDeed(b *bolt.Tx, d deliver.Deed) error {
	deeds, err := b.CreateBucketIfNotExists(layout.Audit)
	if err != nil {
		return err
	}
	head, err := s.auditHead(b)
	if err != nil {
		return err
	}
	n, err := deeds.NextSequence()
	if err != nil {
		return err
	}
	sealed, err := s.keys.Seal(seal.Data, layout.DeedLabel, record.EncodeDeed(record.ChainDeed(head.Chain, d)), layout.Key8(n))
	if err != nil {
		return err
	}
	return deeds.Put(layout.Key8(n), sealed)
}

// AuditHead returns the end of the audit trail.
func (s *Store) AuditHead() (AuditHead, error) { return view(s, s.auditHead) }

func (s *Store) auditHead(b *bolt.Tx) (head AuditHead, err error) {
	deeds := b.Bucket(layout.Audit)
	if deeds == nil {
		return head, nil
	}
	k, sealed := deeds.Cursor().Last()
	if k == nil {
		return head, nil
	}
	plain, err := s.keys.Open(seal.Data, layout.DeedLabel, sealed, k)
	if err != nil {
		return head, err
	}
	d, err := record.DecodeDeed(plain)
	return AuditHead{N: deeds.Sequence(), Chain: d.Chain}, err
}
