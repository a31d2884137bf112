package compose

import (
	"example.jp/kairan/subscribe"
	"example.jp/kairan/templates"
)

// words are what the frame of an issue says around its text.
type words struct {
	Why        func(list string) string
	Purpose    string
	Any        string // that refusal is possible, next to the link that refuses (RULES G-10)
	Leave      string
	Correct    string
	NoReply    string // where no Reply-To is declared (RULES A-25)
	Postal     string
	Contact    string
	Policy     string
	Inert      string // in place of a link
	Banner     string
	TestMark   string // before the subject of a test
	Sample     string // %s: the label of a field
	Date       string // a layout of package time
	Colon, Gap string
}

func wordsIn(lang subscribe.Lang) words {
	if lang == subscribe.English {
		return words{
			Why: func(list string) string {
				return `You receive this mail because this address is subscribed to "` + list + `".`
			},
			Purpose: "What the address is used for",
			Any:     "You can leave this list at any time.",
			Leave:   "Leave this list", Correct: "Correct your entry",
			NoReply: "Please do not reply to this mail; replies are not read. Use the contact below.",
			Postal:  "Postal address", Contact: "Contact", Policy: "Privacy policy",
			Inert:    "(link in the real issue)",
			Banner:   "This is a copy for checking, not the issue itself. Links for leaving and correcting do nothing here, and merge fields show their names.",
			TestMark: "[TEST] ", Sample: "[%s]", Date: "2 January 2006", Colon: ": ", Gap: " · ",
		}
	}
	return words{
		Why: func(list string) string {
			return "このメールは、" + templates.Quoted(list) + "の配信に登録された方にお送りしています。"
		},
		Purpose: "メールアドレスの利用目的",
		Any:     "配信は、いつでも停止できます。",
		Leave:   "配信を停止する", Correct: "登録内容を変更する",
		NoReply: "このメールに返信いただいても、お答えできません。下記のお問い合わせ先をご利用ください。",
		Postal:  "所在地", Contact: "お問い合わせ", Policy: "個人情報の取り扱い",
		Inert:    "（実際の配信では、ここがリンクになります）",
		Banner:   "これは確認用の見本であり、実際の配信ではありません。配信停止と登録内容変更のリンクは働きません。差し込み項目には項目名を表示しています。",
		TestMark: "[テスト] ", Sample: "［%s］", Date: "2006年1月2日", Colon: "：", Gap: "　",
	}
}
