// Package custody is the form of an export: what is held about the readers of a list, or
// about one person, for those who have to disclose it, or to move the list to another
// installation. What it writes is meant to be encrypted on its way; it keeps nothing.
//
// An export is UTF-8, one JSON value a line, and blank lines at its end. Of its version 1:
//
//	{"kairan_export":1, "made":…, "scope":"list" or "subject", "to":…, "reason":…,
//	 "case":…, "office":…, "lists":[{"id":…, "list_id":…, "name":{"ja":…, "en":…},
//	 "purpose":{…}, "fields":[{"id":…, "kind":…, "label":{…}, "purpose":{…},
//	 "choices":[{"id":…, "label":{…}}]}]}]}
//	{"entry":{"list":…, "state":"active", "suspended", "ended" or "unreadable",
//	 "address":…, "fields":{ID:VALUE}, "language":…, "consent":{"wording":…, "policy":…,
//	 "requested":…, "confirmed":…, "language":…, "evidence":…}, "ended":…}}
//	{"mark":{"list":…, "kind":"left", "moved", "suspended" or "blocked", "at":…}}
//	{"end":{"entries":…, "marks":…, "left_out":…}}
//
// Of who has left there is what is kept: the consent and when it ended. Marks are there
// for one person only, since in the file they are keyed hashes; that of no list is of the
// whole installation.
//
// The blank lines hide how much there is: a subject's export is as long whatever is held,
// and a list's is as long as the next power of two.
package custody
