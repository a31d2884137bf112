package service

import (
	"log/slog"
	"sync"
	"time"

	"example.jp/kairan/subscribe"
)

// troubles are what kept requests from being taken in, lately.
type troubles struct {
	mu sync.Mutex
	at map[string]time.Time // when that was last told, by what it means
}

// troubleLasts is how long a trouble is taken to last after it was told: the Desk tells one
// that lasts again after an hour.
const troubleLasts = time.Hour + 5*time.Minute

func (x *troubles) note(why string, now time.Time) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.at == nil {
		x.at = map[string]time.Time{}
	}
	x.at[why] = now
}

// lately are those that were told within the time for which they are taken to last.
func (x *troubles) lately(now time.Time) (all []string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for why, at := range x.at {
		if since := now.Sub(at); since < 0 || since >= troubleLasts {
			delete(x.at, why)
			continue
		}
		all = append(all, why)
	}
	return all
}

// trouble logs why requests are not taken in, or mails wait. What everybody meets, and not
// one network or domain, is an alarm.
func (s *Service) trouble(t subscribe.Trouble) {
	limits, why := s.Config.Limits, ""
	switch t {
	case subscribe.TroubleCeiling:
		why = "who asks is answered 503, for an hour at most; leaving goes on"
		s.log.Error("CeilingReached", "requests_per_hour", limits.PerHour, "why", why)
	case subscribe.TroubleShare:
		why = "networks that asked before within the hour have used up their quarter: they are answered 503, new ones get through"
		s.log.Error("ShareReached", "requests_per_hour", limits.PerHour, "why", why)
	case subscribe.TroubleRoom:
		why = "who asks to join or to correct is answered 503: the intake is full, or the disk or max_size is; or half the intake is, and then new networks still get through"
		s.log.Error("NoRoom", "why", why)
	case subscribe.TroubleNetwork:
		s.log.Warn("NetworkCeilingReached", "requests_per_network_per_hour", limits.PerNetworkHour,
			"why", "who asks from there is answered 429 and told when to try again",
			"hint", "if it is everybody, the proxy does not send X-Real-IP")
	case subscribe.TroubleDomain:
		s.log.Warn("DomainQueued", "requests_per_hour", limits.PerHour,
			"why", "mails to one receiving domain, a share of requests_per_hour, wait for more than an hour: somebody floods it, or very many readers there ask at once")
	}
	if why != "" {
		s.troubles.note(why, s.now())
	}
}

// journalFault tells the log that the journal cannot be written, and that it can again.
func journalFault(log *slog.Logger) func(error) {
	return func(err error) {
		if err == nil {
			log.Info("JournalWritten")
			return
		}
		log.Error("JournalFault", "err", err)
	}
}

// seldom tells of the same fault once a minute: what comes back four times a second
// would fill the disk with its log.
func seldom(now func() time.Time, tell func(error)) func(error) {
	var mu sync.Mutex
	var last string
	var at time.Time
	return func(err error) {
		mu.Lock()
		defer mu.Unlock()
		if since := now().Sub(at); err.Error() == last && since >= 0 && since < time.Minute {
			return
		}
		last, at = err.Error(), now()
		tell(err)
	}
}
