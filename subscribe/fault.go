package subscribe

import "strings"

// AddressFault is why an address is refused, as the key below "wrong" in the
// catalogue; an error that never repeats the address.
type AddressFault string

// Why an address is refused.
const (
	AddressEmpty    AddressFault = "address-empty"
	AddressForm     AddressFault = "address-form"      // not one plain local@domain
	AddressNonASCII AddressFault = "address-non-ascii" // local part beyond ASCII, which would need SMTPUTF8 all the way (RFC 6531 §3.2)
	AddressDomain   AddressFault = "address-domain"    // no domain name of at least two labels, or an address literal
	AddressSign     AddressFault = "address-sign"      // a sign in the domain that IDNA2008 does not allow: a bracket, a snowman
	AddressHidden   AddressFault = "address-hidden"    // characters in it that turn the writing round
	AddressMixed    AddressFault = "address-mixed"     // a domain that looks like another (UTS #39)
	AddressLong     AddressFault = "address-long"      // RFC 5321 §4.5.3.1
	AddressOwn      AddressFault = "address-own"       // the installation's own, see [Lists.ReadAddress]
	AddressRole     AddressFault = "address-role"      // a machine's, or everybody's, likewise
)

func (f AddressFault) Error() string { return "address refused: " + string(f) }

// Fault is what is wrong with one field. It names the field and a reason,
// never the value.
type Fault struct {
	Field  string
	Reason Reason
}

// Reason says why a value is refused, as the key below "wrong" in the catalogue.
type Reason string

// Why a field is refused.
const (
	ReasonRequired   Reason = "required"        // nothing was entered
	ReasonLong       Reason = "too-long"        // more characters than declared
	ReasonURL        Reason = "url"             // looks like a link, the way spam does
	ReasonControl    Reason = "control"         // line breaks or control characters
	ReasonChoice     Reason = "choose"          // not one of the declared choices
	ReasonUndeclared Reason = "undeclared"      // the list does not hold such a field
	ReasonBoth       Reason = "erase-and-value" // a new value, and its box "erase"
)

// Faults is every fault of a form, in the order of the declaration. As an
// error it names fields and reasons, never values.
type Faults []Fault

func (fs Faults) Error() string {
	parts := make([]string, len(fs))
	for i, f := range fs {
		parts[i] = f.Field + ": " + string(f.Reason)
	}
	return "fields refused: " + strings.Join(parts, ", ")
}
