package web

import (
	"cmp"
	"errors"
	"html/template"
	"mime"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"

	"example.jp/kairan/subscribe"
	"example.jp/kairan/templates"
)

// The archive of a list: what went out, as anybody may read it. An issue that was withdrawn
// is gone at once, so nobody may show any of this without asking whether it still stands
// ([pages.sendKnownOnce]); and of one that has not begun there is nothing to be found.

// perPage is from how many issues on the years before stand on pages of their own.
const perPage = 100

// errWithdrawn says that an issue was published once.
var errWithdrawn = errors.New("the issue was withdrawn")

// hasArchive says whether anybody may read what a list has sent.
func (p *pages) hasArchive(l *subscribe.List) bool {
	return p.Archive != nil && l.Archived && !l.EraseDue(p.Now())
}

// archived is the list of a path, if it has an archive, and the language to show it in.
func (p *pages) archived(c *fiber.Ctx) (*subscribe.List, subscribe.Lang, error) {
	l := p.Lists[c.Params("list")]
	if l == nil {
		return nil, "", subscribe.ErrList
	}
	lang := chooseListLang(c, nil, l, browserLang(c, l.Language))
	if !p.hasArchive(l) {
		return nil, "", fiber.ErrNotFound
	}
	return l, lang, nil
}

// archive is GET /lists/{list}/issues/, the latest, and GET /lists/{list}/years/{year}.
func (p *pages) archive(c *fiber.Ctx) error {
	l, lang, err := p.archived(c)
	if err != nil {
		return err
	}
	year := c.Params("year")
	return p.sendKnownOnce(c, once{page: templates.PageArchive, of: l.ID, what: year, lang: lang}, func() (any, time.Time, error) {
		return p.archivePage(l, lang, year)
	})
}

// archivePage is that of a year, or for "" of the latest, and when it last changed.
func (p *pages) archivePage(l *subscribe.List, lang subscribe.Lang, said string) (page templates.Archive, changed time.Time, err error) {
	heads, err := p.shelf.of(p.Archive, l.ID)
	if err != nil {
		return page, changed, err
	}
	years := p.yearsOf(l, heads, lang)
	page = templates.Archive{Frame: p.listFrame(l, lang), List: l.Name.In(lang), ListID: l.ID, Join: p.join(l, lang)}
	path, shown := subscribe.ArchivePath(l.ID), years[:latest(years)]
	if said != "" {
		i := slices.IndexFunc(years, func(y templates.ArchiveYear) bool { return strconv.Itoa(y.Year) == said })
		if i < 0 {
			return page, changed, fiber.ErrNotFound
		}
		shown = years[i : i+1]
		page.Year, path = shown[0].Year, yearPath(l, shown[0].Year)
	}
	page.Canonical, page.Years = l.URL(path), shown
	for _, y := range years {
		link := templates.ArchiveLink{Year: y.Year, Path: yearPath(l, y.Year)}
		if slices.ContainsFunc(shown, func(here templates.ArchiveYear) bool { return here.Year == y.Year }) {
			link.Path = ""
		}
		page.Index = append(page.Index, link)
	}
	if len(years) == 1 {
		page.Index = nil
	}
	return page, later(p.changed(l), lastChange(l, heads, shown)), nil
}

// yearsOf are the issues that stand, by year in the list's zone, latest first.
func (p *pages) yearsOf(l *subscribe.List, heads []subscribe.BackNumber, lang subscribe.Lang) (years []templates.ArchiveYear) {
	for i := range heads {
		b := &heads[i]
		if !b.Withdrawn.IsZero() {
			continue
		}
		year := b.At.In(zoneOf(l)).Year()
		if len(years) == 0 || years[len(years)-1].Year != year {
			years = append(years, templates.ArchiveYear{Year: year})
		}
		in := &years[len(years)-1]
		in.Issues = append(in.Issues, *archiveIssue(l, b, lang))
	}
	return years
}

