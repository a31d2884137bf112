package templates

// PageName names a page. The comment of each constant says which struct it renders.
type PageName string

// The pages.
const (
	PageHome        PageName = "home"         // Home
	PageSignUp      PageName = "signup"       // SignUp
	PageClosed      PageName = "closed"       // Closed
	PageSignUpSent  PageName = "signup-sent"  // SignUpSent
	PageConfirm     PageName = "confirm"      // Confirm
	PageConfirmMove PageName = "confirm-move" // ConfirmMove
	PageConfirmLate PageName = "confirm-late" // ConfirmLate
	PageDone        PageName = "done"         // Done
	PageLeave       PageName = "leave"        // Leave
	PageCorrectAsk  PageName = "correct-ask"  // CorrectAsk
	PageCorrect     PageName = "correct"      // Correct
	PageBlock       PageName = "block"        // Block
	PageError       PageName = "error"        // Error
	PagePrivacy     PageName = "privacy"      // Privacy
)

// Frame is what every page shows around its content. The language is not part
// of it: it is the argument of [Set.Page].
type Frame struct {
	Office        string     // name of the office in the page's language; may be empty where no office is known
	Site          string     // origin of its pages, for those who have them on paper
	OfficePostal  string     // postal address
	OfficeContact *Contact   // whom to ask; nil where no office is known
	PolicyURL     string     // the office's privacy policy
	Accessibility string     // URL of what the office says of its pages' accessibility; "": nothing
	Privacy       string     // path of the page that says what this service holds and does
	Contacts      []Contact  // whom to ask: the office, or each where several share the page
	LangLinks     []LangLink // this page in the other language; may be empty
	Canonical     string     // URL of this page, under whatever name it was asked for; "": not said
	Feeds         []Feed     // of the list that the page is of

	Style string // path of its stylesheet; "": that of all who have no colour of their own
	Icon  string // path of what stands in the tab; "": nothing does
	Logo  *Logo  // instead of the office's name; nil: none
}

// Contact is whom to ask at an office.
type Contact struct {
	Office  string
	Contact string // https URL or mail address
	Phone   string // as printed; "": none
}

// LangLink leads to the same page in another language. On a page with a form it is a button
// of that form, which posts show_in, so that what was typed comes along; no link could
// have it without showing it. Before it stands another button like that of the form
// itself, which nobody sees: a browser takes the first one when Enter is pressed.
type LangLink struct {
	Href  string
	Label string // in that language: "English", "日本語"
	Lang  string // its tag, for assistive technology (WCAG 3.1.2)
}

// HomeList is one list on the front page. Only is its one language, if that is not the
// page's; Closed is the last day on which it took sign-ups, written out, "" while it
// takes them.
type HomeList struct {
	ID, Name, Purpose, Only, Closed string
	About                           About
	Archive                         string        // the path of its archive; "": it has none
	Latest                          *ArchiveIssue // nil: none has gone out
}

// About says what one gets who signs up: what, how often, and in which language the issues
// are, "ja" or "en". What is "" is not declared.
type About struct{ Description, Frequency, Language string }

// HomeOffice is an office with its lists.
type HomeOffice struct {
	Name  string
	Lists []HomeList
}

// Home is the front page, GET /: the lists of the installation by office.
type Home struct {
	Frame
	Offices []HomeOffice
}

// SignUp is the form that takes an address and nothing else, GET /lists/{list},
// and again with an error. It posts email, lang and website; website is a trap
// that people do not see: a form that fills it in is a machine's.
type SignUp struct {
	Frame
	ListID     string
	List       string
	Purpose    string
	About      About
	Fields     []Field // what the next page will ask: Label and Required are shown
	Email      string  // as typed in this request
	EmailError string  // what is wrong with it, from the catalogue
	Review     bool    // it was typed on another site, and nothing was taken in yet
	Crowded    *Crowded
	Terms      Terms
	Until      string // the last day on which sign-ups are taken, written out; "": not known
	Archive    string // as in [HomeList]
	Latest     *ArchiveIssue
}

// Closed stands in the place of the form, GET and POST /lists/{list}, once no sign-ups
// are taken.
type Closed struct {
	Frame
	List   string
	ListID string
	Date   string // the last day on which they were
	Erase  string // when everything of the list is erased; "": not known
	Erased bool   // that day has come

	Archive string // as in [HomeList]
	Latest  *ArchiveIssue
}

// Crowded says above a form that nothing was taken, since too much has come from
// the visitor's network. nil: it was not.
type Crowded struct {
	At      string // when to try again, written out in the page's language
	Minutes int    // from now, rounded up
}

// Terms are how long what is collected is kept, in days, and who is entrusted with it.
type Terms struct {
	Unconfirmed    int    // a request that nobody confirms
	Consent, Marks int    // of who has left: the proof of consent, and the keyed mark
	Suspended      int    // an entry to which nothing can be delivered
	Provided       int    // that something was given out
	Unreadable     int    // after its erasure something may be in a copy
	Relay, Machine string // who operates them; "": not declared
	Erase          string // the day on which everything of the list is erased, written out; "": none
}

// Privacy says what this service holds and does, GET /privacy and /privacy/{office}.
type Privacy struct {
	Frame
	Terms   Terms
	Offices []PrivacyOffice
}

// PrivacyOffice is an office with what each of its lists holds.
type PrivacyOffice struct {
	ID, Name, Postal      string
	Contact               Contact
	PolicyURL, PolicyDate string
	ByLetter              bool // it takes requests by letter
	Lists                 []PrivacyList
}

