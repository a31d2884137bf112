package deliver

import (
	"context"
	"errors"
	"time"

	"example.jp/kairan/subscribe"
)

// Envelope is what a relay is told about a message before its data.
type Envelope struct {
	From string // return path, as it goes between the angle brackets
	To   string // one recipient, likewise: each recipient has an outcome of its own
}

// Message is one complete message for one recipient.
type Message struct {
	Envelope Envelope
	Data     []byte // RFC 5322, CRLF line ends, complete before its first byte is sent
	Stuffed  bool   // Data is dot-stuffed and ends with CRLF.CRLF, as it goes over the wire
	// Tail goes out behind Data, which is Stuffed and does not end itself then. It is one
	// for all copies of an issue with files, so that memory holds these once: whoever gets
	// it only reads it, for as long as the program runs.
	Tail []byte
}

// Transport opens connections to the relay.
type Transport interface {
	// Dial connects, negotiates TLS and logs in. A failure is a *Refusal.
	Dial(ctx context.Context) (Conn, error)
}

// Trier is a Transport that can ask whether its relay would take messages, and sends none.
type Trier interface {
	// Try logs in and asks about each. The results are in the order of the trials: nil, the
	// relay would take it; else why not. A login that fails is the error, a *Refusal.
	Try(ctx context.Context, trials []Trial) ([]*Refusal, error)
}

// Conn is one connection to the relay, used by one goroutine.
type Conn interface {
	// Send makes one attempt. When ctx ends before the final dot is on its way
	// the attempt is given up and deferred.
	Send(ctx context.Context, m Message) Result
	// Close says QUIT, briefly, and closes.
	Close() error
}

// Streamer is a Conn that can send the envelope of its next message together
// with the end of the last one (RFC 2920), so that a message costs one round
// trip. A Conn that is one is used that way.
type Streamer interface {
	Conn
	// Open sends the envelope of m and waits until the relay asks for its data.
	// If ok is false r says why, and unless it is Broken the connection is ready
	// for another Open. If it is true m.Data, and the room behind it, belong to
	// the connection until the Exchange that sends it has returned.
	Open(ctx context.Context, m Message) (r Result, ok bool)
	// Exchange sends the data of the message that is open and, right behind its
	// final dot, the envelope of next, if there is one. It returns the outcome of
	// the open message, and of next what Open would, next.Data included; a zero
	// opened without ok means that nothing was said about next.
	Exchange(ctx context.Context, next *Message) (r, opened Result, ok bool)
}

// ErrWithdrawn is the claim's answer for a reader who left in the meantime.
var ErrWithdrawn = errors.New("the reader no longer wants this")

// ErrStopped is the claim's answer when the run does not go on: it is paused or
// was cancelled. The reader stays as it was.
var ErrStopped = errors.New("the run is stopped")

// Reader is one reader's copy, reserved in memory for one connection.
type Reader struct {
	Seq     subscribe.Seq
	ID      subscribe.ID
	Address subscribe.Address
	Fields  subscribe.Values
	Attempt int  // 1 is the first
	Again   bool // the ledger has a small record of an earlier attempt
	Resend  bool // the one more copy of an uncertain reader

	Run        uint32 // the run's number
	Generation uint8  // of the address, see [subscribe.Subscriber]
	Relay      uint8  // over which it is claimed to go; those of one come back at one pace
}

// Settlement is what became of a reader's copy.
type Settlement struct {
	Reader Reader
	Result Result
	Next   time.Time // of a deferred or uncertain copy; zero: never again
}

// Run is an issue under way, as the engine sees its ledger. The methods are
// safe for concurrent use.
type Run interface {
	Name() IssueName
	// Reserve hands out one reader whose copy is due at now, or nil. It is
	// reserved until it is claimed or returned.
	Reserve(now time.Time) (*Reader, error)
	// Return gives a reservation back unclaimed.
	Return(Reader)
	// SettleAndClaim settles what a connection has just done and claims what it will do
	// next, in one commit; either may be nil. With ErrWithdrawn or ErrStopped the
	// settlement is committed and the claim is not. While the commit is under way
	// the caller does meanwhile, if it is not nil: what need not wait for it.
	SettleAndClaim(ctx context.Context, settle *Settlement, claim *Reader, meanwhile func()) error
}

// Calendar is the durable state of issues, as the scheduler sees it. The due
// times live there; a tick only looks.
type Calendar interface {
	// Live returns the issues that are scheduled, running or paused, and ended ones that
	// have no final books yet or whose strikes are pending.
	Live() ([]*Issue, error)
	ChangeIssue(ctx context.Context, name IssueName, change func(*Issue, time.Time) error) error
	StartIssue(ctx context.Context, name IssueName, form Form, start func(i *Issue, audience int, now time.Time) error) error
	Conclude(ctx context.Context, name IssueName, finish func(i *Issue, b Balance, excused bool, now time.Time)) (ended bool, err error)
}

// Form is what is made of an issue once, for the run that begins.
type Form struct {
	Compiled []byte                // what the run sends
	Sent     Sent                  // what stands about it in the record of the issue
	Expiry   time.Duration         // how long its deferred copies are tried, from its start
	Back     *subscribe.BackNumber // what anybody may read from its start on; nil: nothing
	// Unarchived says why nobody can read it although its list has an archive; "": they can.
	Unarchived string
}

// RunKeeper keeps the issues of the runs, as the engine sees them.
type RunKeeper interface {
	// Terms says how a run is sent.
	Terms(run IssueName) Terms
	// Books are the books of a run; empty if they cannot be read. They tell whether the
	// few who were refused are all whom the run is for.
	Books(run IssueName) Balance
	// Remark writes what an editor should find in the timeline of a running issue.
	Remark(run IssueName, what string)
	// Pause pauses a run in which something is wrong, as an editor would; the engine has
	// left it. If it is because of refusals, nothing of the run is held against its
	// readers, and who was refused is tried again when it goes on.
	Pause(run IssueName, why string, refusals bool)
}

// Outbox is the durable queue of notices, as the engine sees it.
type Outbox interface {
	// ReserveNotice hands out one notice that is due at now, or nil.
	ReserveNotice(now time.Time) (*QueuedNotice, error)
	ReturnNotice(QueuedNotice)
	// ClaimNotice commits that an attempt begins; ErrWithdrawn if the notice is
	// no longer due to anybody, and is gone.
	ClaimNotice(ctx context.Context, o QueuedNotice) error
	// SettleNotice commits the outcome; next zero means final, and the notice,
	// with its address, is gone.
	SettleNotice(ctx context.Context, o QueuedNotice, r Result, next time.Time) error
}

// QueuedNotice is a notice in the outbox.
type QueuedNotice struct {
	N         uint64 // its number in the outbox
	Notice    subscribe.Notice
	MessageID string // left side of its Message-ID, the same at every attempt (RFC 5322 §3.6.4)
	Attempt   int    // 1 is the first
	Uncertain bool   // an earlier attempt ended uncertain
	Report    Report // what it says, if it goes to an office and not to a reader
}

// Composer makes messages.
type Composer interface {
	// Copy makes one reader's copy of the issue of a run. Its Data is appended to
	// buf, so that a connection can use the same room for every copy.
	Copy(buf []byte, run IssueName, r Reader) (Message, error)
	// Notice makes a notice.
	Notice(o QueuedNotice) (Message, error)
}
