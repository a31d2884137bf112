package main

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"example.jp/kairan/subscribe/web/browser"
)

// visitor is one who signs up, reads, corrects, leaves and comes back.
type visitor struct {
	who            browser.Visitor
	list, listName string
	inJapanese     string // the list's name there, if it has two languages
	typed, mailbox string // the address as it is typed, and as mail is sent to it
	name           string // label of the list's field for it, always required
	fill           func(*visit)
}

func visitors() map[string]visitor {
	inJapanese := visitor{
		who: browser.Phone, list: "ajc-newsletter", listName: "日本アセアンセンター メールマガジン",
		typed: "ｈａｎａｋｏ．ｙａｍａｄａ＠ｅｘａｍｐｌｅ．ｊｐ", mailbox: "hanako.yamada@example.jp", name: "お名前",
		fill: func(v *visit) {
			v.pick("お住まいの都道府県", "神奈川県")
			v.write("ご所属", "霞ヶ関国際交流協会")
			v.pick("業種", "観光・宿泊・運輸")
		},
	}
	inEnglish := visitor{
		who: browser.Desktop, list: "ajc-event", listName: "ASEAN-Japan Centre Seminar Registration",
		inJapanese: "セミナー参加登録",
		typed:      "Midori.Suzuki@example.org", mailbox: "Midori.Suzuki@example.org", name: "Name",
		fill: func(v *visit) { v.write("Organisation", "Society of Bridges") },
	}
	inEnglish.who.KeysOnly = true
	noScript := inJapanese
	noScript.who.NoScript = true
	return map[string]visitor{"Japanese on a phone": inJapanese, "English at a desk, by keys": inEnglish, "without JavaScript": noScript}
}

// TestVisits are whole stories of readers, in a real browser: what they see, press and
// type, and the mail that they get.
func TestVisits(t *testing.T) {
	t.Parallel()
	b := browser.Start(t)
	for name, who := range visitors() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := atWork(t, map[string]string{"lists.ajc-event.archive": `"public"`})
			v := newVisit(t, s, b, who.who, who.mailbox)
			v.Go("http://" + s.public + "/")
			v.at(http.StatusOK, v.say("home.title"))
			v.Press("link", who.listName)
			v.mistakes(who)
			v.signsUp(who, "Pelican Crossing")
			v.mail("CORRECT") // the welcome
			links := v.gets(who, "first", "Pelican Crossing")
			v.corrects(who, links["CORRECT"], "Zebra Crossing")
			v.looksBack(who, v.gets(who, "second", "Zebra Crossing")["BROWSER"])
			v.leaves(links["LEAVE"])
			if out := s.command("list", "show", who.list); !strings.Contains(out, "Readers   0") {
				t.Errorf("after leaving:\n%s", out)
			}
			s.later(time.Hour)
			v.Press("link", v.say("done.left.again"))
			v.signsUp(who, "Toucan Crossing")
			v.mail("CORRECT")
			v.gets(who, "third", "Toucan Crossing")
		})
	}
}

// mistakes sends the form empty, and finds the way back to the field.
func (v *visit) mistakes(who visitor) {
	v.t.Helper()
	v.at(http.StatusOK, who.listName)
	v.Press("button", v.say("signup.button"))
	v.at(http.StatusUnprocessableEntity, who.listName)
	v.wrong(v.say("wrong.address-empty"))
	v.Press("link", v.say("wrong.address-empty"))
	if f := v.Focus(); f.Role != "textbox" || !strings.Contains(f.Name, v.say("form.email")) || !strings.Contains(f.Description, v.say("wrong.address-empty")) {
		v.t.Errorf("the summary leads to %+v", f)
	}
}

// wrong fails the test if the page does not say what is wrong in its title and in a summary, which
// has the focus.
func (v *visit) wrong(problems ...string) {
	v.t.Helper()
	if !strings.HasPrefix(v.Page.Title, v.say("form.error-mark")) {
		v.t.Errorf("the title of a page with mistakes is %q", v.Page.Title)
	}
	if !await(func() bool { return v.Focus().Role == "alert" }) { // it goes there when the page is drawn
		v.t.Errorf("the focus is at %+v, and not at the summary", v.Focus())
	}
	v.reads(append(problems, v.say("form.summary"))...)
}

