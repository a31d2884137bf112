package record

import (
	"encoding/hex"
	"testing"
	"time"

	"example.jp/kairan/deliver"
	"example.jp/kairan/subscribe"
)

// TestBytes: a record is written as it always was, since what is written now must be
// read by whoever goes back a version within the schema.
func TestBytes(t *testing.T) {
	t.Parallel()
	at := func(n int64) time.Time { return time.UnixMilli(1_800_000_000_000 + n) }
	id := subscribe.ID([]byte("0123456789abcdef"))
	to, _ := subscribe.StoredAddress("reader@example.jp")
	for _, c := range []struct {
		written []byte
		want    string
	}{
		{EncodeSubscriber(&subscribe.Subscriber{ID: id, State: subscribe.Active, Address: to, Lang: subscribe.Japanese, Revision: 3,
			Fields: subscribe.Fields{"name": "Hanako", "organisation": ""}, EndedAt: at(3),
			Consent: subscribe.Consent{Wording: "w", Policy: "p", Requested: at(1), Confirmed: at(2), Lang: subscribe.English}}), "010110303132333435363738396162636465660201010311726561646572406578616d706c652e6a70040f0101046e616d65020648616e616b6f040f01010c6f7267616e69736174696f6e05026a61060103070177080170090681a0f1c2b1340a0682a0f1c2b1340b02656e0c0683a0f1c2b134"},
		{EncodeMark(subscribe.Mark{Kind: subscribe.MarkLeft, At: at(1), ID: id}), "0101000001a3185c500130313233343536373839616263646566"},
		{EncodeTally(subscribe.Tally{Times: []time.Time{at(1), at(2)}, Waits: 2, Since: at(3), Slots: []int{1, 0, 300}, Until: time.Unix(1_800_000_000, 0)}), "000000006b49d20001010683a0f1c2b134030681a0f1c2b134030682a0f1c2b13404010205040100ac02"},
		{EncodeRequest(subscribe.Request{Kind: 1, List: "news", Address: to, Lang: subscribe.English, At: at(1), Fresh: true}), "0101010102046e6577730311726561646572406578616d706c652e6a700402656e050681a0f1c2b134060101"},
		{EncodeNotice(Notice{QueuedNotice: deliver.QueuedNotice{MessageID: "m", Attempt: 2, Uncertain: true,
			Notice: subscribe.Notice{Kind: 2, List: "news", To: to, Lang: subscribe.English, Reader: id, Revision: 4, Asked: at(1), Due: at(2), Expires: at(3)}}, Due: at(4), InFlight: true}), "0101010202046e6577730311726561646572406578616d706c652e6a700402656e051030313233343536373839616263646566060104070681a0f1c2b134080683a0f1c2b13409016d0a01020b0684a0f1c2b1340c01010d01010e0682a0f1c2b134"},
		{EncodeNotice(Notice{QueuedNotice: deliver.QueuedNotice{MessageID: "m", Notice: subscribe.Notice{List: "news", To: to}, Report: deliver.Report{
			Kind: deliver.ReportPaused, Issue: "autumn", Subject: "A", Started: at(1), Why: "w", Hint: "h",
			Balance: deliver.Balance{Audience: 1, Accepted: 2, Refused: 3, Expired: 4, Deferred: 5, Withdrawn: 6, Uncertain: 7, InFlight: 8, Pending: 9, Cancelled: 10},
		}}}), "0102046e6577730311726561646572406578616d706c652e6a7005100000000000000000000000000000000009016d0f01021006617574756d6e110141120681a0f1c2b1341301771401681501011601021701031801041901051a01061b01071c01081d01091e010a"},
		{EncodeIssue(&deliver.Issue{Source: []byte("s"), Subject: "Autumn", State: deliver.Paused, Due: at(1), Started: at(2), Ended: at(3), Expires: at(4), PausedAt: at(5),
			Timeline: []deliver.Event{{At: at(6), Actor: "a", What: "w"}, {}}}), "010101730206417574756d6e030107040681a0f1c2b134050682a0f1c2b134060683a0f1c2b134070684a0f1c2b134090685a0f1c2b134080f01010686a0f1c2b134020161030177080101"},
		{EncodeIssue(&deliver.Issue{Source: []byte("s"), State: deliver.Draft, Files: []deliver.Enclosure{{Name: "a", Size: 300, Sum: [32]byte{31: 1}}}}), "010101730301010a2a010101610202ac0203200000000000000000000000000000000000000000000000000000000000000001"},
		{EncodeBackHead(&subscribe.BackNumber{Lang: subscribe.English, Subject: "Autumn", At: at(1), Withdrawn: at(2)}), "010102656e0206417574756d6e030681a0f1c2b134040682a0f1c2b134"},
		{EncodeBackText(&subscribe.BackNumber{HTML: "<p>", Text: "t", Files: []subscribe.BackNumberFile{{Name: "a", Type: "b/c", Size: 300, Attached: true}, {}}}), "0101033c703e0201740310010101610203622f630302ac02040101030101"},
		{EncodeCopy(Copy{State: Deferred, Attempt: 200, Due: at(1), Resend: true, Code: 451, Enhanced: "4.7.1", Stage: 3}), "010101020202c801030681a0f1c2b1340401010502c3030605342e372e31070103"},
		{EncodeStrikes(deliver.Strikes{Hard: 1, HardIssue: "spring", HardAt: at(1), Soft: 2, SoftIssues: []string{"a", "b"}, SoftAt: at(2)}), "010101010206737072696e67030681a0f1c2b134040102050161050162060682a0f1c2b134"},
		{EncodeFailure(Failure{Result: deliver.Result{Outcome: deliver.Refused, Blame: 1, Stage: 3, Code: 550, Enhanced: "5.1.1"}, At: at(1)}), "010101030201010301030402a6040505352e312e31060681a0f1c2b134"},
		{EncodeBalance(deliver.Balance{Audience: 9, Accepted: 8, Refused: 1, Expired: 2, Withdrawn: 3, Uncertain: 4, Cancelled: 5, UncertainEver: 6}), "01010109020108030101040102050103060104070105080106"},
		{EncodeDeclarations([]subscribe.Declaration{{List: "news", ListID: "news.example.jp", Purpose: "p", Fields: []subscribe.DeclaredField{{ID: "name", Kind: "text", Length: 40, Choices: []string{"x", "y"}}, {}}}}), "0101360101046e657773020f6e6577732e6578616d706c652e6a7003017004160101046e616d65020474657874030128040178040179040101"},
		{EncodeDeclarations([]subscribe.Declaration{{List: "news", EraseBy: "2036-06-30"}}), "0101130101046e657773050a323033362d30362d3330"},
	} {
		if got := hex.EncodeToString(c.written); got != c.want {
			t.Errorf("written: %s\nwant:    %s", got, c.want)
		}
	}
}
