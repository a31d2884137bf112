package deliver

// stream sends copies one behind the other, each envelope travelling with the
// end of the message before it, for as long as there are copies to send. The
// envelope goes ahead of the claim, since it carries no data; if the reader has
// left in between, the connection is dropped before the data (DESIGN.md, the ledger).
func (w *worker) stream(s Streamer, j *job, m Message) bool {
	r, ok := s.Open(w.kill, m)
	if !ok {
		w.settle()
		return w.refuse(j, r)
	}
	for {
		if w.ctx.Err() != nil { // the envelope was out when the stop came
			w.closeConn()
			w.e.giveBack(j)
			return true
		}
		if ok, claimed := w.claim(j); !claimed {
			w.closeConn() // it waits for data that it will not get
			return ok
		}
		next, ahead := w.ahead()
		r, opened, ok := s.Exchange(w.kill, ahead)
		w.sent++
		w.done(j, r)
		w.judge(r)
		switch {
		case next == nil:
			return true
		case ok:
			j = next
		case opened.Stage == 0: // nothing was said about it
			w.e.giveBack(next)
			return true
		default:
			w.settle()
			return w.refuse(next, opened)
		}
	}
}

// refuse books an envelope that the relay refused before its reader was claimed.
// What was our own fault, or a connection that had gone stale, is no attempt.
func (w *worker) refuse(j *job, r Result) bool {
	w.sent++
	switch {
	case w.stale(r):
		w.closeConn()
		w.e.giveBack(j)
		return true
	case r.Blame == BlameUs, r.Code == 0 && (r.Stage == StageMail || w.kill.Err() != nil):
		w.e.giveBack(j)
		w.judge(r)
		return false
	}
	w.done(j, r)
	w.judge(r)
	return true
}

// ahead reserves the copy whose envelope may travel with the end of the present
// message. Notices do not wait behind it: one that is due goes back, to be first.
func (w *worker) ahead() (*job, *Message) {
	if held, _, _ := w.route.gate.state(); held || !w.route.used() || w.ctx.Err() != nil || w.sent+1 >= w.route.PerConnection {
		return nil, nil
	}
	j, err := w.e.next(w.route)
	if err != nil || j == nil {
		return nil, nil // the next step will look again, and say why
	}
	if j.notice != nil {
		w.e.giveBack(j)
		return nil, nil
	}
	m, fault := w.compose(j)
	if fault != nil {
		w.e.giveBack(j)
		return nil, nil
	}
	return j, &m
}
