package web

import (
	"bytes"
	"net/http"
	"net/url"

	"github.com/valyala/fasthttp"
)

// Local asks for pages within this process, as anybody could over the network. Nobody counts
// it: it is no reader.
type Local struct{ handler fasthttp.RequestHandler }

// NewLocal fails where [New] does.
func NewLocal(s Site) (*Local, error) {
	s.Saw = nil
	app, err := New(s)
	if err != nil {
		return nil, err
	}
	return &Local{app.Handler()}, nil
}

// Get asks for a path, with its query, at the host of a base URL.
func (l *Local) Get(base, path string) (status int, kind string, body []byte, err error) {
	u, err := url.Parse(base)
	if err != nil {
		return 0, "", nil, err
	}
	var ask fasthttp.Request
	ask.Header.SetMethod(http.MethodGet)
	ask.SetRequestURI(path)
	ask.Header.SetHost(u.Host)
	var c fasthttp.RequestCtx
	c.Init(&ask, nil, nil)
	l.handler(&c)
	r := &c.Response
	return r.StatusCode(), string(r.Header.ContentType()), bytes.Clone(r.Body()), nil
}
