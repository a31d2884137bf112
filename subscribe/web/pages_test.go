package web

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"
	"unicode/utf8"

	"example.jp/kairan/subscribe"
)

func TestHome(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	a := f.get("/")
	a.want(t, 200, `lang="ja"`, `href="/lists/news?lang=ja"`, `href="/lists/press?lang=ja"`, "見本事務所", `href="?lang=en"`)
	if strings.Index(a.body, "/lists/news") > strings.Index(a.body, "/lists/press") {
		t.Error("the lists are not in the order of the configuration")
	}
	f.get("/?lang=en").want(t, 200, `lang="en"`, "Press desk", "Sample Office", `href="?lang=ja"`)

	two := newFixture(t, func(s *Site) {
		other := *s.Lists["press"].Office
		other.ID, other.Name = "other", subscribe.Text{JA: "別の事務所", EN: "Other Office"}
		s.Lists["press"].Office = &other
	})
	two.get("/").want(t, 200, "<h2>見本事務所</h2>", "<h2>別の事務所</h2>")
}

func TestLanguages(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for _, tc := range []struct{ path, accept, want string }{
		{"/lists/news", "", "ja"}, {"/lists/press", "", "en"}, // the list's
		{"/lists/news", "en-GB,en;q=0.9", "en"}, {"/lists/press", "ja", "ja"},
		{"/lists/press", "ja-JP,en;q=0.9", "ja"}, {"/lists/news", "en-US,ja;q=0.9", "en"}, {"/lists/news", "ja;q=0.1, en", "en"}, {"/lists/press", "en;q=0, ja", "ja"},
		{"/lists/press", "fr, ja;q=0.5", "ja"}, {"/lists/news", "fr", "ja"}, {"/lists/press", "fr", "en"},
		{"/lists/news?lang=en", "ja", "en"}, {"/lists/news?lang=fr", "", "ja"}, {"/lists/press", ";;q=x,,-", "en"},
		{"/?lang=en", "ja", "en"}, {"/", "en", "en"}, {"/correct", "en", "en"}, {"/correct?list=press", "", "en"},
		{"/none", "", "ja"}, {"/none", "en", "en"}, {"/none?lang=en", "", "en"},
		// A link speaks the language it was mailed in.
		{f.path("press", "confirm"), "ja", "en"}, {f.path("news", "confirm"), "en", "ja"},
		{f.path("press", "correct") + "?lang=ja", "", "ja"}, {f.path("news", "leave") + "?lang=en", "", "en"},
		{f.path("news", "block"), "en", "ja"}, {f.late("press", "confirm"), "ja", "en"}, {f.path("press", "confirm move"), "ja", "en"},
	} {
		a := f.get(tc.path, "Accept-Language", tc.accept)
		other := map[string]string{"ja": "en", "en": "ja"}[tc.want]
		if !strings.Contains(a.body, `<html lang="`+tc.want+`">`) || !strings.Contains(a.body, `href="?lang=`+other) && !strings.Contains(a.body, `name="show_in" value="`+other+`" formnovalidate`) {
			t.Errorf("%.20s, %q: not in %s, or no way to %s", tc.path, tc.accept, tc.want, other)
		}
	}
	for name, post := range map[string]func(lang string) answer{
		"request": func(l string) answer { return f.post("/lists/news", "email", "you@example.jp", "lang", l) },
		"refused": func(l string) answer { return f.post("/lists/news", "email", "you", "lang", l) },
		"ask":     func(l string) answer { return f.post("/correct", "email", "you@example.jp", "list", "news", "lang", l) },
		"leave":   func(l string) answer { return f.post(f.path("news", "leave") + "?lang=" + l) },
		"block":   func(l string) answer { return f.post(f.path("news", "block") + "?lang=" + l) },
		"confirm": func(l string) answer { return f.post(f.path("news", "confirm") + "?lang=" + l) },
	} {
		for _, lang := range []string{"ja", "en"} {
			if a := post(lang); !strings.Contains(a.body, `<html lang="`+lang+`">`) {
				t.Errorf("%s: not answered in %s", name, lang)
			}
		}
	}
	f.desk.err = subscribe.ErrBusy
	f.post("/lists/news", "email", "you@example.jp", "lang", "en").want(t, 503, `<html lang="en">`)
}

