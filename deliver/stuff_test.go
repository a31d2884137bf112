package deliver

import (
	"bufio"
	"bytes"
	"net/textproto"
	"testing"
)

// TestStuff compares with the standard library, which mends what is refused here.
func TestStuff(t *testing.T) {
	t.Parallel()
	for _, data := range []string{"", "\r\n", ".\r\n", "..\r\n.a\r\nb.\r\n\r\nc\r\n", ".", "no line end"} {
		var want bytes.Buffer
		buffered := bufio.NewWriter(&want)
		w := textproto.NewWriter(buffered).DotWriter()
		_, _ = w.Write([]byte(data))
		_, _ = w.Close(), buffered.Flush()
		if data == "" { // the standard library writes a line that is not there
			want.Reset()
			want.WriteString(".\r\n")
		}
		if got, err := Stuff([]byte("before"), []byte(data)); err != nil || string(got) != "before"+want.String() {
			t.Errorf("%q became %q, %v; want %q", data, got, err, want.String())
		}
	}
	for _, data := range []string{"a\rb\r\n", "a\nb\r\n", "\n", "\r", "a\n.\nb", "a\r\n\n.\r\n", "a\x00b\r\n", "a\r\r\n"} {
		if got, err := Stuff([]byte("before"), []byte(data)); err == nil || string(got) != "before" {
			t.Errorf("%q became %q, %v; want an error", data, got, err)
		}
	}
}
