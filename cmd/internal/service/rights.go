package service

import (
	"context"
	"os"
	"slices"

	"example.jp/kairan/cmd/internal/control"
	"example.jp/kairan/cmd/internal/exit"
	"example.jp/kairan/deliver"
)

// rights is what each verb asks of the account that gives it. What is of one list is asked
// of its staff, see [aboutLists]. A verb that shows something of many lists needs nothing,
// and shows what is of those in which the account has a role.
var rights = map[string]deliver.Need{
	"issue/add":            deliver.NeedRole,
	"issue/lint":           deliver.NeedRole,
	"issue/ls":             deliver.NeedRole,
	"issue/pattern":        deliver.NeedRole,
	"issue/show":           deliver.NeedRole,
	"issue/report":         deliver.NeedRole,
	"issue/upcoming":       deliver.NeedRole,
	"issue/preview":        deliver.NeedRole,
	"issue/test":           deliver.NeedRole,
	"issue/schedule":       deliver.NeedRole,
	"issue/foresee":        deliver.NeedRole,
	"issue/resend":         deliver.NeedRole,
	"issue/resend/foresee": deliver.NeedRole,
	"issue/reschedule":     deliver.NeedRole,
	"issue/pause":          deliver.NeedRole,
	"issue/resume":         deliver.NeedRole,
	"issue/approve":        deliver.NeedApprove,
	"issue/embargo":        deliver.NeedRole,
	"issue/cancel":         deliver.NeedRole,
	"issue/rm":             deliver.NeedRole,
	"issue/status":         deliver.NeedRole,
	"issue/withdraw":       deliver.NeedRole,

	"list/ls":        deliver.NeedRole,
	"list/feed":      deliver.NeedRole,
	"list/feed/take": deliver.NeedRole,
	"list/feed/seen": deliver.NeedRole,
	"list/close":     deliver.NeedApprove,
	"list/reopen":    deliver.NeedApprove,
	"stats":          deliver.NeedRole,
	"status":         deliver.NeedNothing,
	"whoami":         deliver.NeedNothing,

	"archive/page": deliver.NeedNothing, // anybody may see it
	"audit/show":   deliver.NeedRole,
	"audit/verify": deliver.NeedNothing,
	"bounce/take":  deliver.NeedNothing, // the relay hands it what comes back, whoever it runs as

	"backup":             deliver.NeedOperate,
	"backup/folder":      deliver.NeedOperate,
	"backup/progress":    deliver.NeedOperate,
	"backup/note":        deliver.NeedOperate,
	"compact":            deliver.NeedOperate,
	"custody/export":     deliver.NeedOperate,
	"custody/ls":         deliver.NeedOperate,
	"examine":            deliver.NeedOperate,
	"keys/ls":            deliver.NeedOperate,
	"purge":              deliver.NeedOperate,
	"purge/certificates": deliver.NeedOperate,
	"relaylog/begin":     deliver.NeedOperate,
	"relaylog/take":      deliver.NeedOperate,
	"relaylog/end":       deliver.NeedOperate,
	"restore":            deliver.NeedOperate,
	"subscriber/import":  deliver.NeedOperate,
	"subscriber/remove":  deliver.NeedOperate,
	"subscriber/unblock": deliver.NeedOperate,
}

// needOf is what a verb asks; of one that has no row, the most.
func needOf(path string) deliver.Need {
	if need, known := rights[path]; known {
		return need
	}
	return deliver.NeedOperate
}

// aboutLists is a question that is about some lists. What names none is about all, of
// which the answer then shows those in which the account has a role.
type aboutLists interface{ lists() []string }

func (in Named) lists() []string        { return ofName(in.Issue) }
func (in Source) lists() []string       { return ofName(in.Issue) }
func (in Schedule) lists() []string     { return ofName(in.Issue) }
func (in Approve) lists() []string      { return ofName(in.Issue) }
func (in Embargo) lists() []string      { return ofName(in.Issue) }
func (in Cancel) lists() []string       { return ofName(in.Issue) }
func (in Withdraw) lists() []string     { return ofName(in.Issue) }
func (in Look) lists() []string         { return ofName(in.Issue) }
func (in Lint) lists() []string         { return append(ofName(in.Issue), named(in.List)...) }
func (in Pattern) lists() []string      { return append(ofName(in.From), named(in.List)...) }
func (in OfList) lists() []string       { return named(in.List) }
func (in OfStatistics) lists() []string { return named(in.List) }
func (in FeedDecision) lists() []string { return named(in.List) }
func (in Period) lists() []string       { return named(in.List) }
func (in Reader) lists() []string       { return named(in.List) }
func (in Import) lists() []string       { return named(in.List) }
func (in Export) lists() []string       { return named(in.List) }

// listsOf are the lists that a question names.
func listsOf(in any) []string {
	if about, is := in.(aboutLists); is {
		return about.lists()
	}
	return nil
}

