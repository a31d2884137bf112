package layout

import "example.jp/kairan/store/boltfile"

// Shape is that of the whole file: where buckets are, where values, and which buckets
// give numbers to what is in them.
func Shape() *boltfile.Shape {
	values := &boltfile.Shape{}
	run := &boltfile.Shape{Named: map[string]*boltfile.Shape{
		string(Audience): values,
		string(Copies):   values,
		string(Heard):    values,
		string(Progress): values, // of schema 1
	}}
	list := &boltfile.Shape{Rest: values, Named: map[string]*boltfile.Shape{
		string(Entries): {Counted: 4},
		string(Runs):    {Rest: run},
	}}
	return &boltfile.Shape{Rest: values, Named: map[string]*boltfile.Shape{
		string(Intake):   {Counted: 8},
		string(Outbox):   {Counted: 8},
		string(Progress): {Counted: 4},
		string(Audit):    {Counted: 8},
		string(Given):    {Counted: 8},
		string(Lists):    {Rest: list},
	}}
}
