package issue

// Specimen is what a reader gets, to be looked at: with samples in its slots, and
// links that lead nowhere.
type Specimen struct {
	HTML, Text string
	Octets     int // of the whole message
}
