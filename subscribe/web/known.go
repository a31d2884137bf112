package web

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"
)

// What is the same for everybody may be kept by whoever asks, if they ask each time
// whether it still stands (RFC 9111 §5.2.2.4): then it is not sent again.

// tagOf is a strong entity tag (RFC 9110 §8.8.3): other octets have another one.
func tagOf(parts ...[]byte) string {
	h := sha256.New()
	for _, part := range parts {
		h.Write(part)
		h.Write([]byte{0}) // no part has one
	}
	return `"` + hex.EncodeToString(h.Sum(nil)[:16]) + `"`
}

// isKnown sets the validators of an answer, and answers who has it already. A second that is
// not over may yet see another change, so it is not said (RFC 9110 §8.8.2.2).
func (p *pages) isKnown(c *fiber.Ctx, tag string, changed time.Time) bool {
	c.Set(fiber.HeaderCacheControl, "no-cache")
	c.Set(fiber.HeaderETag, tag)
	changed = changed.UTC().Truncate(time.Second)
	dated := !changed.IsZero() && p.Now().Sub(changed) >= time.Second
	if dated {
		c.Set(fiber.HeaderLastModified, changed.Format(http.TimeFormat))
	}
	known := false
	if asked := c.Request().Header.PeekAll(fiber.HeaderIfNoneMatch); len(asked) > 0 { // comes before the date (RFC 9110 §13.2.2)
		known = matches(string(bytes.Join(asked, []byte(","))), tag)
	} else if since, err := http.ParseTime(c.Get(fiber.HeaderIfModifiedSince)); err == nil && dated {
		known = changed.Equal(since) // one that is later may be of an issue that was cancelled since
	}
	if known {
		c.Status(fiber.StatusNotModified)
	}
	return known
}

// matches says whether If-None-Match names a tag, by the weak comparison (RFC 9110 §8.8.3.2):
// a proxy that packs an answer makes its tag a weak one.
func matches(asked, tag string) bool {
	for one := range strings.SplitSeq(asked, ",") { // no tag of ours has a comma
		if one = strings.TrimSpace(one); one == "*" || strings.TrimPrefix(one, "W/") == tag {
			return true
		}
	}
	return false
}
