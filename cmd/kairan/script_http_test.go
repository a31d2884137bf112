package main

import (
	"bytes"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// webAnswer is one HTTP answer, whole.
type webAnswer struct {
	status int
	head   string // status line and headers in order, without Date
	body   string
	typed  string // the address that the form was sent with
}

func (s *story) get(ts *testscript.TestScript, neg bool, args []string) {
	method, header := http.MethodGet, http.Header{}
	if len(args) > 0 && strings.HasPrefix(args[0], "-") {
		switch args[0] {
		case "-head":
			method = http.MethodHead
		case "-again":
			header.Set("If-None-Match", s.kept.Get("ETag"))
		case "-since":
			header.Set("If-Modified-Since", s.kept.Get("Last-Modified"))
		default:
			ts.Fatalf("unknown flag %s", args[0])
		}
		args = args[1:]
	}
	usageOf(ts, neg || len(args) != 1, "get [-head|-again|-since] URL")
	var err error
	s.answer, err = s.ask(method, s.url(args[0]), header, "")
	ts.Check(err)
}

func (s *story) url(at string) string {
	if strings.HasPrefix(at, "/") {
		return "http://" + s.public + at
	}
	return at
}

// chosen are the form's names whose values are not a reader's own words: what
// can be chosen stands on every form.
var chosen = []string{"lang", "show_in", "review", "consent", "list", "wording", "website", "erase", "List-Unsubscribe", "prefecture", "business"}

func (s *story) post(ts *testscript.TestScript, neg bool, args []string) {
	multi, from := false, ""
	for len(args) > 0 && strings.HasPrefix(args[0], "-") {
		switch {
		case args[0] == "-multipart":
			multi, args = true, args[1:]
		case args[0] == "-from" && len(args) > 1:
			from, args = args[1], args[2:]
		default:
			ts.Fatalf("unknown flag %s", args[0])
		}
	}
	usageOf(ts, neg || len(args) == 0, "post [-multipart] [-from IP] URL KEY=VALUE…")
	form := url.Values{}
	for _, arg := range args[1:] {
		key, value, ok := strings.Cut(arg, "=")
		usageOf(ts, !ok, "KEY=VALUE")
		form.Add(key, value)
		if !slices.Contains(chosen, key) {
			s.secrets.add(value)
		}
	}
	a, err := s.submit(s.url(args[0]), form, multi, from)
	ts.Check(err)
	s.answer = a
}

// submit posts a form in one of its two encodings.
func (s *story) submit(at string, form url.Values, multi bool, from string) (*webAnswer, error) {
	body, kind := []byte(form.Encode()), "application/x-www-form-urlencoded"
	if multi {
		var b bytes.Buffer
		w := multipart.NewWriter(&b)
		for key := range form {
			for _, v := range form[key] {
				_ = w.WriteField(key, v)
			}
		}
		_ = w.Close()
		body, kind = b.Bytes(), w.FormDataContentType()
	}
	header := http.Header{"Content-Type": {kind}}
	if from != "" {
		header.Set("X-Real-IP", from)
	}
	a, err := s.ask(http.MethodPost, at, header, string(body))
	if err == nil {
		a.typed = form.Get("email")
		s.secrets.echoed(at, a.status, form)
	}
	return a, err
}

// ask makes a request and keeps the answer for the canaries.
func (s *story) ask(method, at string, header http.Header, body string) (*webAnswer, error) {
	req, err := http.NewRequest(method, at, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	if header != nil {
		req.Header = header
	}
	r, err := s.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	r.Header.Del("Date")
	if r.Header.Get("ETag") != "" {
		s.kept = r.Header.Clone()
	}
	var head strings.Builder
	fmt.Fprintf(&head, "%s %s\n", r.Proto, r.Status)
	_ = r.Header.Write(&head)
	a := &webAnswer{status: r.StatusCode, head: head.String(), body: string(b)}
	s.secrets.record(method+" "+req.URL.Path, a.head+a.body)
	return a, nil
}

func (s *story) status(ts *testscript.TestScript, neg bool, args []string) {
	usageOf(ts, neg || len(args) != 1 || s.answer == nil, "status CODE, after get or post")
	if args[0] != strconv.Itoa(s.answer.status) {
		ts.Fatalf("the answer is %s%s", s.answer.head, s.answer.body)
	}
}

// page looks at headers and body.
func (s *story) page(ts *testscript.TestScript, neg bool, args []string) {
	usageOf(ts, len(args) != 1 || s.answer == nil, "[!] page REGEXP, after get or post")
	if pattern(ts, args[0]).MatchString(s.answer.head+"\n"+s.answer.body) == neg {
		ts.Fatalf("the answer is %s%s", s.answer.head, s.answer.body)
	}
}

func (s *story) keep(ts *testscript.TestScript, neg bool, args []string) {
	usageOf(ts, neg || len(args) != 1 || s.answer == nil, "keep FILE, after get or post")
	text := s.answer.head + "\n" + s.answer.body
	if s.answer.typed != "" {
		text = strings.ReplaceAll(text, s.answer.typed, "(the address as typed)")
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(text), 0o600))
}

func (s *story) ready(ts *testscript.TestScript, neg bool, args []string) {
	path := "/readyz"
	if len(args) > 0 && args[0] == "-mail" {
		path, args = "/readyz/mail", args[1:]
	}
	usageOf(ts, neg || len(args) != 1, "ready [-mail] REGEXP")
	re, last := pattern(ts, args[0]), ""
	ok := await(func() bool {
		a, err := s.ask(http.MethodGet, "http://"+s.admin+path, nil, "")
		ts.Check(err)
		if last = a.body; path != "/readyz" {
			last = strconv.Itoa(a.status) + " " + last
		}
		return re.MatchString(last)
	})
	if !ok {
		ts.Fatalf("%s says:\n%s", path, last)
	}
}
