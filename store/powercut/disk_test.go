package powercut

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"
)

// cutAgain cuts a disk many times, and returns how often each content of a file was found.
func cutAgain(all []Operation, name string) map[string]int {
	found, dice := map[string]int{}, rand.New(rand.NewPCG(1, 2))
	for range 1000 {
		disk := NewDisk(dice)
		for _, op := range all {
			disk.Add(op)
		}
		text, is := disk.Cut()[name]
		if !is {
			text = []byte("nothing")
		}
		found[string(text)]++
	}
	return found
}

func named(in uint64, name string, node uint64) Operation {
	return Operation{Kind: Name, Names: []Link{{In: in, Name: name, Node: node}}}
}

func write(node uint64, off int64, text string) Operation {
	return Operation{Kind: Write, Node: node, Off: off, Data: []byte(text)}
}

func TestCut(t *testing.T) {
	t.Parallel()
	const a, b = 2, 3
	synced := []Operation{named(Root, "f", a), write(a, 0, "old"), {Kind: Sync, Node: a}, {Kind: Sync, Node: Root}}
	with := func(more ...Operation) []Operation { return append(append([]Operation(nil), synced...), more...) }
	long := strings.Repeat("n", 8192)
	for what, c := range map[string]struct {
		all  []Operation
		want []string // each of which is found; nothing else is
	}{
		"what was synced is there":                {synced, []string{"old"}},
		"a write may be":                          {with(write(a, 0, "new")), []string{"old", "new"}},
		"two writes, in any order":                {with(write(a, 0, "x"), write(a, 0, "y")), []string{"old", "xld", "yld"}},
		"a synced write":                          {with(write(a, 0, "new"), Operation{Kind: Sync, Node: a}), []string{"new"}},
		"nor may it be by a later sync":           {with(write(a, 0, "new"), Operation{Kind: SyncFailed, Node: a}, Operation{Kind: Sync, Node: a}), []string{"old", "new"}},
		"another file's sync is not this one's":   {with(write(a, 0, "new"), Operation{Kind: Sync, Node: b}), []string{"old", "new"}},
		"a truncation may be":                     {with(Operation{Kind: Truncate, Node: a, Off: 1}), []string{"old", "o"}},
		"a name may be":                           {synced[:3], []string{"nothing", "old"}},
		"a removed one, too":                      {with(named(Root, "f", 0)), []string{"nothing", "old"}},
		"a new file in its place, or the old one": {with(write(b, 0, "new"), Operation{Kind: Sync, Node: b}, Operation{Kind: Name, Names: []Link{{In: Root, Name: "g"}, {In: Root, Name: "f", Node: b}}}), []string{"old", "new"}},
		"it is what it was synced as":             {with(named(Root, "f", b)), []string{"", "old"}},
	} {
		found := cutAgain(c.all, "f")
		for _, w := range c.want {
			if found[w] == 0 {
				t.Errorf("%s: never %q in %v", what, w, found)
			}
			delete(found, w)
		}
		if len(found) > 0 {
			t.Errorf("%s: also %v", what, found)
		}
	}
	torn := false
	for text := range cutAgain(with(write(a, 0, long)), "f") {
		rest := bytes.Trim([]byte(text), "\x00n")
		if len(rest) > 0 && string(rest) != "old" {
			t.Fatalf("torn within a sector: %q", rest)
		}
		torn = torn || strings.Contains(text, "\x00") && strings.Contains(text, "n")
	}
	if !torn {
		t.Error("no write was torn")
	}
}
