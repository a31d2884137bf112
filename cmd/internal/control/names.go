package control

import (
	"context"
	"os/exec"
	"os/user"
	"strconv"
	"strings"
	"time"
)

// askWithin is how long a directory may take to answer.
const askWithin = 10 * time.Second

// IDOf is the number of an account, or with "%" before its name of a group; "#" stands
// before a number instead of a name. false if this computer
// knows none of that name. What the files of this computer do not name, as an account of
// LDAP, is asked of getent(1), since a program without C libraries reads files alone.
func IDOf(ctx context.Context, name string) (id int, group, known bool) {
	name, group = strings.CutPrefix(name, "%")
	number, is := strings.CutPrefix(name, "#")
	if !is {
		number = numberOf(ctx, name, group)
	}
	id, err := strconv.Atoi(number)
	return id, group, err == nil
}

func numberOf(ctx context.Context, name string, group bool) string {
	database := "passwd"
	if group {
		if g, err := user.LookupGroup(name); err == nil {
			return g.Gid
		}
		database = "group"
	} else if u, err := user.Lookup(name); err == nil {
		return u.Uid
	}
	ctx, done := context.WithTimeout(ctx, askWithin)
	defer done()
	line, err := exec.CommandContext(ctx, "getent", database, name).Output()
	if fields := strings.Split(strings.TrimSpace(string(line)), ":"); err == nil && len(fields) > 2 {
		return fields[2]
	}
	return ""
}
