package compose

import (
	"strings"

	"example.jp/kairan/deliver/compose/mime"
	"example.jp/kairan/subscribe"
	"example.jp/kairan/templates"
)

// issueHeaders are the headers that are the same for every reader.
func issueHeaders(list *subscribe.List, lang subscribe.Lang) []mime.Header {
	hs := []mime.Header{
		listID(list, lang),
		{Name: "List-Help", Value: "<" + list.URL("/lists/"+list.ID) + ">"}, // RFC 2369 §3.1
		{Name: "List-Post", Value: "NO"},                                    // RFC 2369 §3.4
		{Name: "Precedence", Value: "bulk"},                                 // no standard; some answering machines look at it
		{Name: "Content-Language", Value: string(lang)},
		noAutoReply(),
	}
	if list.Archived {
		hs = append(hs, mime.Header{Name: "List-Archive", Value: "<" + list.URL(subscribe.ArchivePath(list.ID)) + ">"}) // RFC 2369 §3.6
	}
	if owner := templates.ContactLink(list.Office.Contact); owner != "" {
		hs = append(hs, mime.Header{Name: "List-Owner", Value: "<" + owner + ">"}) // RFC 2369 §3.5
	}
	return hs
}

// noticeHeaders are the headers of a notice. It has a List-Id as all mail of a list
// (RFC 2919), and no List-Unsubscribe, which could only pretend to act.
func noticeHeaders(list *subscribe.List, lang subscribe.Lang) []mime.Header {
	return []mime.Header{
		listID(list, lang),
		{Name: "Auto-Submitted", Value: "auto-generated"}, // RFC 3834 §5
		{Name: "Content-Language", Value: string(lang)},
		noAutoReply(),
	}
}

// listID is the List-Id of a list, its phrase in lang (RFC 2919 §3).
func listID(list *subscribe.List, lang subscribe.Lang) mime.Header {
	return mime.Header{Name: "List-Id", Value: strings.TrimSpace(mime.Phrase(list.Name.In(lang)) + " <" + list.ListID + ">")}
}

// noAutoReply keeps vacation notices of Exchange away, and lets failure reports
// through, which the value All would not.
func noAutoReply() mime.Header {
	return mime.Header{Name: "X-Auto-Response-Suppress", Value: "OOF, AutoReply"}
}
