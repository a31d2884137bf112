package config

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"unicode/utf8"

	"github.com/pelletier/go-toml/v2"

	"example.jp/kairan/subscribe"
)

// maxFile is far more than a thousand lists need.
const maxFile = 4 << 20

// Load reads the configuration at path. The error is [Faults], or says why the
// file cannot be read.
func Load(path string) (*Config, error) {
	source, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("there is no %s; `kairan init` writes one to start from: %w", path, fs.ErrNotExist)
	case errors.Is(err, fs.ErrPermission):
		return nil, fmt.Errorf("%s may not be read by this user; give its group the right to read it, and run as a member of that group: %w", path, fs.ErrPermission)
	case err != nil:
		return nil, fmt.Errorf("%s cannot be read; name a TOML file: %w", path, err)
	}
	return Parse(path, source)
}

// Parse reads source as the configuration file called name, against whose
// folder relative paths are resolved. The error is [Faults]. The only thing it
// asks of the machine is RUNTIME_DIRECTORY, where systemd wants sockets.
func Parse(name string, source []byte) (*Config, error) {
	return parse(name, source, os.Getenv("RUNTIME_DIRECTORY"))
}

func parse(name string, source []byte, runtime string) (*Config, error) {
	source = bytes.TrimPrefix(source, []byte("\ufeff"))
	values, fault := decode(source)
	if fault != nil {
		fault.File = name
		return nil, Faults{*fault}
	}
	r := &reader{file: name, at: locate(source)}
	top := &table{r: r, line: 1, values: values}
	c := &Config{Path: name, at: r.at}
	top.rows(c.installation(runtime))
	c.checkInstallation(top)
	c.checkListen(top.whole(c.listen()))
	first := top.whole(c.relay(&c.Relay))
	c.Relay.check(first)
	for _, t := range top.items("fallback_relays", "[[fallback_relays]] and the keys of [relay] on the lines below") {
		var r Relay
		t.rows(c.relay(&r))
		r.check(t)
		t.end()
		c.Fallback = append(c.Fallback, r)
	}
	c.checkShares(first)
	top.whole(c.sending())
	c.checkSuspension(top.whole(c.suspension()))
	top.whole(c.limits())
	periods := top.whole(c.periods())
	top.whole(c.backups())
	c.checkRetention(periods)
	top.whole(c.bounce())
	top.whole(c.alarms())
	top.whole(c.host())
	c.declarations(top)
	for _, o := range c.Offices {
		o.Keeping = subscribe.Keeping{Retention: c.Retention, Relay: c.Relay.Operator, Machine: c.Operator}
	}
	top.end()
	if err := r.faults.err(); err != nil {
		return nil, err
	}
	return c, nil
}

// decode is the values of a TOML file, or the one thing that makes it none.
func decode(source []byte) (map[string]any, *Fault) {
	if len(source) > maxFile {
		return nil, &Fault{Line: 1, Message: "larger than 4 MiB, so this is not the configuration; name the right file"}
	}
	line := 0
	for text := range bytes.Lines(source) {
		if line++; !utf8.Valid(text) {
			return nil, &Fault{Line: line, Message: "not UTF-8 (Shift_JIS or UTF-16, perhaps); save the file as UTF-8"}
		}
	}
	values := map[string]any{}
	if err := toml.Unmarshal(source, &values); err != nil {
		f := Fault{Line: 1, Message: "not TOML: " + scrub(strings.TrimPrefix(err.Error(), "toml: ")) + "; correct it and run again"}
		if e, ok := errors.AsType[*toml.DecodeError](err); ok {
			row, column := e.Position()
			f.Line = max(row, 1)
			said := scrub(strings.TrimPrefix(e.Error(), "toml: "))
			if wide, plain := lookAlike(source, row, column); plain != "" {
				said = fmt.Sprintf("%q is none of its signs; write %s, as an English keyboard has it", wide, plain)
			}
			f.Message = fmt.Sprintf("not TOML at column %d: %s; correct this line and run again", max(column, 1), said)
		}
		return nil, &f
	}
	return values, nil
}

// lookAlike is the character at a place that TOML cannot read there, if an input method
// or an office program writes it for one that TOML knows, and that one in words. The
// library names its first octet alone.
func lookAlike(source []byte, row, column int) (wide rune, plain string) {
	lines := bytes.Split(source, []byte("\n"))
	if row < 1 || row > len(lines) || column < 1 || column > len(lines[row-1]) {
		return 0, ""
	}
	wide, _ = utf8.DecodeRune(lines[row-1][column-1:])
	switch wide {
	case '“', '”', '„', '＂', '「', '」', '『', '』':
		plain = `"`
	case '‘', '’', '＇':
		plain = "'"
	case '＝':
		plain = "="
	case '＃':
		plain = "#"
	case '，', '、':
		plain = ","
	case '［', '【':
		plain = "["
	case '］', '】':
		plain = "]"
	case '｛':
		plain = "{"
	case '｝':
		plain = "}"
	case '\u3000', '\u00a0':
		plain = "a plain space"
	}
	return wide, plain
}
