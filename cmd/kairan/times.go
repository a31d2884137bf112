package main

import "time"

// toTheSecond is how instants of a trail are written: a day, a time, and whose.
const toTheSecond = "2006-01-02 15:04:05 MST"

// stamp is an instant of the installation, to the second, in this computer's zone.
func stamp(t time.Time) string { return t.Local().Format(toTheSecond) }
