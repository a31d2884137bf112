package subscribe

import (
	"slices"
	"strings"
)

// ReadAddress reads an address that asks to receive l, as [ParseAddress] does, and
// refuses what no list takes in, in words of its own: the addresses that the
// installation itself sends from or takes answers at, the names that machines
// have (RFC 2142), and domains that pretend to be another. Who is on a list
// already is not judged again: leaving and correcting take any address.
//
// press@, info@ and the like are taken: at an organisation that is who reads, and
// the confirmation asks them.
func (ls Lists) ReadAddress(typed string) (Address, error) {
	a, err := ParseAddress(typed)
	switch {
	case err != nil:
		return Address{}, err
	case looksLikeAnother(a.domain):
		return Address{}, AddressMixed
	case ls.isOwn(a):
		return Address{}, AddressOwn
	case isMachine(a):
		return Address{}, AddressRole
	}
	return a, nil
}

// isOwn says whether an address is one of the installation's, under any spelling:
// a mail to it would come back to those who send, or to a machine.
func (ls Lists) isOwn(a Address) bool {
	mailbox := a.Mailbox()
	for _, l := range ls {
		for _, ours := range []Address{l.From, l.ReplyTo, l.ReturnPath} {
			if !ours.IsZero() && ours.Mailbox() == mailbox {
				return true
			}
		}
		if l.comesBack(a) {
			return true
		}
	}
	return false
}

// comesBack says whether what is sent to an address is read as what came back.
func (l *List) comesBack(a Address) bool {
	if l.Delimiter == "" {
		return false
	}
	before, after := PartAddress(l.ReturnPath.Identity(), l.Delimiter)
	return strings.HasPrefix(a.Identity(), before) && strings.HasSuffix(a.Identity(), after)
}

// isMachine says whether nobody, or everybody, is behind an address.
func isMachine(a Address) bool {
	local, _, _ := strings.Cut(a.Mailbox(), "@")
	return slices.Contains([]string{
		"postmaster", "abuse", "hostmaster", "mailer-daemon", "nobody", "bounce", "bounces",
		"noreply", "no-reply", "no_reply", "donotreply", "do-not-reply", "do_not_reply", "all", "everyone",
	}, local)
}
