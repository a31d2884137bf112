package main

import (
	"example.jp/kairan/cmd/internal/control"
)

// verbs are what the commands ask of the service.
var verbs control.Verbs[service]

var (
	issueAdd      = control.NewVerb(&verbs, "issue/add", (*service).issueAdd)
	issueLs       = control.NewVerb(&verbs, "issue/ls", (*service).issueLs)
	issueShow     = control.NewVerb(&verbs, "issue/show", (*service).issueShow)
	issuePreview  = control.NewVerb(&verbs, "issue/preview", (*service).issuePreview)
	issueTest     = control.NewVerb(&verbs, "issue/test", (*service).issueTest)
	issueSchedule = control.NewVerb(&verbs, "issue/schedule", (*service).issueSchedule)
	issuePause    = control.NewVerb(&verbs, "issue/pause", (*service).issuePause)
	issueResume   = control.NewVerb(&verbs, "issue/resume", (*service).issueResume)
	issueCancel   = control.NewVerb(&verbs, "issue/cancel", (*service).issueCancel)
	issueRm       = control.NewVerb(&verbs, "issue/rm", (*service).issueRm)
	issueStatus   = control.NewVerb(&verbs, "issue/status", (*service).issueStatus)

	listLs            = control.NewVerb(&verbs, "list/ls", (*service).listLs)
	subscriberRemove  = control.NewVerb(&verbs, "subscriber/remove", (*service).subscriberRemove)
	subscriberUnblock = control.NewVerb(&verbs, "subscriber/unblock", (*service).subscriberUnblock)

	restore = control.NewVerb(&verbs, "restore", (*service).restore)
	examine = control.NewVerb(&verbs, "examine", (*service).examine)
	backup  = control.NewVerb(&verbs, "backup", (*service).backup)
)
