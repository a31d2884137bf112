package main

import (
	"bytes"
	"io"
	"net/http"
	"time"
)

// patient bounds what a client of the control socket may cost. A whole request,
// one piece of an answer and a connection without a request may each take so
// long. An answer may take as long as it likes while it is made, and while its
// reader takes it: a backup of hours is not cut, and one to a client that is gone is.
type patient time.Duration

const controlPatience = patient(30 * time.Second)

// server serves verbs to clients that may be slow, or dead.
func (p patient) server(verbs http.Handler) *http.Server {
	return &http.Server{
		Handler: p.bound(verbs), ConnContext: peer,
		ReadHeaderTimeout: time.Duration(p) / 6, IdleTimeout: time.Duration(p),
	}
}

// bound reads a request whole before its verb begins. Then the deadline is taken
// off, or the verb would be cancelled by it; of a request that did not come it
// stays, or net/http would wait for the rest of it.
func (p patient) bound(verbs http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := http.NewResponseController(w)
		_ = c.SetReadDeadline(time.Now().Add(time.Duration(p)))
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
		steady := &steadyWriter{w, c, time.Duration(p)}
		if err != nil {
			w.Header().Set("Connection", "close")
			answer(steady, http.StatusBadRequest, failure{"the request is not understood: " + err.Error(), exitUsage})
			return
		}
		_ = c.SetReadDeadline(time.Time{})
		r.Body = io.NopCloser(bytes.NewReader(body))
		verbs.ServeHTTP(steady, r)
	})
}

// steadyWriter gives each piece of an answer its own time.
type steadyWriter struct {
	http.ResponseWriter
	conn *http.ResponseController
	each time.Duration
}

// Write implements [io.Writer].
func (w *steadyWriter) Write(b []byte) (int, error) {
	_ = w.conn.SetWriteDeadline(time.Now().Add(w.each))
	return w.ResponseWriter.Write(b)
}