// PrivacyList is what a list holds, and for what.
type PrivacyList struct {
	ID, Name, Purpose string
	Fields            []Field // Label, Required and Purpose are shown
	Only              string  // the one language that it is in, if that is not the page's; "": none
	Until, Erase      string  // the last day of sign-ups, and that of its erasure, written out; "": none
}

// Problems lists what the summary shows.
func (p SignUp) Problems() []Problem {
	return problems(Problem{"email", p.EmailError})
}

// SignUpSent answers every accepted sign-up alike, whether or not the address
// was known. It shows the address, as typed.
type SignUpSent struct {
	Frame
	ListID  string
	List    string
	From    string
	Address string // as typed in this request, never as stored
	Again   *Again // nil: it looks right
}

// Again offers to enter an address again that was probably meant otherwise.
type Again struct {
	Path   string // of the form
	List   string // that was chosen in it; "": it has none
	Email  string // as it was probably meant
	Domain string
}

// Confirm is the page behind the mailed link, GET /confirm/{token}. It posts the
// ids of the fields, and wording. The button is the consent.
type Confirm struct {
	Frame
	List       string
	Purpose    string
	PolicyDate string // date of the policy, written out in the page's language
	Wording    string // opaque name of the wording shown, kept as proof of consent
	Terms      Terms
	Fields     []Field
	FormError  string // about the form as a whole, such as "the text has changed"
}

// Problems lists what the summary shows.
func (p Confirm) Problems() []Problem {
	return append(problems(Problem{"", p.FormError}), fieldProblems(p.Fields)...)
}

// ConfirmMove confirms a new address: one button, nothing to fill in.
type ConfirmMove struct {
	Frame
	List string
}

// ConfirmLate is shown for a confirmation link older than seven days: one button
// that asks for a fresh mail.
type ConfirmLate struct {
	Frame
	List    string
	Crowded *Crowded
}

// DoneKind says what a [Done] page reports.
type DoneKind string

// The outcomes. Each is worded so that it holds whatever the state was before.
const (
	DoneConfirmed     DoneKind = "confirmed"
	DoneLeft          DoneKind = "left"
	DoneCorrectAsked  DoneKind = "correct-asked"
	DoneCorrected     DoneKind = "corrected"
	DoneCorrectedMove DoneKind = "corrected-move"
	DoneBlocked       DoneKind = "blocked"
	DoneFreshMail     DoneKind = "fresh-mail"
	DoneMoved         DoneKind = "moved"
)

// Done answers an accepted POST.
type Done struct {
	Frame
	Kind    DoneKind
	List    string // may be empty
	Address string // with DoneCorrectAsked: as typed in this request
	Again   *Again // nil: it looks right
	ListID  string // may be empty; if set, a way back to the form is offered where it makes sense
}

// Waits says whether it is done only with a link in a mail that is to come.
func (d Done) Waits() bool {
	return d.Kind == DoneCorrectAsked || d.Kind == DoneCorrectedMove || d.Kind == DoneFreshMail
}

// Leave is the page of GET /leave/{token}: one button. The POST needs no field.
type Leave struct {
	Frame
	List string
}

// CorrectAsk asks for the link to the correction form, GET /correct. It posts
// list, email and lang.
type CorrectAsk struct {
	Frame
	Lists      []Option
	ListError  string
	Email      string // as typed in this request
	EmailError string
	Crowded    *Crowded
}

// Few says whether the lists are so few that they are radio buttons.
func (p CorrectAsk) Few() bool { return len(p.Lists) > 0 && len(p.Lists) <= few }

// Problems lists what the summary shows.
func (p CorrectAsk) Problems() []Problem {
	return problems(Problem{"list", p.ListError}, Problem{"email", p.EmailError})
}

// Correct is the blank correction form, GET /correct/{token}. It posts the ids
// of the fields, email, and erase once per ticked box with the id of the field.
// It never shows what is stored; values are those of this request.
type Correct struct {
	Frame
	List       string
	Leave      string // path on which its holder can leave instead
	Fields     []Field
	Email      string // new address as typed in this request
	EmailError string
	FormError  string // about the form as a whole, such as "nothing was filled in"
}

// Problems lists what the summary shows.
func (p Correct) Problems() []Problem {
	all := append(problems(Problem{"", p.FormError}), fieldProblems(p.Fields)...)
	return append(all, problems(Problem{"email", p.EmailError})...)
}

// Block is the page of GET /block/{token}: one button that stops every mail of
// the installation to this address.
type Block struct{ Frame }

// ErrorKind says what went wrong.
type ErrorKind string

// The kinds of error, each with the statuses it belongs to.
const (
	ErrorNotFound  ErrorKind = "not-found"  // 404: unknown page, bad link
	ErrorLate      ErrorKind = "late"       // 404: a link whose time is over
	ErrorBusy      ErrorKind = "busy"       // 503, 429: full, stopping, over a ceiling
	ErrorBroken    ErrorKind = "broken"     // 500
	ErrorMethod    ErrorKind = "method"     // 400, 405, 408, 501
	ErrorTooLarge  ErrorKind = "too-large"  // 413, 431
	ErrorCrossSite ErrorKind = "cross-site" // 403: the form was posted from elsewhere
	ErrorWithdrawn ErrorKind = "withdrawn"  // 410: an issue that was taken back
)

// Error says what happened and what to do next.
type Error struct {
	Frame
	Kind    ErrorKind
	Archive string // where what was withdrawn stood; "": nothing was
}
