package templates

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"html"
	"image"
	"image/color"
	"image/png"
	"math"
	"unicode"
)

// Icon is what stands for an office in a browser's tab: the first letter of its name, white
// on its colour. It is an SVG without a style of its own, which the pages' policy forbids.
func Icon(name, colour string) []byte {
	letter := ""
	for _, r := range name {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			letter = string(unicode.ToUpper(r))
			break
		}
	}
	return fmt.Appendf(nil, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="6" fill="%s"/>`+
		`<text x="16" y="16" dy=".35em" text-anchor="middle" font-family="sans-serif" font-size="22" font-weight="700" fill="#ffffff">%s</text></svg>`+"\n",
		html.EscapeString(colour), html.EscapeString(letter))
}

// iconSide is the width of a small icon in pixels.
const iconSide = 32

// SmallIcon is an office's icon for whoever shows no SVG (Safari, bookmarks, feed readers):
// an envelope, white on its colour, which needs no typeface. It is an ICO file
// with one PNG of 32 by 32 pixels.
func SmallIcon(colour string) ([]byte, error) {
	var key color.NRGBA
	if _, err := fmt.Sscanf(colour, "#%02x%02x%02x", &key.R, &key.G, &key.B); err != nil {
		return nil, fmt.Errorf("%q is not a colour such as #00118f: %w", colour, err)
	}
	const fine = 4 // each pixel is the mean of 4 by 4
	ground := image.NewNRGBA(image.Rect(0, 0, iconSide, iconSide))
	for y := range iconSide {
		for x := range iconSide {
			in, white := 0, 0
			for i := range fine * fine {
				px, py := float64(x)+(float64(i%fine)+0.5)/fine, float64(y)+(float64(i/fine)+0.5)/fine
				switch {
				case onEnvelope(px, py):
					in, white = in+1, white+1
				case inRound(px, py, iconSide, 6):
					in++
				}
			}
			if in > 0 {
				mix := func(c uint8) uint8 { return uint8((int(c)*(in-white) + 255*white) / in) }
				ground.SetNRGBA(x, y, color.NRGBA{mix(key.R), mix(key.G), mix(key.B), uint8(255 * in / (fine * fine))})
			}
		}
	}
	var picture bytes.Buffer
	if err := png.Encode(&picture, ground); err != nil {
		return nil, fmt.Errorf("encoding an icon: %w", err)
	}
	// One directory entry: width, height, colours, 0, planes, bits, length, offset.
	out := []byte{0, 0, 1, 0, 1, 0, iconSide, iconSide, 0, 0, 1, 0, 32, 0}
	out = binary.LittleEndian.AppendUint32(out, uint32(picture.Len()))
	out = binary.LittleEndian.AppendUint32(out, 22)
	return append(out, picture.Bytes()...), nil
}

// inRound says whether a point lies in a square with round corners.
func inRound(x, y, side, radius float64) bool {
	dx, dy := max(radius-x, x-side+radius, 0), max(radius-y, y-side+radius, 0)
	return dx*dx+dy*dy <= radius*radius
}

// onEnvelope says whether a point lies on the lines of an envelope in a square of 32.
func onEnvelope(x, y float64) bool {
	const l, t, r, b, width = 5.5, 9.0, 26.5, 23.0, 1.25
	for _, s := range [][4]float64{{l, t, r, t}, {r, t, r, b}, {l, b, r, b}, {l, t, l, b}, {l, t, 16, 17.5}, {16, 17.5, r, t}} {
		dx, dy := s[2]-s[0], s[3]-s[1]
		at := min(max(((x-s[0])*dx+(y-s[1])*dy)/(dx*dx+dy*dy), 0), 1)
		if math.Hypot(x-s[0]-at*dx, y-s[1]-at*dy) <= width {
			return true
		}
	}
	return false
}
