package service

import (
	"context"
	"errors"
	"io"
	"os"
	"time"

	"example.jp/kairan/cmd/internal/agefile"
	"example.jp/kairan/cmd/internal/backups"
	"example.jp/kairan/cmd/internal/control"
	"example.jp/kairan/cmd/internal/exit"
	"example.jp/kairan/deliver"
	"example.jp/kairan/store"
	"example.jp/kairan/subscribe"
)

var (
	// Backup hands out a copy of the database.
	Backup = verb("backup", (*Service).backup, func(struct{}) []deliver.Deed { return []deliver.Deed{{}} })
	// BackupInFolder puts one where the service puts them by itself.
	BackupInFolder = verb("backup/folder", (*Service).backupByHand, func(struct{}) []deliver.Deed { return []deliver.Deed{{What: "backup"}} })
	// BackupProgress says how far the one is that is being made.
	BackupProgress = verb("backup/progress", (*Service).backupProgress, reads)
	// NoteBackup notes that a copy that was handed out is whole where it was put, or was
	// read from end to end.
	NoteBackup = verb("backup/note", (*Service).noteBackup, ofNote)
)

// Names under which the store notes when something about backups was last done.
const (
	backupChore = "backup"         // into the folder
	handBackup  = "backup by hand" // to wherever the command was told
	verified    = "verify"
)

// MadeBackup is one that was put into the folder.
type MadeBackup struct {
	File   string    `json:"file"`
	At     time.Time `json:"at"`
	Octets int64     `json:"octets"`
	// Encrypted says that it is, to the recipients of [backup]; else its records are sealed alone.
	Encrypted bool `json:"encrypted"`
}

// backup answers with a copy that lies on the local disk, so that a slow client
// does not hold pages of the database. It is encrypted on its way out.
func (s *Service) backup(ctx context.Context, _ struct{}) (*control.Octets, error) {
	f, size, done, err := s.copyAside(ctx)
	if err != nil {
		return nil, err
	}
	if len(s.Config.Backup.Recipients) == 0 {
		return &control.Octets{Reader: f, Size: size, Close: done}, nil
	}
	r, w := io.Pipe()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		w.CloseWithError(s.encrypt(w, f))
	}()
	return &control.Octets{Reader: r, Size: control.UnknownSize, Close: func() error {
		_ = r.Close() // ends the encrypting, if the client went away
		<-ended
		return done()
	}}, nil
}

// backupByHand answers when it is done.
func (s *Service) backupByHand(ctx context.Context, _ struct{}) (MadeBackup, error) {
	if s.Config.Backup.Folder == "" {
		return MadeBackup{}, exit.Usagef("no `folder` is set in [backup]; give the name of a file, or - for standard output")
	}
	made, err := s.intoFolder(ctx)
	if err == nil {
		s.mustNoteDone(ctx, handBackup, made.At)
		s.lookAtBackups() // whoever made it looks now whether all is well
	}
	return made, err
}

// backupByNight is the chore. That one was made is seen in the folder, too: where the
// note of it failed, there is none at each tick.
func (s *Service) backupByNight(ctx context.Context) error {
	all, err := s.backupFolder().All()
	if err == nil && len(all) > 0 {
		if newest := all[len(all)-1].At; newest.After(s.now().Add(halfADay-s.Config.Backup.Every.Duration())) && !newest.After(s.now()) {
			return nil
		}
	}
	_, err = s.intoFolder(ctx)
	return err
}

// backupEvery is how often the chore is done; 0: never, since nobody says where to.
func (s *Service) backupEvery() subscribe.Days {
	if s.Config.Backup.Folder == "" {
		return 0
	}
	return s.Config.Backup.Every
}

func (s *Service) backupFolder() backups.Folder { return backups.Folder(s.Config.Backup.Folder) }

