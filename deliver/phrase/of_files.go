package phrase

// ofFiles are of the files that an issue carries.
var ofFiles = map[string]string{ // #nosec G101 -- sentences, some about passwords
	"%q cannot be sent: %v": "「%s」は送信できません。%v",
	"%s cannot be sent: %v": "%s は送信できません。%v",
	"there is no file %s beside the issue; put it into the same folder, or correct its name":                                            "号のフォルダーに、ファイル %s がありません。同じフォルダーに置くか、名前を直してください",
	`%s is no picture; to attach it, write attachments = ["%[1]s"] into the front matter`:                                               `%s は画像ではありません。添付するには、冒頭に attachments = ["%[1]s"] と書いてください`,
	"%s says where it was taken (GPS), and each reader can look that up; save it without its place (位置情報を削除), unless that may be known": "%s に撮影場所（GPS）の情報があり、読者は誰でも調べられます。知られてよいのでなければ、位置情報を削除して保存してください",
	"%s lies on its side or its head, with a note to turn it that some mail programs do not read; turn it upright and save it anew":     "%s は横や逆さに保存されていて、回転の指示を読まないメールソフトではそのまま表示されます。正しい向きに回して、保存し直してください",
	"the issue carries more than %d files; put some of them on the web, and link to them":                                               "号のファイルが%d個を超えています。一部をウェブに載せてリンクしてください",

	// Where they lie.
	"this folder": "このフォルダー",
	"there is no file %s in %s; put it there, or correct its name":                   "%[2]s に、ファイル %[1]s がありません。そこに置くか、名前を直してください",
	"there is no file %s in the archive; pack it with the text, or correct its name": "アーカイブに、ファイル %s がありません。本文とともに入れるか、名前を直してください",
	"there are two files called %s in the archive; give one of them another name":    "アーカイブに、ファイル %s が2つあります。一方の名前を変えてください",
	"the file is called %s, not %s; write its name with the same capitals":           "ファイルの名前は %[2]s ではなく %[1]s です。大文字と小文字をそのとおりに書いてください",
	"%s cannot be read: %v": "%s が読めません（%v）",
	"%s is a link to another file, and links are not followed; put the file itself into %s":                       "%s は別のファイルへのリンクで、リンクはたどれません。ファイルそのものを %s に置いてください",
	"%s is a link to another file, and links are not followed; pack the file itself, with tar -h":                 "%s は別のファイルへのリンクで、リンクはたどれません。tar -h で、ファイルそのものを入れてください",
	"%s is no file; put the file itself into %s":                                                                  "%s はファイルではありません。ファイルそのものを %s に置いてください",
	"%s is no file; pack the file itself":                                                                         "%s はファイルではありません。ファイルそのものを入れてください",
	"%s has just been replaced; try again":                                                                        "%s が、たったいま置き換えられました。もう一度試してください",
	"with %s the files have more than %d MB together; make them smaller, or put them on the web and link to them": "%s を含めると、ファイルの合計が%dMBを超えます。小さくするか、ウェブに載せてリンクしてください",

	// Names.
	"a file is named by its name, such as press.pdf":                                                                "ファイルは、press.pdf のように名前で指定してください",
	"a path is not read; put the file into the folder of the issue, and write its name alone, such as press.pdf":    "パスは使えません。ファイルを号のフォルダーに置いて、press.pdf のように名前だけを書いてください",
	`the name holds a character that not every computer takes ("<>|?* or one that cannot be seen): rename the file`: `名前に、使えないパソコンのある文字（"<>|?* や目に見えない文字）があります。名前を変えてください`,
	"the name has %d octets; rename the file so that it has %d or fewer (of Japanese characters %d)":                "名前が%dバイトあります。%dバイト（日本語で%d文字）までの名前に変えてください",
	"the name begins or ends with a dot or a space: rename the file":                                                "名前の初めか終わりが、ピリオドかスペースです。名前を変えてください",

	// Kinds.
	"mail programs do not show SVG pictures; save it as PNG":                                                                          "SVGの画像は、メールソフトで表示されません。PNGで保存してください",
	"not every mail program shows WebP pictures; save it as JPEG or PNG":                                                              "WebPの画像は、表示されないメールソフトがあります。JPEGかPNGで保存してください",
	"not every mail program shows AVIF pictures; save it as JPEG or PNG":                                                              "AVIFの画像は、表示されないメールソフトがあります。JPEGかPNGで保存してください",
	"only some phones show HEIC pictures; save it as JPEG":                                                                            "HEICの画像は、一部のスマートフォンでしか表示されません。JPEGで保存してください",
	"a BMP picture is many times larger than need be; save it as PNG":                                                                 "BMPの画像は、必要以上に大きくなります。PNGで保存してください",
	"mail programs do not show TIFF pictures; save it as PNG or PDF":                                                                  "TIFFの画像は、メールソフトで表示されません。PNGかPDFで保存してください",
	"few readers can open it; save it as PDF":                                                                                         "開ける読者が限られます。PDFで保存してください",
	"few readers can open it; save it as PNG or PDF":                                                                                  "開ける読者が限られます。PNGかPDFで保存してください",
	"many mail servers take files in the old form of Office away, since they may hold programs; save it as PDF or DOCX":               "古い形式のOfficeのファイルは、プログラムを含むおそれがあるため、多くのメールサーバーで取り除かれます。PDFかDOCXで保存してください",
	"many mail servers take files in the old form of Office away, since they may hold programs; save it as PDF or XLSX":               "古い形式のOfficeのファイルは、プログラムを含むおそれがあるため、多くのメールサーバーで取り除かれます。PDFかXLSXで保存してください",
	"many mail servers take files in the old form of Office away, since they may hold programs; save it as PDF or PPTX":               "古い形式のOfficeのファイルは、プログラムを含むおそれがあるため、多くのメールサーバーで取り除かれます。PDFかPPTXで保存してください",
	"it can hold programs, so mail servers take it away; save it as PDF or DOCX":                                                      "プログラムを含められる形式なので、メールサーバーで取り除かれます。PDFかDOCXで保存してください",
	"it can hold programs, so mail servers take it away; save it as PDF or XLSX":                                                      "プログラムを含められる形式なので、メールサーバーで取り除かれます。PDFかXLSXで保存してください",
	"it can hold programs, so mail servers take it away; save it as PDF or PPTX":                                                      "プログラムを含められる形式なので、メールサーバーで取り除かれます。PDFかPPTXで保存してください",
	"many mail servers take archives away, since nobody can look into one with a password; attach the files themselves, as PDF":       "圧縮ファイルは、パスワード付きのものの中身を確かめられないため、多くのメールサーバーで取り除かれます。ファイルそのものを、PDFで添付してください",
	"many mail servers take archives away; attach the files themselves, as PDF":                                                       "圧縮ファイルは、多くのメールサーバーで取り除かれます。ファイルそのものを、PDFで添付してください",
	"a page can run programs, so mail servers take it away; put it on the web, and link to it":                                        "HTMLのファイルはプログラムを動かせるため、メールサーバーで取り除かれます。ウェブに載せてリンクしてください",
	"films are too large for mail; put it on the web, and link to it":                                                                 "動画は、メールには大きすぎます。ウェブに載せてリンクしてください",
	"sound is too large for mail; put it on the web, and link to it":                                                                  "音声は、メールには大きすぎます。ウェブに載せてリンクしてください",
	"files of this kind are not sent; attach PDF, PNG, JPEG, GIF, DOCX, XLSX, PPTX, ODT, ODS, ODP, TXT, CSV or ICS, with that ending": "この種類のファイルは送信できません。PDF、PNG、JPEG、GIF、DOCX、XLSX、PPTX、ODT、ODS、ODP、TXT、CSV、ICSのいずれかを、その拡張子で添付してください",

	// Content.
	"the file is empty": "ファイルが空です",
	"its content is %s, which its ending does not say; save it anew": "中身は%sで、拡張子と違います。保存し直してください",
	"its content is not what its ending says; save it anew":          "中身が拡張子と違います。保存し直してください",
	"a PDF": "PDF", "a PNG picture": "PNGの画像", "a JPEG picture": "JPEGの画像", "a GIF picture": "GIFの画像", "a WebP picture, or sound": "WebPの画像か音声",
	"an archive, or an Office file": "圧縮ファイルかOfficeのファイル", "a file in the old form of Office, or one with a password": "古い形式かパスワード付きのOfficeのファイル", "a program": "プログラム",
	"it is text neither in UTF-8 nor in Shift_JIS; save it as UTF-8":                                                 "文字コードがUTF-8でもShift_JISでもありません。UTF-8で保存してください",
	"it cannot be opened; save it anew":                                                                              "開けません。保存し直してください",
	"it has a password, so mail servers take it away; save it without":                                               "パスワードが付いているため、メールサーバーで取り除かれます。パスワードなしで保存してください",
	"it holds programs (macros), so mail servers take it away; save it without, or as PDF":                           "プログラム（マクロ）を含むため、メールサーバーで取り除かれます。マクロなしか、PDFで保存してください",
	"the picture has no size; save it anew":                                                                          "画像に大きさがありません。保存し直してください",
	"the picture has %d × %d points, which many phones cannot show; make it smaller: 1,200 points across are enough": "画像が%d×%d画素あり、多くのスマートフォンで表示できません。小さくしてください。横1,200画素で足ります",

	// Together.
	"the pictures and attachments have %s together, of which %s has %s, and at most %s go out with each copy (max_attachments): %s":           "画像と添付ファイルの合計が%sあり（うち %s が%s）、1通に付けられるのは%sまでです（max_attachments）。%s",
	"each copy would have %s with its pictures and attachments, which a mail makes a third larger, and the relay takes messages up to %s: %s": "画像と添付ファイルを含めると、メールでは3分の1ほど大きくなって1通が%sになり、送信用メールサーバーが受け付ける%sを超えます。%s",
	"make them smaller, or put them on the web and link to them":                                                                              "小さくするか、ウェブに載せてリンクしてください",
}
