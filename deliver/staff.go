package deliver

import (
	"slices"
	"strings"

	"example.jp/kairan/deliver/phrase"
)

// Account is who asks for something, as the kernel says.
type Account struct {
	Name string // as timelines and the audit trail have it
	UID  int    // -1: not known
	GIDs []int  // the primary group's and all others', wherever they are administered
	// Own is the account that the program itself runs as, and root: both can read the
	// database and the keys. Where the kernel does not say who asks, whoever may use the
	// control socket counts as such.
	Own bool
}

// Member is an account, or all accounts of a group, as the configuration names them.
type Member struct {
	Name  string // an account's, or "%" and a group's; "#" before a number instead of a name
	Group bool
	ID    int // -1: this computer knows none of that name, so it is nobody
}

// Is says whether an account is among members.
func (a Account) Is(members []Member) bool {
	return slices.ContainsFunc(members, func(m Member) bool {
		switch {
		case m.ID < 0:
			return false
		case m.Group:
			return slices.Contains(a.GIDs, m.ID)
		}
		return a.UID == m.ID
	})
}

// Staff is who works on a list. The zero Staff has nobody but who may do everything anyway.
type Staff struct {
	Writers   []Member
	Approvers []Member
	Operators []Member // of the installation
	// Anybody says that the list names neither writers nor approvers: whoever may use the
	// control socket writes then, and approves.
	Anybody bool
}

// Role is what an account has to do with a list, as bits.
type Role uint8

// The roles. Whoever has none learns no subject of the list's issues, and no name.
const (
	Writes   Role = 1 << iota // adds, tests, schedules and stops issues
	Approves                  // does so, too, and stands for what others have written
	Operates                  // runs the installation: readers, backups, keys; and stops what goes wrong at night

	NoRole Role = 0
)

// RoleOf is what an account has to do with the list. Where a list names no approvers, its
// writers are. An operator approves only as one of them: being able to is not the same as
// answering for a text.
func (s Staff) RoleOf(a Account) (p Role) {
	if s.Anybody || a.Is(s.Writers) {
		p |= Writes
	}
	if p&Writes != 0 && len(s.Approvers) == 0 || a.Is(s.Approvers) {
		p |= Approves
	}
	if a.Own || a.Is(s.Operators) {
		p |= Operates
	}
	return p
}

// Need is what a command asks of an account.
type Need uint8

// The needs, each with who meets it.
const (
	NeedNothing Need = iota // whoever may use the control socket
	NeedRole                // who has any role in the list
	NeedApprove             // its approvers
	NeedOperate             // operators of the installation

	needs = iota
)

// met says whether a role meets the need.
func (n Need) met(p Role) bool {
	return [needs]bool{
		NeedNothing: true, NeedRole: p != NoRole, NeedApprove: p&Approves != 0, NeedOperate: p&Operates != 0,
	}[n]
}

// Check refuses what an account may not do. list is the id of the list whose Staff this is;
// "" for what is of the whole installation. The answer depends on nothing that the list
// holds: whoever has no part in it is not told whether an issue exists.
func (s Staff) Check(a Account, n Need, list string) error {
	if n.met(s.RoleOf(a)) {
		return nil
	}
	return &RightError{Account: a.Name, Need: n, List: list, Staff: s}
}

// RightError is a command that an account may not give.
type RightError struct {
	Account string
	Need    Need
	List    string
	Staff   Staff
}

func (e *RightError) Error() string { return e.Words().EN }

// Words say it in both languages.
func (e *RightError) Words() phrase.Words {
	whom := phrase.Say("whoever runs this installation")
	switch e.Need {
	case NeedOperate:
		if len(e.Staff.Operators) > 0 {
			whom = phrase.Say("one of the operators: %s", named(e.Staff.Operators))
		}
		return phrase.Say("%s is no operator of this installation, and only operators may do this; ask %s", e.Account, whom)
	case NeedApprove:
		if len(e.Staff.Approvers) > 0 {
			whom = phrase.Say("one of its approvers: %s", named(e.Staff.Approvers))
		}
		return phrase.Say("%s is no approver of the list %s; ask %s", e.Account, e.List, whom)
	}
	if all := slices.Concat(e.Staff.Writers, e.Staff.Approvers); len(all) > 0 {
		whom = phrase.Say("one of those who have: %s", named(all))
	}
	return phrase.Say("%s has no role in the list %s; ask %s", e.Account, e.List, whom)
}

// named lists members by their names, each once.
func named(members []Member) string {
	var names []string
	for _, m := range members {
		if !slices.Contains(names, m.Name) {
			names = append(names, m.Name)
		}
	}
	return strings.Join(names, ", ")
}
