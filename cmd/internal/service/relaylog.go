package service

import (
	"context"
	"crypto/rand"
	"sync"
	"time"

	"example.jp/kairan/cmd/internal/exit"
	"example.jp/kairan/deliver"
	"example.jp/kairan/deliver/compose/issue"
	"example.jp/kairan/deliver/editor"
	"example.jp/kairan/store"
	"example.jp/kairan/subscribe"
)

var (
	// RelayLogBegin begins the reading of a relay's log.
	RelayLogBegin = verb("relaylog/begin", (*Service).relayLogBegin, func(struct{}) []deliver.Deed { return []deliver.Deed{{What: "relay-log"}} })
	// RelayLogTake takes in what it says of some messages. That it is read was written when
	// it began.
	RelayLogTake = verb("relaylog/take", (*Service).relayLogTake, reads)
	// RelayLogEnd settles what the whole of it proves.
	RelayLogEnd = verb("relaylog/end", (*Service).relayLogEnd, reads)
)

// What the verbs about a relay's log take and give. Nothing of it says who a reader is.
type (
	// Reading is a log that is being read.
	Reading struct {
		Token string `json:"token"`
	}
	// HeardWords are what a log says of some messages, whoever's.
	HeardWords struct {
		Reading
		Words []deliver.Heard `json:"words"`
	}
	// WholeLog is how much a log holds.
	WholeLog struct {
		Reading
		Sources []deliver.LogSource `json:"sources"`
		Last    time.Time           `json:"last"` // line
	}
	// HeardIssue is what a log settled of one issue.
	HeardIssue struct {
		Issue    string       `json:"issue"`
		Accepted int          `json:"accepted"` // of the uncertain copies: the relay had taken them
		Again    int          `json:"again"`    // it had not, and they go out
		GivenUp  int          `json:"given_up"` // it had not, and the issue has expired, or was cancelled
		Left     int          `json:"left"`     // still uncertain
		Why      string       `json:"why,omitempty"`
		Said     deliver.Said `json:"said"`
	}
)

// hearing is the one log that is being read.
type hearing struct {
	mu    sync.Mutex
	token string
	log   *store.Hearing
	used  time.Time
	idle  *time.Timer // drops it
}

// How long a client may say nothing before another may begin, and before what is known of
// its log is dropped.
const (
	hearingFor = time.Minute
	heardFor   = 10 * time.Minute
)

// use notes that a client is there.
func (h *hearing) use(now time.Time) {
	if h.used = now; h.idle != nil {
		h.idle.Stop()
	}
	token := h.token
	h.idle = time.AfterFunc(heardFor, func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		if h.token == token {
			h.log = nil
		}
	})
}

// ofHearing calls do with the log that is being read.
func (s *Service) ofHearing(token string, do func(*store.Hearing) error) error {
	s.hearing.mu.Lock()
	defer s.hearing.mu.Unlock()
	if s.hearing.log == nil || s.hearing.token != token {
		return exit.Refusedf("the service was started again, or another log is being read, meanwhile; what was read is kept: give the log once more from its beginning")
	}
	s.hearing.use(s.now())
	return do(s.hearing.log)
}

func (s *Service) relayLogBegin(context.Context, struct{}) (Reading, error) {
	s.hearing.mu.Lock()
	defer s.hearing.mu.Unlock()
	if s.hearing.log != nil && s.now().Sub(s.hearing.used) < hearingFor {
		return Reading{}, exit.Refusedf("another log is being read; try again when that is done, or in a minute if it was broken off")
	}
	if why := s.heldWhy(); why != "" {
		return Reading{}, exit.Refusedf("%s; a log settles nothing before that", why)
	}
	log, err := s.Store.Hear(s.messageIDs)
	if err != nil {
		return Reading{}, err
	}
	s.hearing.token, s.hearing.log = rand.Text(), log
	s.hearing.use(s.now())
	return Reading{s.hearing.token}, nil
}

// messageIDs makes the Message-IDs of a run's copies.
func (s *Service) messageIDs(name deliver.IssueName) (func(subscribe.ID) deliver.MessageID, error) {
	stored, err := s.Store.Compiled(name)
	if err != nil {
		return nil, err
	}
	c, err := issue.Unmarshal(stored)
	if err != nil {
		return nil, err
	}
	return c.MessageIDs(), nil
}

// addSaid adds what logs said of an issue's copies.
func (s *Service) addSaid(now editor.Status, out *Issue) (err error) {
	if out.Said, err = s.Store.Said(now.Issue.Name); err != nil || out.Said == (deliver.Said{}) {
		return err
	}
	if out.Said.AsOf = out.Said.AsOf.In(now.List.Zone); !out.Ended.IsZero() {
		out.SaidUntil = s.Config.Retention.Ledgers.After(out.Ended)
	}
	return nil
}

func (s *Service) relayLogTake(ctx context.Context, in HeardWords) (Done, error) {
	err := s.ofHearing(in.Token, func(h *store.Hearing) error { return h.Take(ctx, in.Words) })
	for _, x := range in.Words {
		if err == nil && x.Word == deliver.RelayBounced && x.Return != "" {
			err = s.bouncedByLog(ctx, x)
		}
	}
	return Done{}, err
}

// bouncedByLog counts a copy that the relay could not deliver as if its report had come back:
// once, whichever comes first, and by the return path alone.
func (s *Service) bouncedByLog(ctx context.Context, x deliver.Heard) error {
	of, err := s.tokens.RedeemReturn(x.Return)
	if err != nil || !of.Copy {
		return nil //nolint:nilerr // it is no copy's
	}
	return s.countBounce(ctx, deliver.Bounce{Of: of, Kind: deliver.KindOfBounce(x.Status, 0), Enhanced: x.Status})
}

func (s *Service) relayLogEnd(ctx context.Context, in WholeLog) (out []HeardIssue, err error) {
	err = s.ofHearing(in.Token, func(h *store.Hearing) error {
		s.hearing.log = nil
		all, err := h.End(ctx, in.Sources, in.Last, 1+len(s.Config.Fallback))
		out = []HeardIssue{}
		for _, x := range all {
			s.log.Info("RelayLog", "run", x.Issue, "accepted", x.Accepted, "again", x.Again, "given_up", x.GivenUp, "left", x.Left)
			out = append(out, HeardIssue{x.Issue.String(), x.Accepted, x.Again, x.GivenUp, x.Left, x.Why.String(), x.Said})
		}
		return err
	})
	return out, err
}
