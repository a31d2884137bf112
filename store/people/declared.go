package people

import (
	"fmt"

	"example.jp/kairan/subscribe"
)

// Learn notes what the lists declare, from now on.
func (r *Register) Learn(declared []subscribe.Declaration) {
	fields := map[string]map[string]bool{}
	for _, d := range declared {
		fields[d.List] = map[string]bool{}
		for _, f := range d.Fields {
			fields[d.List][f.ID] = true
		}
	}
	r.declared.Store(&fields)
}

// checkDeclared is the last check before the disk: an entry holds only the fields that
// its list declares. Before the first start nothing is declared, and nobody can join.
func (r *Register) checkDeclared(p *subscribe.Subscriber) error {
	if ids := r.undeclared(p); len(ids) > 0 {
		return fmt.Errorf("the list %s does not declare a field %q; nothing was stored", p.List, ids[0])
	}
	return nil
}

// DropUndeclared takes out of an entry the fields that its list no longer declares. What
// the store itself does to an entry must not be refused for them.
func (r *Register) DropUndeclared(p *subscribe.Subscriber) {
	for _, id := range r.undeclared(p) {
		delete(p.Fields, id)
	}
}

func (r *Register) undeclared(p *subscribe.Subscriber) (ids []string) {
	declared := r.declared.Load()
	if declared == nil || (*declared)[p.List] == nil {
		return nil
	}
	for id := range p.Fields {
		if !(*declared)[p.List][id] {
			ids = append(ids, id)
		}
	}
	return ids
}
