package main

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"strconv"
	"time"

	"golang.org/x/sync/errgroup"
)

// blast sends one ready message over and over, in groups as a pipelining sender
// must (the end of one message with MAIL, RCPT and DATA of the next), and
// nothing else: no faster sender is possible against this relay with so many
// connections. It returns the messages a second.
func blast(port, connections, messages int, data []byte) (float64, error) {
	each := max(1, messages/connections)
	var all errgroup.Group
	began := time.Now()
	for range connections {
		all.Go(func() error { return blastOne(port, each, data) })
	}
	err := all.Wait()
	return float64(each*connections) / time.Since(began).Seconds(), err
}

func blastOne(port, messages int, data []byte) error {
	c, err := net.Dial("tcp", "127.0.0.1:"+strconv.Itoa(port))
	if err != nil {
		return err
	}
	defer c.Close()
	const envelope = "MAIL FROM:<bounce@example.jp> BODY=8BITMIME\r\nRCPT TO:<reader-0000001@example.jp>\r\nDATA\r\n"
	const dot = ".\r\n"
	body := bytes.TrimSuffix(bytes.ReplaceAll(data, []byte("\r\n."), []byte("\r\n..")), []byte("\r\n"))
	group := append(append(append(body[:len(body):len(body)], "\r\n"...), dot...), envelope...)
	last := append(append(body[:len(body):len(body)], "\r\n"...), dot+"QUIT\r\n"...)
	in := make([]byte, 4096)
	step := func(out []byte, lines int) error {
		if _, err := c.Write(out); err != nil {
			return err
		}
		for lines > 0 {
			n, err := c.Read(in)
			if err != nil {
				return err
			}
			lines -= bytes.Count(in[:n], []byte("\n"))
		}
		if lines < 0 {
			return fmt.Errorf("the relay says more than it was asked")
		}
		return nil
	}
	if err := errors.Join(step([]byte("HELO blast.example.jp\r\n"), 2), step([]byte(envelope), 3)); err != nil {
		return err
	}
	for range messages - 1 {
		if err := step(group, 4); err != nil {
			return err
		}
	}
	return step(last, 2)
}
