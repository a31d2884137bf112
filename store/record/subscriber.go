package store

import (
	"encoding/binary"
	"maps"
	"math"
	"slices"
	"time"

	"example.jp/kairan/deliver"
	"example.jp/kairan/store/layout"
	"example.jp/kairan/subscribe"
)

func encodeEntry(s *subscribe.Subscriber) []byte {
	w := newRecord(1)
	w.bytes(1, s.ID[:])
	w.num(2, uint64(s.State))
	w.str(3, s.Address.Clear())
	for _, id := range slices.Sorted(maps.Keys(s.Fields)) {
		f := newRecord(1)
		f.str(1, id)
		f.str(2, s.Fields[id])
		w.bytes(4, f.b)
	}
	w.str(5, string(s.Lang))
	w.num(6, uint64(s.Revision))
	w.str(7, s.Consent.Wording)
	w.str(8, s.Consent.Policy)
	w.when(9, s.Consent.Requested)
	w.when(10, s.Consent.Confirmed)
	w.str(11, string(s.Consent.Lang))
	w.when(12, s.EndedAt)
	return w.b
}

func decodeEntry(list string, seq subscribe.Seq, record []byte) (*subscribe.Subscriber, error) {
	s := &subscribe.Subscriber{List: list, Seq: seq}
	var inner error
	err := read(record, 1, func(tag uint64, v value) bool {
		switch tag {
		case 1:
			inner = fixed(s.ID[:], v)
		case 2:
			s.State = subscribe.State(v.num())
		case 3:
			s.Address, inner = subscribe.StoredAddress(v.str())
		case 4:
			if s.Fields == nil {
				s.Fields = subscribe.Fields{}
			}
			inner = decodeField(s.Fields, v, nil)
		case 5:
			s.Lang = subscribe.Lang(v.str())
		case 6:
			s.Revision = uint32(v.num())
		case 7:
			s.Consent.Wording = v.str()
		case 8:
			s.Consent.Policy = v.str()
		case 9:
			s.Consent.Requested = v.when()
		case 10:
			s.Consent.Confirmed = v.when()
		case 11:
			s.Consent.Lang = subscribe.Lang(v.str())
		case 12:
			s.EndedAt = v.when()
		default:
			return false
		}
		return inner == nil
	})
	return s, err
}

// decodeReader is the part of decodeEntry that a copy of an issue needs. The ids
// of fields are kept once, in ids.
func decodeReader(seq subscribe.Seq, record []byte, ids map[string]string) (r deliver.Reader, state subscribe.State, err error) {
	r.Seq, r.Attempt = seq, 1
	s := scanOf(record, 1)
	for err == nil && s.next() {
		switch s.tag {
		case 1:
			err = fixed(r.ID[:], s.value)
		case 2:
			state = subscribe.State(s.value.num())
		case 3:
			r.Address, err = subscribe.StoredAddress(s.value.str())
		case 4:
			if r.Fields == nil {
				r.Fields = subscribe.Fields{}
			}
			err = decodeField(r.Fields, s.value, ids)
		}
	}
	if err != nil || s.err != nil {
		return r, state, errRecord
	}
	return r, state, nil
}

func decodeField(into subscribe.Fields, record []byte, ids map[string]string) error {
	var id, text string
	s := scanOf(record, 1)
	for s.next() {
		switch s.tag {
		case 1:
			var ok bool
			if id, ok = ids[string(s.value)]; !ok {
				if id = s.value.str(); ids != nil {
					ids[id] = id
				}
			}
		case 2:
			text = s.value.str()
		default:
			return errRecord
		}
	}
	into[id] = text
	return s.err
}

func fixed(dst []byte, v value) error {
	if len(v) != len(dst) {
		return errRecord
	}
	copy(dst, v)
	return nil
}

func encodeMark(m subscribe.Mark) []byte {
	b := append([]byte{1, byte(m.Kind)}, layout.Key8(uint64(m.At.UnixMilli()))...)
	return append(b, m.ID[:]...)
}

