package store

import (
	"context"
	"time"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/deliver"
	"example.jp/kairan/store/ledger"
	"example.jp/kairan/subscribe"
)

// hears writes down what a log says of copies of a run.
func (s *Store) hears(ctx context.Context, name deliver.IssueName, said map[subscribe.Seq]deliver.RelayWord) error {
	return s.update(ctx, func(t *txn) error {
		var words []ledger.Word
		for seq, w := range said {
			words = append(words, ledger.Word{Seq: seq, Word: w})
		}
		told, err := s.ledger.Hear(t.Bolt, name, words)
		if err != nil {
			return err
		}
		t.Stage(func(b *bolt.Tx) error {
			if err := s.ledger.Write(b, told); err != nil {
				return err
			}
			return s.ledger.PutAsOf(b, name, time.Now())
		})
		return nil
	})
}
