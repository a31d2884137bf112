package deliver

import "time"

// Wait is what a running issue waits for. Its zero value says that the issue
// waits for nothing: it goes out as fast as the relay's rate allows.
type Wait struct {
	Why  string    `json:"why"`            // in words, for an editor; a sentence without its first capital and its full stop
	Next time.Time `json:"next,omitzero"`  // when it is tried again, or goes on; zero: not known here
	Sure bool      `json:"sure,omitempty"` // it goes on at Next, and is not only tried
}