func decodeMark(b []byte) (*subscribe.Mark, error) {
	if b == nil {
		return nil, nil
	}
	if len(b) != 26 || b[0] != 1 {
		return nil, errRecord
	}
	return &subscribe.Mark{
		Kind: subscribe.MarkKind(b[1]),
		At:   time.UnixMilli(int64(binary.BigEndian.Uint64(b[2:10]))),
		ID:   subscribe.ID(b[10:26]),
	}, nil
}

// A tally begins with the time at which it may be swept, in seconds.
func encodeTally(t subscribe.Tally) []byte {
	w := &writer{b: append(binary.BigEndian.AppendUint64(make([]byte, 0, 64), uint64(t.Until.Unix())), 1)}
	w.when(1, t.Since)
	for _, at := range t.Times {
		w.when(3, at)
	}
	w.num(4, uint64(t.Waits))
	var room [16]byte
	counts := room[:0]
	for _, n := range t.Slots {
		counts = binary.AppendUvarint(counts, uint64(n))
	}
	w.bytes(5, counts)
	return w.b
}

func tallyUntil(b []byte) time.Time { return time.Unix(int64(binary.BigEndian.Uint64(b)), 0) }

func decodeTally(b []byte) (t subscribe.Tally, err error) {
	if b == nil {
		return t, nil
	}
	if len(b) < 8 {
		return t, errRecord
	}
	t.Until = tallyUntil(b)
	err = read(b[8:], 1, func(tag uint64, v value) bool {
		switch tag {
		case 1:
			t.Since = v.when()
		case 2: // of an older Kairan: one count from Since on
			t.Slots = []int{int(v.num())}
		case 3:
			t.Times = append(t.Times, v.when())
		case 4:
			t.Waits = uint32(v.num())
		case 5:
			t.Slots, err = decodeCounts(v)
		default:
			return false
		}
		return err == nil
	})
	return t, err
}

func decodeCounts(b []byte) (counts []int, err error) {
	counts = make([]int, 0, len(b))
	for len(b) > 0 {
		n, size := binary.Uvarint(b)
		if size <= 0 || n > math.MaxInt32 {
			return nil, errRecord
		}
		counts, b = append(counts, int(n)), b[size:]
	}
	return counts, nil
}

func encodeRequest(s subscribe.Request) []byte {
	w := newRecord(1)
	w.num(1, uint64(s.Kind))
	w.str(2, s.List)
	w.str(3, s.Address.Clear())
	w.str(4, string(s.Lang))
	w.when(5, s.At)
	w.num(6, flag(s.Fresh))
	return w.b
}

func decodeRequest(n uint64, record []byte) (s subscribe.Request, err error) {
	s.N = n
	var inner error
	err = read(record, 1, func(tag uint64, v value) bool {
		switch tag {
		case 1:
			s.Kind = subscribe.RequestKind(v.num())
		case 2:
			s.List = v.str()
		case 3:
			s.Address, inner = subscribe.StoredAddress(v.str())
		case 4:
			s.Lang = subscribe.Lang(v.str())
		case 5:
			s.At = v.when()
		case 6:
			s.Fresh = v.num() == 1
		default:
			return false
		}
		return inner == nil
	})
	return s, err
}

// owed is a notice with what the outbox knows about its attempts.
type owed struct {
	deliver.QueuedNotice
	due      time.Time
	inFlight bool
}

func encodeOwed(o owed) []byte {
	n, w := o.Notice, newRecord(1)
	w.num(1, uint64(n.Kind))
	w.str(2, n.List)
	w.str(3, n.To.Clear())
	w.str(4, string(n.Lang))
	w.bytes(5, n.Reader[:])
	w.num(6, uint64(n.Revision))
	w.when(7, n.Asked)
	w.when(8, n.Expires)
	w.str(9, o.MessageID)
	w.num(10, uint64(o.Attempt))
	w.when(11, o.due)
	w.num(12, flag(o.inFlight))
	w.num(13, flag(o.Uncertain))
	w.when(14, n.Due)
	return w.b
}

func flag(on bool) uint64 {
	if on {
		return 1
	}
	return 0
}