// TestShortWayToALanguage: what is known of an Accept-Language without reading all of it is
// what it says.
func TestShortWayToALanguage(t *testing.T) {
	t.Parallel()
	for _, asked := range []string{
		"ja", "ja-JP", "en", "en-US", "en-GB", "ja,en;q=0.9", "ja-JP,ja;q=0.9,en;q=0.8", "en-US,en;q=0.9,ja;q=0.8", "en-GB,ja;q=0.9",
		"en,ja", "ja,en", "ja;q=0.1,en", "en;q=0,ja", "fr,ja;q=0.5", "fr", "", "ja-", ";;q=x,,-",
	} {
		for _, fallback := range []subscribe.Lang{subscribe.Japanese, subscribe.English} {
			if got, want := langOf(asked, fallback), matchLang(asked, fallback); got != want {
				t.Errorf("%q is %s, and %s when all of it is read", asked, got, want)
			}
		}
	}
}

func TestRequest(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.get("/lists/press").want(t, 200, `action="/lists/press"`, `name="email"`, `name="website"`, "Full name", "To send releases")

	a := f.post("/lists/press", "email", " ｙｏｕ＠Example.jp\u3000", "lang", "ja")
	a.want(t, 200, "ｙｏｕ＠Example.jp", "news@lists.example.jp")
	calls := f.desk.take()
	if len(calls) != 1 || calls[0].ask.List != "press" || calls[0].ask.Address.Clear() != "you@example.jp" ||
		calls[0].ask.Lang != subscribe.Japanese || !calls[0].ask.From.IsValid() {
		t.Errorf("asked: %+v", calls)
	}

	plain := f.post("/lists/news", "email", "you@example.jp")
	trap := f.post("/lists/news", "email", "you@example.jp", "website", "https://example.com")
	plain.header.Del("Date")
	trap.header.Del("Date")
	if plain.status != trap.status || plain.body != trap.body || fmt.Sprint(plain.header) != fmt.Sprint(trap.header) {
		t.Error("one who fills in the trap can tell")
	}
	if calls := f.desk.take(); len(calls) != 1 {
		t.Errorf("the trap let %d requests through", len(calls)-1)
	}

	escaped := f.post("/lists/news", "email", "<b>you&me@example.jp")
	escaped.want(t, 422, "&lt;b&gt;you&amp;me@example.jp")
	f.post("/lists/news", "email", "you&me@example.jp").want(t, 200, "you&amp;me@example.jp")
	f.post("/lists/none", "email", "you@example.jp").want(t, 404)
}

func TestRequestRefuses(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for typed, says := range map[string]string{
		"":                                     "Please enter your email address",
		"you":                                  "in the form name@example.jp",
		"you@example":                          "in the form name@example.jp",
		"a@example.jp,b@example.jp":            "one email address only",
		"a＠example.jp、b＠example.jp":            "one email address only",
		"ユーザー@example.jp":                      "letters other than a to z",
		"you@example.jp、":                      "a character that no email address has",
		"you@☃.example":                        "a character that no email address has",
		"you@\u202epj.elpmaxe":                 "invisible characters",
		"you@аррӏе.com":                        "only look like a to z",
		"you@ex\u0430mple.jp":                  "only look like a to z",
		"news@lists.example.jp":                "sent from or answered at",
		"noreply@example.jp":                   "which no person reads",
		strings.Repeat("a", 65) + "@a.example": "too long",
	} {
		a := f.post("/lists/press", "email", typed)
		a.want(t, 422, says, `value="`+typed+`"`, `aria-invalid="true"`, `href="#email"`)
	}
	f.post("/lists/press").want(t, 422, "Please enter your email address")
	if calls := f.desk.take(); len(calls) != 0 {
		t.Errorf("asked: %+v", calls)
	}
}

