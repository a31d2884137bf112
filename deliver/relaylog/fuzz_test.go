package relaylog

import (
	"bytes"
	"testing"

	"example.jp/kairan/deliver"
)

// FuzzRead: whatever a log holds it is read to its end, tells of nothing that is not in it,
// and what is kept of it stays small.
func FuzzRead(f *testing.F) {
	f.Add([]byte(fill(day)))
	f.Add([]byte("__CURSOR=s\n__REALTIME_TIMESTAMP=1795765200000000\n_HOSTNAME=mx1\nSYSLOG_IDENTIFIER=postfix/cleanup\nSYSLOG_PID=1\nMESSAGE\n\x05\x00\x00\x00\x00\x00\x00\x00a\nb\n\x00\n\n"))
	f.Add([]byte(`{"__REALTIME_TIMESTAMP":"1795765200000000","_HOSTNAME":"mx1","SYSLOG_IDENTIFIER":"postfix/qmgr","MESSAGE":"4AAAA1: removed"}` + "\n"))
	f.Add([]byte("Nov 27 09:00:00 mx1 postfix/smtp[1]: 4AAAA1: to=<\"\\\">@x>, orig_to=<>, delay=1e9, status=force-expired\n"))
	f.Fuzz(func(t *testing.T, log []byte) {
		out, err := Read(t.Context(), bytes.NewReader(log), Options{Now: now, Zone: jst}, func(h deliver.Heard) error {
			text, _ := h.ID.MarshalText()
			if !bytes.Contains(log, text) {
				t.Errorf("it tells of %s, which is not in it", text)
			}
			if h.Word < deliver.RelayMet || h.Word > deliver.RelayDelivered || h.Source < 0 {
				t.Errorf("it says %d of %d", h.Word, h.Source)
			}
			return nil
		})
		if err == nil && (len(out.Sources) > mostSources || out.Told > out.Lines) {
			t.Errorf("%+v", out)
		}
		for _, s := range out.Sources {
			if len(s.Written) > mostStretches || len(s.Lost) > mostStretches+1 {
				t.Errorf("%d stretches, %d lost", len(s.Written), len(s.Lost))
			}
		}
	})
}
