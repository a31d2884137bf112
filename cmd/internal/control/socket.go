package control

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"syscall"

	"example.jp/kairan/cmd/internal/exit"
)

// Client reaches the verbs of a service S: over the socket of the server that
// runs, or those of the service in this process.
type Client[S any] struct {
	Local *S // not nil when the command opened the service itself
	http  *http.Client
}

// Dial reaches the server behind the socket; neither a client nor an error says
// that nobody answers.
func Dial[S any](path string) (*Client[S], error) {
	answers, err := Answers(path)
	switch {
	case err != nil:
		return nil, fmt.Errorf("the control socket %s cannot be used: %w; ask the operator for membership in its group", path, err)
	case !answers:
		return nil, nil //nolint:nilnil // it says what it finds, and nobody is no fault
	}
	return Over[S](path), nil
}

// Over is the client of a server that is known to be behind the socket.
func Over[S any](path string) *Client[S] {
	return &Client[S]{http: &http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", path)
		},
		DisableKeepAlives: true,
	}}}
}

// Answers says whether a server is behind the socket; an error, that the caller may
// not ask. It has no deadline: the system says at once whether there is one, also of one
// whose queue is full, and a deadline would only measure how busy the machine is.
func Answers(path string) (bool, error) {
	c, err := net.Dial("unix", path)
	if err == nil {
		return true, c.Close()
	}
	if full, is := errors.AsType[net.Error](err); is && full.Timeout() { // EAGAIN
		return true, nil
	}
	if nobodyAnswers(path, err) {
		return false, nil
	}
	return false, err
}

// nobodyAnswers says whether a socket could not be reached because no server is
// behind it, and not because the caller may not.
func nobodyAnswers(path string, err error) bool {
	if errors.Is(err, fs.ErrNotExist) || refusedConnection(err) {
		return true
	}
	_, gone := os.Lstat(path) // not every system's error says so
	return errors.Is(gone, fs.ErrNotExist) || errors.Is(gone, syscall.ENOTDIR)
}

// Listen opens the socket with mode 0660, and gives it to the group if one is
// named. A socket file that nobody answers on is left over from a crash, and
// replaced.
func Listen(path, group string) (net.Listener, error) {
	if answers, _ := Answers(path); answers {
		return nil, exit.Refusedf("another server answers on the control socket %s", path)
	}
	if err := CheckReplaceable(path); err != nil {
		return nil, err
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("the control socket %s cannot be replaced: %w", path, err)
	}
	l, err := listenNarrow(path)
	if err != nil {
		return nil, fmt.Errorf("the control socket %s cannot be made: %w; check `socket` and its folder", path, err)
	}
	if group != "" {
		if err := giveToGroup(path, group); err != nil {
			return nil, errors.Join(err, l.Close())
		}
	}
	return l, nil
}

// CheckReplaceable refuses a path at which something else than a socket lies: what a
// typing error in the configuration names is not removed.
func CheckReplaceable(path string) error {
	info, err := os.Lstat(path)
	if err != nil || info.Mode().Type() == fs.ModeSocket {
		return nil //nolint:nilerr // what cannot be looked at, cannot be replaced either, and that is said
	}
	return exit.Refusedf("%s is there and is no socket, so it is not replaced; write another path as `socket`, or take it away", path)
}
