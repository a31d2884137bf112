package deliver

import (
	"testing"
)

// TestRoles walks through who is who: an account by its number or by any of its groups.
func TestRoles(t *testing.T) {
	t.Parallel()
	list := Staff{
		Writers:   []Member{{Name: "tanaka", ID: 1001}, {Name: "%koho", Group: true, ID: 501}, {Name: "gone", ID: -1}},
		Approvers: []Member{{Name: "%heads", Group: true, ID: 502}},
		Operators: []Member{{Name: "sato", ID: 1009}},
	}
	open := Staff{Operators: list.Operators, Anybody: true}
	for _, c := range []struct {
		name       string
		who        Account
		list, open Role
	}{
		{"a writer by name", Account{UID: 1001}, Writes, Writes | Approves},
		{"a writer by a group", Account{UID: 1002, GIDs: []int{100, 501}}, Writes, Writes | Approves},
		{"a head", Account{UID: 1003, GIDs: []int{502}}, Approves, Writes | Approves},
		{"a head of the section", Account{UID: 1004, GIDs: []int{502, 501}}, Writes | Approves, Writes | Approves},
		{"an operator", Account{UID: 1009}, Operates, Writes | Approves | Operates},
		{"the service's own account", Account{UID: 999, Own: true}, Operates, Writes | Approves | Operates},
		{"an account of a group's number", Account{UID: 501, GIDs: []int{100}}, NoRole, Writes | Approves},
		{"an account in a group of an account's number", Account{UID: 7, GIDs: []int{1001, 1009}}, NoRole, Writes | Approves},
		{"nobody knows who", Account{UID: -1, GIDs: []int{-1}}, NoRole, Writes | Approves},
	} {
		if got := list.RoleOf(c.who); got != c.list {
			t.Errorf("%s has role %b in the list; want %b", c.name, got, c.list)
		}
		if got := open.RoleOf(c.who); got != c.open {
			t.Errorf("%s has role %b in a list that names nobody; want %b", c.name, got, c.open)
		}
	}
}

// TestCheckSaysWhomToAsk: a refusal names the account, the list and who may.
func TestCheckSaysWhomToAsk(t *testing.T) {
	t.Parallel()
	staffed := Staff{Writers: []Member{{Name: "%koho", Group: true, ID: 1}}, Approvers: []Member{{Name: "ueda", ID: 2}}, Operators: []Member{{Name: "%root", Group: true, ID: 3}}}
	for _, c := range []struct {
		staff Staff
		need  Need
		want  string
	}{
		{staffed, NeedRole, "hanako has no role in the list whats-new; ask one of those who have: %koho, ueda"},
		{staffed, NeedApprove, "hanako is no approver of the list whats-new; ask one of its approvers: ueda"},
		{staffed, NeedOperate, "hanako is no operator of this installation, and only operators may do this; ask one of the operators: %root"},
		{Staff{}, NeedOperate, "hanako is no operator of this installation, and only operators may do this; ask whoever runs this installation"},
		{Staff{}, NeedRole, "hanako has no role in the list whats-new; ask whoever runs this installation"},
	} {
		err := c.staff.Check(Account{Name: "hanako", UID: 9}, c.need, "whats-new")
		if err == nil || err.Error() != c.want {
			t.Errorf("%v; want %s", err, c.want)
		}
	}
	if err := (Staff{}).Check(Account{UID: 9}, NeedNothing, ""); err != nil {
		t.Error(err)
	}
	if err := staffed.Check(Account{UID: 2}, NeedApprove, "x"); err != nil {
		t.Error(err)
	}
}
