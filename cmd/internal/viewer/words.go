package viewer

import (
	"fmt"

	"golang.org/x/text/language"
)

// text is a sentence of the page in both languages.
type text struct{ ja, en string }

// words are the sentences of the page. %s and the like stand for what is put in.
var words = map[string]text{
	"title":     {"%s のプレビュー", "Preview of %s"},
	"stored":    {"登録済みの号", "as it is stored"},
	"at":        {"%s 現在", "as of %s"},
	"live":      {"原稿を保存すると、自動で更新されます。", "It updates when you save the file."},
	"views":     {"表示の切り替え", "Views"},
	"mail":      {"メール", "Mail"},
	"text":      {"テキスト版", "Plain text"},
	"source":    {"原稿", "Source"},
	"checks":    {"確認事項", "Findings"},
	"errors":    {"エラー %d 件", "Errors: %d"},
	"error":     {"エラー", "Error"},
	"warning":   {"注意", "Warning"},
	"error-is":  {"エラーがあると、送信できません。", "With an error, the issue cannot be sent."},
	"warn-is":   {"注意は、送信を妨げません。意図したとおりかを確かめてください。", "A warning does not keep the issue from being sent. See whether it is as you meant it."},
	"nothing":   {"この原稿に、直すべき点は見つかりませんでした。", "Nothing was found in this issue that needs your attention."},
	"line":      {"%d 行目", "Line %d"},
	"stale":     {"原稿にエラーがあるため、メールとテキスト版は、エラーのなかった最後の版を表示しています。", "The source has errors. Mail and text are those of the last version that had none."},
	"none":      {"原稿にエラーがあるため、表示できません。直して保存すると、ここに表示されます。", "The source has errors, so there is nothing to show yet. Mend and save it, and it appears here."},
	"phone":     {"スマートフォン", "Phone"},
	"desktop":   {"パソコン", "Desktop"},
	"colours":   {"配色", "Colours"},
	"light":     {"ライト", "Light"},
	"dark":      {"ダーク", "Dark"},
	"width":     {"スマートフォンの幅", "Width of the phone"},
	"samples":   {"差し込み項目には、項目名を表示しています。配信停止と登録内容変更のリンクは、ここでは働きません。", "Merge fields show their names. The links for leaving and correcting do nothing here."},
	"pictures":  {"画像は %s から読み込んでいます。", "Pictures are fetched from %s."},
	"sizes":     {"大きさ", "Size"},
	"html":      {"HTML版", "HTML part"},
	"clip":      {"%s（%d KB を超えると Gmail が切ります）", "%s (above %d KB Gmail cuts it)"},
	"whole":     {"1通の全体", "One mail"},
	"all":       {"読者 %s 人の合計", "All %s readers"},
	"attached":  {"添付ファイル", "Attached"},
	"subject":   {"件名", "Subject"},
	"columns":   {"全角 %s 文字分", "%d characters wide"},
	"widest":    {"最も長い行は、全角 %s 文字分です。", "The widest line has %d columns."},
	"fold":      {"縦の線は、折り返しの位置（全角 %s 文字）です。", "The vertical line is where lines are folded (%d columns)."},
	"ended":     {"プレビューは終了しました。続けるには、kairan issue preview --open をもう一度実行してください。", "The preview has ended. To go on, run kairan issue preview --open again."},
	"spent":     {"このリンクは、すでに別のブラウザーで開かれています。もう一度 kairan issue preview --open を実行してください。", "This link has been opened in another browser already. Run kairan issue preview --open again."},
	"elsewhere": {"このページは、表示されたとおりのアドレスでだけ開けます。", "This page opens under the very address that was printed only."},
	"language":  {"English", "日本語"},
	"now":       {"今", "now"},
}

// say writes a sentence in a language.
func say(lang, key string, args ...any) string {
	w, ok := words[key]
	if !ok {
		return key
	}
	s := w.en
	if lang == "ja" {
		s = w.ja
	}
	if len(args) == 0 {
		return s
	}
	return fmt.Sprintf(s, args...)
}

// prefer chooses the language of the page: asked is what the page was asked for in,
// accept what the browser prefers, and list the language of the issue.
func prefer(asked, accept, list string) string {
	if asked == "ja" || asked == "en" {
		return asked
	}
	tags, _, err := language.ParseAcceptLanguage(accept)
	if err != nil || len(tags) == 0 {
		return list
	}
	for _, t := range tags {
		switch base, _ := t.Base(); base.String() {
		case "ja", "en":
			return base.String()
		}
	}
	return list
}
