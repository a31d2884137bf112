package deliver

// BreakerPolicy says when a run is paused because something is wrong with the
// run and not with its readers. Shares are counted over windows of attempts, so
// that a few failures at the very start do not stop an issue.
type BreakerPolicy struct {
	Window      int // attempts counted together; 200
	Hard        int // refusals of addresses in a window that are still not too many; 5 in a hundred
	Sender      int // faults of the sender ([BlameSender]), or refusals of the message itself, likewise; 2 in a hundred
	Domains     int // at so many recipient domains, or all if there are fewer, so that one hostile domain cannot stop an issue; 3
	Row         int // uncertain copies one after the other; 3
	OneInSoMany int // more than one uncertain copy in so many attempts; 100
	Nearly      int // refused of a hundred, in whatever way, that are nearly everybody; 90
	Most        int // more of a hundred are too many when everybody has been tried, at enough domains; 50
	Few         int // with fewer refused it is too early to tell whether they are nearly everybody, or most; 3
	Straight    int // refused one after the other, after others were accepted; 6. Nearly, Most or Straight 0 switches its rule off, and so does Few 0 that of Nearly
}

// DefaultBreaker pauses a run when more than 5 in a hundred addresses are refused,
// or more than 2 in a hundred messages for a fault of the sender, over 200 attempts
// at three domains or more; when three messages in a row, or more than one in a
// hundred, are left without an answer at their end; and when nearly everybody is refused.
func DefaultBreaker() BreakerPolicy {
	return BreakerPolicy{Window: 200, Hard: 10, Sender: 4, Domains: 3, Row: 3, OneInSoMany: 100, Nearly: 90, Most: 50, Few: 3, Straight: 6}
}

// TakenBack is what an editor must know of a run that was paused for refusals.
const TakenBack = "nobody is suspended for it, and who was refused is tried again when the issue goes on"
