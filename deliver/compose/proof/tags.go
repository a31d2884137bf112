package proof

import (
	"strings"
	"sync"
)

// isTag reports the name of an element that an editor may write, and whose tags say
// nothing to readers. What stands in other angle brackets must be there to be read.
func isTag(name string) bool { return tags()[strings.ToLower(name)] }

var tags = sync.OnceValue(func() map[string]bool {
	names := map[string]bool{}
	for name := range strings.FieldsSeq(`a abbr address article b big blockquote br caption center cite code dd del details div dl dt em
		figcaption figure font footer h1 h2 h3 h4 h5 h6 header hr i img ins kbd li main mark nav ol p pre q rb rp rt ruby s samp section
		small span strike strong sub summary sup table tbody td tfoot th thead time tr tt u ul var wbr`) {
		names[name] = true
	}
	return names
})
