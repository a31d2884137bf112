package composetest

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math/rand/v2"
	"slices"
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

// Photo is a JPEG picture of 4 × 2 points with what a camera writes into it: how it must be
// turned, and, if it is located, where it was taken.
func Photo(t testing.TB, turn byte, located bool) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, image.NewGray(image.Rect(0, 0, 4, 2)), nil); err != nil {
		t.Fatal(err)
	}
	gps := []byte{0, 1, 0, 2, 0, 5, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0} // a latitude
	if !located {
		gps = []byte{0, 0, 0, 0, 0, 0}
	}
	exif := slices.Concat([]byte("Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x02"),
		[]byte{0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, turn, 0, 0}, []byte{0x88, 0x25, 0, 4, 0, 0, 0, 1, 0, 0, 0, 38}, []byte{0, 0, 0, 0}, gps)
	plain := b.Bytes()
	return slices.Concat(plain[:2], []byte{0xff, 0xe1, 0, byte(len(exif) + 2)}, exif, plain[2:])
}
