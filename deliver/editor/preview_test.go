package editor

import (
	"strings"
	"testing"

	"example.jp/kairan/deliver"
	"example.jp/kairan/deliver/compose/composetest"
	"example.jp/kairan/deliver/compose/finding"
)

// TestPreview: of what is given, or of what is stored; and nothing of it is stored.
func TestPreview(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	ctx, name := t.Context(), "japanifornia/winter"
	if _, err := o.Preview(ctx, name, nil); err == nil || !strings.Contains(err.Error(), "there is no issue") {
		t.Errorf("of none: %v", err)
	}
	given := deliver.Manuscript{Source: composetest.Titled("冬の号", "渡し場の灯り")}
	p, err := o.Preview(ctx, name, &given)
	if err != nil || p.Compiled.Subject != "冬の号" || !strings.Contains(p.Specimen.Text, "渡し場の灯り") || p.Readers != 12_000 || len(p.Findings) > 0 || len(o.issues) > 0 {
		t.Errorf("of a file: %v, %+v, with %d issues stored", err, p, len(o.issues))
	}
	if !strings.Contains(p.Specimen.HTML, `href="#"`) || strings.Contains(p.Specimen.HTML, "/leave/") || p.Specimen.Octets < len(p.Specimen.HTML) {
		t.Errorf("its links lead somewhere, or its %d octets are not the mail's:\n%s", p.Specimen.Octets, p.Specimen.HTML)
	}
	wrong := deliver.Manuscript{Source: composetest.Titled("Re: 冬の号", "本文\n\n<iframe>")}
	p, err = o.Preview(ctx, name, &wrong)
	if err != nil || p.Compiled != nil || len(p.Findings.Of(finding.Error)) != 2 || p.Specimen.HTML != "" {
		t.Errorf("of one that cannot be sent: %v, %v", err, p.Findings)
	}
	if _, err := o.Add(ctx, who, name, given); err != nil {
		t.Fatal(err)
	}
	p, err = o.Preview(ctx, name, nil)
	if err != nil || string(p.Manuscript.Source) != string(given.Source) || p.Compiled.Subject != "冬の号" {
		t.Errorf("of what is stored: %v, %s", err, p.Manuscript.Source)
	}
}
