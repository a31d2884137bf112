package plain

import "regexp"

// Characters that may not begin a line, and those that may not end one (JIS X 4051,
// 6.1.1 and 6.1.2). Most are known to UAX 14 as well, and the wave dash, the slash and
// signs of units as JIS has them are not.
const (
	notAtStart = "、。，．・：；？！‼⁇⁈⁉゛゜ヽヾゝゞ々〻ー" +
		"ぁぃぅぇぉっゃゅょゎゕゖァィゥェォッャュョヮヵヶㇰㇱㇲㇳㇴㇵㇶㇷㇸㇹㇺㇻㇼㇽㇾㇿ" +
		"」』】〉》〕｝）］〙〗〟’”»⦆｠‐゠–〜～／％‰℃°′″¢" +
		"｡､｣･ｧｨｩｪｫｬｭｮｯｰﾞﾟ" + ",.)]}!?:;"
	notAtEnd = "「『【〈《〔｛（［〘〖〝‘“«⦅｟｢([{" + "￥＄￡¥$£€№"
)

// keptTogether finds what is read as one and so is never cut: numbers with what they
// count, dates, words in full-width letters, ellipses and dashes, a sign with what it
// points at, a name with its title.
var keptTogether = regexp.MustCompile(`(?i)(?:` + pointers + `)?(?:` +
	`[0-9０-９]{2,5}[（(][0-9０-９]{1,4}[）)][0-9０-９]{4}` +
	`|(?:(?:第|約|午前|午後|令和|平成|昭和)?` + number + `(?:` + counters + `|[ \x{00a0}]?(?:` + units + `)\b)?)+(?:（[月火水木金土日](?:・[祝休])?）)?` +
	`|[Ａ-Ｚａ-ｚ]+` +
	`|[…‥]+|[―—─━]+` +
	`|[\x{10F000}-\x{10FEFF}][ \x{3000}]?(?:様|さま|さん|殿|御中))` +
	`|` + pointers + `[^ \x{3000}]`)

const (
	pointers = `[■□◆◇●○◎★☆▼▽▲△▶▷※〒①-⑳]+[ \x{3000}]?`
	number   = `[0-9０-９]+(?:[.,:/．，：／‐-][0-9０-９]+)*`
	counters = `[百千万億兆]*(?:年度|年間|年|[かカヶヵ]月間?|月|週間|日間?|時間?|分間?|秒間?|円|人|名|回|号|件|歳|才|冊|本|枚|個|台|階|番地?|度|割|倍|点|組|校|社|[かカヶヵ]所|％|℃|号室|丁目)|[百千万億兆]+`
	units    = `[kcm]?m[²³]?|[km]?g|m?l|yen|%|[ap]\.?m\.?|hours?|days?|minutes?|min|people|°c`
)
