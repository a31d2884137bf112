package config

import (
	"fmt"
	"maps"
	"strings"
)

// Echo is the configuration in effect as a TOML file, defaults filled in, for
// an operator to look at. Testers and the relay's user name are only counted, in
// comments; the password is the path of its file.
func (c *Config) Echo() string {
	var e echo
	e.rows(c.installation(""))
	for _, s := range []section{c.listen(), c.relay(&c.Relay)} {
		e.table("["+s.path+"]", s)
	}
	for i := range c.Fallback {
		e.table("[[fallback_relays]]", c.relay(&c.Fallback[i]))
	}
	for _, s := range []section{c.sending(), c.suspension(), c.limits(), c.periods(), c.backups(), c.bounce(), c.alarms(), c.host()} {
		e.table("["+s.path+"]", s)
	}
	for _, id := range c.at.sorted("offices", maps.Keys(c.Offices)) {
		e.table("[offices."+id+"]", office(c.Offices[id]))
	}
	for _, id := range c.Order {
		l := c.Lists[id]
		staff := c.Staff[id]
		e.table("[lists."+id+"]", c.list(l, &staff))
		if l.Feed != nil {
			e.table("[lists."+id+".feed]", fedBy(l.Feed))
		}
		for i := range l.Fields {
			e.table("[[lists."+id+".fields]]", field(&l.Fields[i]))
		}
	}
	return e.String()
}

// echo writes lines of TOML. Empty texts are left out, as in a file.
type echo struct{ strings.Builder }

func (e *echo) table(header string, s section) {
	fmt.Fprintf(e, "\n%s\n", header)
	e.rows(s)
}

func (e *echo) rows(s section) {
	for _, r := range s.rows {
		switch v := r.show(); {
		case strings.HasPrefix(v, "#"):
			fmt.Fprintln(e, v)
		case v != "":
			fmt.Fprintf(e, "%s = %s\n", r.key, v)
		}
	}
}
