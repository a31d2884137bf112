package control

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"time"

	"example.jp/kairan/cmd/internal/exit"
)

// patience bounds what a client of the socket may cost. A whole request, one piece
// of an answer and a connection without a request may each take so long. An answer
// may take as long as it likes while it is made, and while its reader takes it: a
// backup of hours is not cut, and one to a client that is gone is.
const patience = 30 * time.Second

// room is what a question may have beside the files that come with it, in octets: an
// issue's text is far smaller.
const room = 4 << 20

// Server answers the verbs of a service to clients that may be slow, or dead. files is how
// many octets the files may have that come with one question.
func (v *Verbs[S]) Server(s *S, files int) *http.Server {
	mux := http.NewServeMux()
	for _, answer := range v.all {
		answer(mux, s)
	}
	return patient(mux, files)
}

func patient(verbs http.Handler, files int) *http.Server {
	return &http.Server{
		Handler: bound(verbs, files), ConnContext: new(nameKeeper).peer,
		ReadHeaderTimeout: patience / 6, IdleTimeout: patience,
	}
}

// bound reads a request whole before its verb begins. Then the deadline is taken
// off, or the verb would be cancelled by it; of a request that did not come it
// stays, or net/http would wait for the rest of it.
func bound(verbs http.Handler, files int) http.Handler {
	most := int64(room + base64.StdEncoding.EncodedLen(files)) // as they stand in JSON
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := http.NewResponseController(w)
		_ = c.SetReadDeadline(time.Now().Add(patience))
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, most))
		steady := &steadyWriter{w, c}
		if err != nil {
			w.Header().Set("Connection", "close")
			if errors.As(err, new(*http.MaxBytesError)) {
				_, _ = io.CopyN(io.Discard, r.Body, most) // or a client that still writes would not read why
				reply(steady, http.StatusBadRequest, failureOf(exit.Usagef("this is more than the server takes: the files of an issue may have %d MB together (max_attachments); make them smaller, or put them on the web and link to them", files>>20)))
				return
			}
			misunderstood(steady, err)
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
}

// Write implements [io.Writer].
func (w *steadyWriter) Write(b []byte) (int, error) {
	_ = w.conn.SetWriteDeadline(time.Now().Add(patience))
	return w.ResponseWriter.Write(b)
}
