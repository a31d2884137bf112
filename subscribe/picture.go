package subscribe

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"image"
	_ "image/jpeg" // pictures are PNG, JPEG or SVG
	_ "image/png"
	"io"
	"strings"
)

// MaxPicture is how large a picture on the pages may be, in octets: each page waits for it.
const MaxPicture = 128 << 10

// Picture is what pages show as a picture, and nothing else: a PNG, a JPEG, or an SVG that
// holds no script and fetches nothing.
type Picture struct {
	Type          string // its media type
	Ending        string // of its file name, such as "png"
	Body          []byte
	Width, Height int // in px; 0: an SVG, which has any size
}

// ParsePicture judges the octets of a file. The error says what is wrong with them.
func ParsePicture(body []byte) (Picture, error) {
	switch {
	case len(body) == 0:
		return Picture{}, errors.New("is empty")
	case len(body) > MaxPicture:
		return Picture{}, fmt.Errorf("is larger than %d KiB, for which each reader would wait", MaxPicture>>10)
	}
	seen, format, err := image.DecodeConfig(bytes.NewReader(body))
	if ending := map[string]string{"png": "png", "jpeg": "jpg"}[format]; err == nil && ending != "" {
		return Picture{"image/" + format, ending, body, seen.Width, seen.Height}, nil
	}
	if err := checkSVG(body); err != nil {
		return Picture{}, err
	}
	return Picture{Type: "image/svg+xml", Ending: "svg", Body: body}, nil
}

// checkSVG refuses what an SVG can hold beside a picture: programs, pages, and what lies
// elsewhere.
func checkSVG(body []byte) error {
	d := xml.NewDecoder(bytes.NewReader(body))
	root := true
	for {
		token, err := d.Token()
		switch {
		case errors.Is(err, io.EOF) && !root:
			return nil
		case err != nil:
			return errors.New("is no PNG, JPEG or SVG")
		}
		switch x := token.(type) {
		case xml.Directive:
			if bytes.ContainsRune(x, '[') {
				return errors.New("is an SVG that declares entities; save it without them")
			}
		case xml.ProcInst:
			if x.Target != "xml" {
				return fmt.Errorf("is an SVG with <?%s?>; save it without it", x.Target)
			}
		case xml.CharData:
			if fetches(string(x)) {
				return errors.New("is an SVG that fetches something; save it with all that it needs")
			}
		case xml.StartElement:
			if root && x.Name.Local != "svg" {
				return errors.New("is no PNG, JPEG or SVG")
			}
			root = false
			if err := checkElement(x); err != nil {
				return err
			}
		}
	}
}

func checkElement(x xml.StartElement) error {
	switch strings.ToLower(x.Name.Local) {
	case "script", "foreignobject", "iframe", "object", "embed", "handler", "listener", "set", "animate", "a":
		return fmt.Errorf("is an SVG with <%s>, which is no part of a picture; save it without it", x.Name.Local)
	}
	for _, a := range x.Attr {
		name, value := strings.ToLower(a.Name.Local), strings.TrimSpace(a.Value)
		switch {
		case strings.HasPrefix(name, "on"):
			return fmt.Errorf("is an SVG that acts by itself (%s); save it without that", a.Name.Local)
		case (name == "href" || name == "src") && !strings.HasPrefix(value, "#") && !strings.HasPrefix(value, "data:image/png") && !strings.HasPrefix(value, "data:image/jpeg"),
			a.Name.Space != "xmlns" && name != "xmlns" && fetches(value):
			return errors.New("is an SVG that fetches something; save it with all that it needs")
		}
	}
	return nil
}

// fetches says whether a style asks for what lies elsewhere.
func fetches(style string) bool {
	style = strings.ToLower(style)
	if strings.Contains(style, "@import") || strings.Contains(style, "javascript:") {
		return true
	}
	for _, after := range strings.Split(style, "url(")[1:] {
		if !strings.HasPrefix(strings.TrimLeft(after, `"' `), "#") {
			return true
		}
	}
	return false
}
