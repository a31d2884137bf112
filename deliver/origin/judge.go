package origin

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"example.jp/kairan/subscribe"
)

// judged is a message that is being judged.
type judged struct {
	*Message
	verdicts
	house   House
	dns     *dns
	from    string // the domain of From
	sender  Sender // the list that it is of; the zero Sender: of none
	ruled   record // by which it is judged; none is at ""
	asked   policy
	ruleErr error
	signed  []signature
	spf     sent
}

// Judge says what whoever took the message could see of where it comes from, a verdict
// for each thing. Nothing is believed but what the message and the DNS show now.
func (h House) Judge(ctx context.Context, r Resolver, m *Message) []Verdict {
	j := &judged{Message: m, house: h, dns: &dns{from: r}}
	if !j.readFrom() { // by which all the rest would be judged
		return append(j.verdicts, m.others()...)
	}
	j.ruled, j.asked, j.ruleErr = j.dns.published(ctx, j.from)
	j.signed = j.dns.signatures(ctx, m)
	for n := range j.signed {
		s := &j.signed[n]
		ok, err := j.dns.aligned(ctx, j.from, s.domain, j.ruled.strictDKIM)
		s.aligned = ok
		s.unknown = s.unknown || s.verifies && err != nil
	}
	j.spf = j.sent(ctx)
	j.saySignatures()
	j.saySPF()
	j.sayDMARC()
	j.sayOneClick()
	return append(j.verdicts, m.others()...)
}

// readFrom finds the list that the message is of.
func (j *judged) readFrom() bool {
	from, err := j.Message.from()
	if err != nil {
		j.say("from", Wrong, "%s; providers refuse that, and no DMARC passes with it: see to what rewrites it on the way", err)
		return false
	}
	j.from = from.Domain()
	for _, s := range j.house.Senders {
		if s.From.Identity() == from.Identity() {
			j.sender = s
		}
	}
	if j.sender.List == "" {
		j.say("from", Doubtful, "at %s, and of no list that is declared here; is this a copy of ours, or does the relay rewrite From?", name(j.from))
		return true
	}
	j.say("from", Fine, "that of the list %s, at %s", j.sender.List, name(j.from))
	return true
}

// saySignatures has a verdict for each. One that is broken is no harm where another
// holds for From.
func (j *judged) saySignatures() {
	if len(j.signed) == 0 {
		j.say("dkim", Wrong, "there is no DKIM-Signature: the relay does not sign; give it a key of the domain of From, as the lines on DKIM say in\n  kairan init --print postfix")
		return
	}
	holds := slices.ContainsFunc(j.signed, signature.holds)
	for _, s := range j.signed {
		who := fmt.Sprintf("%s, selector %s: ", name(s.domain), name(s.selector))
		weak := s.key.weak()
		switch {
		case s.unknown:
			j.say("dkim", Unknown, "%scould not be judged: %s", who, orLater(s.fault))
		case !s.verifies && holds:
			j.say("dkim", Doubtful, "%s%s", who, s.fault)
		case !s.verifies:
			j.say("dkim", Wrong, "%s%s", who, s.fault)
		case !s.aligned:
			j.say("dkim", Fine, "%sverifies, but it is not of the domain of From, and so proves nothing for DMARC (%s)", who, s.key)
		case weak != "":
			j.say("dkim", Doubtful, "%sverifies; %s", who, weak)
		default:
			j.say("dkim", Fine, "%sverifies (%s), and signs %s", who, s.key, s.names())
		}
	}
	if more := len(j.values("dkim-signature")) - len(j.signed); more > 0 {
		j.say("dkim", Doubtful, "%d more signatures were not looked at", more)
	}
}

// holds says that a signature proves From.
func (s signature) holds() bool { return s.verifies && s.aligned && !s.unknown }

func orLater(fault string) string {
	if fault == "" {
		return "the DNS did not answer; try again later"
	}
	return fault
}

// names are the signed headers.
func (s signature) names() string {
	const most = 24
	shown := make([]string, 0, len(s.headers))
	for _, h := range s.headers[:min(len(s.headers), most)] {
		shown = append(shown, name(h))
	}
	if more := len(s.headers) - most; more > 0 {
		shown = append(shown, fmt.Sprintf("%d more", more))
	}
	return strings.Join(shown, ", ")
}