// latest is how many years the first page shows.
func latest(years []templates.ArchiveYear) int {
	issues := 0
	for i, y := range years {
		if issues += len(y.Issues); i > 0 && issues > perPage {
			return i
		}
	}
	return len(years)
}

func yearPath(l *subscribe.List, year int) string {
	return "/lists/" + l.ID + "/years/" + strconv.Itoa(year) // no issue is called so: years are not below issues
}

// backNumber is GET /lists/{list}/issues/{issue}.
func (p *pages) backNumber(c *fiber.Ctx) error {
	l, lang, err := p.archived(c)
	if err != nil {
		return err
	}
	slug := c.Params("issue")
	return p.sendKnownOnce(c, once{page: templates.PageBackNumber, of: l.ID, what: slug, lang: lang}, func() (any, time.Time, error) {
		return p.backNumberPage(l, lang, slug)
	})
}

// backNumberPage is that of an issue, and when it last changed.
func (p *pages) backNumberPage(l *subscribe.List, lang subscribe.Lang, slug string) (page templates.BackNumber, last time.Time, err error) {
	b, err := p.standing(l, slug)
	if err != nil {
		return page, last, err
	}
	heads, err := p.shelf.of(p.Archive, l.ID)
	if err != nil {
		return page, last, err
	}
	page = templates.BackNumber{
		Frame: p.listFrame(l, lang), ArchiveIssue: *archiveIssue(l, b, lang), List: l.Name.In(lang), Archive: subscribe.ArchivePath(l.ID),
		Content: template.HTML(b.HTML), //nolint:gosec // sanitised when it was made
		Join:    p.join(l, lang),
	}
	page.Canonical = l.URL(b.Path())
	for _, f := range b.Files {
		if f.Attached {
			page.Attached = append(page.Attached, templates.Attachment{Path: b.Path() + "/" + url.PathEscape(f.Name), Name: f.Name, Size: sizeOf(f.Size)})
		}
	}
	newer, older, changed := beside(heads, b.Slug)
	if newer != nil {
		page.Newer = archiveIssue(l, newer, lang)
	}
	if older != nil {
		page.Older = archiveIssue(l, older, lang)
	}
	return page, later(p.changed(l), changed), nil
}

// standing is an issue that anybody may read.
func (p *pages) standing(l *subscribe.List, slug string) (*subscribe.BackNumber, error) {
	b, err := p.Archive.BackNumber(l.ID, slug)
	if err == nil && !b.Withdrawn.IsZero() {
		err = errWithdrawn
	}
	return &b, err
}

// beside are the issues after and before one, and when that, or what lies between them, last
// changed: of what was withdrawn there nothing is left but that it stood there.
func beside(heads []subscribe.BackNumber, slug string) (newer, older *subscribe.BackNumber, changed time.Time) {
	at := slices.IndexFunc(heads, func(b subscribe.BackNumber) bool { return b.Slug == slug })
	if at < 0 {
		return nil, nil, time.Time{}
	}
	changed = heads[at].At
	walk := func(step int) *subscribe.BackNumber {
		for i := at + step; i >= 0 && i < len(heads); i += step {
			changed = later(changed, heads[i].At, heads[i].Withdrawn)
			if heads[i].Withdrawn.IsZero() {
				return &heads[i]
			}
		}
		return nil
	}
	newer, older = walk(-1), walk(+1)
	return newer, older, changed
}

