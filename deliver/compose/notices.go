package compose

import (
	"fmt"

	"example.jp/kairan/deliver"
	"example.jp/kairan/deliver/compose/mime"
	"example.jp/kairan/subscribe"
	"example.jp/kairan/templates"
)

// Notices makes the machine-written mails. Links are minted when a mail is
// made, so nothing that is stored can act.
type Notices struct {
	Tokens    subscribe.Tokens
	Lists     subscribe.Lists
	Templates *templates.Set
}

// Notice makes a notice that is owed, or a report to an office: plain text.
func (ns Notices) Notice(o deliver.QueuedNotice) (deliver.Message, error) {
	n := o.Notice
	list := ns.Lists[n.List]
	if list == nil {
		return deliver.Message{}, fmt.Errorf("a %s notice is owed by the list %q, which is not declared any more", n.Kind, n.List)
	}
	n.Lang = list.Speak(n.Lang)
	if o.Report.Kind != 0 {
		return ns.report(o, list)
	}
	data, err := ns.data(list, n)
	if err != nil {
		return deliver.Message{}, err
	}
	subject, text, err := ns.Templates.Mail(n.Kind.String(), string(n.Lang), data)
	if err != nil {
		return deliver.Message{}, err
	}
	return mime.Message{
		ReturnPath: ns.returnPath(list, n, o.N), To: n.To.Envelope(),
		From: list.From.Envelope(), FromName: list.FromName.In(n.Lang), ReplyTo: list.ReplyTo.Envelope(),
		Subject: subject, MessageID: o.MessageID + "@" + list.From.Domain(), Date: n.Dated().In(list.Zone),
		Headers: noticeHeaders(list, n.Lang),
		Text:    mime.Part{Encoding: mime.Transfer(text), Content: mime.CRLF(text)},
	}.Write()
}

// returnPath says which notice it was, where what comes back is read.
func (ns Notices) returnPath(list *subscribe.List, n subscribe.Notice, number uint64) string {
	path := list.ReturnPath.Envelope()
	if list.Delimiter == "" {
		return path
	}
	before, after := subscribe.PartAddress(path, list.Delimiter)
	return string(ns.Tokens.AppendReturn([]byte(before), n.Return(list, number))) + after
}

func (ns Notices) data(list *subscribe.List, n subscribe.Notice) (d templates.MailData, err error) {
	d = templates.MailData{
		List: list.Name.In(n.Lang), Office: list.Office.Name.In(n.Lang), Postal: list.Office.Postal.In(n.Lang),
		Contact: list.Office.Contact, Phone: list.Office.Phone, Purpose: list.Purpose.In(n.Lang), From: list.From.Envelope(),
		PolicyURL: list.Office.PolicyURL.In(n.Lang), CorrectLink: correctURL(list), Carrier: n.To.Carrier(),
	}
	if !n.Reader.IsZero() {
		d.LeaveLink = list.URL(subscribe.ToLeave.Path(ns.Tokens.MintLeave(list, n.Reader)))
	}
	if about := n.Kind.Link(); about != 0 {
		d.Link, err = ns.link(list, n, about)
	}
	if err == nil && n.Kind.Blockable() {
		d.BlockLink, err = ns.link(list, n, subscribe.ToBlock)
	}
	if err != nil {
		return d, fmt.Errorf("a link of a %s notice cannot be made: %w", n.Kind, err)
	}
	return d, nil
}

func (ns Notices) link(list *subscribe.List, n subscribe.Notice, purpose subscribe.Purpose) (string, error) {
	tok, err := ns.Tokens.Mint(subscribe.Link{
		Purpose: purpose, List: list, ID: n.Reader, Revision: n.Revision, Address: n.To, Lang: n.Lang, Issued: n.Asked,
	})
	return list.URL(purpose.Path(tok)), err
}

// correctURL is the page that asks for a correction link, with the list chosen.
func correctURL(list *subscribe.List) string { return list.URL("/correct?list=" + list.ID) }
