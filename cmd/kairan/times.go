package main

import (
	"time"

	"example.jp/kairan/cmd/internal/service"
)

// toTheSecond is how instants of a trail are written: a day, a time, and whose.
const toTheSecond = "2006-01-02 15:04:05 MST"

// when is an instant as people of the list's zone read it, and how far it is from now.
func (a *app) when(t time.Time, zone string) string {
	far := a.ahead(t)
	if t.Before(a.now()) {
		far = a.words().SayStart("ago", a.span(a.now().Sub(t)))
	}
	return a.words().SayStart("and-far", a.at("minute", t, zone), far)
}

// stamp is an instant of the installation, to the second, in this computer's zone.
func stamp(t time.Time) string { return t.Local().Format(toTheSecond) }

// due is when an issue starts; to a person also how soon, if it has not yet.
func (a *app) due(i service.Issue, person bool) string {
	if person && i.Due.After(a.now()) {
		return a.when(i.Due, i.Zone)
	}
	return clock(i.Due, i.Zone)
}