// backNumberFile is GET /lists/{list}/issues/{issue}/{file}. A file never changes while the
// run of its issue is that run. Whatever it holds runs nowhere.
func (p *pages) backNumberFile(c *fiber.Ctx) error {
	l, _, err := p.archived(c)
	if err != nil {
		return err
	}
	b, err := p.standing(l, c.Params("issue"))
	if err != nil {
		return err
	}
	name := c.Params("file")
	i := slices.IndexFunc(b.Files, func(f subscribe.BackNumberFile) bool { return f.Name == name })
	if i < 0 {
		return fiber.ErrNotFound
	}
	f := b.Files[i]
	c.Set(fiber.HeaderContentSecurityPolicy, "sandbox; default-src 'none'; frame-ancestors 'none'")
	if f.Attached {
		c.Set(fiber.HeaderContentDisposition, mime.FormatMediaType("attachment", map[string]string{"filename": f.Name})) // RFC 6266 §4.3
	}
	tag := tagOf([]byte(b.Path()), []byte(f.Name), []byte(b.At.UTC().Format(time.RFC3339Nano)), []byte(strconv.Itoa(f.Size)))
	if p.isKnown(c, tag, b.At) {
		return nil
	}
	data, err := p.Archive.BackNumberFile(l.ID, b.Slug, f.Name)
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderContentType, f.Type)
	return c.Send(data)
}

// latestOf is the path of a list's archive, and its last issue; neither where there is
// nothing to read. A card is worth no error: without them it is whole.
func (p *pages) latestOf(l *subscribe.List, lang subscribe.Lang) (path string, last *templates.ArchiveIssue) {
	if !p.hasArchive(l) {
		return "", nil
	}
	heads, err := p.shelf.of(p.Archive, l.ID)
	if err != nil {
		p.faults.Add(1)
		p.Log.Error("ArchiveFault", "list", l.ID, "err", err)
		return subscribe.ArchivePath(l.ID), nil
	}
	if i := slices.IndexFunc(heads, func(b subscribe.BackNumber) bool { return b.Withdrawn.IsZero() }); i >= 0 {
		return subscribe.ArchivePath(l.ID), archiveIssue(l, &heads[i], lang)
	}
	return "", nil
}

// archiveIssue is how a page in lang names an issue.
func archiveIssue(l *subscribe.List, b *subscribe.BackNumber, lang subscribe.Lang) *templates.ArchiveIssue {
	at := b.At.In(zoneOf(l))
	out := &templates.ArchiveIssue{Path: b.Path(), Subject: b.Subject, Day: at.Format(time.DateOnly), Date: writeDate(at, lang)}
	if b.Lang != lang {
		out.Lang = string(b.Lang)
	}
	return out
}

// join says whether the list can be joined.
func (p *pages) join(l *subscribe.List, lang subscribe.Lang) templates.Join {
	return templates.Join{ListID: l.ID, Closed: lastDay(l, p.Endings.Closed(l, p.Now()), lang)}
}

// changed is when what stands around the issues of a list's pages last changed: the program
// and its configuration at its start, and whether the list can be joined.
func (p *pages) changed(l *subscribe.List) time.Time {
	return later(p.began, p.Endings.Closed(l, p.Now()))
}

// lastChange is when an issue last came to a page of these years, or left it. The page leads
// to all other years, so it is of it when there is another, or one less.
func lastChange(l *subscribe.List, heads []subscribe.BackNumber, shown []templates.ArchiveYear) (last time.Time) {
	yearOf := func(i int) int { return heads[i].At.In(zoneOf(l)).Year() }
	for i := range heads {
		here := slices.ContainsFunc(shown, func(y templates.ArchiveYear) bool { return y.Year == yearOf(i) })
		if first := i == len(heads)-1 || yearOf(i+1) != yearOf(i); here || first {
			last = later(last, heads[i].At)
		}
		last = later(last, heads[i].Withdrawn)
	}
	return last
}

func later(times ...time.Time) time.Time { return slices.MaxFunc(times, time.Time.Compare) }

func zoneOf(l *subscribe.List) *time.Location { return cmp.Or(l.Zone, time.UTC) }

// sizeOf writes a number of octets out.
func sizeOf(octets int) string {
	const k = 1000
	switch {
	case octets >= k*k:
		return strconv.FormatFloat(float64(octets)/(k*k), 'f', 1, 64) + " MB"
	case octets >= k:
		return strconv.Itoa((octets+k/2)/k) + " kB"
	}
	return strconv.Itoa(octets) + " B"
}
