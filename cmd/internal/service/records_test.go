package service

import (
	"fmt"
	"testing"

	"example.jp/kairan/deliver"
	"example.jp/kairan/templates"
)

// TestProvidersOfFew: no provider is named at which fewer than ten copies failed alike, and
// all of them are counted.
func TestProvidersOfFew(t *testing.T) {
	t.Parallel()
	of := func(enhanced, provider string) deliver.Class {
		return deliver.Class{Stage: deliver.StageRcpt, Code: 550, Enhanced: enhanced, Provider: provider}
	}
	all := classesOf(deliver.Classes{
		of("5.1.1", "gmail.com"): 10, of("5.1.1", "icloud.com"): 9, of("5.1.1", ""): 1,
		of("5.7.1", "icloud.com"): 9, of("5.7.1", "gmail.com"): 1,
	})
	want := []FailClass{
		{550, "5.1.1", "", false, 10, "mailbox"}, {550, "5.1.1", "gmail.com", false, 10, "mailbox"}, {550, "5.7.1", "", false, 10, "policy"},
	}
	if fmt.Sprint(all) != fmt.Sprint(want) {
		t.Errorf("shown: %v", all)
	}
}

// TestAdviceHasWords: in both languages.
func TestAdviceHasWords(t *testing.T) {
	t.Parallel()
	set, err := templates.New()
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range deliver.Advices() {
		for _, lang := range []string{templates.Japanese, templates.English} {
			if key := "advice." + string(x); set.Say(lang, key, nil) == key {
				t.Errorf("%s: there are no words for %s", lang, key)
			}
		}
	}
}