// Bodies that are no form, or say something twice, are a 400 where a form is
// needed.
// What a page shows of a request is valid UTF-8, whatever was sent.
func TestPagesAreUTF8(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.desk.err = subscribe.Faults{{Field: "name", Reason: subscribe.ReasonControl}}
	for path, pairs := range map[string][]string{
		"/lists/news":              {"email", "yo\xffu\xc3"},
		"/correct":                 {"email", "yo\xffu", "list", "\xfe"},
		f.path("press", "confirm"): {"name", "", "organisation", "\xe3\x81"},
		f.path("press", "correct"): {"name", "\xff", "email", "\xf0\x9f"},
	} {
		a := f.post(path, pairs...)
		a.want(t, 422)
		if !utf8.ValidString(a.body) {
			t.Errorf("%.9s: not valid UTF-8", path)
		}
	}
}

func TestBadForms(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	const form = "application/x-www-form-urlencoded"
	for _, tc := range []struct{ kind, body string }{
		{form, "email=you%40example.jp&email=me%40example.jp&list=news"},
		{form, "email=you%40example.jp&list=news&lang=ja&lang=en"},
		{form, "email=%zz"},
		{form, "email=a;b=c"},
		{"application/json", `{"email":"you@example.jp"}`},
		{"text/plain", "email=you@example.jp"},
		{"", "email=you%40example.jp"},
		{"multipart/form-data", "x"},
		{"multipart/form-data; boundary=x", "no boundary here"},
		{"multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"email\"; filename=\"a\"\r\n\r\na@b.example\r\n--x--\r\n"},
		{"multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"email\"\r\n\r\na@b.example\r\n--x\r\n" +
			"Content-Disposition: form-data; name=\"email\"\r\n\r\nc@b.example\r\n--x--\r\n"},
	} {
		for _, path := range []string{"/lists/news", "/correct", f.path("press", "confirm"), f.path("press", "correct")} {
			a := f.send(http.MethodPost, path, tc.body, "Content-Type", tc.kind)
			if a.status != 400 {
				t.Errorf("%.12s, %s %q: status %d", path, tc.kind, tc.body, a.status)
			}
		}
	}
	for _, path := range []string{"/?lang=ja&lang=en", "/lists/news?lang=ja&lang=ja", "/correct?list=a&list=b", f.path("press", "confirm") + "?lang=ja&lang=en"} {
		f.get(path).want(t, 400)
	}
	if calls := f.desk.take(); len(calls) != 0 {
		t.Errorf("asked: %+v", calls)
	}
	f.get("/?lang=en&utm=%zz").want(t, 200)
}

func TestMultipartForm(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	_ = w.WriteField("email", "you@example.jp")
	_ = w.Close()
	f.send(http.MethodPost, "/lists/news", body.String(), "Content-Type", w.FormDataContentType()).want(t, 200, "you@example.jp")
	if calls := f.desk.take(); len(calls) != 1 || calls[0].ask.Address.Clear() != "you@example.jp" {
		t.Errorf("asked: %+v", calls)
	}
}

func TestConfirmPage(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.get(f.path("news", "confirm")).want(t, 200, "お知らせの配信", "2026年4月1日", `name="wording" value="`+f.lists["news"].Wording("ja")+`"`)
	f.get(f.path("news", "confirm")).none(t, `type="checkbox"`, "stored-canary")
	press := f.get(f.path("press", "confirm"))
	press.want(t, 200, "(version of 1\u00a0April 2026)", `name="name"`, `autocomplete="name"`, `autocomplete="organization"`, `autocomplete="address-level1"`,
		`<option value="13">Tokyo</option>`, `<option value="abroad">`, `name="medium" value="air">`, `>Broadcasting</label>`, `name="medium" value="">`, "No answer", "you agree to this handling",
		`name="wording" value="`+f.lists["press"].Wording("en")+`"`)
	press.none(t, "JP-13", "stored-canary")
	f.get(f.path("press", "confirm move")).none(t, `name="name"`, "stored-canary")
}

