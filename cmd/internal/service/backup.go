package service

import (
	"context"
	"errors"
	"io"
	"os"

	"example.jp/kairan/cmd/internal/control"
	"example.jp/kairan/cmd/internal/exit"
	"example.jp/kairan/deliver"
	"example.jp/kairan/store"
)

// Backup makes a copy of the database.
var Backup = verb("backup", (*Service).backup, func(struct{}) []deliver.Deed { return []deliver.Deed{{}} })

// backup answers with a copy that lies on the local disk, so that a slow client
// does not hold pages of the database.
func (s *Service) backup(ctx context.Context, _ struct{}) (*control.Octets, error) {
	if !s.backingUp.TryLock() {
		return nil, exit.Refusedf("another backup is being made; try again when it is done")
	}
	f, err := os.CreateTemp(s.Config.Data, store.BackupPattern)
	if err != nil {
		s.backingUp.Unlock()
		return nil, err
	}
	done := func() error {
		defer s.backingUp.Unlock()
		return errors.Join(f.Close(), os.Remove(f.Name()))
	}
	var size int64
	if err = s.Store.Backup(ctx, f.Name(), nil); err == nil {
		size, err = f.Seek(0, io.SeekEnd)
	}
	if err == nil {
		_, err = f.Seek(0, io.SeekStart)
	}
	if err != nil {
		return nil, errors.Join(err, done())
	}
	return &control.Octets{Reader: f, Size: size, Close: done}, nil
}
