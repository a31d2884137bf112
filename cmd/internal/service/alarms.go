package service

import (
	"log/slog"
	"time"

	"example.jp/kairan/subscribe"
)

// alarm logs why requests are not taken in, or mails wait.
func (s *Service) alarm(t subscribe.Trouble) {
	limits := s.Config.Limits
	switch t {
	case subscribe.TroubleCeiling:
		s.log.Error("CeilingReached", "requests_per_hour", limits.PerHour,
			"why", "who asks is answered 503, for an hour at most; leaving goes on")
	case subscribe.TroubleShare:
		s.log.Error("ShareReached", "requests_per_hour", limits.PerHour,
			"why", "networks that asked before within the hour have used up their quarter: they are answered 503, new ones get through")
	case subscribe.TroubleRoom:
		s.log.Error("NoRoom", "why", "who asks to join or to correct is answered 503: the intake is full, or the disk or max_size is; or half the intake is, and then new networks still get through")
	case subscribe.TroubleNetwork:
		s.log.Warn("NetworkCeilingReached", "requests_per_network_per_hour", limits.PerNetworkHour,
			"why", "who asks from there is answered 429 and told when to try again",
			"hint", "if it is everybody, the proxy does not send X-Real-IP")
	case subscribe.TroubleDomain:
		s.log.Warn("DomainQueued", "requests_per_hour", limits.PerHour,
			"why", "mails to one receiving domain, a share of requests_per_hour, wait for more than an hour: somebody floods it, or very many readers there ask at once")
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
// would fill the disk with its log. It is for one goroutine.
func seldom(now func() time.Time, tell func(error)) func(error) {
	var last string
	var at time.Time
	return func(err error) {
		if since := now().Sub(at); err.Error() == last && since >= 0 && since < time.Minute {
			return
		}
		last, at = err.Error(), now()
		tell(err)
	}
}
