package relaylog

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"example.jp/kairan/deliver"
)

// Options are how a log is read.
type Options struct {
	Now  time.Time      // stamps without a year are of the year before it
	Zone *time.Location // of stamps without one
}

// Log is what was read.
type Log struct {
	Lines   int // all
	Told    int // that tell of a message
	Last    time.Time
	Sources []deliver.LogSource
}

// longestLine is how many octets of a line are looked at: Postfix writes about 2,000
// (line_length_limit), and what stands behind is somebody else's words.
const longestLine = 8 << 10

// most relays one reading may have.
const mostSources = 64

// Read reads a log to its end, and hands on what it says of each message that may be a
// copy: once when the message has left the queue, or at the end.
func Read(ctx context.Context, log io.Reader, opt Options, hand func(deliver.Heard) error) (Log, error) {
	r := &reader{
		in: bufio.NewReaderSize(log, longestLine), now: opt.Now, zone: opt.Zone, hand: hand,
		names: map[string]int{}, hosts: map[string]int{},
		mails: newMails(), pids: map[string]string{},
	}
	if r.zone == nil {
		r.zone = time.Local
	}
	err := r.read(ctx)
	if err == nil {
		err = r.end()
	}
	clear(r.long[:cap(r.long)]) // addresses were in it
	return r.out, err
}

// reader is a log that is being read.
type reader struct {
	in   *bufio.Reader
	long []byte // of next, for a line in several pieces
	now  time.Time
	zone *time.Location
	hand func(deliver.Heard) error
	out  Log

	lastStamp []byte
	lastTime  time.Time
	names     map[string]int // of sources: host, 0, name
	hosts     map[string]int
	name      []byte // room for one
	sources   []*source
	mails     mails
	pids      map[string]string // which queue id a process of smtpd is at
}

// next returns a line without its end, or as much of it as is looked at.
func (r *reader) next() ([]byte, error) {
	b, err := r.in.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		r.long = append(r.long[:0], b...)
		for errors.Is(err, bufio.ErrBufferFull) {
			_, err = r.in.ReadSlice('\n')
		}
		b = r.long
	}
	if len(b) > 0 && (err == nil || errors.Is(err, io.EOF)) {
		return bytes.TrimRight(b, "\r\n"), nil
	}
	return nil, err
}

func (r *reader) read(ctx context.Context) error {
	if b, _ := r.in.Peek(len("__CURSOR=")); string(b) == "__CURSOR=" {
		return r.export()
	}
	for n := 0; ; n++ {
		b, err := r.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("the log cannot be read: %w", err)
		}
		if n%1024 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		r.out.Lines++
		var l line
		var ok bool
		if len(b) > 0 && b[0] == '{' {
			l, ok = parseJSON(b)
		} else {
			l, ok = r.parseLine(b)
		}
		if ok {
			if err := r.take(l); err != nil {
				return err
			}
		}
	}
}

// take notes what a line says.
func (r *reader) take(l line) error {
	if r.tellsOfLoss(l) {
		return nil
	}
	name, _, many := bytes.Cut(l.tag, []byte("/"))
	if !many || len(name) == 0 {
		return nil
	}
	program := l.tag[bytes.LastIndexByte(l.tag, '/')+1:]
	s, err := r.source(l.host, name)
	if err != nil {
		return err
	}
	s.wrote(l, string(program))
	if l.at.After(r.out.Last) {
		r.out.Last = l.at
	}
	if string(program) == "smtpd" && lostInData(l.text) {
		r.dropped(s, l)
		return nil
	}
	id, rest, ok := cutQueueID(l.text)
	if !ok {
		return nil
	}
	r.out.Told++
	return r.mail(s, string(program), l, id, rest)
}

// tellsOfLoss notes where a logger says that it dropped lines.
func (r *reader) tellsOfLoss(l line) bool {
	dropped := string(l.tag) == "rsyslogd" && bytes.Contains(l.text, []byte("lost")) && bytes.Contains(l.text, []byte("messages")) ||
		string(l.tag) == "systemd-journald" && bytes.HasPrefix(l.text, []byte("Suppressed "))
	if host, known := r.hosts[string(l.host)]; dropped && known {
		for _, s := range r.sources {
			if s.Host == host {
				s.lost(l.at)
			}
		}
	}
	return dropped
}

