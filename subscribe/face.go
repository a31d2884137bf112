package subscribe

import (
	"cmp"
	"fmt"
	"math"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Face is what the issues of a list show beside what the law asks for. None of it is
// needed: the zero Face is plain.
type Face struct {
	Logo   Logo
	Colour Colour
	Header Text // a few lines above the text of an issue; URLs in them are links
	Footer Text // likewise, below the text
}

// Or is the face, with what it lacks from another.
func (f Face) Or(other Face) Face {
	return Face{cmp.Or(f.Logo, other.Logo), cmp.Or(f.Colour, other.Colour), cmp.Or(f.Header, other.Header), cmp.Or(f.Footer, other.Footer)}
}

// Logo is a picture that stands for the office's name. Issues show what lies on its own web
// site, and pages the same from a file, since they load nothing from another host.
type Logo struct {
	URL           string // https; "": issues have none
	File          string // path on this machine; "": pages have none
	Width, Height int    // as shown, in px
}

// Colour is an sRGB colour such as "#00118f"; "": none.
type Colour string

// The colours that all others are judged by: black, white, and what stands behind the text
// of an issue where the reader's screen is dark.
const (
	Black Colour = "#000000"
	White Colour = "#ffffff"
	Night Colour = "#1d1d22"
)

// MinContrast is the least contrast at which text can be read (WCAG 2.2, 1.4.3).
const MinContrast = 4.5

var colourForm = regexp.MustCompile(`^#[0-9a-f]{6}$`)

// ParseColour reads "#" and six hexadecimal digits.
func ParseColour(s string) (Colour, error) {
	if c := strings.ToLower(s); colourForm.MatchString(c) {
		return Colour(c), nil
	}
	return "", fmt.Errorf("%q is not a colour such as #00118f", s)
}

// Contrast is the ratio of two colours' luminances, 1 to 21 (WCAG 2.2, contrast ratio).
func (c Colour) Contrast(other Colour) float64 {
	a, b := c.luminance(), other.luminance()
	return (max(a, b) + 0.05) / (min(a, b) + 0.05)
}

// Lit is the colour, with as much white as it needs to be read on dark.
func (c Colour) Lit(dark Colour) Colour {
	const clear = 7 // as WCAG 2.2, 1.4.6 asks of text
	for white := 0.0; white < 1; white += 0.02 {
		if lit := c.Toward(White, white); lit.Contrast(dark) >= clear {
			return lit
		}
	}
	return White
}

// Toward is the colour with a share of another in it, 0 to 1.
func (c Colour) Toward(other Colour, share float64) Colour {
	mixed, end := "#", other.parts()
	for i, p := range c.parts() {
		mixed += fmt.Sprintf("%02x", int(math.Round(p+(end[i]-p)*share)))
	}
	return Colour(mixed)
}

func (c Colour) luminance() float64 {
	p := c.parts()
	for i := range p {
		if p[i] /= 255; p[i] <= 0.04045 {
			p[i] /= 12.92
		} else {
			p[i] = math.Pow((p[i]+0.055)/1.055, 2.4)
		}
	}
	return 0.2126*p[0] + 0.7152*p[1] + 0.0722*p[2]
}

// parts are red, green and blue, 0 to 255.
func (c Colour) parts() (p [3]float64) {
	n, err := strconv.ParseUint(strings.TrimPrefix(string(c), "#"), 16, 24)
	if err != nil {
		return p
	}
	return [3]float64{float64(n >> 16), float64(n >> 8 & 255), float64(n & 255)}
}

// Hosts are where the office's pictures may lie: its own web site, which is where its
// policy is published, and the public pages' host. The site in lang comes first.
func (o *Office) Hosts(lang Lang) (hosts []string) {
	for _, page := range []string{o.PolicyURL.In(lang), o.PolicyURL.JA, o.PolicyURL.EN, o.BaseURL} {
		if u, err := url.Parse(page); err == nil && u.Host != "" && !slices.Contains(hosts, u.Host) {
			hosts = append(hosts, u.Host)
		}
	}
	return hosts
}
