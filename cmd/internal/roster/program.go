package roster

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Program is another program whose exports are known.
type Program string

// The programs.
const (
	Listmonk Program = "listmonk" // uuid,email,name,attributes,status,created_at,updated_at
	Mailman  Program = "mailman"  // one member a line, without a header: `mailman members`, Postorius
	PhpList  Program = "phplist"  // with the columns that its own export page names
)

// Programs are those that there are.
var Programs = []Program{Listmonk, Mailman, PhpList}

// ParseProgram reads the name of one; "" is none.
func ParseProgram(name string) (Program, error) {
	if p := Program(strings.ToLower(name)); p == "" || slices.Contains(Programs, p) {
		return p, nil
	}
	return "", fmt.Errorf("--from %s: known are listmonk, mailman and phplist; any other file is read without --from", name)
}

// own are the columns that a program has by itself, by their plain names.
var own = map[Program]map[string]string{
	Listmonk: {"status": standing, "createdat": given},
	PhpList: {
		"isthissubscriberconfirmed": proven, "confirmed": proven,
		"isthissubscriberblacklisted": blocked, "blacklisted": blocked,
		"isthisaccountdisabled?": disabled, "disabled": disabled, "entered": given,
	},
}

// passed are those that say nothing that a list keeps.
var passed = map[Program][]string{
	Listmonk: {"uuid", "name", "attributes", "updatedat"},
	PhpList: {
		"id", "didthissubscribermanuallyconfirm", "optedin", "numberofbounces", "bouncecount", "lastmodified", "modified", "uniqid", "uuid",
		"sendthissubscriberhtmlemails", "htmlemail", "subscribepage", "rssfrequency", "password", "passwordchanged", "additionaldata", "extradata",
		"foreignkey", "listmembership",
	},
}

func (p Program) column(name string) (as string, known bool) {
	as, known = own[p][plain(name)]
	return as, known
}

func (p Program) passes(name string) bool { return slices.Contains(passed[p], plain(name)) }

// complete refuses an export that does not say who is not to be written to.
func (p Program) complete(all []Column) error {
	has := func(as string) bool { return slices.ContainsFunc(all, func(c Column) bool { return c.As == as }) }
	switch {
	case p == Listmonk && !has(standing):
		return errors.New("an export of listmonk has a column status, and this file has none: export the subscribers anew")
	case p == PhpList && (!has(proven) || !has(blocked)):
		return errors.New("the export does not say who has confirmed and who is blacklisted: export it again, with these two columns chosen as well")
	}
	return nil
}

// Standing is what a line of another program's export says of somebody.
type Standing int

// The standings.
const (
	Welcome Standing = iota // may be written to
	Left                    // had left the list
	Blocked                 // is to be written to no more
	Passed                  // had never agreed, or was put aside: nothing is taken over
)

// standingOf reads what the program says. What it does not know is refused.
func (p Program) standingOf(value func(as string) string) (Standing, string) {
	switch p {
	case Listmonk:
		switch s := plain(value(standing)); s {
		case "enabled":
			return Welcome, ""
		case "blocklisted", "blacklisted":
			return Blocked, ""
		case "disabled":
			return Passed, ""
		}
		return Passed, "the status is none that listmonk has"
	case PhpList:
		switch confirmed, black := value(proven), value(blocked); {
		case !isFlag(confirmed) || !isFlag(black):
			return Passed, "confirmed or blacklisted is neither 0 nor 1"
		case black == "1":
			return Blocked, ""
		case confirmed != "1", value(disabled) == "1":
			return Passed, ""
		}
	}
	return Welcome, ""
}

func isFlag(s string) bool { return s == "0" || s == "1" || s == "" }

// instantOf reads when somebody agreed; zero: it is not said in a known way. PostgreSQL,
// JSON and MySQL write it so.
func instantOf(s string) time.Time {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02 15:04:05.999999999Z07:00", "2006-01-02 15:04:05.999999999Z07", "2006-01-02 15:04:05", time.DateOnly, "2006/01/02", "2006/1/2"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t
		}
	}
	return time.Time{}
}
