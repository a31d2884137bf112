package templates

// The samples that the tests render: one of every page, and of every state that
// changes its markup.

const hostile = `<script>alert("x")</script>'&`

type sample struct {
	name string
	page PageName
	data any
}

func texts(lang, ja, en string) string {
	if lang == English {
		return en
	}
	return ja
}

func sampleFrame(lang string) Frame {
	other := LangLink{Href: "?lang=en", Label: "English", Lang: English}
	if lang == English {
		other = LangLink{Href: "?lang=ja", Label: "日本語", Lang: Japanese}
	}
	contact := Contact{texts(lang, "在サンプル市日本国総領事館", "Consulate-General of Japan in Sample City"), "mail@office.example.jp", "+81 3-0000-0000"}
	return Frame{
		Office:        texts(lang, "在サンプル市日本国総領事館", "Consulate-General of Japan in Sample City"),
		Site:          "https://magazine.office.example.jp",
		OfficePostal:  texts(lang, "〒100-0000 東京都千代田区見本1-1-1", "1-1-1 Mihon, Chiyoda-ku, Tokyo 100-0000, Japan"),
		OfficeContact: &contact,
		PolicyURL:     "https://office.example.jp/privacy",
		Privacy:       "/privacy/sample",
		LangLinks:     []LangLink{other},
		Accessibility: "https://office.example.jp/accessibility",
		Contacts:      []Contact{contact},
	}
}

func sampleFields(lang string) []Field {
	return []Field{
		{
			ID: "name", Input: "text", Label: texts(lang, "お名前", "Name"), Required: true, Autocomplete: "name", MaxLength: 60,
			Purpose: texts(lang, "配信するメールの宛名に使います。", "To address you in our mail."),
		},
		{
			ID: "prefecture", Label: texts(lang, "お住まいの都道府県", "Prefecture"), Autocomplete: "address-level1",
			Purpose: texts(lang, "地域に関わる催しのご案内に使います。", "To tell you of events near you."),
			Options: []Option{{Value: "13", Label: texts(lang, "東京都", "Tokyo")}, {Value: "abroad", Label: texts(lang, "海外", "Outside Japan")}},
		},
		{
			ID: "business", Label: texts(lang, "業種", "Business category"),
			Purpose: texts(lang, "記事を選ぶ際の参考にします。", "To help us choose what to write about."),
			Options: []Option{
				{Value: "maker", Label: texts(lang, "製造業", "Manufacturing")},
				{Value: "public", Label: texts(lang, "官公庁・自治体", "Government")},
			},
		},
	}
}

func wrongFields(lang string) []Field {
	fields := sampleFields(lang)
	fields[0].Value, fields[0].Error = hostile, texts(lang, "「お名前」は60文字以内で入力してください", "“Name” can have up to 60 characters")
	fields[1].Value, fields[1].Erase = "JP-13", true
	fields[1].Error = texts(lang, "「お住まいの都道府県」は、入力か消去の一方だけを指定してください", "For “Prefecture”, please do one or the other")
	return fields
}

