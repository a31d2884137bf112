package compose

import (
	"mime"
	"strings"
	"testing"
	"time"

	"example.jp/kairan/deliver"
	"example.jp/kairan/deliver/compose/composetest"
	"example.jp/kairan/subscribe"
)

// TestReportsOnTheWire: a report says by its headers that a program wrote it, comes from
// where no bounce of it finds anybody, and is no mail of the list.
func TestReportsOnTheWire(t *testing.T) {
	t.Parallel()
	ns := notices(t)
	ns.Lists["japanifornia"].Delimiter = "+" // a reader's notice says in its return path of which mail it is
	for _, lang := range []subscribe.Lang{subscribe.Japanese, subscribe.English} {
		for _, kind := range []deliver.ReportKind{deliver.ReportEnded, deliver.ReportPaused, deliver.ReportHeld, deliver.ReportAlarm} {
			at := time.Date(2026, 12, 1, 3, 0, 0, 0, time.UTC)
			o := deliver.QueuedNotice{
				N: 1, MessageID: "abcdefgh", Attempt: 1,
				Notice: subscribe.Notice{List: "japanifornia", To: composetest.Address(t, "office@example.jp"), Lang: lang, Asked: at, Expires: at.Add(deliver.ReportFor)},
				Report: deliver.Report{Kind: kind, Issue: "autumn", Subject: "紅葉", Started: at, Why: "the relay refuses", Hint: "see to it", Balance: deliver.Balance{Audience: 3, Accepted: 2, Refused: 1}},
			}
			if kind == deliver.ReportAlarm {
				o.Report.Kinds = []string{deliver.LackApproval, deliver.LackLogin}
			}
			got, err := ns.Notice(o)
			if err != nil {
				t.Fatal(err)
			}
			scan(t, got.Data)
			m := read(t, got.Data)
			once(t, m.header, "Date", "From", "To", "Subject", "Message-ID", "Auto-Submitted", "X-Auto-Response-Suppress", "Content-Language", "Reply-To", "MIME-Version", "Content-Type", "Content-Transfer-Encoding")
			if got.Envelope != (deliver.Envelope{From: "bounce@bounce.example.jp", To: "office@example.jp"}) {
				t.Errorf("envelope %+v", got.Envelope)
			}
			if auto := m.header.Get("Auto-Submitted"); auto != "auto-generated" {
				t.Errorf("Auto-Submitted: %s", auto)
			}
			for _, of := range []string{"List-Id", "List-Unsubscribe", "List-Unsubscribe-Post"} {
				if m.header.Get(of) != "" {
					t.Errorf("it has a %s, as readers' mail does", of)
				}
			}
			subject, err := new(mime.WordDecoder).DecodeHeader(m.header.Get("Subject"))
			if err != nil || kind != deliver.ReportAlarm && !strings.Contains(subject, "紅葉") {
				t.Errorf("subject %q, %v", subject, err)
			}
			says := []string{map[subscribe.Lang]string{subscribe.Japanese: "2026年11月30日（月）19:00 PST", subscribe.English: "Mon 30 Nov 2026, 19:00 PST"}[lang]}
			if kind == deliver.ReportAlarm {
				says = append(says, "see to it", "kairan status")
				says = append(says, map[subscribe.Lang][]string{
					subscribe.Japanese: {"・承認されていません。", "・送信用メールサーバーにログインできません。"}, subscribe.English: {"- Nobody has approved it.", "- The mail server does not take our login."},
				}[lang]...)
			} else {
				says = append(says, "japanifornia/autumn")
			}
			if kind == deliver.ReportHeld {
				says = says[1:] // it has not started; of one that has, the store says when
			}
			composetest.Holds(t, kind.String(), m.text, says...)
			composetest.Lacks(t, kind.String(), m.text, "/leave/", "/block/", "https://")
		}
	}
}
