package main

import (
	"testing"

	"example.jp/kairan/cmd/internal/service"
	"example.jp/kairan/deliver"
)

// TestFilesOf: what goes out is said as a mail carries it, a third larger than the file.
func TestFilesOf(t *testing.T) {
	t.Parallel()
	i := service.Issue{State: "draft", Files: []service.File{{Name: "press.pdf", Octets: 1_600_000}, {Name: "map.png", Octets: 240 << 10}}}
	for want, change := range map[string]func(){
		"With each copy: press.pdf (1.5 MB), map.png (240 KB).":                                                                    func() {},
		"With each copy: press.pdf (1.5 MB), map.png (240 KB). That is 2.4 MB each in a mail, and to 12,000 readers 28 GB go out.": func() { i.Readers = 12_000 },
		"With each copy: press.pdf (1.5 MB), map.png (240 KB). That is 2.4 MB each in a mail, and to 12,000 readers 28 GB go out. " +
			"At 600 messages a minute it is 24 MB a second, which the line to the relay must take.": func() { i.Readers, i.PerMinute, i.State = 12_000, 600, "scheduled" },
		"With each copy: press.pdf (1.5 MB), map.png (240 KB). That is 2.4 MB each in a mail, and to 1 reader 2.4 MB go out.": func() { i.Balance = deliver.Balance{Audience: 1}; i.State = "finished" },
	} {
		i.State, i.Readers, i.PerMinute, i.Balance = "draft", 0, 0, deliver.Balance{}
		if change(); (&app{}).filesOf(i) != want {
			t.Errorf("got  %s\nwant %s", (&app{}).filesOf(i), want)
		}
	}
}
