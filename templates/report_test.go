package templates

import (
	"strings"
	"testing"
)

func sampleReport(lang string) ReportData {
	return ReportData{
		List: texts(lang, "文化広報ニュースレター「ジャパニフォルニア」", "Japanifornia"), Office: texts(lang, "在サンプル市日本国総領事館", "Consulate-General of Japan in Sample City"),
		Issue: "japanifornia/2026-12", Subject: texts(lang, "紅葉とお茶会", "Maple leaves"), Started: "2026-12-01 09:00", Why: "the words of the log", Hint: "what to do",
		Audience: 12345, Accepted: 12000, Refused: 1, Expired: 2, Deferred: 3, Withdrawn: 4, Uncertain: 5, InFlight: 6, Pending: 7, Cancelled: 8, Bounced: 9,
	}
}

// TestReports: each says what it is about, why, and the command to type; it has no link.
func TestReports(t *testing.T) {
	t.Parallel()
	s := newSet(t)
	for _, lang := range []string{Japanese, English} {
		for _, name := range reportNames {
			subject, body, err := s.Report(name, lang, sampleReport(lang))
			if err != nil {
				t.Errorf("%s.%s: %v", name, lang, err)
				continue
			}
			wants := []string{"japanifornia/2026-12", "\n  kairan ", sampleReport(lang).Office, "report_to"}
			if name != "alarm" {
				wants = append(wants, sampleReport(lang).Subject)
			}
			if name != "ended" {
				wants = append(wants, "\nthe words of the log\n")
			}
			if name == "ended" || name == "paused" {
				for _, n := range []string{"12,345", "12,000", "1", "2", "3", "4", "5", "6", "7", "8", "9"} {
					wants = append(wants, texts(lang, n+"件", n))
				}
			}
			for _, want := range wants {
				if !strings.Contains(subject+"\n"+body, want) {
					t.Errorf("%s.%s does not say %q:\n%s", name, lang, want, body)
				}
			}
			if strings.Contains(body, "://") || strings.Contains(body, "@") || strings.Contains(body, "{{") || strings.Contains(body, "<no value>") || strings.Contains(body, "\n\n\n") {
				t.Errorf("%s.%s has a link, an address or a trace of its making:\n%s", name, lang, body)
			}
			for line := range strings.Lines(body) {
				if columns(strings.TrimSpace(line)) > 72 || strings.TrimRight(line, " \t　\n") != strings.TrimSuffix(line, "\n") {
					t.Errorf("%s.%s: %q", name, lang, line)
				}
			}
		}
	}
}

// TestAReportIsOfWhatThereIs: without books there are none, and what ends a line in a
// subject becomes a space.
func TestAReportIsOfWhatThereIs(t *testing.T) {
	t.Parallel()
	s := newSet(t)
	subject, body, err := s.Report("held", Japanese, ReportData{Office: "町", Issue: "a/b", Subject: "x\r\nBcc: y", Why: "z"})
	if err != nil || strings.Contains(body, "内訳") || strings.Contains(body, "開始:") || strings.ContainsAny(subject, "\r\n") {
		t.Errorf("%q, %q, %v", subject, body, err)
	}
	for _, d := range []ReportData{{Issue: "a/b"}, {Office: "町"}} {
		if _, _, err := s.Report("held", Japanese, d); err == nil {
			t.Errorf("%+v is reported", d)
		}
	}
	if _, _, err := s.Report("unheard-of", Japanese, sampleReport(Japanese)); err == nil {
		t.Error("an unknown report is rendered")
	}
}
