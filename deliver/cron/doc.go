// Package cron wakes up what has to be looked at regularly, over robfig/cron.
//
// It promises that no two runs of one tick overlap, that a panic is reported and
// the next tick comes all the same, and that nothing runs any more when Run has
// returned. It keeps no due times: those live in the store as instants, and a
// tick only asks what is due, since cron forgets what it missed while nothing ran.
package cron
