package engine

import (
	"runtime"

	"example.jp/kairan/deliver"
)

// pipeline is what a worker has under way over its connection: the copy whose turn
// it is, the one before it and the one behind it.
type pipeline struct {
	last   unsettled
	behind ahead  // reserved behind the copy whose claim is under way; none otherwise
	look   func() // lookAhead; made once, since a method value allocates
	room   []byte // for the present copy
	spare  []byte // for the one behind it
}

// unsettled is what the connection has just done, to be settled in the commit
// that claims what it does next.
type unsettled struct {
	run *run // nil: nothing is unsettled
	s   deliver.Settlement
}

// ahead is the copy whose envelope may travel with the end of the one before it.
type ahead struct {
	job job // none: the next step looks again
	m   deliver.Message
}

// stream sends copies one behind the other, each envelope travelling with the
// end of the message before it, for as long as there are copies to send. The
// envelope goes ahead of the claim, since it carries no data; if the reader has
// left in between, the connection is dropped before the data.
// While a claim is on its way to the disk, the copy behind it is made.
func (w *worker) stream(s deliver.Streamer, j job, m deliver.Message) bool {
	r, ok := s.Open(w.kill, m)
	if !ok {
		w.settle()
		return w.refuse(j, r)
	}
	for {
		if w.ctx.Err() != nil { // the envelope was out when the stop came
			w.close()
			w.e.giveBack(j)
			return true
		}
		ok, claimed := w.claim(j, w.look)
		if !claimed {
			w.close() // it waits for data that it will not get
			w.forget()
			return ok
		}
		r, opened, ok := s.Exchange(w.kill, w.behind.message())
		next := w.behind.job
		w.behind = ahead{}
		w.sent++
		w.noteOutcome(j, w.judgeReply(r, j))
		switch {
		case next.none():
			return true
		case ok:
			j = next
			w.room, w.spare = w.spare, w.room
		case opened.Stage == 0: // nothing was said about it
			w.e.giveBack(next)
			return true
		default:
			w.settle()
			return w.refuse(next, opened)
		}
	}
}

// forget gives the copy behind back, if there is one.
func (w *worker) forget() {
	if !w.behind.job.none() {
		w.e.giveBack(w.behind.job)
		w.behind = ahead{}
	}
}

// message is what Exchange is given.
func (a *ahead) message() *deliver.Message {
	if a.job.none() {
		return nil
	}
	return &a.m
}

// refuse books an envelope that the relay refused before its reader was claimed.
// What is about us or about a list, or a connection that had enough, is no attempt.
func (w *worker) refuse(j job, r deliver.Result) bool {
	w.sent++
	if w.isSpent(r) {
		w.renew(r)
		w.kept = j
		return true
	}
	v := w.judgeReply(r, j)
	if r = v.Result; r.Stage == deliver.StageMail && (r.Blame.Spares() || r.Code == 0) || r.Blame == deliver.BlameUs || r.Blame == deliver.BlameList || r.Code == 0 && w.kill.Err() != nil {
		w.e.putBack(j)
		return r.Blame == deliver.BlameList
	}
	w.noteOutcome(j, v)
	return true
}

// lookAhead reserves and makes the copy behind the present one. Notices do not
// wait behind it: one that is due goes back, to be first. It yields to connections that
// still have something to send, because the commit waits for them and nobody for this:
// that gives 7 in a hundred more messages, over 32 connections on two processors.
func (w *worker) lookAhead() {
	runtime.Gosched()
	now := w.e.now()
	if w.route.gate.isHeld() || !w.route.hasTurn(now) || w.ctx.Err() != nil || w.sent+1 >= w.most {
		return
	}
	j, err := w.e.next(w.route, now)
	if err != nil {
		w.e.Log.Error("LedgerFault", "err", err)
	}
	if j.none() {
		return
	}
	if j.notice != nil {
		w.e.giveBack(j)
		return
	}
	m, fault := w.compose(j, &w.spare)
	if fault != nil {
		w.e.giveBack(j)
		return
	}
	w.behind = ahead{j, m}
}
