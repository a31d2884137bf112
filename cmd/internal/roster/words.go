package roster

import (
	"errors"

	"example.jp/kairan/subscribe"
)

var addressWords = map[subscribe.AddressFault]string{
	subscribe.AddressEmpty:    "the address is missing",
	subscribe.AddressForm:     "the address is none",
	subscribe.AddressNonASCII: "the address has signs before the @ that mail does not carry",
	subscribe.AddressDomain:   "what stands behind the @ of the address is no domain",
	subscribe.AddressSign:     "what stands behind the @ of the address has a sign that no domain has",
	subscribe.AddressHidden:   "the address holds signs that cannot be seen",
	subscribe.AddressMixed:    "the domain of the address is written to look like another",
	subscribe.AddressLong:     "the address is too long",
	subscribe.AddressOwn:      "the address is one of this installation",
	subscribe.AddressRole:     "the address is a machine's, or everybody's",
}

func wordsOfAddress(err error) string {
	if fault, ok := errors.AsType[subscribe.AddressFault](err); ok && addressWords[fault] != "" {
		return addressWords[fault]
	}
	return "the address is none"
}

var fieldWords = map[subscribe.Reason]string{
	subscribe.ReasonControl: "has signs that cannot be printed",
	subscribe.ReasonLong:    "is too long",
	subscribe.ReasonURL:     "looks like a link",
	subscribe.ReasonChoice:  "is none of the choices that the list declares",
}

func wordsOfFields(err error) string {
	if faults, ok := errors.AsType[subscribe.Faults](err); ok && fieldWords[faults[0].Reason] != "" {
		return faults[0].Field + " " + fieldWords[faults[0].Reason]
	}
	return "a field holds what the list does not take"
}
