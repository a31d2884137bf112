package boltfile

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
)

// Damage is the error of a database file that is damaged where all else depends on it.
// Nothing of it was changed. Its text says where, and what to do.
type Damage struct {
	File string
	Err  error // what was found; it names pages, and no key or value
}

func (d *Damage) Error() string {
	return fmt.Sprintf("the database %s is damaged: %v; stop the service, move the file away (keep it), and put the last backup back: kairan restore FILE", d.File, d.Err)
}

func (d *Damage) Unwrap() error { return d.Err }

// ErrPanic says that something panicked: a fault of this program, or of the file in
// a way that nobody foresaw.
var ErrPanic = errors.New("something unforeseen, and nothing was changed by it; please report it")

// catch is deferred: it makes a panic the error of the function around it.
func catch(path string, err *error) {
	r := recover()
	if r == nil {
		return
	}
	where := culprit()
	var fault interface{ Addr() uintptr }
	if e, ok := r.(runtime.Error); ok && errors.As(e, &fault) {
		*err = &Damage{path, fmt.Errorf("a part of it cannot be read (in %s): the file was cut short, or the disk is faulty", where)}
		return
	}
	if strings.HasPrefix(where, "bbolt.") || strings.Contains(where, "bbolt/") {
		*err = &Damage{path, fmt.Errorf("%v (in %s)", r, where)}
		return
	}
	*err = fmt.Errorf("%w: %v (in %s)", ErrPanic, r, where)
}

// culprit names the function that panicked.
func culprit() string {
	pcs := make([]uintptr, 32)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(3, pcs)])
	panicking := false
	for {
		f, more := frames.Next()
		inRuntime := strings.HasPrefix(f.Function, "runtime.")
		if panicking && !inRuntime {
			return f.Function[strings.LastIndexByte(f.Function, '/')+1:]
		}
		panicking = panicking || inRuntime
		if !more {
			return "an unknown place"
		}
	}
}
