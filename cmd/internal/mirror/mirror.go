package mirror

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// Page is what somebody gets who asks for a page.
type Page struct {
	Status int
	Type   string // media type
	Body   []byte
}

// List is a list whose archive is to be written.
type List struct {
	ID, Lang string // the language in which its pages are, if none is asked for
	Base     string // where its pages are: an origin, without a slash at its end
}

// Mirror writes archives into a folder.
type Mirror struct {
	// Ask fetches a page of a list; path has its query.
	Ask func(ctx context.Context, list, path string) (Page, error)
	// Lists are those to be written. One without an archive is none.
	Lists []List
	// Others stay as they are: not all lists are written.
	Others bool
	// Wrote is told of each file that is as it should be; nil: nobody is.
	Wrote func(file string)
}

// Report says what was done. The files are named as they lie in the folder.
type Report struct {
	Folder    string   `json:"folder"`
	Lists     []string `json:"lists"`
	Written   []string `json:"written"`
	Removed   []string `json:"removed"`
	Unchanged int      `json:"unchanged"`
}

// passes is how often the links of an archive are followed in which something is withdrawn
// meanwhile.
const passes = 5

// Write brings a folder, which is made if there is none, up to date.
func (m *Mirror) Write(ctx context.Context, dir string) (Report, error) {
	r := Report{Folder: dir, Lists: []string{}, Written: []string{}, Removed: []string{}}
	f, err := openFolder(dir)
	if err != nil {
		return r, err
	}
	defer f.close()
	w := writing{m: m, folder: f, there: map[string]bool{}, written: map[string]bool{}, gone: map[string]bool{}}
	for _, l := range m.Lists {
		has, err := w.list(ctx, l)
		if err != nil {
			return r, err
		}
		if has {
			r.Lists = append(r.Lists, l.ID)
		}
	}
	r.Removed, err = f.keepOnly(func(file string) bool { return w.there[file] || m.Others && !m.isOurs(file) })
	for file := range w.there {
		if !w.written[file] {
			r.Unchanged++
		}
	}
	r.Written = slices.AppendSeq(r.Written, maps.Keys(w.written))
	slices.Sort(r.Written)
	return r, err
}

// isOurs says whether a file is one of the lists that are written, alone.
func (m *Mirror) isOurs(file string) bool {
	return slices.ContainsFunc(m.Lists, func(l List) bool { return strings.HasPrefix(file, "lists/"+l.ID+"/") })
}

// writing is a folder being written.
type writing struct {
	m       *Mirror
	folder  *folder
	there   map[string]bool // what is as it should be
	written map[string]bool // what was not
	gone    map[string]bool // paths that lead nowhere
}

// list writes an archive, if the list has one. A link that leads nowhere, since what it
// leads to is withdrawn in this moment, or never was, is followed no more.
func (w *writing) list(ctx context.Context, l List) (has bool, err error) {
	before := maps.Clone(w.there)
	for range passes {
		n := len(w.gone)
		w.there = maps.Clone(before)
		if err := w.follow(ctx, l); err != nil {
			return false, err
		}
		if len(w.gone) == n {
			break
		}
	}
	return len(w.there) > len(before), nil
}

// follow writes all that the links from the first page of an archive lead to.
func (w *writing) follow(ctx context.Context, l List) error {
	for todo := []place{place{list: l}.at("/lists/" + l.ID + "/issues/")}; len(todo) > 0; {
		p := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if w.there[p.file()] || w.gone[p.path] {
			continue
		}
		page, err := w.m.Ask(ctx, l.ID, p.asked())
		if err != nil {
			return err
		}
		switch page.Status {
		case http.StatusOK:
		case http.StatusNotFound, http.StatusGone:
			w.gone[p.path] = true
			continue
		default:
			return fmt.Errorf("%s%s: the answer is %d", l.Base, p.path, page.Status)
		}
		body := page.Body
		if strings.HasPrefix(page.Type, "text/html") {
			var more []place
			if body, more, err = p.relink(body, w.gone); err != nil {
				return err
			}
			todo = append(todo, more...)
		}
		changed, err := w.folder.put(p.file(), body)
		if err != nil {
			return err
		}
		w.there[p.file()] = true
		if changed {
			w.written[p.file()] = true
		}
		if w.m.Wrote != nil {
			w.m.Wrote(p.file())
		}
	}
	return nil
}