func samples(lang string) []sample {
	f := sampleFrame(lang)
	list := texts(lang, "サンプル文化だより", "Sample Culture Newsletter")
	purpose := texts(lang, "日本文化に関する行事と、総領事館からのお知らせを毎月お届けするため。",
		"To send you, once a month, news of cultural events and of the Consulate-General.")
	wrong := texts(lang, "メールアドレスを name@example.jp の形で入力してください", "Please enter the email address in the form name@example.jp")
	about := About{texts(lang, "日本文化に関する行事をご案内します。", "Cultural events near you."), texts(lang, "毎月1回", "Once a month"), English}
	from := "news@office.example.jp"
	lists := []Option{{Value: "culture", Label: list}, {Value: "press", Label: texts(lang, "報道資料", "Press releases"), Selected: true}}
	terms := Terms{Unconfirmed: 7, Consent: 35, Marks: 45, Suspended: 30, Provided: 1096, Unreadable: 42}
	entrusted := terms
	entrusted.Relay, entrusted.Machine, entrusted.Erase = texts(lang, "見本株式会社", "Example Company"), texts(lang, "見本株式会社", "Example Company"), texts(lang, "2027年4月1日", "1 April 2027")
	signUp := SignUp{Frame: f, ListID: "culture", List: list, Purpose: purpose, About: about, Terms: terms}
	signUpFields, signUpWrong, signUpLogo := signUp, signUp, signUp
	signUpLogo.Logo, signUpLogo.Icon, signUpLogo.Style = &Logo{"/face-0123456789ab.png", 240, 60}, "/face-0123456789ab.svg", "/style-0123456789ab.css"
	signUpFields.Fields = sampleFields(lang)
	signUpFields.Archive, signUpFields.Latest = "/lists/culture/issues/", &sampleIssues(lang)[0]
	signUpWrong.Email, signUpWrong.EmailError = hostile, wrong
	crowded := &Crowded{At: texts(lang, "14時05分（JST）", "14:05 (JST)"), Minutes: 35}
	signUpCrowded := signUp
	signUpCrowded.Email, signUpCrowded.Crowded = hostile, crowded
	signUpReview := signUp
	signUpReview.Email, signUpReview.Review = "you@example.com", true
	day, signUpUntil := texts(lang, "2026年4月1日", "1 April 2026"), signUp
	signUpUntil.Until, signUpUntil.Terms = day, entrusted
	confirm := Confirm{Frame: f, List: list, Purpose: purpose, PolicyDate: texts(lang, "2026年4月1日", "1 April 2026"), Wording: "w1", Terms: terms}
	confirmFields, confirmWrong := confirm, confirm
	confirmFields.Fields = sampleFields(lang)
	confirmWrong.Fields = wrongFields(lang)
	all := []sample{
		{"home", PageHome, Home{Frame: f, Offices: []HomeOffice{{Name: f.Office, Lists: []HomeList{
			{ID: "culture", Name: list, Purpose: purpose, About: about, Only: map[string]string{Japanese: "en", English: "ja"}[lang], Archive: "/lists/culture/issues/", Latest: &sampleIssues(lang)[0]}, {ID: "press", Name: lists[1].Label, Purpose: texts(lang, "報道関係者に資料をお届けするため。", "To send material to the press."), Closed: day}}}}}},
		{"home-empty", PageHome, Home{Frame: Frame{Contacts: f.Contacts}}},
		{"signup", PageSignUp, signUp},
		{"signup-fields", PageSignUp, signUpFields},
		{"signup-logo", PageSignUp, signUpLogo},
		{"signup-wrong", PageSignUp, signUpWrong},
		{"signup-crowded", PageSignUp, signUpCrowded},
		{"signup-review", PageSignUp, signUpReview},
		{"signup-until", PageSignUp, signUpUntil},
		{"closed", PageClosed, Closed{Frame: f, List: list, ListID: "culture", Date: day}},
		{"closed-to-be-erased", PageClosed, Closed{Frame: f, List: list, ListID: "culture", Date: day, Erase: day, Archive: "/lists/culture/issues/", Latest: &sampleIssues(lang)[0]}},
		{"closed-erased", PageClosed, Closed{Frame: f, List: list, ListID: "culture", Date: day, Erase: day, Erased: true}},
		{"signup-sent", PageSignUpSent, SignUpSent{Frame: f, ListID: "culture", List: list, From: from, Address: "you@example.com"}},
		{"signup-sent-again", PageSignUpSent, SignUpSent{Frame: f, ListID: "culture", List: list, From: from, Address: "you@gmial.com", Again: &Again{"/lists/culture", "", "you@gmail.com", "gmail.com"}}},
		{"correct-asked-again", PageDone, Done{Frame: f, Kind: DoneCorrectAsked, List: list, Address: "you@gmial.com", Again: &Again{"/correct", "culture", "you@gmail.com", "gmail.com"}}},
		{"signup-sent-hostile", PageSignUpSent, SignUpSent{Frame: f, ListID: "culture", List: list, From: from, Address: hostile}},
		{"confirm", PageConfirm, confirm},
		{"confirm-fields", PageConfirm, confirmFields},
		{"confirm-wrong", PageConfirm, confirmWrong},
		{"confirm-move", PageConfirmMove, ConfirmMove{f, list}},
		{"confirm-late", PageConfirmLate, ConfirmLate{Frame: f, List: list}},
		{"confirm-late-crowded", PageConfirmLate, ConfirmLate{f, list, crowded}},
		{"leave", PageLeave, Leave{f, list}},
		{"correct-ask", PageCorrectAsk, CorrectAsk{Frame: f, Lists: lists[:1]}},
		{"correct-ask-wrong", PageCorrectAsk, CorrectAsk{Frame: f, Lists: lists, Email: hostile, EmailError: wrong, ListError: wrong}},
		{"correct-ask-crowded", PageCorrectAsk, CorrectAsk{Frame: f, Lists: lists, Email: hostile, Crowded: crowded}},
		{"correct", PageCorrect, Correct{Frame: f, List: list, Leave: "/leave/AAAA", Fields: sampleFields(lang)}},
		{"correct-wrong", PageCorrect, Correct{Frame: f, List: list, Fields: wrongFields(lang), Email: hostile, EmailError: wrong, FormError: wrong}},
		{"block", PageBlock, Block{f}},
		{"privacy", PagePrivacy, Privacy{f, terms, []PrivacyOffice{{
			ID: "city", Name: f.Office, Postal: f.OfficePostal, Contact: *f.OfficeContact, PolicyURL: f.PolicyURL, PolicyDate: day,
			Lists: []PrivacyList{{ID: "culture", Name: list, Purpose: purpose}},
		}}}},
		{"privacy-two", PagePrivacy, Privacy{f, entrusted, []PrivacyOffice{
			{
				ID: "city", Name: f.Office, Postal: f.OfficePostal, Contact: *f.OfficeContact, PolicyURL: f.PolicyURL, PolicyDate: day, ByLetter: true,
				Lists: []PrivacyList{{ID: "culture", Name: list, Purpose: purpose, Fields: sampleFields(lang), Only: map[string]string{Japanese: "en", English: "ja"}[lang], Until: day, Erase: day}},
			},
			{ID: "town", Name: f.Office, Postal: f.OfficePostal, Contact: Contact{Contact: "https://office.example.jp/contact"}, PolicyURL: f.PolicyURL, PolicyDate: day},
		}}},
	}
	for _, kind := range []DoneKind{DoneConfirmed, DoneLeft, DoneCorrectAsked, DoneCorrected, DoneCorrectedMove, DoneBlocked, DoneFreshMail, DoneMoved} {
		all = append(all, sample{"done-" + string(kind), PageDone, Done{Frame: f, Kind: kind, List: list, ListID: "culture"}})
	}
	for _, kind := range []ErrorKind{ErrorNotFound, ErrorLate, ErrorBusy, ErrorBroken, ErrorMethod, ErrorTooLarge, ErrorCrossSite, ErrorWithdrawn} {
		all = append(all, sample{"error-" + string(kind), PageError, Error{Frame: f, Kind: kind}})
	}
	return append(all, archiveSamples(lang, f, list)...)
}

func sampleMail(lang string) MailData {
	return MailData{
		List:        texts(lang, "サンプル文化だより", "Sample Culture Newsletter"),
		Office:      texts(lang, "在サンプル市日本国総領事館", "Consulate-General of Japan in Sample City"),
		Postal:      texts(lang, "〒100-0000 東京都千代田区見本1-1-1", "1-1-1 Mihon, Chiyoda-ku, Tokyo"),
		Contact:     "mail@office.example.jp",
		Phone:       "03-0000-0000",
		Purpose:     texts(lang, "日本文化に関する行事のお知らせのため。", "To send you news of cultural events."),
		From:        "news@office.example.jp",
		PolicyURL:   "https://office.example.jp/privacy",
		Link:        "https://mail.example.jp/confirm/AAAA",
		LeaveLink:   "https://mail.example.jp/leave/BBBB",
		CorrectLink: "https://mail.example.jp/correct",
		BlockLink:   "https://mail.example.jp/block/CCCC",
	}
}
