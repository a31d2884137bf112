package compose

import (
	"time"

	"example.jp/kairan/deliver"
	"example.jp/kairan/deliver/compose/mime"
	"example.jp/kairan/subscribe"
	"example.jp/kairan/templates"
)

// report makes a mail to an office. It is no mail of the list, whose readers never get it,
// and says so by having no List-Id.
//
// Its return path is the list's own, without a token: so what comes back of it finds nobody
// and is read past, and no mail follows from it. The null one is for what answers a mail
// (RFC 3834 §3.3, RFC 5321 §4.5.5), which this does not, and many relays take none of their
// clients' mail from it.
func (ns Notices) report(o deliver.QueuedNotice, list *subscribe.List) (deliver.Message, error) {
	n, r := o.Notice, o.Report
	b := r.Balance
	data := templates.ReportData{
		List: list.Name.In(n.Lang), Office: list.Office.Name.In(n.Lang), Issue: r.Issue, Subject: r.Subject, Why: r.Why, Hint: r.Hint,
		Audience: b.Audience, Accepted: b.Accepted, Refused: b.Refused, Expired: b.Expired, Deferred: b.Deferred, Withdrawn: b.Withdrawn,
		Uncertain: b.Uncertain, InFlight: b.InFlight, Pending: b.Pending, Cancelled: b.Cancelled, Bounced: b.Bounced,
	}
	if r.Kind == deliver.ReportAlarm {
		if key := "alarm." + r.Subject; ns.Templates.Say(string(n.Lang), key, nil) != key {
			data.Subject = ns.Templates.Say(string(n.Lang), key, nil)
		}
		for _, k := range r.Kinds {
			data.Lacks = append(data.Lacks, ns.Templates.Say(string(n.Lang), "unready."+k, nil))
		}
	} else {
		data.Issue = deliver.IssueName{List: list.ID, Slug: r.Issue}.String()
	}
	if !r.Started.IsZero() {
		data.Started = instant(r.Started.In(list.Zone), n.Lang)
	}
	subject, text, err := ns.Templates.Report(r.Kind.String(), string(n.Lang), data)
	if err != nil {
		return deliver.Message{}, err
	}
	return mime.Message{
		ReturnPath: list.ReturnPath.Envelope(), To: n.To.Envelope(),
		From: list.From.Envelope(), FromName: list.FromName.In(n.Lang), ReplyTo: list.ReplyTo.Envelope(),
		Subject: subject, MessageID: o.MessageID + "@" + list.From.Domain(), Date: n.Dated().In(list.Zone),
		Headers: []mime.Header{
			{Name: "Auto-Submitted", Value: "auto-generated"}, // RFC 3834 §5
			{Name: "Content-Language", Value: string(n.Lang)},
			noAutoReply(),
		},
		Text: mime.Part{Encoding: mime.Transfer(text), Content: mime.CRLF(text)},
	}.Write()
}

// instant is one as people read it, with its weekday and its zone.
func instant(t time.Time, lang subscribe.Lang) string {
	if lang == subscribe.English {
		return t.Format("Mon 2 Jan 2006, 15:04 MST")
	}
	day := []rune("日月火水木金土")[t.Weekday()]
	return t.Format("2006年1月2日（") + string(day) + t.Format("）15:04 MST")
}
