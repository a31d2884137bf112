package service

import (
	"context"
	"errors"
	"time"

	"example.jp/kairan/deliver"
	"example.jp/kairan/store"
	"example.jp/kairan/store/seal"
)

// KeysLs tells of the keys, and shows none.
var KeysLs = verb("keys/ls", (*Service).keysLs, reads)

// Key is what may be told of a key.
type Key struct {
	Use      string    `json:"use"`
	ID       uint16    `json:"id"`
	Since    time.Time `json:"since"`
	Current  bool      `json:"current"` // seals and signs; the others only open and verify
	For      string    `json:"for"`
	NeededBy string    `json:"needed_by"` // what is lost without it
}

// aboutKeys says of each use what it is for, and what depends on it.
var aboutKeys = map[seal.Use][2]string{
	seal.Data:  {"seals every record; keys rotate changes it", "every entry, issue and waiting mail; the backups made since"},
	seal.Index: {"finds entries by address", "signing up, correcting, leaving by the office; for as long as the database lives"},
	seal.Mark:  {"knows who left, and guards who gets mail", "marks, blocks, the journal, bitmaps; for as long as the database lives"},
	seal.Leave: {"signs the links for leaving", "those in every mail that was ever sent"},
	seal.Mail:  {"seals the links to confirm, correct and block", "those in the mails of the last weeks, and for blocking"},
}

func (s *Service) keysLs(context.Context, struct{}) ([]Key, error) {
	out := []Key{}
	for _, k := range s.keys.Keys() {
		about := aboutKeys[k.Use]
		out = append(out, Key{k.Use, k.ID, k.Since, k.Current, about[0], about[1]})
	}
	return out, nil
}

// Rotated is what became of a change of the data key.
type Rotated struct {
	Records int    `json:"records"` // sealed anew
	Lost    int    `json:"lost"`    // could not be opened, and never can be now
	Key     uint16 `json:"key"`     // the id of the new data key
}

// RotateKeys changes the data key of an installation of which no server runs, and closes
// the store. Lost records are in the way, unless damaged gives them up.
func (s *Service) RotateKeys(ctx context.Context, damaged bool) (out Rotated, err error) {
	deeds := []deliver.Deed{{What: "keys rotate"}}
	if err := errors.Join(s.complete(ctx, &deeds[0], ""), s.Store.AddDeed(ctx, deeds...)); err != nil {
		return out, err
	}
	done, err := s.Store.RotateDataKey(ctx, s.Config.Keys, damaged, func(octets, of int64) {
		s.copied.Store(octets)
		s.toCopy.Store(of)
	})
	s.copied.Store(0)
	if err != nil {
		if !done.Begun {
			s.noteFailure(ctx, deeds, err)
		}
		return out, err
	}
	keys, err := Keys(s.Config.Keys)
	if err != nil {
		return out, err
	}
	defer keys.Wipe()
	out.Key = dataKey(keys).ID
	out.Records, out.Lost = done.Records, done.Lost
	return out, nil
}

// dataKey is the one under which records are sealed.
func dataKey(keys *seal.Keyring) (current seal.Key) {
	for _, k := range keys.Keys() {
		if k.Use == seal.Data && k.Current {
			current = k
		}
	}
	return current
}

// dataKeySince is since when backups can be read: they are sealed under the data key, and
// the one before it is gone; zero: it is not gone yet.
func dataKeySince(keys *seal.Keyring) time.Time {
	if KeysUnfinished(keys) {
		return time.Time{}
	}
	return dataKey(keys).Since
}

// KeysUnfinished says whether a change of keys was cut off.
func KeysUnfinished(keys *seal.Keyring) bool { return store.DataKeys(keys) > 1 }
