package compose

import (
	"fmt"

	"github.com/wneessen/go-mail"

	"example.jp/kairan/deliver"
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

// Message makes a notice that is owed: plain text, saying that a machine wrote
// it (RULES B-16), with List-Id and without any List-Unsubscribe, which could
// only pretend to act here (RULES B-14).
func (ns Notices) Message(o deliver.QueuedNotice) (deliver.Message, error) {
	n := o.Notice
	list := ns.Lists[n.List]
	if list == nil {
		return deliver.Message{}, fmt.Errorf("a %s notice is owed by the list %q, which is not declared any more", n.Kind, n.List)
	}
	data, err := ns.data(list, n)
	if err != nil {
		return deliver.Message{}, err
	}
	subject, text, err := ns.Templates.Mail(templates.MailName(n.Kind.String()), string(n.Lang), data)
	if err != nil {
		return deliver.Message{}, err
	}
	return letter{
		returnPath: list.ReturnPath.Envelope(), to: n.To.Envelope(),
		from: list.From.Envelope(), fromName: list.FromName.In(n.Lang), replyTo: list.ReplyTo.Envelope(),
		subject: subject, messageID: o.MessageID + "@" + list.From.Domain(), date: n.Dated().In(list.Zone),
		headers: []header{
			listID(list, n.Lang),
			{"Auto-Submitted", "auto-generated"},
			{"Content-Language", string(n.Lang)},
			quiet(),
		},
		bodies: []body{{mail.TypeTextPlain, transfer(text), crlf(text)}},
	}.message()
}

func (ns Notices) data(list *subscribe.List, n subscribe.Notice) (d templates.MailData, err error) {
	d = templates.MailData{
		List: list.Name.In(n.Lang), Office: list.Office.Name.In(n.Lang), Postal: list.Office.Postal.In(n.Lang),
		Contact: list.Office.Contact, Purpose: list.Purpose.In(n.Lang), From: list.From.Envelope(),
		PolicyURL: list.Office.PolicyURL.In(n.Lang), CorrectLink: correctURL(list), Carrier: n.To.Carrier(),
	}
	if !n.Reader.IsZero() {
		d.LeaveLink = leaveURL(ns.Tokens, list, n.Reader)
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

func leaveURL(ts subscribe.Tokens, list *subscribe.List, id subscribe.ID) string {
	return list.URL(subscribe.ToLeave.Path(ts.MintLeave(list, id)))
}

func correctURL(list *subscribe.List) string { return list.URL("/correct?list=" + list.ID) }
