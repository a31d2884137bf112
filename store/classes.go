package store

import (
	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/deliver"
	"example.jp/kairan/subscribe"
)

// mostAsked is of how many failed copies at most it is looked up at which provider they were.
// Of more the relay is at fault, or we are, and not one provider.
const mostAsked = 8192

// Failures are the copies of a run that were refused, given up or put off, and those that
// came back, by class. While a run goes on, each of them is looked at.
func (s *Store) Failures(name deliver.IssueName) (failed, back deliver.Classes, err error) {
	err = s.file.View(func(b *bolt.Tx) (err error) {
		failed, err = s.failed(b, name)
		back = s.ledger.BackClasses(b, name)
		return err
	})
	return failed, back, err
}

func (s *Store) failed(b *bolt.Tx, name deliver.IssueName) (deliver.Classes, error) {
	asked := 0
	return s.ledger.Failed(b, name, func(seq subscribe.Seq) string {
		if asked++; asked > mostAsked {
			return ""
		}
		e, err := s.people.Entry(b, name.List, seq)
		if err != nil || e == nil || e.State != subscribe.Active {
			return "" // they have gone, or cannot be read
		}
		return e.Address.Provider()
	})
}

// countBackClass counts a copy that came back from an address. A complaint says nothing of
// the delivery.
func (s *Store) countBackClass(b *bolt.Tx, name deliver.IssueName, x deliver.Bounce, from subscribe.Address) error {
	if x.Kind == deliver.Complained {
		return nil
	}
	return s.ledger.AddBackClass(b, name, deliver.Class{Back: true, Stage: deliver.StageRcpt, Enhanced: x.Enhanced, Provider: from.Provider()})
}
