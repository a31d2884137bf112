package enclosure

import (
	"bytes"
	"encoding/binary"
)

// camera is what a camera has written into a photograph (Exif 2.32).
type camera struct {
	turn    int  // how it must be turned to stand upright: 1 to 8; 1, and 0 for not said: not at all
	located bool // it says where it was taken
}

// onItsSide says whether width and height are the other way round when it stands upright.
func (c camera) onItsSide() bool { return c.turn >= 5 && c.turn <= 8 }

// The tags of Exif that are of interest.
const (
	tagOrientation = 0x0112
	tagGPS         = 0x8825
	tagLatitude    = 0x0002 // within GPS
)

// cameraOf reads the Exif segment of a JPEG picture. What cannot be read says nothing.
func cameraOf(jpeg []byte) (c camera) {
	t, ok := exifOf(jpeg)
	if !ok || len(t.data) < 8 {
		return c
	}
	t.each(int(t.order.Uint32(t.data[4:])), func(tag uint16, value []byte) {
		switch tag {
		case tagOrientation:
			c.turn = int(t.order.Uint16(value))
		case tagGPS:
			t.each(int(t.order.Uint32(value)), func(tag uint16, _ []byte) { c.located = c.located || tag == tagLatitude })
		}
	})
	return c
}

// tiff is the form in which Exif is written.
type tiff struct {
	data  []byte
	order binary.ByteOrder
}

// exifOf finds the segment: it stands before the picture itself.
func exifOf(jpeg []byte) (t tiff, ok bool) {
	for at := 2; at+4 <= len(jpeg) && jpeg[at] == 0xff && jpeg[at+1] != 0xda; {
		size := int(binary.BigEndian.Uint16(jpeg[at+2:]))
		end := at + 2 + size
		if size < 2 || end > len(jpeg) {
			return t, false
		}
		if data, exif := bytes.CutPrefix(jpeg[at+4:end], []byte("Exif\x00\x00")); jpeg[at+1] == 0xe1 && exif {
			switch {
			case bytes.HasPrefix(data, []byte("II*\x00")):
				return tiff{data, binary.LittleEndian}, true
			case bytes.HasPrefix(data, []byte("MM\x00*")):
				return tiff{data, binary.BigEndian}, true
			}
		}
		at = end
	}
	return t, false
}

// each goes over the entries of a directory; value are the four octets of its value, or of
// where that is.
func (t tiff) each(at int, do func(tag uint16, value []byte)) {
	if at < 0 || at+2 > len(t.data) {
		return
	}
	n := int(t.order.Uint16(t.data[at:]))
	for i := range n {
		entry := at + 2 + 12*i
		if entry+12 > len(t.data) {
			return
		}
		do(t.order.Uint16(t.data[entry:]), t.data[entry+8:entry+12])
	}
}