func (j *judged) sayDMARC() {
	var by, not []string
	unknown := j.ruleErr != nil || j.spf.unknown()
	for _, s := range j.signed {
		unknown = unknown || s.unknown
	}
	if slices.ContainsFunc(j.signed, signature.holds) {
		by = append(by, "DKIM")
	} else {
		not = append(not, "DKIM does not verify for "+name(j.from)+alignedHow(j.ruled.strictDKIM))
	}
	if j.spf.passes && j.spf.aligned {
		by = append(by, "SPF")
	} else {
		not = append(not, "SPF does not pass for "+name(j.from)+alignedHow(j.ruled.strictSPF))
	}
	switch {
	case j.ruled.at == "" && j.ruleErr == nil:
		passes := "with one it would pass by " + strings.Join(by, " and ")
		if len(by) == 0 {
			passes = "with one it would fail: " + strings.Join(not, ", and ")
		}
		j.write("dmarc", Doubtful, "_dmarc."+j.from, dmarcText, "%s has no record, which large providers ask for (%s); publish", name(j.from), passes)
	case len(by) > 0 && j.ruleErr == nil:
		j.say("dmarc", Fine, "passes by %s; %s", strings.Join(by, " and "), sayPolicy(j.ruled, j.asked))
	case unknown:
		j.say("dmarc", Unknown, "could not be judged: neither DKIM nor SPF is seen to hold for %s, and not all could be looked up", name(j.from))
	default:
		j.say("dmarc", Wrong, "fails, and carriers warn readers of such mail or refuse it (%s): %s; let the relay sign with a key of %s",
			sayPolicy(j.ruled, j.asked), strings.Join(not, ", and "), name(j.from))
	}
}

// alignedHow says how near a domain has to be.
func alignedHow(strict bool) string {
	if strict {
		return " itself (the record asks for strict alignment)"
	}
	return " or a domain of the same organisation"
}

// oneClick is the value that the second header has, letter by letter (RFC 8058 §3.1).
const oneClick = "List-Unsubscribe=One-Click"

var httpsLink = regexp.MustCompile(`<\s*https://[^<>\s]+>`)

// sayOneClick judges the two headers that make the button for leaving (RFC 8058 §3.1, §4).
func (j *judged) sayOneClick() {
	const unsubscribe, post = "list-unsubscribe", "list-unsubscribe-post"
	links, posts := j.values(unsubscribe), j.values(post)
	names := func(s signature) bool {
		return slices.Contains(s.headers, unsubscribe) && slices.Contains(s.headers, post)
	}
	covers := func(s signature) bool { return s.verifies && names(s) }
	switch {
	case len(links) == 0 && len(posts) == 0:
		would := "whether they would be signed does not show here"
		if slices.ContainsFunc(j.signed, covers) {
			would = "they would be signed: h= of the signature names both"
		}
		j.say("one-click", Unknown, "no List-Unsubscribe: copies for testers and notices have none; look at a copy of an issue to a mailbox of yours that has signed up (%s)", would)
	case len(links) != 1 || len(httpsLink.FindAllString(links[0], -1)) != 1:
		j.say("one-click", Wrong, "there is not one List-Unsubscribe with one https link, so no button for leaving appears; something on the way adds to it or takes it off")
	case len(posts) != 1 || posts[0] != oneClick:
		j.say("one-click", Wrong, "there is not one List-Unsubscribe-Post that says %s, so no button for leaving appears; something on the way changes it", oneClick)
	case slices.ContainsFunc(j.signed, covers):
		j.say("one-click", Fine, "List-Unsubscribe and List-Unsubscribe-Post are whole, and signed")
	case slices.ContainsFunc(j.signed, func(s signature) bool { return s.unknown && names(s) }):
		j.say("one-click", Unknown, "a signature names List-Unsubscribe and List-Unsubscribe-Post; whether it verifies could not be judged")
	case slices.ContainsFunc(j.signed, names):
		j.say("one-click", Wrong, "List-Unsubscribe and List-Unsubscribe-Post are signed, but the signature does not verify, so no button for leaving appears; see dkim above")
	default:
		j.say("one-click", Wrong, "no signature that verifies covers List-Unsubscribe and List-Unsubscribe-Post, so no button for leaving appears; name both to the signer (OpenDKIM: SignHeaders *,+List-Unsubscribe,+List-Unsubscribe-Post)")
	}
}

var (
	comment    = regexp.MustCompile(`\([^()]*\)`)
	saidResult = regexp.MustCompile(`(?i)(?:^|[;\s])(dkim|spf|dmarc)\s*=\s*(pass|fail|softfail|neutral|none|policy|temperror|permerror)\b`)
)

// others are what those who took the message have written into it (RFC 8601 §2.2). Only
// words of a small vocabulary are shown of it: the rest holds addresses.
func (m *Message) others() (said []Verdict) {
	const most = 4
	for _, value := range m.values("authentication-results") {
		who, rest, _ := strings.Cut(comment.ReplaceAllString(value, " "), ";")
		var results []string
		for _, r := range saidResult.FindAllStringSubmatch(rest, -1) {
			if one := strings.ToLower(r[1] + "=" + r[2]); len(results) < 2*most && !slices.Contains(results, one) {
				results = append(results, one)
			}
		}
		if len(results) == 0 || len(said) == most {
			continue
		}
		host, _, _ := strings.Cut(strings.TrimSpace(who), " ")
		said = append(said, Verdict{What: "others", Text: fmt.Sprintf("%s wrote into it: %s (told, not believed)", name(host), strings.Join(results, ", "))})
	}
	return said
}

// returned says whether the path on which reports come back is one that was declared.
func (s Sender) returned(domain string) bool {
	return s.ReturnPath == (subscribe.Address{}) || strings.EqualFold(s.ReturnPath.Domain(), domain)
}
