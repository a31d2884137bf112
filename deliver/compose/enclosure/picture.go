package enclosure

import (
	"bytes"
	"image"
	_ "image/gif"  // so that it is known
	_ "image/jpeg" // likewise
	_ "image/png"  // likewise

	"example.jp/kairan/deliver/phrase"
)

// The greatest size of a picture in points: beyond it phones give up.
const (
	maxSide   = 10_000
	maxPoints = 40_000_000
)

// picture takes pictures of a format. Only their heads are read.
func picture(format string) func(*Kind, []byte) error {
	return func(k *Kind, data []byte) error {
		head, is, err := image.DecodeConfig(bytes.NewReader(data))
		switch {
		case err != nil || is != format:
			return otherwise(data)
		case head.Width < 1 || head.Height < 1:
			return phrase.Say("the picture has no size; save it anew")
		case head.Width > maxSide || head.Height > maxSide || head.Width*head.Height > maxPoints:
			return phrase.Say("the picture has %d × %d points, which many phones cannot show; make it smaller: 1,200 points across are enough", head.Width, head.Height)
		}
		k.Width, k.Height = head.Width, head.Height
		if format == "jpeg" {
			c := cameraOf(data)
			if k.Turned, k.Located = c.turn > 1, c.located; c.onItsSide() {
				k.Width, k.Height = k.Height, k.Width
			}
		}
		return nil
	}
}