// TestEveryKindOfField has a control on its page, and words in both languages for
// whatever is refused.
func TestEveryKindOfField(t *testing.T) {
	t.Parallel()
	for _, kind := range subscribe.Kinds() {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			field := subscribe.Field{ID: "field", Kind: kind, Label: subscribe.Text{JA: "項目", EN: "Field"}, Required: true}
			if kind.HasLength() {
				field.Length = 20
			}
			if kind.HasChoices() {
				field.Choices = []subscribe.Choice{{ID: "a", Label: subscribe.Text{JA: "甲", EN: "A"}}, {ID: "b", Label: subscribe.Text{JA: "乙", EN: "B"}}}
			}
			l := f.lists["news"]
			l.Fields = []subscribe.Field{field}
			path := f.path("news", "confirm")
			page := f.get(path)
			page.want(t, 200)
			input := strings.Contains(page.body, `<input type="`+field.Input().Type+`"`) && strings.Contains(page.body, ` id="field-field" name="field"`)
			options := strings.Count(page.body, "<option value=") + strings.Count(page.body, `type="radio" id="field-field`)
			if choose := field.Input().Type == ""; choose && options < 2 || !choose && (!input || options > 0) {
				t.Errorf("no control for %+v", field.Input())
			}
			for _, value := range []string{"", "a\x00b", "\xff", strings.Repeat("9", 1000), "https://example.jp/"} {
				_, f.desk.err = l.Check(map[string]string{"field": value})
				if f.desk.err == nil {
					t.Errorf("%q is taken", value)
				}
				for _, lang := range []string{"ja", "en"} {
					a := f.post(path+"?lang="+lang, "field", value)
					a.want(t, 422, field.Label.In(subscribe.Lang(lang)), `id="error-field"`)
					if strings.Contains(a.body, "wrong.") {
						t.Errorf("%s: no words for %v", lang, f.desk.err)
					}
				}
			}
		})
	}
}

func TestConfirm(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	path := f.path("press", "confirm")
	f.post(path, "wording", f.lists["press"].Wording("en"), "name", "花子", "medium", "air", "lang", "en").
		want(t, 200, "We have received your confirmation", "a welcome email is on its way", "you are not subscribed")
	calls := f.desk.take()
	if len(calls) != 1 || calls[0].visit != f.visit(path) || fmt.Sprint(calls[0].form.Fields) != "map[medium:air name:花子]" ||
		calls[0].form.Lang != subscribe.English || !calls[0].form.From.IsValid() {
		t.Fatalf("asked: %+v", calls)
	}
	f.post(path+"?lang=ja", "wording", f.lists["press"].Wording("ja"), "name", "花子").want(t, 200)
	if calls := f.desk.take(); len(calls) != 1 || calls[0].form.Lang != subscribe.Japanese {
		t.Errorf("the language of the page was not handed on: %+v", calls)
	}
	f.post(f.path("press", "confirm move")).want(t, 200, "We have received your confirmation of the new address")
	f.post(f.path("news", "confirm")).want(t, 200, "完了")
	if calls := f.desk.take(); len(calls) != 2 || len(calls[0].form.Fields)+len(calls[1].form.Fields) != 0 {
		t.Errorf("asked: %+v", calls)
	}
}

