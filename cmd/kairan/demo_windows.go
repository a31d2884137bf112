package main

import (
	"io/fs"
)

// mine cannot be told without access lists; the folder for temporary files is each
// account's own here.
func mine(fs.FileInfo) bool { return true }

// demoName is what the demo is called in the account's own folder for temporary
// files.
func demoName() string { return "kairan-demo" }
