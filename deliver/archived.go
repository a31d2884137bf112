package deliver

import (
	"time"

	"example.jp/kairan/deliver/phrase"
	"example.jp/kairan/subscribe"
)

// Withdraw takes what anybody may read of the issue out of the archive: from then on its
// page says that it was withdrawn. back is nil if there is nothing of it to be read. What
// goes out goes on.
func (i *Issue) Withdraw(back *subscribe.BackNumber, actor string, now time.Time) error {
	if back == nil {
		return i.Refuse("withdrawn", "%s", i.notPublic())
	}
	if !back.Withdrawn.IsZero() {
		return i.Refuse("withdrawn", "it has been withdrawn already")
	}
	back.Withdrawn = now
	i.note(now, actor, "withdrawn from the archive: nobody is shown it any more")
	return nil
}

// Republish puts into the archive again what was withdrawn.
func (i *Issue) Republish(back *subscribe.BackNumber, actor string, now time.Time) error {
	if back == nil {
		return i.Refuse("put back into the archive", "%s", i.notPublic())
	}
	if back.Withdrawn.IsZero() {
		return i.Refuse("put back into the archive", "it has not been withdrawn, and anybody can read it")
	}
	back.Withdrawn = time.Time{}
	i.note(now, actor, "put back into the archive: anybody can read it again")
	return nil
}

// notPublic is why nobody can read the issue.
func (i *Issue) notPublic() phrase.Key {
	switch i.State {
	case Draft, Scheduled, Held:
		return "nobody is shown an issue before it starts"
	case Cancelled:
		return "nobody is shown it since it was cancelled"
	}
	return "it is in no archive, since its list had none when it began"
}
