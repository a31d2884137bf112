package main

import "fmt"

// audit holds the closed books of an issue against what the relays recorded, in
// the order in which they took it:
//
//   - nobody is lost: whoever has no copy was refused by the script, or is
//     counted as uncertain;
//   - nobody has a third copy, and nobody a second one but from those counted as
//     uncertain at some time (and held copies are never sent again);
//   - a first copy that was repeated was the last message of its connection:
//     only there can the sender have been without an answer;
//   - both copies are the same to the octet.
func (c *round) audit(copies []copyTaken, hold bool) error {
	b := c.books
	if !b.Balances() || b.Audience != c.readers || b.Accepted+b.Refused+b.Uncertain != b.Audience {
		return fmt.Errorf("the books are not closed: %+v", b)
	}
	had := map[string][]copyTaken{}
	last := map[int64]int64{}
	for _, x := range copies {
		had[x.recipient] = append(had[x.recipient], x)
		last[x.conn] = max(last[x.conn], x.nth)
	}
	lost, refused, distinct := 0, 0, 0
	for n := range c.readers {
		to := recipient(n)
		mine := had[to]
		delete(had, to)
		refuses := c.faults.of(to) == refuse
		switch {
		case refuses && len(mine) > 0:
			return fmt.Errorf("reader %d was refused, and has a copy", n)
		case refuses:
			refused++
		case len(mine) == 0:
			lost++
		default:
			distinct++
		}
		if len(mine) > 1 {
			c.twice++
		}
		if err := checkRepeated(n, mine, last, hold); err != nil {
			return err
		}
	}
	switch {
	case len(had) > 0:
		return fmt.Errorf("%d copies went to nobody of the audience", len(had))
	case lost > b.Uncertain:
		return fmt.Errorf("%d readers have no copy, and the books say only of %d that it is uncertain", lost, b.Uncertain)
	case distinct < b.Accepted, distinct > b.Accepted+b.Uncertain:
		return fmt.Errorf("%d readers have a copy; the books say %d, and %d uncertain", distinct, b.Accepted, b.Uncertain)
	case b.Refused > refused:
		return fmt.Errorf("the relay refused %d readers; the books say %d", refused, b.Refused)
	case c.twice > b.UncertainEver:
		return fmt.Errorf("%d readers have two copies; the books say that %d were ever uncertain", c.twice, b.UncertainEver)
	}
	return nil
}

// checkRepeated looks at the copies of one reader.
func checkRepeated(n int, copies []copyTaken, last map[int64]int64, hold bool) error {
	if len(copies) < 2 {
		return nil
	}
	first, second := copies[0], copies[1]
	switch {
	case len(copies) > 2:
		return fmt.Errorf("reader %d has %d copies", n, len(copies))
	case hold:
		return fmt.Errorf("reader %d has two copies, and none was to be sent again", n)
	case first.nth != last[first.conn]:
		return fmt.Errorf("reader %d has a second copy, and the connection of the first went on after it", n)
	case first.sum != second.sum:
		return fmt.Errorf("the two copies of reader %d are not the same", n)
	}
	return nil
}