func decodeOwed(n uint64, record []byte) (o owed, err error) {
	o.N = n
	var inner error
	err = read(record, 1, func(tag uint64, v value) bool {
		switch tag {
		case 1:
			o.Notice.Kind = subscribe.NoticeKind(v.num())
		case 2:
			o.Notice.List = v.str()
		case 3:
			o.Notice.To, inner = subscribe.StoredAddress(v.str())
		case 4:
			o.Notice.Lang = subscribe.Lang(v.str())
		case 5:
			inner = fixed(o.Notice.Reader[:], v)
		case 6:
			o.Notice.Revision = uint32(v.num())
		case 7:
			o.Notice.Asked = v.when()
		case 8:
			o.Notice.Expires = v.when()
		case 9:
			o.MessageID = v.str()
		case 10:
			o.Attempt = int(v.num())
		case 11:
			o.due = v.when()
		case 12:
			o.inFlight = v.num() == 1
		case 13:
			o.Uncertain = v.num() == 1
		case 14:
			o.Notice.Due = v.when()
		default:
			return false
		}
		return inner == nil
	})
	return o, err
}

func encodeIssue(i *deliver.Issue) []byte {
	w := newRecord(1)
	w.bytes(1, i.Source)
	w.str(2, i.Subject)
	w.num(3, uint64(i.State))
	w.when(4, i.Due)
	w.when(5, i.Started)
	w.when(6, i.Ended)
	w.when(7, i.Expires)
	w.when(9, i.PausedAt)
	for _, e := range i.Timeline {
		t := newRecord(1)
		t.when(1, e.At)
		t.str(2, e.Actor)
		t.str(3, e.What)
		w.bytes(8, t.b)
	}
	return w.b
}

func decodeIssue(name deliver.IssueName, record []byte) (*deliver.Issue, error) {
	i := &deliver.Issue{Name: name}
	var inner error
	err := read(record, 1, func(tag uint64, v value) bool {
		switch tag {
		case 1:
			i.Source = slices.Clone([]byte(v))
		case 2:
			i.Subject = v.str()
		case 3:
			i.State = deliver.State(v.num())
		case 4:
			i.Due = v.when()
		case 5:
			i.Started = v.when()
		case 6:
			i.Ended = v.when()
		case 7:
			i.Expires = v.when()
		case 8:
			var e deliver.Event
			inner = read(v, 1, func(tag uint64, v value) bool {
				switch tag {
				case 1:
					e.At = v.when()
				case 2:
					e.Actor = v.str()
				case 3:
					e.What = v.str()
				default:
					return false
				}
				return true
			})
			i.Timeline = append(i.Timeline, e)
		case 9:
			i.PausedAt = v.when()
		default:
			return false
		}
		return inner == nil
	})
	return i, err
}

// A copy is the small record of what is not plain acceptance. It holds no address.
type copyState byte

const (
	copyInFlight copyState = iota + 1
	copyDeferred
	copyRefused
	copyExpired
	copyUncertain
	copyWithdrawn
)

type copyRecord struct {
	state    copyState
	attempt  int
	due      time.Time // deferred, uncertain: of the next attempt; zero: none
	resend   bool      // the attempt is the one more of an uncertain copy
	code     int
	enhanced string
	stage    deliver.Stage
}

func encodeCopy(c copyRecord) []byte {
	w := newRecord(1)
	w.num(1, uint64(c.state))
	w.num(2, uint64(c.attempt))
	w.when(3, c.due)
	w.num(4, flag(c.resend))
	w.num(5, uint64(c.code))
	w.str(6, c.enhanced)
	w.num(7, uint64(c.stage))
	return w.b
}

func decodeCopy(b []byte) (c copyRecord, err error) {
	err = read(b, 1, func(tag uint64, v value) bool {
		switch tag {
		case 1:
			c.state = copyState(v.num())
		case 2:
			c.attempt = int(v.num())
		case 3:
			c.due = v.when()
		case 4:
			c.resend = v.num() == 1
		case 5:
			c.code = int(v.num())
		case 6:
			c.enhanced = v.str()
		case 7:
			c.stage = deliver.Stage(v.num())
		default:
			return false
		}
		return true
	})
	return c, err
}
