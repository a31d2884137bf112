package phrase

import "maps"

// japanese are the sentences of [Say] by their English. What stands in them has the same
// place among the arguments: where the order is another one, it is numbered.
var japanese = func() map[string]string {
	all := maps.Clone(ofText)
	for _, more := range []map[string]string{ofMarks, ofLinks, ofFiles, ofLosses, ofRules, ofRefusals, ofCommands, ofAnswers} {
		maps.Copy(all, more)
	}
	return all
}()

// ofText are of the file, its front matter, its characters and what it says.
var ofText = map[string]string{
	"%s": "%s", "%v": "%v",
	"from here on there is more than can be listed; mend what is said before it, and try again": "これより先にも多数の指摘があり、すべては表示できません。ここまでを直してから、もう一度確認してください",

	// The file.
	"this file is one of Word or of another office program, and no text; copy its text into a text editor, and %s": "このファイルはWordなどの文書で、テキストファイルではありません。文章をテキストエディターに貼り付け、%s",
	"this file is %s; %s":                "このファイルの文字コードは%sです。%s",
	"this file is not text in UTF-8; %s": "このファイルの文字コードがUTF-8ではありません。%s",
	"save it as UTF-8 (文字コードをUTF-8にして保存してください)":                                                                                                       "文字コードをUTF-8にして保存してください",
	"the issue has %d KB, and more than %d KB cannot be sent; shorten it, and link to what is long":                                                   "号の大きさが%dKBあります。%dKBを超えると送信できません。短くし、長いものはウェブに載せてリンクしてください",
	"the issue has no text; write it below the front matter":                                                                                          "本文がありません。冒頭の項目の下に書いてください",
	"the text has more than %d paragraphs, marks and links; shorten it":                                                                               "段落・記号・リンクの数が%dを超えています。短くしてください",
	"a character of the last private-use plane (U+10F000 and up) stands here; delete it":                                                              "ここに、使用できない私用領域の文字（U+10F000以上）があります。削除してください",
	"an invisible control character (U+%04X) stands here; delete it":                                                                                  "ここに、目に見えない制御文字（U+%04X）があります。削除してください",
	"a table of more than %d columns; no mail program can show it":                                                                                    "表の列が%dを超えています。表示できるメールソフトはありません",
	`"%s" holds the sign � for a character that was lost when the file was made; write the character again`:                                           "「%s」に、ファイルを作ったときに失われた文字（�）があります。正しい文字を入力し直してください",
	`the character U+%04[2]X in "%[1]s" is one of your own computer (外字), and readers see a blank or a box; write it in kana or as another character`: "「%[1]s」の U+%04[2]X は外字で、読者には空白や□に見えます。かなか別の字で書いてください",
	`the character U+%04[2]X in "%[1]s" is none; delete it, or write it again`:                                                                        "「%[1]s」の U+%04[2]X は、存在しない文字です。削除するか、入力し直してください",
	`%[2]s in "%[1]s" is two characters, as names of files from a Mac are, and some programs show them apart; write it again by hand (%[3]s)`:         "「%[1]s」の %[2]s は、Macのファイル名のように2つの文字に分かれていて、離れて表示されることがあります。%[3]s と入力し直してください",
	`an invisible character (U+%04[2]X) stands in "%[1]s"; readers who copy or search it find nothing; delete it`:                                     "「%[1]s」に、目に見えない文字（U+%04[2]X）があります。コピーしたり検索したりしても見つからなくなるので、削除してください",

	// The front matter.
	`the file must begin with a line "+++", a line such as subject = "秋のお知らせ", and a line "+++"`:                                                           `ファイルは、「+++」の行、subject = "秋のお知らせ" のような行、「+++」の行で始めてください`,
	`the front matter stands between lines "+++", not "---", and has "=", not a colon: %s`:                                                                 "冒頭の項目は、「---」ではなく「+++」の行ではさみ、コロンではなく「=」を使います。%s",
	"this line must be three plain plus signs, +++ (半角): %s":                                                                                               "この行は、半角の「+++」にしてください。%s",
	`the line "+++" above this one is missing: %s`:                                                                                                         "この行の前に「+++」の行がありません。%s",
	`move what stands above the "+++" of line %d below the front matter: %s`:                                                                               "%d行目の「+++」より上にあるものを、冒頭の項目の下に移してください。%s",
	`the front matter that begins here has %d KB; it holds a few short keys: is the line "+++" after its last key missing?`:                                "ここから始まる冒頭の項目が%dKBあります。短い項目を数行書くところです。最後の項目の次に「+++」の行が抜けていませんか",
	`the front matter ends with a line of three plain plus signs, "+++" (半角); write it here`:                                                               "冒頭の項目は、半角の「+++」の行で終わります。ここに書いてください",
	`the front matter that begins here is not closed; put a line "+++" after its last key`:                                                                 "ここから始まる冒頭の項目が閉じていません。最後の項目の次に「+++」の行を書いてください",
	`this is no line of a front matter; write lines such as subject = "秋のお知らせ", and the text of the issue below the closing line "+++"`:                    `冒頭の項目として読めない行です。subject = "秋のお知らせ" のように書き、本文は、閉じる「+++」の行の下に書いてください`,
	`a line "---" has no meaning here; the front matter begins and ends with a line "+++"`:                                                                 "「---」の行は使えません。冒頭の項目は「+++」の行で始まり、「+++」の行で終わります",
	`a key and its value are joined by "=", not by a colon; write a line such as subject = "秋のお知らせ"`:                                                       `項目名と値は、コロンではなく「=」でつなぎます。subject = "秋のお知らせ" のように書いてください`,
	`the equals sign is full-width (＝); write a plain one (半角の =)`:                                                                                         "等号が全角（＝）です。半角の = にしてください",
	`the number sign is full-width (＃); a remark begins with a plain one (半角の #)`:                                                                          "番号記号が全角（＃）です。注釈は半角の # で始めてください",
	`a full-width or no-break space stands beside the "="; write plain spaces (半角スペース), or none`:                                                           "「=」の前後に全角などのスペースがあります。半角にするか、取り除いてください",
	"the letters of the key are full-width (%s); write %s (半角)":                                                                                            "項目名が全角（%s）です。半角で %s と書いてください",
	`nothing stands behind the "="; write %s, or delete the line`:                                                                                          "「=」の後に何もありません。%s のように書くか、行を削除してください",
	`the quotation mark %c is not the one that is needed; write " before and behind the text (半角の二重引用符), as in %s`:                                         `引用符 %c は使えません。%[2]s のように、値を半角の " ではさんでください`,
	`this list cannot be read; write the names in quotes, with commas between them and brackets around them, as in attachments = ["annai.pdf", "map.png"]`: `この一覧が読めません。attachments = ["annai.pdf", "map.png"] のように、名前を " ではさんでコンマで区切り、全体を [ ] で囲んでください`,
	`keep_breaks is written keep_breaks = true or keep_breaks = false, in small letters and without quotes`:                                                "keep_breaks = true か keep_breaks = false と、小文字で、引用符なしに書いてください",
	"the text behind the \"=\" stands in no quotes; write %s":                                                                                              "「=」の後の値が引用符で囲まれていません。%s のように書いてください",
	`a backslash \ (¥) begins a special character in quotes; write it twice, \\, for one that is printed`:                                                  `引用符の中の \（¥）は、特別な文字の始まりになります。そのまま表示するには、\\ と2つ書いてください`,
	`the quotation mark %c at the end is not the one that is needed; write %c there (半角)`:                                                                  "末尾の引用符 %c は使えません。半角の %c にしてください",
	"the text that begins with three quotes is not closed; write it on one line, between single %c":                                                        "引用符3つで始まる値が閉じていません。1行で、引用符 %c 1つずつではさんで書いてください",
	"the closing quote is missing; write %c at the end of the line":                                                                                        "閉じる引用符がありません。行末に %c を書いてください",
	"a control character stands in the text; delete it":                                                                                                    "値に制御文字があります。削除してください",
	`a quote stands within the text; write \%c for it, or Japanese quotes 「」`:                                                                              `値の中に引用符があります。\%c と書くか、「」を使ってください`,
	"something stands behind the closing quote; delete it, or write it before the quote":                                                                   "閉じる引用符の後に何かあります。削除するか、引用符の前に移してください",
	"the front matter has %d keys; there are only %s":                                                                                                      "冒頭に項目が%d個あります。使えるのは %s だけです",
	"there are no sections such as [%s] in an issue's front matter; delete the line":                                                                       "冒頭の項目に、[%s] のような節はありません。行を削除してください",
	"the key %s stands here a second time; keep one of the two lines":                                                                                      "項目 %s がもう一度あります。どちらか1行だけにしてください",
	"there is no key %q in an issue's front matter; %s":                                                                                                    "冒頭の項目に「%s」はありません。%s",
	"the keys are %s and %s": "使える項目は %s、%s です",
	"it is called %s":        "正しくは %s です",
	"when it goes out is said to `kairan issue schedule`; delete the line":                                                         "配信の日時は kairan issue schedule で指定します。行を削除してください",
	"%s is one text, and no list; write %s":                                                                                        "%s の値は1つの文字列です。%s のように書いてください",
	"the value of %s is a text; put it in quotes: %s":                                                                              "%s の値は文字列です。%s のように引用符で囲んでください",
	"%s is written %[1]s = true or %[1]s = false, in small letters and without quotes":                                             "%[1]s = true か %[1]s = false と、小文字で、引用符なしに書いてください",
	`%s is a list; put brackets around it: %[1]s = ["%s"]`:                                                                         `%s の値は一覧です。%[1]s = ["%[2]s"] のように [ ] で囲んでください`,
	`%s is a list of names in quotes; write %[1]s = ["annai.pdf", "map.png"]`:                                                      `%s の値は、引用符で囲んだ名前の一覧です。%[1]s = ["annai.pdf", "map.png"] のように書いてください`,
	"%s names %d files; attach %d or fewer":                                                                                        "%s に%d個のファイルがあります。添付は%d個までにしてください",
	"%s names %q twice; name each file once":                                                                                       "%s に「%s」が2度あります。1度だけ書いてください",
	"the name of a file is empty, longer than 200 characters, or has an invisible character in it; write it as the file is called": "ファイル名が空か、200文字を超えているか、目に見えない文字を含んでいます。ファイルの名前のとおりに書いてください",
	`lang is %q; write "ja" or "en", or leave it out for the language of the list`:                                                 `lang の値が「%s」です。"ja" か "en" と書くか、メール配信の言語でよければ省いてください`,
	`expires is %q; write a time from "1h" to "240h", after which no copy is tried again, or leave it out`:                         `expires の値が「%s」です。再送をやめるまでの時間を "1h" から "240h" の間で書くか、省いてください`,
	"the subject": "件名", "the preheader": "プリヘッダー",
	`the front matter has no subject; add a line such as subject = "秋のお知らせ"`:                                                   `件名がありません。subject = "秋のお知らせ" のような行を加えてください`,
	"the subject is empty; write what the issue is about":                                                                      "件名が空です。何についての号かを書いてください",
	"the subject is longer than 40 full-width characters; many readers see only its beginning":                                 "件名が全角40文字を超えています。多くの読者には、初めの部分しか見えません",
	`the subject begins like an answer ("Re:", "Fwd:"); leave that out, readers take it for a trick`:                           "件名が、返信や転送のように「Re:」「Fwd:」で始まっています。不審なメールと思われるので、取り除いてください",
	"%s has %d characters; shorten it to %d or fewer":                                                                          "%sが%d文字あります。%d文字までにしてください",
	"%s has a line break or another control character in it; write it on one line":                                             "%sに改行などの制御文字があります。1行で書いてください",
	"an invisible control character (U+%04X) stands in %s behind %q; delete it, or type the line anew":                         "%[2]sの「%[3]s」の後に、目に見えない制御文字（U+%04[1]X）があります。削除するか、行を入力し直してください",
	"%s has a character in it that was lost (U+FFFD \uFFFD), perhaps when the file was converted; type it anew":                "%sに、変換のときなどに失われた文字（U+FFFD \uFFFD）があります。入力し直してください",
	"the preheader is plain text, and the marks in it are shown as they stand; write it without HTML and Markdown":             "プリヘッダーはただの文字なので、記号がそのまま表示されます。HTMLやMarkdownを使わずに書いてください",
	"the preheader says the same as the subject, which stands before it; write what else readers should know, or leave it out": "プリヘッダーが、すぐ前に表示される件名と同じです。ほかに伝えたいことを書くか、省いてください",
	"the subject has brackets with nothing in them (%s); write what belongs there, or take them out":                           "件名に、中が空のかっこ（%s）があります。中身を書くか、取り除いてください",
	"the subject is in capitals, which reads like shouting, and which filters take for advertising; write it in small letters": "件名がすべて大文字です。叫んでいるように見え、広告とみなされることもあります。小文字で書いてください",
	`the full-width "｛｛" begins no merge slot, and would be printed as it stands; write {{ and }} in half-width`:               "全角の「｛｛」は差し込みにならず、そのまま表示されます。半角の {{ と }} で書いてください",

	// Merge slots.
	`"{{" begins a merge slot, and this is none; write {{field}} or {{field|fallback}}, or, to print two braces, write %s`: "「{{」は差し込みの始まりですが、差し込みになっていません。{{項目}} か {{項目|未記入のときの文字}} と書いてください。{{ をそのまま表示するには、%s と書いてください",
	"there are more than %d merge slots; use fewer":                                                            "差し込みが%d個を超えています。減らしてください",
	"{{%s}} is a merge slot, and the list %s holds no fields; take it out, or, to print two braces, write %s":  "{{%s}} は差し込みですが、メール配信 %s には項目がありません。取り除いてください。{{ をそのまま表示するには、%s と書いてください",
	"{{%s}}: the list %s has no field %q; its fields are %s":                                                   "{{%s}}: メール配信 %s に項目「%s」はありません。使える項目は %s です",
	"{{%s}}: this field is optional; say what a reader who left it blank reads, as in {{%s|%s}}":               "{{%s}}: この項目は任意です。{{%s|%s}} のように、未記入の読者に表示する文字を書いてください",
	"a merge slot cannot stand in or right behind a link address; addresses must be the same for every reader": "差し込みは、リンク先のアドレスの中やすぐ後には書けません。リンク先は、すべての読者で同じでなければなりません",

	// What it says.
	`the text speaks of what is attached (%q), and the issue has no attachment; name the file in the front matter, attachments = ["annai.pdf"], or link to it`: `添付について書かれていますが（「%s」）、添付ファイルがありません。冒頭に attachments = ["annai.pdf"] のように書くか、リンクにしてください`,
	"there is no %s; write the day that is meant":                                                                          "%sは、存在しない日付です。正しい日を書いてください",
	"neither %d nor %d has a 29 February; write the day that is meant":                                                     "%d年にも%d年にも、2月29日はありません。正しい日を書いてください",
	"%s ends before it begins; look at both dates":                                                                         "「%s」は、終わりが始まりより前です。両方の日付を確かめてください",
	"%s ends before it begins; look at both days":                                                                          "「%s」は、終わりが始まりより前です。両方の日を確かめてください",
	"%s lies in the past when readers get this%s; write the day that is meant, with its year if it is far off":             "%s%sは、読者に届くときには過ぎています。正しい日を、先の日であれば年も付けて書いてください",
	"%s is a %s in %d, and %s is written beside it; correct the one or the other":                                          "%[1]sは、%[3]d年では%[2]sですが、「%[4]s」と書かれています。どちらかを直してください",
	"%s is a %s in %d, and %s is written beside it; correct the one or the other (it was so in %d: is this text of then?)": "%[1]sは、%[3]d年では%[2]sですが、「%[4]s」と書かれています。どちらかを直してください（%[5]d年の曜日と一致します。前の原稿のままではありませんか）",
	"%s: %s is %d; correct the one or the other":                                                                           "「%s」: %sは%d年です。どちらかを直してください",
	"%s is no time of day; write the time that is meant":                                                                   "「%s」は、存在しない時刻です。正しい時刻を書いてください",
	"%q looks like a place that was to be filled in; write what belongs there, or take it out":                             "「%s」は、書き換えるはずだった箇所のようです。正しい内容を書くか、取り除いてください",
	"the subject %q looks like one that was to be replaced; write what the issue is about":                                 "件名「%s」は、書き換えるはずだったもののようです。何についての号かを書いてください",
	`the issue goes out as Japanese, and no Japanese is in it; write lang = "en" into the front matter`:                    `日本語の号として配信されますが、日本語がありません。冒頭に lang = "en" と書いてください`,
	`the issue goes out as English, and hardly any is in it; write lang = "ja" into the front matter`:                      `英語の号として配信されますが、英語がほとんどありません。冒頭に lang = "ja" と書いてください`,
	"the line is wider than %d full-width characters, so that the text part breaks it once more, before the break of your own; break such lines earlier, or set text_width of the list to %d": "この行は全角%d文字より長いため、テキスト版では、行末の改行の前にもう一度折り返されます。早めに改行するか、メール配信の text_width を%dにしてください",
	"the declaration of the list has the character U+%X in it; take it out": "メール配信の宣言に、文字 U+%X があります。取り除いてください",
}