// source is the relay that wrote a line.
func (r *reader) source(host, name []byte) (*source, error) {
	r.name = append(append(append(r.name[:0], host...), 0), name...)
	if n, ok := r.names[string(r.name)]; ok {
		return r.sources[n], nil
	}
	if len(r.sources) == mostSources {
		return nil, fmt.Errorf("the log is of more than %d relays; give the lines of those that Kairan hands its mail to", mostSources)
	}
	if _, ok := r.hosts[string(host)]; !ok {
		r.hosts[string(host)] = len(r.hosts)
	}
	s := &source{n: len(r.sources)}
	s.Host = r.hosts[string(host)]
	r.names[string(r.name)] = s.n
	r.sources = append(r.sources, s)
	return s, nil
}

// lostInData says whether a client was lost, or kept smtpd waiting, in the middle of a
// message, which is thrown away then.
func lostInData(text []byte) bool {
	for _, how := range []string{"lost connection after ", "timeout after "} {
		if rest, ok := bytes.CutPrefix(text, []byte(how)); ok {
			return bytes.HasPrefix(rest, []byte("DATA")) || bytes.HasPrefix(rest, []byte("BDAT"))
		}
	}
	return false
}

// mostPIDs is of how many processes it is known which message they are at.
const mostPIDs = 8192

func pidKey(s *source, pid []byte) string { return string(append([]byte{byte(s.n)}, pid...)) }

// dropped forgets the message that a process was at.
func (r *reader) dropped(s *source, l line) {
	if id, ok := r.pids[pidKey(s, l.pid)]; ok {
		delete(r.pids, pidKey(s, l.pid))
		r.mails.drop(queued{s.n, id}, l.at)
	}
}

// mail notes what a line says of a message.
func (r *reader) mail(s *source, program string, l line, id, rest []byte) error {
	key := queued{s.n, string(id)}
	switch {
	case program == "smtpd" && bytes.HasPrefix(rest, []byte("client=")):
		if len(r.pids) >= mostPIDs {
			clear(r.pids)
		}
		r.pids[pidKey(s, l.pid)] = key.id
		return nil
	case program == "cleanup" && bytes.HasPrefix(rest, []byte("message-id=")):
		mid, own := messageID(rest[len("message-id="):])
		return r.give(r.mails.meet(key, mail{id: mid, own: own, met: l.at}))
	case program == "cleanup":
		switch action, _, _ := bytes.Cut(rest, []byte(":")); string(action) {
		case "reject", "milter-reject":
			r.mails.drop(key, l.at)
			return nil
		case "hold", "milter-hold", "discard", "milter-discard":
			r.mails.say(key, deliver.RelayQueued, l.at, time.Time{}, s)
		}
		return nil
	case (program == "qmgr" || program == "postsuper") && string(rest) == "removed":
		r.mails.say(key, deliver.RelayQueued, l.at, time.Time{}, s)
		return r.give(r.mails.removed(key))
	case program == "qmgr" && bytes.HasPrefix(rest, []byte("from=<")):
		word := deliver.RelayQueued
		r.mails.detail(key, "", returnText(rest[len("from=<"):]))
		if status, is := bytes.CutPrefix(pastAddress(rest[len("from=<"):]), []byte("status=")); is {
			word = max(word, statusWord(status))
		}
		r.mails.say(key, word, l.at, time.Time{}, s)
	case bytes.HasPrefix(rest, []byte("to=<")):
		word, delay, has, dsn, said := delivery(rest)
		if word == 0 {
			return nil
		}
		r.mails.detail(key, dsn, "")
		arrived := time.Time{}
		if has {
			arrived = l.at.Add(-delay)
		}
		if word == deliver.RelayDelivered && r.mails.goesOn(key, queuedAs(said), len(r.sources)) {
			word = deliver.RelayQueued
		}
		r.mails.say(key, word, l.at, arrived, s)
	}
	return nil
}

// give hands on what is known of messages that are forgotten now.
func (r *reader) give(all []known) error {
	for _, k := range all {
		if !k.own {
			continue
		}
		h := deliver.Heard{ID: k.id, Word: max(k.word, deliver.RelayMet), At: k.met, Source: k.source}
		if h.Word == deliver.RelayBounced {
			h.Status, h.Return = k.status, k.returns
		}
		if err := r.hand(h); err != nil {
			return err
		}
	}
	return nil
}

// end hands on the rest, and says how much the log holds.
func (r *reader) end() error {
	err := r.give(r.mails.rest(r.sources))
	for _, s := range r.sources {
		r.out.Sources = append(r.out.Sources, s.summary())
	}
	return err
}
