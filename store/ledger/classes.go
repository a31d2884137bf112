package ledger

import (
	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/deliver"
	"example.jp/kairan/store/layout"
	"example.jp/kairan/store/record"
	"example.jp/kairan/subscribe"
)

// What failed alike, of a run. While the run goes on it is counted from its small records;
// when it ends it is written down, for as long as its issue is kept.

// Failed are the classes of the copies that were refused, given up or put off. provider is
// asked where a reader's mailbox is.
func (k Keeper) Failed(b *bolt.Tx, name deliver.IssueName, provider func(subscribe.Seq) string) (deliver.Classes, error) {
	run := k.guard.Run(b, name)
	if v, err := run.Get(layout.Failed); err == nil && v != nil {
		return record.DecodeClasses(v)
	}
	out, active := deliver.Classes{}, k.guard.List(b, name.List, layout.Active)
	err := run.In(layout.Copies).Each(func(key, v []byte, fault error) error {
		c, fault := copyOf(v, fault)
		if fault != nil { // it was set apart
			return nil //nolint:nilerr // see above
		}
		deferred := c.State == record.Deferred && !c.Resend
		if !deferred && c.State != record.Refused && c.State != record.Expired || c.Stage == 0 || deferred && !isOn(active, layout.SeqOf(key)) {
			return nil
		}
		out.Add(deliver.Class{Deferred: deferred, Stage: c.Stage, Code: c.Code, Enhanced: c.Enhanced, Provider: provider(layout.SeqOf(key))}, 1)
		return nil
	})
	return out, err
}

// PutFailed writes them down for a run that ends.
func (k Keeper) PutFailed(b *bolt.Tx, name deliver.IssueName, x deliver.Classes) error {
	return k.guard.Run(b, name).Put(layout.Failed, record.EncodeClasses(x))
}

// ForgetFailed lets a run that goes on be counted again.
func (k Keeper) ForgetFailed(b *bolt.Tx, name deliver.IssueName) error {
	return k.guard.Run(b, name).Delete(layout.Failed)
}

// BackClasses are the classes of the copies that came back. They decide nothing, and damaged
// ones are counted anew.
func (k Keeper) BackClasses(b *bolt.Tx, name deliver.IssueName) deliver.Classes {
	v, err := k.guard.Run(b, name).Get(layout.BackClasses)
	if err != nil {
		v = nil
	}
	out, err := record.DecodeClasses(v)
	if err != nil {
		return deliver.Classes{}
	}
	return out
}

// AddBackClass counts a copy that came back.
func (k Keeper) AddBackClass(b *bolt.Tx, name deliver.IssueName, x deliver.Class) error {
	all := k.BackClasses(b, name)
	all.Add(x, 1)
	return k.guard.Run(b, name).Put(layout.BackClasses, record.EncodeClasses(all))
}

// MergeBackClasses keeps no provider at which so few copies came back that the number would
// speak of a reader.
func (k Keeper) MergeBackClasses(b *bolt.Tx, name deliver.IssueName, least int) error {
	run := k.guard.Run(b, name)
	if !run.Has(layout.BackClasses) {
		return nil
	}
	return run.Put(layout.BackClasses, record.EncodeClasses(k.BackClasses(b, name).Merge(least)))
}
