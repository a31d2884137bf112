package smtp

import "example.jp/kairan/deliver"

// What is asked of a relay that offers DSN (RFC 3461 §4.1, §4.3): to send back what could
// not be delivered without its body, and to say nothing of delays and of what arrived.
const (
	headersOnly  = " RET=HDRS"
	failuresOnly = " NOTIFY=FAILURE"
)

// aboutParameters are the codes by which a relay refuses what stands behind an address
// (RFC 5321 §4.1.1.11, §4.2.2), among other things.
var aboutParameters = map[int]bool{455: true, 501: true, 504: true, 555: true}

// plainly opens a message once more, without DSN, if that may be what it was refused for:
// of an offer that is not kept no reader knows. If it was, the connections of the hour that
// follows do without.
func (c *conn) plainly(m ready, r deliver.Result, ok bool) (deliver.Result, bool) {
	if ok || !c.dsn || r.Broken || !aboutParameters[r.Code] || r.Stage > deliver.StageRcpt {
		return r, ok
	}
	c.dsn = false
	again, ok := c.openLockstep(m)
	if ok || again.Stage > r.Stage {
		c.noDSN.arise(c.wire.now())
	} else {
		c.dsn = true // it was for something else
	}
	return again, ok
}
