package lint

import (
	"regexp"
	"strings"
)

// Of files that come with the mail; and of those that readers send, that hang on a form,
// or that nobody should open.
var (
	attached = regexp.MustCompile(`(?i)(?:添付|別添|同封)(?:いた|致)?し(?:ます|ました|ております|ています|てあり|てお(?:り|送り|届け))|(?:添付|別添|同封)の(?:とおり|通り|(?:資料|書類|文書|チラシ|ちらし|パンフレット|PDF|ファイル|画像|写真|別紙|案内|様式|申込書|地図)?(?:を(?:お使|利用|ご(?:覧|参照|確認|活用|利用)|参照|見て|お読み|印刷)|に(?:記載|ある|より|ご記入)|で))|` +
		`(?:添付|別添|同封)の[\p{Han}\p{Katakana}ー]{1,12}を(?:ご覧|ご参照|ご確認|お使|お読|ご利用)|(?:添付|別添)(?:の)?(?:資料|書類|文書|チラシ|ちらし|PDF|ファイル|別紙|様式|申込書|地図)?(?:を(?:ご(?:覧|参照|確認)|参照|見て|お読み|印刷|開いて)|をお?使|をご?利用|のとおり|の通り|に記載|(?:の(?:PDF|ファイル|用紙|様式))?に(?:ご)?記入)|(?:^|\s|※|\(|\[|【)添付(?:資料|ファイル|書類)?\s?(?::|\)|\]|】)|` +
		`\b(?:see|find|read|open|using|in|use|complete|print) (?:the )?(?:attached|attachments?|enclosed)\b|\bplease find attached\b|\b(?:attached|enclosed) please find\b|\b(?:is|are|have) (?:also )?(?:attached|enclosed)(?:[.,;:]|$| (?:below|here|for|as|in pdf|to this (?:e-?mail|message|newsletter|issue)))|\battached (?:is|are|to this (?:e-?mail|message|newsletter|issue))\b|\b(?:the|our) (?:attached|enclosed) (?:pdf|file|document|flyer|form|leaflet|programme|program|map|schedule|poster|sheet)|\bwe (?:have attached|attach|enclose)\b`)
	notAttached = regexp.MustCompile(`(?i)ありません|できません|しません|しないで|ておりません|ていません|添付(?:せず|なし|無し|不要)|(?:添付|同封)(?:して|の(?:上|うえ)、?|し、?)\s?(?:お送り|送付|送信|提出|お申|申し?込|応募|返送|郵送|ください|下さい|ご提出|ご応募|持参)|必要書類|申請書に|申込書に|応募(?:用紙|票)に|メールに(?:写真|画像|作品|データ|ファイル)?を?添付し(?:、|て(?:、|お?送|くだ|下さ|ご|提出|応募|申))|郵送|封筒|はがき|ハガキ|通知書|お送りした|不審|ウイルス|ウィルス|迷惑メール|なりすまし|開かない|注意|` +
		`\b(?:no|not|never|without|don't|do not|must be|should be|to be|suspicious|unexpected|virus|scam|phishing)\b|\battach (?:your|a|an|the|it|them)\b|attached to (?:the|your|a|an|it|each|every|our)\b|attached (?:garage|building|house|school|hospital)`)
)

// attachments looks for files that are spoken of and are not there.
func (p *page) attachments() {
	if len(p.Draft.Attachments) > 0 {
		return
	}
	for _, l := range p.lines {
		if !strings.ContainsAny(l.narrow, "添封") && !strings.Contains(l.narrow, "ttach") && !strings.Contains(l.narrow, "nclos") {
			continue
		}
		m := attached.FindStringIndex(l.narrow)
		if m == nil || notAttached.MatchString(sentence(l.narrow, m[0], m[1])) {
			continue
		}
		p.warn(l.number, "attachment", `the text speaks of what is attached (%q), and the issue has no attachment; name the file in the front matter, attachments = ["annai.pdf"], or link to it`, l.original(m[0], m[1]))
	}
}
