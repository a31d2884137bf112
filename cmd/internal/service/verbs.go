package service

import (
	"example.jp/kairan/cmd/internal/control"
)

// verbs are what the commands ask of the service.
var Verbs control.Verbs[Service]

var (
	IssueAdd      = control.NewVerb(&Verbs, "issue/add", (*Service).issueAdd)
	IssueLs       = control.NewVerb(&Verbs, "issue/ls", (*Service).issueLs)
	IssueShow     = control.NewVerb(&Verbs, "issue/show", (*Service).issueShow)
	IssuePreview  = control.NewVerb(&Verbs, "issue/preview", (*Service).issuePreview)
	IssueTest     = control.NewVerb(&Verbs, "issue/test", (*Service).issueTest)
	IssueSchedule = control.NewVerb(&Verbs, "issue/schedule", (*Service).issueSchedule)
	IssuePause    = control.NewVerb(&Verbs, "issue/pause", (*Service).issuePause)
	IssueResume   = control.NewVerb(&Verbs, "issue/resume", (*Service).issueResume)
	IssueCancel   = control.NewVerb(&Verbs, "issue/cancel", (*Service).issueCancel)
	IssueRm       = control.NewVerb(&Verbs, "issue/rm", (*Service).issueRm)
	IssueStatus   = control.NewVerb(&Verbs, "issue/status", (*Service).issueStatus)

	ListLs            = control.NewVerb(&Verbs, "list/ls", (*Service).listLs)
	SubscriberRemove  = control.NewVerb(&Verbs, "subscriber/remove", (*Service).subscriberRemove)
	SubscriberUnblock = control.NewVerb(&Verbs, "subscriber/unblock", (*Service).subscriberUnblock)

	Restore = control.NewVerb(&Verbs, "restore", (*Service).restore)
	Examine = control.NewVerb(&Verbs, "examine", (*Service).examine)
	Backup  = control.NewVerb(&Verbs, "backup", (*Service).backup)
)
