package layout

// A value of the file is sealed or stands in the clear; which, its bucket says, but for
// those of a run.

// sealing is under which label the values of a bucket are sealed, and to what they are
// bound.
type sealing struct {
	label string // "": they stand in the clear
	bound func(list, key []byte) []byte
}

var clear = sealing{}

func byKey(_, key []byte) []byte { return key }

func byList(list, key []byte) []byte { return Bound(string(list), string(key)) }

func byEntry(list, key []byte) []byte {
	return AppendEntryBound(nil, string(list), SeqOf(key))
}

// topSealing, listSealing and runSealing have a row for each bucket: one that is missing
// here stops a change of keys.
var (
	topSealing = map[string]sealing{
		string(Meta): clear, string(Tallies): clear, string(Gate): clear, string(Blocks): clear, string(Progress): clear, string(Months): clear,
		string(Intake): {RequestLabel, byKey},
		string(Outbox): {NoticeLabel, byKey},
		string(Audit):  {DeedLabel, byKey},
		string(Given):  {GivenLabel, byKey},
	}
	listSealing = map[string]sealing{
		string(IDs): clear, string(Addresses): clear, string(Mailboxes): clear, string(Marks): clear, string(Active): clear,
		string(Strikes): clear, string(Pending): clear, string(Bounced): clear, string(Suspended): clear, string(Ended): clear,
		string(Entries): {EntryLabel, byEntry},
		string(Issues):  {IssueLabel, byList},
		string(Files):   {FileLabel, byList},

		string(BackHeads): {BackHeadLabel, byList},
		string(BackTexts): {BackTextLabel, byList},
		string(Feed):      {FeedLabel, byList},
	}
	runSealing = map[string]sealing{string(Audience): clear, string(Copies): clear, string(Heard): clear, string(Progress): clear}
)

// Sealed says under which label the value of a key is sealed, and to what it is bound;
// "": it stands in the clear. path are the buckets that it lies in. Of a place that this
// program does not know, it is not ok.
func Sealed(path [][]byte, key []byte) (label string, bound []byte, ok bool) {
	var s sealing
	var list []byte
	if len(path) == 1 {
		s, ok = topSealing[string(path[0])]
	}
	if len(path) > 2 && string(path[0]) == string(Lists) {
		list = path[1]
		switch inRun := string(path[2]) == string(Runs); {
		case len(path) == 3 && !inRun:
			s, ok = listSealing[string(path[2])]
		case len(path) == 4 && inRun && string(key) == string(Compiled):
			s, ok, key = sealing{CompiledLabel, byList}, true, path[3]
		case len(path) == 4 && inRun:
			ok = true
		case len(path) == 5 && inRun:
			s, ok = runSealing[string(path[4])]
		}
	}
	if s.label == "" || string(path[0]) == string(Lists) && string(path[2]) == string(Entries) && len(key) != 4 {
		return s.label, nil, ok
	}
	return s.label, s.bound(list, key), ok
}
