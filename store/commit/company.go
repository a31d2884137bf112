package commit

// company is whom the committer may wait for: the patient operations that will come back at
// any moment, by group. Those of one group come back at one pace, as those do that send over
// one relay; a group that is slow, or hangs, must not hold up the others.
type company struct {
	of    []int // by group, as [Owner.Committed] said it
	late  []int // by group: 0, or how often in a row it must be there in time until it is waited for again
	quota []int // room for quorum
}

// timely is so often that a group that was late must be there in a row.
const timely = 3

// share is as many of a group as are waited for: nine in ten.
func share(n int) int { return (9*n + 9) / 10 }

// quorum is what the committer waits for: so many of each group that comes in time, 0 of
// others, and so many of all. If none comes in time, all count alike.
func (c *company) quorum() quorum {
	for len(c.late) < len(c.of) {
		c.late = append(c.late, 0)
	}
	c.quota = c.quota[:0]
	prompt, sum := false, 0
	for group, n := range c.of {
		sum += n
		if c.late[group] > 0 {
			n = 0
		}
		prompt = prompt || n > 0
		c.quota = append(c.quota, share(n))
	}
	if prompt {
		sum = 0
	}
	return quorum{each: c.quota, all: share(sum)}
}

// learn notes which groups were there when the committer went on; over: it had waited for as
// long as it ever does.
func (c *company) learn(waiting func(group int) int, over bool) {
	for group, n := range c.of {
		if n == 0 {
			continue
		}
		late := &c.late[group]
		switch there := waiting(group) >= share(n); {
		case there:
			*late = max(*late-1, 0)
		case over || *late > 0:
			*late = timely
		}
	}
}
