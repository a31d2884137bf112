package control

import (
	"context"
	"os/exec"
	"os/user"
	"strconv"
	"strings"
	"sync"
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
	if fields := entry(ctx, database, name); fields != nil {
		return fields[2]
	}
	return ""
}

// entry asks getent(1) for an account or a group, by name or number: its fields, as passwd(5)
// and group(5) have them; nil if there is none.
func entry(ctx context.Context, database, key string) []string {
	ctx, done := context.WithTimeout(ctx, askWithin)
	defer done()
	line, err := exec.CommandContext(ctx, "getent", database, key).Output()
	if fields := strings.Split(strings.TrimSpace(string(line)), ":"); err == nil && len(fields) > 2 {
		return fields
	}
	return nil
}

// unnamed stands before the number of an account whose name is not known.
const unnamed = "uid "

// askAgain is after how long a directory that did not know an account is asked once more.
const askAgain = time.Minute

// nameKeeper knows the names of accounts by their numbers. What the files of this computer do
// not name is asked of getent(1); a name that was found stays, so that one account has one
// name while the program runs.
type nameKeeper struct {
	mu    sync.Mutex
	names map[int]string
	asked map[int]time.Time // when the directory was
}

// nameOf is the name of an account, or "uid" and its number.
func (k *nameKeeper) nameOf(ctx context.Context, uid int) string {
	name, ask := k.known(uid)
	if name != "" {
		return name
	}
	number := strconv.Itoa(uid)
	if u, err := user.LookupId(number); err == nil {
		name = u.Username
	} else if ask {
		if fields := entry(ctx, "passwd", number); fields != nil {
			name = fields[0]
		}
	}
	if name == "" {
		return unnamed + number
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.names[uid] = name
	return name
}

// known is a name that was found before, and whether the directory is to be asked for one that
// was not.
func (k *nameKeeper) known(uid int) (name string, ask bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.names == nil {
		k.names, k.asked = map[int]string{}, map[int]time.Time{}
	}
	if name = k.names[uid]; name == "" && time.Since(k.asked[uid]) > askAgain {
		k.asked[uid], ask = time.Now(), true
	}
	return name, ask
}

// MayBe says whether whoever asks may be the account that is called name in a timeline. Names
// tell that, except where one of the two was not known when it was written down, and stands
// there by its number; if not even that tells them apart, they may be one.
func (p Peer) MayBe(ctx context.Context, name string) bool {
	if p.Name == name || p.UID < 0 {
		return p.Name == name
	}
	if number, is := strings.CutPrefix(name, unnamed); is {
		return number == strconv.Itoa(p.UID)
	}
	if !strings.HasPrefix(p.Name, unnamed) {
		return false
	}
	uid, _, known := IDOf(ctx, name)
	return !known || uid == p.UID
}
