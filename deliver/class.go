package deliver

import (
	"cmp"
	"slices"
	"strings"
)

// Class is copies that failed alike: by the codes of the reply, and at one provider. It
// names nobody.
type Class struct {
	Deferred bool   // it is tried again
	Back     bool   // the relay had taken them, and they came back
	Stage    Stage  // of what came back: [StageRcpt]
	Code     int    // the SMTP reply; 0: the connection failed, or the report has none
	Enhanced string // RFC 3463; "" if there was none
	Provider string // domain of a big provider, see [subscribe.Address.Provider]; "": of any other
}

// Classes count copies by their class.
type Classes map[Class]int

// mostClasses bounds what is kept of a run, whatever relays say.
const mostClasses = 256

// Add counts copies. Once there are very many classes, what is new of them counts as one
// that says nothing but whether it is final.
func (c Classes) Add(x Class, copies int) {
	if _, known := c[x]; !known && len(c) >= mostClasses {
		x = Class{Deferred: x.Deferred, Back: x.Back, Stage: StageRcpt, Code: 550}
		if x.Deferred {
			x.Code = 450
		}
	}
	c[x] += copies
}

// Ended are the classes when their run has ended: what was put off is given up, or if the run
// was cancelled it is no failure.
func (c Classes) Ended(cancelled bool) Classes {
	out := Classes{}
	for x, n := range c {
		if x.Deferred && cancelled {
			continue
		}
		x.Deferred = false
		out[x] += n
	}
	return out
}

// Merge lets providers be named of which there are so many copies at least in a class. The
// others of the class are counted together.
func (c Classes) Merge(least int) Classes {
	out := Classes{}
	for x, n := range c {
		if n < least {
			x.Provider = ""
		}
		out[x] += n
	}
	return out
}

// Sorted are the classes, the largest first.
func (c Classes) Sorted() (all []Class) {
	for x := range c {
		all = append(all, x)
	}
	slices.SortFunc(all, func(a, b Class) int {
		return cmp.Or(cmp.Compare(c[b], c[a]), cmp.Compare(a.Code, b.Code), cmp.Compare(a.Enhanced, b.Enhanced), cmp.Compare(a.Provider, b.Provider), cmp.Compare(a.Stage, b.Stage))
	})
	return all
}

// Advice is what is to be done about a class; its name is a key of the catalogue of texts.
type Advice string

// What is to be done.
const (
	AdviseMailbox    Advice = "mailbox"    // there is none
	AdviseFull       Advice = "full"       // it is full, or not in use now
	AdviseSize       Advice = "size"       // the message is too large
	AdviseContent    Advice = "content"    // the message is not taken
	AdviseProof      Advice = "proof"      // SPF, DKIM or DMARC
	AdvisePolicy     Advice = "policy"     // we may not send there
	AdviseSender     Advice = "sender"     // the return path is not taken
	AdviseLogin      Advice = "login"      // the relay does not let us in
	AdviseLimit      Advice = "limit"      // too much at once
	AdviseLater      Advice = "later"      // it asks to come again
	AdviseWay        Advice = "way"        // the host cannot be reached
	AdviseConnection Advice = "connection" // it broke
	AdviseOther      Advice = "unclear"
)

// Advices are all of them.
func Advices() []Advice {
	return []Advice{AdviseMailbox, AdviseFull, AdviseSize, AdviseContent, AdviseProof, AdvisePolicy, AdviseSender, AdviseLogin, AdviseLimit, AdviseLater, AdviseWay, AdviseConnection, AdviseOther}
}

// Advice is what is to be done about the class, by what its codes mean (RFC 3463 §3,
// RFC 5321 §4.2.3, RFC 7372).
func (x Class) Advice() Advice {
	r := Judge(cmp.Or(x.Stage, StageRcpt), x.Code, x.Enhanced, "")
	switch {
	case x.Code == 0 && x.Enhanced == "" && !x.Back:
		return AdviseConnection
	case ourAddress(x.Enhanced), r.Blame == BlameList:
		return AdviseSender
	case r.Blame == BlameUs, x.Code == 530, x.Code == 535, x.about("7.8"):
		return AdviseLogin
	case x.about("7.20", "7.21", "7.22", "7.23", "7.24", "7.25", "7.26", "7.27", "7.29", "7.30"):
		return AdviseProof
	case r.Blame == BlameLimit, x.about("7.28"), x.Code/100 == 4 && x.about("7.0"):
		return AdviseLimit
	case x.about("2.2"):
		return AdviseFull
	case x.about("2.3", "3.4"), x.Code == 552:
		return AdviseSize
	case x.about("4."):
		return AdviseWay
	case x.Code/100 == 4, strings.HasPrefix(x.Enhanced, "4."):
		return AdviseLater
	}
	return x.adviseRefused(r)
}

// adviseRefused is for what will not be taken another time either.
func (x Class) adviseRefused(r Result) Advice {
	switch {
	case x.about("7."):
		return AdvisePolicy
	case x.about("6.", "5."), r.Blame == BlameMessage && x.Stage > StageRcpt:
		return AdviseContent
	case x.about("1.", "2.1"), r.Blame == BlameAddress:
		return AdviseMailbox
	}
	return AdviseOther
}

// about says whether the enhanced code is about one of these, such as "2.2", or "7." for all
// of a subject.
func (x Class) about(subjects ...string) bool {
	_, about, _ := strings.Cut(x.Enhanced, ".")
	return slices.ContainsFunc(subjects, func(s string) bool { return about == s || strings.HasSuffix(s, ".") && strings.HasPrefix(about, s) })
}