// Whatever is wrong, everything that was typed stays, and everything is said at once.
func TestConfirmAgain(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	path, wording := f.path("press", "confirm"), f.lists["press"].Wording("en")
	kept := []string{`value="a&lt;b&#34;"`, `<option value="27" selected>`, `name="medium" value="air" checked>`}
	typed := []string{"organisation", `a<b"`, "prefecture", "27", "medium", "air"}

	f.post(path, append(typed, "wording", "00")...).want(t, 422,
		append(kept, "changed since you opened it", "Please enter “Full name”", `href="#field-name"`)...)
	f.post(path, append(typed, "wording", "00", "name", "花子")...).want(t, 422,
		append(kept, "changed since you opened it", `value="`+wording+`"`, `value="花子"`)...)
	f.post(path+"?lang=ja", append(typed, "wording", wording, "name", "花子")...).
		want(t, 422, "内容が変わりました") // agreed to in another language
	if calls := f.desk.take(); len(calls) != 0 {
		t.Errorf("asked: %+v", calls)
	}

	f.desk.err = subscribe.Faults{
		{Field: "name", Reason: subscribe.ReasonLong}, {Field: "organisation", Reason: subscribe.ReasonURL},
		{Field: "prefecture", Reason: subscribe.ReasonChoice}, {Field: "medium", Reason: subscribe.ReasonChoice},
		{Field: "x", Reason: subscribe.ReasonUndeclared},
	}
	a := f.post(path, append(typed, "name", "花子", "x", "1")...)
	a.want(t, 422, append(kept, "“Full name” can have up to 20 characters", "“Employer” cannot contain a web address",
		"Please choose “Prefecture”", "Please choose “Medium”", "changed since you opened it")...)
	if calls := f.desk.take(); len(calls) != 1 || calls[0].form.Fields["x"] != "1" {
		t.Errorf("an undeclared field was dropped on the way, instead of refused: %+v", calls)
	}
	f.desk.err = subscribe.Faults{{Field: "name", Reason: subscribe.ReasonControl}}
	f.post(path, "name", "x").want(t, 422, "“Full name” contains characters")
}

func TestLateLinks(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	late := f.late("press", "confirm")
	f.get(late).want(t, 200, "This link has expired")
	f.get(late).none(t, `name="name"`)
	f.desk.err = subscribe.ErrLate
	f.post(late).want(t, 200, "Please check your email")
	f.post(f.path("press", "confirm"), "name", "x").want(t, 200, "Please check your email") // expired while open
	if calls := f.desk.take(); len(calls) != 2 || calls[0].verb != "confirm" {
		t.Errorf("asked: %+v", calls)
	}
	f.desk.err = nil
	for _, name := range []string{"confirm move", "correct", "block"} {
		f.get(f.late("press", name)).want(t, 404)
	}
	f.post(f.late("press", "confirm move")).want(t, 404)
	f.post(f.late("press", "correct"), "name", "x").want(t, 404)
	if calls := f.desk.take(); len(calls) != 0 {
		t.Errorf("asked: %+v", calls)
	}
	f.desk.err = subscribe.ErrLate // they expired while their pages were open
	f.post(f.path("press", "confirm move")).want(t, 404)
	f.post(f.path("press", "correct"), "name", "x").want(t, 404)
	f.post(f.late("press", "block")).want(t, 404)
}

func TestAskCorrection(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.get("/correct").want(t, 200, `name="list" value="news" required>`, `name="list" value="press" required>`, `action="/correct"`)
	f.get("/correct?list=press&lang=en").want(t, 200, `name="list" value="press" required checked>`)
	f.get("/correct?list=none").want(t, 200)
	f.post("/correct", "list", "press", "email", "you@example.jp", "lang", "en").want(t, 200, "We have received your request")
	calls := f.desk.take()
	if len(calls) != 1 || calls[0].ask.List != "press" || calls[0].ask.Address.Clear() != "you@example.jp" || calls[0].ask.Lang != subscribe.English {
		t.Errorf("asked: %+v", calls)
	}
	f.post("/correct", "email", "you@", "lang", "en").want(t, 422, "Please choose a mailing list", "in the form name@", `value="you@"`)
	f.post("/correct", "email", "you@", "list", "press", "lang", "en").want(t, 422, `name="list" value="press" required checked>`, `value="you@"`)
	f.post("/correct", "email", "you@example.jp", "list", "none", "lang", "en").want(t, 422, "Please choose a mailing list", `value="you@example.jp"`)
	if calls := f.desk.take(); len(calls) != 0 {
		t.Errorf("asked: %+v", calls)
	}
}

