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
	if d.Link, err = ns.link(list, n); err != nil {
		return d, fmt.Errorf("the link of a %s notice cannot be made: %w", n.Kind, err)
	}
	if n.Kind == subscribe.NoticeWelcome { // the one that nobody else can cause
		return d, nil
	}
	block, err := ns.Tokens.MintBlock(subscribe.BlockToken{List: list, Address: n.To, Lang: n.Lang, Issued: n.Asked})
	if err != nil {
		return d, fmt.Errorf("the block link of a %s notice cannot be made: %w", n.Kind, err)
	}
	d.BlockLink = list.URL("/block/" + block.Reveal())
	return d, nil
}

// link is what a notice is about; "" for one that only tells.
func (ns Notices) link(list *subscribe.List, n subscribe.Notice) (string, error) {
	var tok subscribe.Token
	var err error
	page := "/confirm/"
	switch n.Kind {
	case subscribe.NoticeConfirm:
		tok, err = ns.Tokens.MintConfirm(subscribe.ConfirmToken{List: list, Address: n.To, Lang: n.Lang, Issued: n.Asked})
	case subscribe.NoticeMove:
		tok, err = ns.Tokens.MintMove(subscribe.MoveToken{
			List: list, ID: n.Reader, Revision: n.Revision, Address: n.To, Lang: n.Lang, Issued: n.Asked,
		})
	case subscribe.NoticeCorrect:
		page = "/correct/"
		tok, err = ns.Tokens.MintCorrect(subscribe.CorrectToken{
			List: list, ID: n.Reader, Revision: n.Revision, Lang: n.Lang, Issued: n.Asked,
		})
	default:
		return "", nil
	}
	return list.URL(page + tok.Reveal()), err
}

const leavePath = "/leave/"

func leaveURL(ts subscribe.Tokens, list *subscribe.List, id subscribe.ID) string {
	return list.URL(leavePath + ts.MintLeave(subscribe.LeaveToken{List: list, ID: id}).Reveal())
}

func correctURL(list *subscribe.List) string { return list.URL("/correct?list=" + list.ID) }
