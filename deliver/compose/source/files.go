package source

import (
	"context"
	"encoding/hex"
	"net/url"
	"slices"

	"example.jp/kairan/deliver"
	"example.jp/kairan/deliver/compose/enclosure"
	"example.jp/kairan/deliver/compose/finding"
	"example.jp/kairan/deliver/compose/markdown"
	"example.jp/kairan/deliver/phrase"
	"example.jp/kairan/subscribe"
)

// Enclosed is a file that an issue carries.
type Enclosed struct {
	deliver.Enclosure
	Type string // its media type
	ID   string // by which the text shows it (RFC 2392); "": it is attached
}

// Named is a file that a text names.
type Named struct {
	Name string // in NFC; it may be one that is refused, see [enclosure.CheckName]
	Line int    // where it is named first
}

// Names are the files that a source names, pictures and attachments, each once. Of a
// source that [Parse] does not take they may be incomplete.
func Names(ctx context.Context, source []byte) (all []Named) {
	noted := map[string]bool{}
	note := func(name string, line int) {
		if !noted[name] {
			noted[name] = true
			all = append(all, Named{name, line})
		}
	}
	whole, unread := readText(source)
	if len(unread) > 0 || len(source) > MaxSource {
		return nil
	}
	head, body, first, found := cut(whole)
	if len(found) > 0 {
		return nil
	}
	f := front{head: head, found: &found} // what is wrong with it is for Parse to say
	f.values = f.known(readTOML(head, &found))
	show := func(line int, name string) (markdown.File, bool) {
		note(besideName(name), line)
		return markdown.File{}, false
	}
	_, _ = markdown.Render(ctx, markdown.Text{Body: body, First: first, Show: show}, &found)
	for _, name := range f.names("attachments") {
		note(enclosure.Name(name), keyLine(head, "attachments"))
	}
	return all
}

// besideName is the name of the file that an image's address means: as it stands, or as
// Markdown editors write names with spaces.
func besideName(dest string) string {
	if plain, err := url.PathUnescape(dest); err == nil {
		dest = plain
	}
	return enclosure.Name(dest)
}

// maxFiles is how many files an issue may carry.
const maxFiles = 40

// enclosing looks up what a text names among the files that came with it.
type enclosing struct {
	files    map[string]deliver.File // by name
	domain   string                  // of the content ids
	found    *finding.List
	judged   map[string]judged // by name: a text may name a file many times
	enclosed []Enclosed        // each picture once, by its content
}

// judged is a file that the text names, or why it cannot be sent.
type judged struct {
	enclosure.Kind
	file  deliver.Enclosure
	fault error
}

func newEnclosing(list *subscribe.List, files []deliver.File, found *finding.List) *enclosing {
	return &enclosing{files: byName(files), domain: list.From.Domain(), found: found, judged: map[string]judged{}}
}

// byName are files by their names in NFC; of two with one name the first.
func byName(files []deliver.File) map[string]deliver.File {
	named := make(map[string]deliver.File, len(files))
	for _, f := range files {
		f.Name = enclosure.Name(f.Name)
		if _, twice := named[f.Name]; !twice {
			named[f.Name] = f
		}
	}
	return named
}

// attachAll takes the attachments that the front matter names, unless something is wrong
// with their list.
func (e *enclosing) attachAll(names []string, line int) {
	if slices.ContainsFunc(*e.found, func(f finding.Finding) bool { return f.Rule == "attachments" }) {
		return
	}
	for _, name := range names {
		if f := e.judge(enclosure.Name(name)); f.fault != nil {
			e.found.Fail(line, "file", "%v", f.fault)
		} else {
			e.add(line, Enclosed{f.file, f.Type, ""})
			e.warn(line, name, f.Kind, false)
		}
	}
}

// picture takes a picture that the text names, and gives its content id. That depends on
// its content alone, so that no copy tells who has opened it.
func (e *enclosing) picture(line int, dest string) (shown markdown.File, ok bool) {
	name := besideName(dest)
	f := e.judge(name)
	switch {
	case f.fault != nil:
		e.found.Fail(line, "file", "%v", f.fault)
		return shown, false
	case !f.IsPicture():
		e.found.Fail(line, "file", `%s is no picture; to attach it, write attachments = ["%[1]s"] into the front matter`, finding.Clip(name))
		return shown, false
	}
	id := hex.EncodeToString(f.file.Sum[:12]) + "@" + e.domain
	if !slices.ContainsFunc(e.enclosed, func(x Enclosed) bool { return x.ID == id }) {
		e.add(line, Enclosed{f.file, f.Type, id})
		e.warn(line, name, f.Kind, true)
	}
	return markdown.File{ID: id, Width: f.Width, Height: f.Height}, true
}

// warn says what a camera has left in a photograph.
func (e *enclosing) warn(line int, name string, kind enclosure.Kind, shown bool) {
	if kind.Located {
		e.found.Warn(line, "photo-place", "%s says where it was taken (GPS), and each reader can look that up; save it without its place (位置情報を削除), unless that may be known", finding.Clip(name))
	}
	if kind.Turned && shown {
		e.found.Warn(line, "photo-turned", "%s lies on its side or its head, with a note to turn it that some mail programs do not read; turn it upright and save it anew", finding.Clip(name))
	}
}

func (e *enclosing) add(line int, x Enclosed) {
	if len(e.enclosed) == maxFiles {
		e.found.Fail(line, "file", "the issue carries more than %d files; put some of them on the web, and link to them", maxFiles)
		return
	}
	e.enclosed = append(e.enclosed, x)
}

// judge finds a file, and looks at it once.
func (e *enclosing) judge(name string) judged {
	if f, ok := e.judged[name]; ok {
		return f
	}
	f := e.look(name)
	e.judged[name] = f
	return f
}

func (e *enclosing) look(name string) (f judged) {
	if err := enclosure.CheckName(name); err != nil {
		return judged{fault: phrase.Say("%q cannot be sent: %v", finding.Clip(name), err)}
	}
	given, ok := e.files[name]
	if !ok {
		return judged{fault: phrase.Say("there is no file %s beside the issue; put it into the same folder, or correct its name", finding.Clip(name))}
	}
	if given.Fault != "" {
		return judged{fault: phrase.Words{EN: given.Fault, JA: given.FaultJA}}
	}
	if f.Kind, f.fault = enclosure.KindOf(name, given.Data); f.fault != nil {
		f.fault = phrase.Say("%s cannot be sent: %v", finding.Clip(name), f.fault)
	}
	f.file = given.Enclosure()
	return f
}

// Named are those of the files that the issue carries, each once, in its order.
func (d *Draft) Named(files []deliver.File) (named []deliver.File) {
	all := byName(files)
	for _, x := range d.Enclosed {
		if f, ok := all[x.Name]; ok {
			named = append(named, deliver.File{Name: x.Name, Data: f.Data})
			delete(all, x.Name) // it may be attached and shown
		}
	}
	return named
}
