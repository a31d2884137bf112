package sink

import (
	"cmp"
	"crypto/tls"
	"slices"
	"sync"
	"time"
)

// Options are what a sink is made of. The zero value accepts everything, in
// clear, from everybody, and counts it.
type Options struct {
	Addr string      // to listen on; empty: 127.0.0.1 and a free port
	TLS  *tls.Config // if set, STARTTLS is offered, and a login needs it
	// User and Password are required of a client unless Password is empty.
	User, Password string
	// Judge decides at RCPT by what it says, such as "550 5.1.1 No such mailbox"; ""
	// accepts, and so does nil. attempt is 1 at the first RCPT for the address since
	// the start. The address comes without the quotes of RFC 5321 §4.1.2.
	Judge func(rcpt string, attempt int) string
	// SenderJudge decides likewise at MAIL.
	SenderJudge func(from string) string

	Most   int           // octets of a message that is taken; 0: 10 MiB
	Delay  time.Duration // between the final dot and its reply
	Lose   int           // so many of the next mails are not taken: the connection ends at their final dot
	Record bool          // keep the bytes; without it, mails are counted only
	// IsMadeUp says which addresses belong to nobody, so that their mails make
	// place first. nil: none.
	IsMadeUp func(addr string) bool
	Keep     int              // how many mails at most, of each of the two kinds; zero: 20,000
	Now      func() time.Time // nil: time.Now
}

const (
	keepMails  = 20_000
	keepBodies = 200       // newest bodies of mails to made-up readers
	keepBytes  = 128 << 20 // bodies of all other mails
)

// Mail is one mail for one recipient.
type Mail struct {
	N        int    // 1 is the first since the start
	From, To string // envelope
	At       time.Time
	Data     []byte // nil if it was not recorded or had to make place
}

// Sink is a running server that keeps what it takes. Its methods are safe for
// concurrent use.
type Sink struct {
	server  Server
	options Options
	closing chan struct{}

	mu       sync.Mutex // of what follows, and of what Change changes
	last     int
	typed    []Mail // to addresses that are not made up
	madeUp   []Mail
	bytes    int // of the bodies in typed
	bodiless int // how many at the head of typed have lost their body
	accepted map[string]int
	attempts map[string]int
	total    totals
}

// totals are what the mailbox page shows in numbers.
type totals struct{ Typed, MadeUp, PutOff, Refused int }

// Start listens and serves until Close.
func Start(o Options) (*Sink, error) {
	o.Addr = cmp.Or(o.Addr, "127.0.0.1:0")
	o.Keep = cmp.Or(o.Keep, keepMails)
	if o.IsMadeUp == nil {
		o.IsMadeUp = func(string) bool { return false }
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	s := &Sink{options: o, closing: make(chan struct{}), accepted: make(map[string]int), attempts: make(map[string]int)}
	s.server = Server{Open: func() Session { return &mails{s: s} }, Prompt: true, TLS: o.TLS, Login: s.login, Most: s.most}
	return s, s.server.Listen(o.Addr)
}

// Addr is where the sink listens: host:port.
func (s *Sink) Addr() string { return s.server.Addr() }

// Connections says how many connections are open, and how many there ever were.
func (s *Sink) Connections() (open, ever int) { return s.server.Connections() }

// Close ends the sink and every connection at once. What was received stays
// readable. It must be called once.
func (s *Sink) Close() error {
	close(s.closing)
	return s.server.Close()
}

func (s *Sink) login() (user, password string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.options.User, s.options.Password
}

func (s *Sink) most() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return cmp.Or(s.options.Most, maxMessage)
}

// Change changes the User, Password, Judge, SenderJudge, Most, Delay and Lose that hold from
// now on.
func (s *Sink) Change(change func(*Options)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(&s.options)
}

// Mails returns the mails that are kept, oldest first. Their Data must not be
// changed.
func (s *Sink) Mails() []Mail {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := slices.Concat(s.typed, s.madeUp)
	slices.SortFunc(all, func(a, b Mail) int { return a.N - b.N })
	return all
}

// Count is how many mails were accepted since the start.
func (s *Sink) Count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.last
}

// CountTo is how many mails were accepted for one address, which is written
// without the quotes of RFC 5321.
func (s *Sink) CountTo(rcpt string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.accepted[rcpt]
}

// keep takes one mail in. Callers hold mu.
func (s *Sink) keep(from, to string, data []byte) {
	s.last++
	s.accepted[to]++
	m := Mail{N: s.last, From: from, To: to, At: s.options.Now(), Data: data}
	if s.options.IsMadeUp(to) {
		s.total.MadeUp++
		s.madeUp = append(s.madeUp, m)
		if old := len(s.madeUp) - 1 - keepBodies; old >= 0 {
			s.madeUp[old].Data = nil
		}
		if len(s.madeUp) > s.options.Keep {
			s.madeUp = s.madeUp[1:]
		}
		return
	}
	s.total.Typed++
	s.typed = append(s.typed, m)
	for s.bytes += len(data); s.bytes > keepBytes; s.bodiless++ {
		s.bytes -= len(s.typed[s.bodiless].Data)
		s.typed[s.bodiless].Data = nil
	}
	if len(s.typed) > s.options.Keep {
		s.bytes -= len(s.typed[0].Data)
		s.typed[0].Data = nil
		s.typed = s.typed[1:]
		s.bodiless = max(s.bodiless-1, 0)
	}
}

// find returns one mail by its number.
func (s *Sink) find(n int) (Mail, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, mails := range [][]Mail{s.typed, s.madeUp} {
		if i, ok := slices.BinarySearchFunc(mails, n, func(m Mail, n int) int { return m.N - n }); ok {
			return mails[i], true
		}
	}
	return Mail{}, false
}

// page returns so many mails of one kind, newest first, after leaving some out.
func (s *Sink) page(madeUp bool, skip, size int) (mails []Mail, kept int, total totals) {
	s.mu.Lock()
	defer s.mu.Unlock()
	from := s.typed
	if madeUp {
		from = s.madeUp
	}
	end := max(len(from)-skip, 0)
	mails = slices.Clone(from[max(end-size, 0):end])
	slices.Reverse(mails)
	return mails, len(from), s.total
}