func TestCorrect(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	path := f.path("press", "correct")
	page := f.get(path)
	page.want(t, 200, `name="name"`, `name="erase" value="organisation"`, `name="email"`)
	page.none(t, "stored-canary", " selected")
	if strings.Count(page.body, " checked") != 1 || !strings.Contains(page.body, `name="medium" value="" checked>`) {
		t.Error("anything but to leave it as it is, is chosen")
	}

	f.post(path, "name", "", "organisation", "", "prefecture", "27", "erase", "organisation", "erase", "medium", "email", "").
		want(t, 200, "We have received your correction")
	calls := f.desk.take()
	if len(calls) != 1 || calls[0].changes.Fields["prefecture"] != "27" || fmt.Sprint(calls[0].changes.Erase) != "[organisation medium]" ||
		calls[0].changes.NewAddress != "" || calls[0].visit != f.visit(path) {
		t.Errorf("asked: %+v", calls)
	}
	f.post(path, "email", "new@example.com").want(t, 200, "Your address has not changed yet")
	if calls := f.desk.take(); len(calls) != 1 || calls[0].changes.NewAddress != "new@example.com" {
		t.Errorf("asked: %+v", calls)
	}

	f.post(path, "name", " ", "email", "\u3000", "lang", "en").want(t, 422, "Please fill in at least one thing")
	if calls := f.desk.take(); len(calls) != 0 {
		t.Errorf("asked: %+v", calls)
	}
	f.desk.err = subscribe.Faults{{Field: "name", Reason: subscribe.ReasonURL}, {Field: "x", Reason: subscribe.ReasonUndeclared}}
	f.post(path, "name", "https://a.example", "erase", "organisation", "medium", "paper", "email", "new@").want(t, 422,
		"“Full name” cannot contain a web address", `value="https://a.example"`, "in the form name@", `value="new@"`,
		`value="organisation" checked`, `name="medium" value="paper" checked>`, "changed since you opened it")
	f.desk.err = subscribe.AddressNonASCII
	f.post(path, "email", "新@example.com").want(t, 422, "letters other than a to z", `value="新@example.com"`)
}

func TestBlock(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.get(f.path("press", "block")).want(t, 200, "Never write to this address again")
	f.post(f.path("press", "block")).want(t, 200, "All email to this address has been stopped")
	if calls := f.desk.take(); len(calls) != 1 || calls[0].verb != "block" {
		t.Errorf("asked: %+v", calls)
	}
}

// Whatever the body is, a POST with a good link leaves.
func TestLeave(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	path := f.path("press", "leave")
	f.get(path).want(t, 200, "Leave")
	for _, tc := range []struct{ kind, body string }{
		{"", ""}, {"application/x-www-form-urlencoded", ""}, {"application/x-www-form-urlencoded", "List-Unsubscribe=Two-Click"},
		{"application/x-www-form-urlencoded", "%zz"}, {"application/json", "{}"}, {"multipart/form-data", "x"},
		{"multipart/form-data; boundary=x", "broken"}, {"application/x-www-form-urlencoded", "a=1&a=2"}, {";;;", "x"},
	} {
		a := f.send(http.MethodPost, path, tc.body, "Content-Type", tc.kind)
		a.want(t, 200, "<html", "You have left the mailing list")
		if calls := f.desk.take(); len(calls) != 1 || calls[0].verb != "leave" || calls[0].visit != f.visit(path) {
			t.Errorf("%s %q: asked %+v", tc.kind, tc.body, calls)
		}
	}
	f.post(path+"?lang=ja&lang=en").want(t, 200)
	f.post(path, "List-Unsubscribe", "One-Click").want(t, 200)
	if a := f.post(path, "List-Unsubscribe", "One-Click"); a.body != "OK\n" {
		t.Errorf("a mail program is told %q", a.body)
	}
}