// ofName is the list of an issue, by its name as typed. What is no name of an issue is
// refused by its verb.
func ofName(issue string) []string {
	n, _ := deliver.ParseIssueName(issue)
	return named(n.List)
}

func named(list string) []string {
	if list == "" {
		return nil
	}
	return []string{list}
}

// account is who asks for a verb.
func (s *Service) account(ctx context.Context) deliver.Account {
	p := control.PeerOf(ctx)
	own := p.UID == 0 || p.UID == os.Getuid() || p.UID < 0 && !control.NamesPeers
	return deliver.Account{Name: p.Name, UID: p.UID, GIDs: p.GIDs, Own: own}
}

// check refuses a question that the account may not ask.
func (s *Service) check(ctx context.Context, need deliver.Need, in any) error {
	who := s.account(ctx)
	if need == deliver.NeedOperate { // which is of the installation, whatever list is named
		return refusal(deliver.Staff{Operators: s.operators}.Check(who, need, ""))
	}
	for _, id := range listsOf(in) {
		if s.Config.Lists[id] == nil { // which the verb says
			continue
		}
		if err := s.staffOf(id).Check(who, need, id); err != nil {
			return refusal(err)
		}
	}
	return nil
}

func refusal(err error) error {
	if err == nil {
		return nil
	}
	return exit.Refusedf("%w", err)
}

// takesPart says whether the account that asks has a role in a list. Of the installation,
// "", only operators have one.
func (s *Service) takesPart(ctx context.Context, list string) bool {
	if list == "" {
		return deliver.Staff{Operators: s.operators}.Check(s.account(ctx), deliver.NeedOperate, "") == nil
	}
	return s.staffOf(list).Check(s.account(ctx), deliver.NeedRole, list) == nil
}

// meant says of a question that names a list which is not declared, and so came to nothing,
// which list was probably meant: one in which the account has a role, since of others it is
// told nothing.
func (s *Service) meant(ctx context.Context, in any, err error) error {
	if exit.Code(err) != exit.Usage {
		return err
	}
	for _, id := range listsOf(in) {
		if s.Config.Lists[id] != nil {
			continue
		}
		own := slices.DeleteFunc(slices.Clone(s.Config.Order), func(list string) bool { return !s.takesPart(ctx, list) })
		if near := deliver.Nearest(id, own); near != "" {
			return exit.Usagef("there is no list %q; did you mean %q? `kairan list ls` shows the lists", id, near)
		}
	}
	return err
}

// staffOf is who works on a list; of one that is not declared, the operators.
func (s *Service) staffOf(list string) deliver.Staff {
	if st, known := s.staff[list]; known {
		return st
	}
	return deliver.Staff{Operators: s.operators}
}

// hire finds the accounts and groups that the configuration names.
func (s *Service) hire(ctx context.Context) {
	known := map[string]deliver.Member{}
	find := func(names []string) (all []deliver.Member) {
		for _, name := range names {
			m, met := known[name]
			if !met {
				id, group, is := control.IDOf(ctx, name)
				if m = (deliver.Member{Name: name, Group: group, ID: id}); !is {
					m.ID = -1
					s.log.Warn("UnknownAccount", "account", name, "hint", "this computer knows no such account or group, so it may do nothing; make it and restart the service, or mend the configuration")
				}
				known[name] = m
			}
			all = append(all, m)
		}
		return all
	}
	s.operators, s.staff = find(s.Config.Operators), map[string]deliver.Staff{}
	for id, of := range s.Config.Staff {
		st := deliver.Staff{Writers: find(of.Writers), Approvers: find(of.Approvers), Operators: s.operators}
		st.Anybody = len(st.Writers)+len(st.Approvers) == 0
		s.staff[id] = st
	}
}

// WhoAmI tells an account what it may do.
var WhoAmI = verb("whoami", (*Service).whoAmI, reads)

type (
	// Me is the account that asks, and its roles.
	Me struct {
		Account  string   `json:"account"`
		Operator bool     `json:"operator"`
		Lists    []MyList `json:"lists"` // of all that are declared
	}
	// MyList is what the account may do with a list.
	MyList struct {
		List     string `json:"list"`
		Name     string `json:"name"`
		Writer   bool   `json:"writer"`
		Approver bool   `json:"approver"`
	}
)

func (s *Service) whoAmI(ctx context.Context, _ struct{}) (Me, error) {
	who := s.account(ctx)
	out := Me{Account: who.Name, Operator: s.takesPart(ctx, ""), Lists: []MyList{}}
	for _, id := range s.Config.Order {
		l, role := s.Config.Lists[id], s.staffOf(id).RoleOf(who)
		out.Lists = append(out.Lists, MyList{id, l.Name.In(l.Language), role&deliver.Writes != 0, role&deliver.Approves != 0})
	}
	return out, nil
}
