//go:build !race

package issue_test

const raceEnabled = false