// signsUp goes from the form to a confirmed entry.
func (v *visit) signsUp(who visitor, name string) {
	v.t.Helper()
	v.write(v.say("form.email"), who.typed)
	v.thereAndBack(who)
	if who.who.KeysOnly {
		v.Reach(v.Find("textbox", v.say("form.email")))
		v.Enter()
	} else {
		v.Press("button", v.say("signup.button"))
	}
	v.at(http.StatusOK, v.say("sent.title"))
	v.reads(who.typed)
	_, link := v.mail("LINK")
	v.Go(link)
	v.at(http.StatusOK, who.listName)
	v.Press("button", v.say("confirm.button"))
	v.at(http.StatusUnprocessableEntity, who.listName)
	v.wrong(v.say("wrong.required", "Label", who.name))
	v.write(who.name, name)
	who.fill(v)
	v.thereAndBack(who)
	v.Press("button", v.say("confirm.button"))
	v.at(http.StatusOK, v.say("done.confirmed.title"))
}

// thereAndBack changes the language of a form that is filled in, and changes it back. What was
// typed is not typed again.
func (v *visit) thereAndBack(who visitor) {
	v.t.Helper()
	own, typed := v.lang, v.unsent
	if own != "en" { // the lists of the others have one language
		return
	}
	v.lang = "ja"
	v.Press("button", "日本語")
	v.at(http.StatusOK, who.inJapanese)
	v.lang, v.unsent = own, typed
	v.Press("button", "English")
	v.at(http.StatusOK, who.listName)
	v.unsent = typed
}

// gets gets an issue, which has the name in it, and returns the links around it.
func (v *visit) gets(who visitor, slug, name string) map[string]string {
	v.t.Helper()
	v.issue(who.list, slug, "Dear {{name}},\n\nthis is the "+slug+" issue.")
	text, leave := v.mail("LEAVE")
	if !strings.Contains(text, "Dear "+name+",") {
		v.t.Errorf("the %s issue has no %s:\n%s", slug, name, text)
	}
	all := v.s.mailsTo(v.mailbox)
	copied := all[len(all)-1]
	return map[string]string{"LEAVE": leave, "CORRECT": linkIn(copied, "CORRECT"), "BROWSER": linkIn(copied, "BROWSER")}
}

// looksBack finds an issue in the archive, from the form, and the next one by the link in the mail.
// Neither names anybody.
func (v *visit) looksBack(who visitor, inBrowser string) {
	v.t.Helper()
	v.Go("http://" + v.s.public + "/lists/" + who.list + "?lang=" + v.lang)
	v.at(http.StatusOK, who.listName)
	v.Press("link", v.say("archive.to"))
	v.at(http.StatusOK, v.say("archive.title"))
	v.reads("first", "second")
	v.Press("link", "first")
	v.at(http.StatusOK, "first")
	v.reads("this is the first issue.")
	v.Go(inBrowser)
	v.inOwnLanguage()
	v.at(http.StatusOK, "second")
	v.reads("this is the second issue.")
	if strings.Contains(v.Page.HTML, "{{") {
		v.t.Errorf("a slot is left:\n%s", v.Page.Text)
	}
}

// corrects changes the name, by the link in an issue.
func (v *visit) corrects(who visitor, link, name string) {
	v.t.Helper()
	v.s.later(time.Hour)
	v.Go(link)
	v.at(http.StatusOK, v.say("ask.title"))
	v.pick(v.say("ask.list"), who.listName)
	v.write(v.say("ask.email"), who.typed)
	v.Press("button", v.say("ask.button"))
	v.at(http.StatusOK, v.say("done.correct-asked.title"))
	_, link = v.mail("LINK")
	v.Go(link)
	v.at(http.StatusOK, who.listName)
	v.Press("button", v.say("correct.button"))
	v.wrong(v.say("wrong.nothing"))
	v.write(who.name, name)
	v.Press("button", v.say("correct.button"))
	v.at(http.StatusOK, v.say("done.corrected.title"))
}

// leaves presses the one button behind the link of an issue.
func (v *visit) leaves(link string) {
	v.t.Helper()
	v.Go(link)
	v.inOwnLanguage()
	v.Press("button", v.say("leave.button"))
	v.at(http.StatusOK, v.say("done.left.title"))
}

// inOwnLanguage changes the language of a page that a mail led to: it is in the language of
// the mail, whatever the browser asks for.
func (v *visit) inOwnLanguage() {
	v.t.Helper()
	if v.Page.Lang != v.lang {
		v.Press("link", "English")
	}
}
