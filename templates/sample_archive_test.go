package templates

import "html/template"

func sampleIssues(lang string) []ArchiveIssue {
	return []ArchiveIssue{
		{"/lists/culture/issues/winter", texts(lang, "冬の催しのご案内", "What is on in winter"), "", "2026-11-27", texts(lang, "2026年11月27日", "27 November 2026")},
		{"/lists/culture/issues/autumn", texts(lang, "Autumn in Sample City", "見本市の秋"), map[string]string{Japanese: "en", English: "ja"}[lang], "2026-09-01", texts(lang, "2026年9月1日", "1 September 2026")},
		{"/lists/culture/issues/hostile", hostile, "", "2025-01-31", texts(lang, "2025年1月31日", "31 January 2025")},
	}
}

func archiveSamples(lang string, f Frame, list string) []sample {
	i := sampleIssues(lang)
	f.Canonical, f.Feeds = "https://lists.example.jp/lists/culture/issues/", []Feed{{"/lists/culture/feed.atom", list}}
	join := Join{ListID: "culture"}
	one := Archive{Frame: f, List: list, ListID: "culture", Years: []ArchiveYear{{2026, i[:2]}}, Join: join}
	some, year := one, one
	some.Years, some.Index = []ArchiveYear{{2026, i[:2]}, {2025, i[2:]}}, []ArchiveLink{{2026, ""}, {2025, ""}, {2024, "/lists/culture/years/2024"}}
	year.Year, year.Index = 2026, []ArchiveLink{{2026, ""}, {2025, "/lists/culture/years/2025"}}
	year.Join.Closed = texts(lang, "2026年4月1日", "1 April 2026")
	issue := BackNumber{
		Frame: f, ArchiveIssue: i[1], List: list, Archive: "/lists/culture/issues/", Older: &i[2], Newer: &i[0], Join: join,
		Content: template.HTML("<h2>Programme</h2>\n<p>Tea, <a href=\"https://example.jp/\">and more</a>.</p>\n<hr class=\"thick\">\n" +
			"<p class=\"center\">*</p>\n<p class=\"right\">The editors</p>\n<div class=\"scroll\" role=\"region\" aria-label=\"Table\" tabindex=\"0\"><table><tbody><tr><td>1</td></tr></tbody></table></div>\n" +
			"<section class=\"notes\"><ol><li>Note</li></ol></section>"),
		Attached: []Attachment{
			{"/lists/culture/issues/autumn/%E8%A6%81%E9%A0%85.pdf", "要項.pdf", "1.2 MB"}, {"/lists/culture/issues/autumn/a.csv", hostile, "340 kB"},
		},
	}
	alone := issue
	alone.Older, alone.Newer, alone.Attached, alone.ArchiveIssue = nil, nil, nil, i[2]
	return []sample{
		{"archive", PageArchive, some},
		{"archive-one-year", PageArchive, one},
		{"archive-year", PageArchive, year},
		{"archive-empty", PageArchive, Archive{Frame: f, List: list, ListID: "culture", Join: join}},
		{"back-number", PageBackNumber, issue},
		{"back-number-alone", PageBackNumber, alone},
		{"error-withdrawn-archive", PageError, Error{Frame: f, Kind: ErrorWithdrawn, Archive: "/lists/culture/issues/"}},
	}
}
