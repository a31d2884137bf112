package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"strconv"
	"time"

	"example.jp/kairan/cmd/internal/config"
	"example.jp/kairan/store"
)

// The control socket speaks HTTP with JSON bodies: POST /noun/verb. The client
// reads files and sends bytes; the server opens no path that a client names.

// listenControl opens the socket with mode 0660 and the configured group. A
// socket file that nobody answers on is left over from a crash, and replaced.
func listenControl(cfg *config.Config) (net.Listener, error) {
	if c, err := net.DialTimeout("unix", cfg.Socket, time.Second); err == nil {
		_ = c.Close()
		return nil, refused("another server answers on the control socket %s", cfg.Socket)
	}
	if err := noFileAt(cfg.Socket); err != nil {
		return nil, err
	}
	if err := os.Remove(cfg.Socket); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("the control socket %s cannot be replaced: %w", cfg.Socket, err)
	}
	l, err := listenNarrow(cfg.Socket)
	if err != nil {
		return nil, fmt.Errorf("the control socket %s cannot be made: %w; check `socket` and its folder", cfg.Socket, err)
	}
	if cfg.SocketGroup != "" {
		if err := giveToGroup(cfg.Socket, cfg.SocketGroup); err != nil {
			return nil, errors.Join(err, l.Close())
		}
	}
	return l, nil
}

// noFileAt refuses a path at which something else than a socket lies: what a typing
// error in the configuration names is not removed.
func noFileAt(path string) error {
	info, err := os.Lstat(path)
	if err != nil || info.Mode().Type() == fs.ModeSocket {
		return nil //nolint:nilerr // what cannot be looked at, cannot be replaced either, and that is said
	}
	return refused("%s is there and is no socket, so it is not replaced; write another path as `socket`, or take it away", path)
}

type actorKey struct{}

// peer names who is at the other end of the socket, as the kernel says.
func peer(ctx context.Context, c net.Conn) context.Context {
	name := "unknown"
	if uc, ok := c.(*net.UnixConn); ok {
		if raw, err := uc.SyscallConn(); err == nil {
			_ = raw.Control(func(fd uintptr) {
				if uid, ok := peerUID(int(fd)); ok {
					name = userName(uid)
				}
			})
		}
	}
	return context.WithValue(ctx, actorKey{}, name)
}

func actor(ctx context.Context) string {
	if name, ok := ctx.Value(actorKey{}).(string); ok {
		return name
	}
	return ownName() // the command that opened the store itself
}

func (h *service) controlServer() *http.Server {
	return controlPatience.server(h.control())
}

// control is every verb, for the socket and for a command that opened the store itself.
func (h *service) control() http.Handler {
	mux := http.NewServeMux()
	handle(mux, "issue/add", h.issueAdd)
	handle(mux, "issue/ls", h.issueLs)
	handle(mux, "issue/show", h.issueShow)
	handle(mux, "issue/preview", h.issuePreview)
	handle(mux, "issue/test", h.issueTest)
	handle(mux, "issue/schedule", h.issueSchedule)
	handle(mux, "issue/pause", h.issuePause)
	handle(mux, "issue/resume", h.issueResume)
	handle(mux, "issue/cancel", h.issueCancel)
	handle(mux, "issue/rm", h.issueRm)
	handle(mux, "issue/status", h.issueStatus)
	handle(mux, "list/ls", h.listLs)
	handle(mux, "subscriber/remove", h.subscriberRemove)
	handle(mux, "subscriber/unblock", h.subscriberUnblock)
	handle(mux, "restore", h.restore)
	handle(mux, "examine", h.examine)
	mux.HandleFunc("POST /backup", h.backup)
	return mux
}

// maxBody bounds what a client may send: an issue's source is far smaller.
const maxBody = 4 << 20

// failure is how an error travels over the socket.
type failure struct {
	Error string `json:"error"`
	Code  int    `json:"code"` // exit code
}

func handle[In, Out any](mux *http.ServeMux, path string, do func(context.Context, In) (Out, error)) {
	mux.HandleFunc("POST /"+path, func(w http.ResponseWriter, r *http.Request) {
		var in In
		err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody)).Decode(&in)
		if err != nil {
			answer(w, http.StatusBadRequest, failure{"the request is not understood: " + err.Error(), exitUsage})
			return
		}
		out, err := do(r.Context(), in)
		if err != nil {
			answer(w, http.StatusUnprocessableEntity, failure{err.Error(), grade(err)})
			return
		}
		answer(w, http.StatusOK, out)
	})
}

func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}

// backup streams a copy of the database. The copy is made on the local disk
// first, so that a slow client does not hold pages.
func (h *service) backup(w http.ResponseWriter, r *http.Request) {
	if !h.backingUp.TryLock() {
		answer(w, http.StatusUnprocessableEntity, failure{"another backup is being made; try again when it is done", exitRefused})
		return
	}
	defer h.backingUp.Unlock()
	f, err := os.CreateTemp(h.cfg.Data, store.BackupPattern)
	if err == nil {
		defer func() { _ = f.Close(); _ = os.Remove(f.Name()) }()
		err = h.store.Backup(r.Context(), f)
	}
	var size int64
	if err == nil {
		size, err = f.Seek(0, io.SeekEnd)
	}
	if err == nil {
		_, err = f.Seek(0, io.SeekStart)
	}
	if err != nil {
		answer(w, http.StatusUnprocessableEntity, failure{err.Error(), grade(err)})
		return
	}
	w.Header().Set("Content-Length", strconv.FormatInt(size, 10))
	_, _ = io.Copy(w, f) // a short copy is noticed by its length
}
