package control

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"

	"example.jp/kairan/cmd/internal/exit"
	"example.jp/kairan/deliver/phrase"
)

// Verb is one thing that a service S does for a command: a question In and an
// answer Out, both as JSON, or an answer of [*Octets].
type Verb[S, In, Out any] struct {
	path string
	do   func(*S, context.Context, In) (Out, error)
}

// Verbs are those that a service S has declared.
type Verbs[S any] struct{ all []func(*http.ServeMux, *S) }

// NewVerb declares a verb, for the server and its clients alike. The path is
// noun/verb.
func NewVerb[S, In, Out any](of *Verbs[S], path string, do func(*S, context.Context, In) (Out, error)) Verb[S, In, Out] {
	v := Verb[S, In, Out]{path, do}
	of.all = append(of.all, v.answer)
	return v
}

// Octets are an answer that is no JSON. Whoever gets them closes them, and counts
// them where their size is known: that a server ended before they did is not told
// otherwise. Where it is not, reading them fails then.
type Octets struct {
	io.Reader
	Size  int64 // or [UnknownSize]
	Close func() error
}

// UnknownSize is that of octets that are made while they are sent.
const UnknownSize = -1

// Call does the verb at the service that the client reaches.
func (v Verb[S, In, Out]) Call(ctx context.Context, c *Client[S], in In) (out Out, err error) {
	if c.Local != nil {
		return v.do(c.Local, ctx, in)
	}
	body, err := json.Marshal(in)
	if err != nil {
		return out, err
	}
	r, err := post(ctx, c.http, v.path, body)
	if err != nil {
		return out, err
	}
	if o, ok := any(&out).(**Octets); ok {
		*o = &Octets{r.Body, r.ContentLength, r.Body.Close}
		return out, nil
	}
	defer r.Body.Close()
	return out, json.NewDecoder(r.Body).Decode(&out)
}

// ErrNoVerb is the answer of a server that does not know a verb yet.
var ErrNoVerb = errors.New("the server that runs is of an older version, which does not know this; restart it")

// post returns the answer of a verb that went well, and its failure as an error
// with its exit code.
func post(ctx context.Context, c *http.Client, path string, body []byte) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://kairan/"+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	r, err := c.Do(req)
	if cause := context.Cause(ctx); err != nil && cause != nil {
		return nil, fmt.Errorf("nobody waits for the server any more (%w); what was asked for may be done all the same: look at the state with the matching show or status command", cause)
	}
	if err != nil {
		return nil, fmt.Errorf("the server stopped answering: %w; look at its log, and at the state with the matching show or status command", err)
	}
	if r.StatusCode == http.StatusOK {
		return r, nil
	}
	defer r.Body.Close()
	var f failure
	if err := json.NewDecoder(r.Body).Decode(&f); err != nil || f.Error == "" {
		if r.StatusCode == http.StatusNotFound {
			return nil, ErrNoVerb
		}
		return nil, fmt.Errorf("the server answered %s; is it another version of Kairan?", r.Status)
	}
	return nil, exit.Come(f.Code, f.Error, f.JA)
}

// failure is how an error travels over the socket.
type failure struct {
	Error string `json:"error"`
	JA    string `json:"error_ja,omitempty"`
	Code  int    `json:"code"` // exit code
}

func failureOf(err error) failure {
	words := phrase.Of(err)
	if words.JA == words.EN {
		words.JA = ""
	}
	return failure{words.EN, words.JA, exit.Code(err)}
}

// answer adds the verb to what a server answers.
func (v Verb[S, In, Out]) answer(mux *http.ServeMux, s *S) {
	mux.HandleFunc("POST /"+v.path, func(w http.ResponseWriter, r *http.Request) {
		var in In
		// No body is the zero question: an older command sends none where nothing is asked.
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil && !errors.Is(err, io.EOF) {
			misunderstood(w, err)
			return
		}
		out, err := v.do(s, r.Context(), in)
		if err != nil {
			reply(w, http.StatusUnprocessableEntity, failureOf(err))
			return
		}
		o, ok := any(out).(*Octets)
		if !ok {
			reply(w, http.StatusOK, out)
			return
		}
		defer func() { _ = o.Close() }()
		if o.Size != UnknownSize {
			w.Header().Set("Content-Length", strconv.FormatInt(o.Size, 10))
		}
		if _, err := io.Copy(w, o); err != nil { // a short copy is noticed by its length, or
			panic(http.ErrAbortHandler) // by the end that is missing
		}
	})
}

// misunderstood answers a question that did not come whole, or is none.
func misunderstood(w http.ResponseWriter, err error) {
	reply(w, http.StatusBadRequest, failureOf(exit.Usagef("the request is not understood: %w", err)))
}

func reply(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}
