//go:build !unix

package config

import "io/fs"

// othersMay are the bits of a mode that let others than the owner use a file:
// none tell that here.
const othersMay fs.FileMode = 0
