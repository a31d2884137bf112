package main

import (
	"bufio"
	"fmt"
	"os"
)

// copyTaken is one line of the record.
type copyTaken struct {
	conn, nth int64 // the connection, and which of its messages; both from 1
	sum       uint32
	at        int64 // when it was taken, before the sender was told; in Unix nanoseconds
	recipient string
}

// readRecord reads what a relay has recorded.
func readRecord(path string) (out []copyTaken, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var c copyTaken
		if _, err := fmt.Sscanf(lines.Text(), "%d %d %x %d %s", &c.conn, &c.nth, &c.sum, &c.at, &c.recipient); err != nil {
			return nil, fmt.Errorf("line %d of the relay's record cannot be read: %w", len(out)+1, err)
		}
		out = append(out, c)
	}
	return out, nil
}
