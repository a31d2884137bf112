package config

import (
	"fmt"
	"strings"
	"time"

	"example.jp/kairan/deliver"
	"example.jp/kairan/subscribe"
)

// tomlText is s as a TOML basic string; "" if there is nothing in it.
func tomlText[T ~string](s T) string {
	if s == "" {
		return ""
	}
	return tomlString(string(s))
}

func tomlString(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r < ' ' || r == 0x7f:
			fmt.Fprintf(&b, `\u%04X`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

func tomlSpan(d time.Duration) string { return tomlText(deliver.FormatDuration(d)) }

func tomlTexts(list []string) string {
	quoted := make([]string, len(list))
	for i, s := range list {
		quoted[i] = tomlString(s)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

// tomlDates is "" of none.
func tomlDates(days []time.Time) string {
	if len(days) == 0 {
		return ""
	}
	all := make([]string, len(days))
	for i, d := range days {
		all[i] = tomlDate(d)
	}
	return "[" + strings.Join(all, ", ") + "]"
}

// tomlDate is "" of no date.
func tomlDate(day time.Time) string {
	if day.IsZero() {
		return ""
	}
	return day.Format(time.DateOnly)
}

func tomlBoth(t subscribe.Text) string {
	return fmt.Sprintf("{ ja = %s, en = %s }", tomlString(t.JA), tomlString(t.EN))
}

func tomlChoices(all []subscribe.Choice) string {
	if len(all) == 0 {
		return ""
	}
	s := "[\n"
	for _, c := range all {
		s += fmt.Sprintf("  { id = %s, ja = %s, en = %s },\n", tomlString(c.ID), tomlString(c.Label.JA), tomlString(c.Label.EN))
	}
	return s + "]"
}