// intoFolder makes a backup and puts it into the folder.
func (s *Service) intoFolder(ctx context.Context) (made MadeBackup, err error) {
	folder, began := s.backupFolder(), s.now()
	if err := folder.Check(); err != nil {
		return made, err
	}
	f, _, done, err := s.copyAside(ctx)
	if err != nil {
		return made, err
	}
	defer func() { err = errors.Join(err, done()) }()
	ending := backups.Encrypted
	if len(s.Config.Backup.Recipients) == 0 {
		ending = backups.Sealed
	}
	file, err := folder.Put(began, ending, func(to io.Writer) error { return s.encrypt(to, ended{f, ctx}) })
	if err != nil {
		return made, err
	}
	s.log.Info("BackupMade", "file", file.Name, "octets", file.Octets, "took", s.now().Sub(began).Round(time.Second))
	return MadeBackup{folder.Path(file), file.At, file.Octets, ending == backups.Encrypted}, nil
}

// ended is a reader that ends with a context.
type ended struct {
	io.Reader
	ctx context.Context
}

func (e ended) Read(b []byte) (int, error) {
	if err := e.ctx.Err(); err != nil {
		return 0, err
	}
	return e.Reader.Read(b)
}

// copyAside makes a copy beside the database, one at a time. Whoever gets it says when
// he is done with it; then it is gone.
func (s *Service) copyAside(ctx context.Context) (f *os.File, size int64, done func() error, err error) {
	if !s.backingUp.TryLock() {
		return nil, 0, nil, exit.Refusedf("another backup is being made; try again when it is done")
	}
	f, err = os.CreateTemp(s.Config.Data, store.BackupPattern)
	if err != nil {
		s.backingUp.Unlock()
		return nil, 0, nil, err
	}
	done = func() error {
		defer s.backingUp.Unlock()
		s.copied.Store(0)
		return errors.Join(f.Close(), os.Remove(f.Name()))
	}
	err = s.Store.Backup(ctx, f.Name(), func(octets, of int64) {
		s.copied.Store(octets)
		s.toCopy.Store(of)
	})
	if err == nil {
		size, err = f.Seek(0, io.SeekEnd)
	}
	if err == nil {
		_, err = f.Seek(0, io.SeekStart)
	}
	if err != nil {
		_ = done() // what went wrong has taken the file away, perhaps
		return nil, 0, nil, err
	}
	return f, size, done, nil
}

// encrypt copies to the recipients, or as it is if there are none.
func (s *Service) encrypt(to io.Writer, from io.Reader) error {
	if len(s.Config.Backup.Recipients) == 0 {
		_, err := io.Copy(to, from)
		return err
	}
	w, err := agefile.Writer(to, s.Config.Backup.Recipients)
	if err != nil {
		return err
	}
	if _, err = io.Copy(w, from); err != nil {
		return err // not closed, so that nobody takes it for whole
	}
	return w.Close()
}

// mustNoteDone notes when something was done. That a full disk keeps it from that is no
// reason to call it undone.
func (s *Service) mustNoteDone(ctx context.Context, what string, at time.Time) {
	if err := s.Store.NoteDone(ctx, what, at); err != nil {
		s.log.Error("BackupFault", "what", what, "err", err)
	}
}

// Progress is how many octets were copied, of about so many; none: nothing is copied.
type Progress struct {
	Octets int64 `json:"octets"`
	Of     int64 `json:"of"`
}

func (s *Service) backupProgress(context.Context, struct{}) (Progress, error) {
	return Progress{s.copied.Load(), s.toCopy.Load()}, nil
}

// BackupNote is what a command says about a copy.
type BackupNote struct {
	Verified bool `json:"verified"` // it was read from end to end; else, it is whole where it was put
}

// ofNote is the trail of a note: that a copy was handed out stands there already.
func ofNote(in BackupNote) []deliver.Deed {
	if !in.Verified {
		return nil
	}
	return []deliver.Deed{{What: "restore --verify", Result: deliver.WasDone}}
}

func (s *Service) noteBackup(ctx context.Context, in BackupNote) (struct{}, error) {
	what := handBackup
	if in.Verified {
		what = verified
	}
	s.mustNoteDone(ctx, what, s.now())
	s.lookAtBackups()
	return struct{}{}, nil
}
