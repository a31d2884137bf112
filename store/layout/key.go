package layout

import (
	"encoding/binary"
	"strings"

	"example.jp/kairan/subscribe"
)

// Month is the form of a month in keys, for [time.Time.Format].
const Month = "2006-01"

// Key4 is a number as a key of four octets.
func Key4(n uint32) []byte { return binary.BigEndian.AppendUint32(nil, n) }

// Key8 is a number as a key of eight octets.
func Key8(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

// SeqKey is the key of an entry.
func SeqKey(s subscribe.Seq) []byte { return Key4(uint32(s)) }

// SeqOf is the entry of a key that begins with its four octets.
func SeqOf(key []byte) subscribe.Seq { return subscribe.Seq(binary.BigEndian.Uint32(key)) }

// PendingKey is the key of a failed copy that is not judged yet, and of one that came back.
func PendingKey(s subscribe.Seq, slug string) []byte { return append(SeqKey(s), slug...) }

// FileKeys is what the keys of the files of an issue begin with; behind it stands the
// place of the file, as Key4.
func FileKeys(slug string) []byte { return append([]byte(slug), 0) }

// The labels of sealed records: each kind is under a derived key of its own.
const (
	EntryLabel    = "entry v1"
	IssueLabel    = "issue v1"
	FileLabel     = "file v1"
	FeedLabel     = "feed v1"
	BackHeadLabel = "back number v1"
	BackTextLabel = "back text v1"
	CompiledLabel = "compiled v1"
	DeedLabel     = "deed v1"
	GivenLabel    = "given v1"
	RequestLabel  = "slip v1"
	NoticeLabel   = "notice v1"
)

// Bound is the additional data of a sealed record: where it stands, so that a
// record that was moved elsewhere does not open.
func Bound(parts ...string) []byte { return []byte(strings.Join(parts, "\x00")) }

// AppendEntryBound appends the additional data of an entry to dst.
func AppendEntryBound(dst []byte, listID string, seq subscribe.Seq) []byte {
	return binary.BigEndian.AppendUint32(append(append(dst, listID...), 0), uint32(seq))
}
