package service

import (
	"context"
	"errors"
	"sync"
	"time"

	"example.jp/kairan/cmd/internal/exit"
	"example.jp/kairan/deliver"
	"example.jp/kairan/deliver/bounce"
)

// BounceTake takes in what a mail says that came back.
var BounceTake = verb("bounce/take", (*Service).bounceTake, byReaders)

// CameBack is a mail that came back, as far as `kairan bounce` read it. It has no word of it.
type CameBack struct {
	Token    string      `json:"token"` // see [bounce.Mail.Token]
	Is       bounce.Kind `json:"is"`
	Enhanced string      `json:"enhanced,omitempty"`
	Code     int         `json:"code,omitempty"`
}

// byReaders is the trail of what readers do, and their relays: none, as behind the public
// pages. No account decides it, the books of the run have its count, and a deed for each would
// let whoever has one return path fill the trail.
func byReaders(CameBack) []deliver.Deed { return nil }

// How many bounces and complaints may come: so many at once, and so many a second. Over that
// the relay is to try again, so nothing is lost. Leaving is not counted, and a forged token is
// found out before it costs a commit.
const (
	bouncesAtOnce    = 500
	bouncesPerSecond = 50
)

// bounceTake believes the token and nothing else. Its answer, and what it logs, are the same
// whoever the token is about, and whatever has become of them.
func (s *Service) bounceTake(ctx context.Context, in CameBack) (Done, error) {
	if v, err := s.tokens.InspectLeaveByMail(in.Token); err == nil {
		// Whatever it looks like: mail programs write what they like, and leaving always works.
		s.log.Info("LeftByMail", "list", v.List.ID)
		return Done{}, s.desk.Leave(ctx, v)
	}
	of, err := s.tokens.RedeemReturn(in.Token)
	means := err == nil && (in.Is == bounce.Failure || in.Is == bounce.Complaint)
	if !means {
		s.cameBack.ignore(s)
		return Done{}, nil
	}
	if !s.cameBack.take(s.now()) {
		return Done{}, exit.Refusedf("more mails come back than are taken in at one time; the relay is to try again")
	}
	b := deliver.Bounce{Of: of, Kind: deliver.Complained}
	if in.Is == bounce.Failure {
		b.Kind, b.Enhanced = deliver.KindOfBounce(in.Enhanced, in.Code), bounce.Status(in.Enhanced)
	}
	s.log.Info("CameBack", "list", of.List.ID, "what", b.Kind, "enhanced", b.Enhanced)
	err = s.countBounce(ctx, b)
	if b.Kind == deliver.Complained {
		err = errors.Join(err, s.desk.Complain(ctx, of)) // counted or not
	}
	return Done{}, err
}

// countBounce writes down that a copy came back, and counts it for its run.
func (s *Service) countBounce(ctx context.Context, b deliver.Bounce) error {
	counts, err := s.Store.Bounce(ctx, b)
	if err == nil {
		s.engine.CameBack(counts)
	}
	return err
}

// cameBack bounds what comes back. The zero value is ready.
type cameBack struct {
	mu      sync.Mutex
	used    float64   // of bouncesAtOnce
	at      time.Time // of the last one
	ignored int       // since it was last logged
	told    time.Time
}

// take takes one, if it is not too many. A clock that is set back makes nobody wait.
func (c *cameBack) take(now time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if passed := now.Sub(c.at).Seconds(); passed > 0 {
		c.used = max(0, c.used-passed*bouncesPerSecond)
	} else if passed < 0 {
		c.used = 0
	}
	c.at = now
	if c.used+1 > bouncesAtOnce {
		return false
	}
	c.used++
	return true
}

// ignore counts what means nothing or has no token of ours, and logs the count once a minute
// at most: a flood would fill the disk with its log.
func (c *cameBack) ignore(s *Service) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ignored++
	if now := s.now(); now.Sub(c.told) >= time.Minute || now.Before(c.told) {
		s.log.Info("CameBackForNothing", "messages", c.ignored, "why", "answers by themselves, delays, loops, and what has no token of ours")
		c.told, c.ignored = now, 0
	}
}

// judgeBounces holds against the readers what came back, where no more comes. In a copy of the
// past it waits until that is released.
func (s *Service) judgeBounces(ctx context.Context) {
	if s.Store.Held() != nil {
		return
	}
	if err := s.Store.JudgeBounces(ctx); err != nil && ctx.Err() == nil {
		s.log.Error("BounceFault", "err", err)
	}
}
