package compose

import (
	"encoding/json"
	"errors"
	"fmt"
)

// version of the stored form. A change that alters any byte of a message needs
// a new one, and the old one stays readable.
const version = 1

// Marshal returns the form to be stored with the issue. It holds a key, from
// which Message-IDs are made, and nothing about readers.
func (c *Compiled) Marshal() ([]byte, error) {
	b, err := json.Marshal(c.form)
	if err != nil {
		return nil, fmt.Errorf("compose: the compiled issue cannot be stored: %w", err)
	}
	return b, nil
}

// Unmarshal reads what Marshal returned.
func Unmarshal(stored []byte) (*Compiled, error) {
	var c Compiled
	if err := json.Unmarshal(stored, &c.form); err != nil {
		return nil, errors.New("compose: the stored issue cannot be read; restore it from a backup, or cancel it and send it again under another name")
	}
	if c.form.Version != version {
		return nil, fmt.Errorf("compose: the stored issue has version %d and this program reads version %d; run the program that stored it, or a newer one",
			c.form.Version, version)
	}
	if len(c.form.Key) == 0 || c.form.Boundary == "" || len(c.form.HTML.Segments) == 0 || len(c.form.Text.Segments) == 0 {
		return nil, errors.New("compose: the stored issue is not complete; restore it from a backup, or cancel it and send it again under another name")
	}
	return &c, nil
}
