package composetest

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"math/rand/v2"
	"testing"
)

// PNG is a picture of so many points.
func PNG(t testing.TB, width, height int) []byte {
	t.Helper()
	p := image.NewPaletted(image.Rect(0, 0, width, height), color.Palette{color.White, color.Black})
	for i := range p.Pix {
		p.Pix[i] = uint8(i/7) % 2
	}
	var b bytes.Buffer
	if err := png.Encode(&b, p); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// PDF is what begins like a PDF, and has so many octets; they are the same each time, and
// cannot be compressed.
func PDF(octets int) []byte {
	b := make([]byte, octets)
	_, _ = rand.NewChaCha8([32]byte{1}).Read(b)
	copy(b, "%PDF-1.7\n")
	return b
}
