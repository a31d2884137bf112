package main

import (
	"fmt"
	"strings"

	"example.jp/kairan/cmd/internal/service"
	"example.jp/kairan/deliver"
	"example.jp/kairan/deliver/phrase"
)

// sayFiles tells what goes out with each copy, and how much that is for all of them.
func (a *app) sayFiles(i service.Issue) {
	if len(i.Files) > 0 {
		a.say("%s\n", a.para(a.filesOf(i)))
	}
}

// filesOf says which files go out with each copy of an issue, and how much that is: in a
// mail each is a third larger.
func (a *app) filesOf(i service.Issue) string {
	each := 0
	var names []string
	for _, f := range i.Files {
		each += deliver.Encoded(f.Octets)
		names = append(names, fmt.Sprintf("%s (%s)", f.Name, deliver.Octets(f.Octets)))
	}
	line := a.told("With each copy: %s.", strings.Join(names, ", "))
	readers := i.Readers
	if i.Balance.Audience > 0 {
		readers = i.Balance.Audience
	}
	if readers > 0 {
		line += a.told(" That is %s each in a mail, and to %s %s go out.", phrase.Number(deliver.Octets(each)), phrase.Number(deliver.Count(readers, "reader")), phrase.Number(deliver.Octets(each*readers)))
	}
	if second := int(float64(each) * i.PerMinute / 60); i.State == deliver.Scheduled.String() && readers > 0 && second > 1<<20 {
		line += a.told(" At %s a minute it is %s a second, which the line to the relay must take.", phrase.Number(deliver.Count(int(i.PerMinute), "message")), deliver.Octets(second))
	}
	return line
}
