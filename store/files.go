package store

import (
	"bytes"
	"errors"
	"fmt"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/deliver"
	"example.jp/kairan/store/layout"
	"example.jp/kairan/store/seal"
)

// sealedFile is a file of an issue as it is stored. Files stand apart from their issue,
// which is read every second.
type sealedFile struct{ key, value []byte }

func (s *Store) sealFiles(of deliver.IssueName, files []deliver.File) (all []sealedFile, err error) {
	for n, f := range files {
		key := fileKey(of, n)
		sealed, err := s.keys.Seal(seal.Data, layout.FileLabel, f.Data, layout.Bound(of.List, string(key)))
		if err != nil {
			return nil, err
		}
		all = append(all, sealedFile{key, sealed})
	}
	return all, nil
}

func fileKey(of deliver.IssueName, n int) []byte {
	return append(layout.FileKeys(of.Slug), layout.Key4(uint32(n))...)
}

// putFiles puts files in the place of those that an issue has.
func putFiles(b *bolt.Tx, of deliver.IssueName, files []sealedFile) (err error) {
	if stored := layout.List(b, of.List, layout.Files); stored != nil {
		var old [][]byte
		from, c := layout.FileKeys(of.Slug), stored.Cursor()
		for k, _ := c.Seek(from); bytes.HasPrefix(k, from); k, _ = c.Next() {
			old = append(old, bytes.Clone(k))
		}
		err = layout.DeleteAll(stored, old)
	}
	for _, f := range files {
		err = errors.Join(err, layout.Put(b, of.List, layout.Files, f.key, f.value))
	}
	return err
}

// Files returns the files of an issue, in their order. Each is what was stored with it:
// where one is missing or damaged the error says so.
func (s *Store) Files(name deliver.IssueName) ([]deliver.File, error) {
	return view(s, func(b *bolt.Tx) (all []deliver.File, err error) {
		i, err := s.issue(b, name)
		if err != nil {
			return nil, err
		}
		for n := range i.Files {
			f, err := s.enclosed(b, i, n)
			if err != nil {
				return nil, err
			}
			all = append(all, f)
		}
		return all, nil
	})
}

// enclosed is the n-th file of an issue.
func (s *Store) enclosed(b *bolt.Tx, i *deliver.Issue, n int) (deliver.File, error) {
	key := fileKey(i.Name, n)
	sealed := layout.Get(layout.List(b, i.Name.List, layout.Files), key)
	data, err := s.keys.Open(seal.Data, layout.FileLabel, sealed, layout.Bound(i.Name.List, string(key)))
	f := deliver.File{Name: i.Files[n].Name, Data: data}
	if err != nil || f.Enclosure() != i.Files[n] {
		return deliver.File{}, fmt.Errorf("the file %s of the issue %s cannot be read: it is damaged, and everything else goes on; add the issue again if it has not begun, or put the last backup back", f.Name, i.Name)
	}
	return f, nil
}

// roomForFiles refuses files when space is short: they stop with the starts of issues,
// before what readers need.
func (s *Store) roomForFiles(files []deliver.File) error {
	size := int64(0)
	for _, f := range files {
		size += int64(len(f.Data))
	}
	// Twice, since the file grows in steps, and pages that belong together need room together.
	if size > 0 && s.file.Space() < spaceForStarting*s.margin()+2*size {
		return ErrFull
	}
	return nil
}
