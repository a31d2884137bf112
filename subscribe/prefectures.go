package subscribe

import "slices"

// Prefectures returns the 47 prefectures in the order and with the codes of
// JIS X 0401, then "abroad".
func Prefectures() []Choice { return slices.Clone(prefectures) }

var prefectures = []Choice{
	{"01", Text{"北海道", "Hokkaido"}}, {"02", Text{"青森県", "Aomori"}}, {"03", Text{"岩手県", "Iwate"}},
	{"04", Text{"宮城県", "Miyagi"}}, {"05", Text{"秋田県", "Akita"}}, {"06", Text{"山形県", "Yamagata"}},
	{"07", Text{"福島県", "Fukushima"}}, {"08", Text{"茨城県", "Ibaraki"}}, {"09", Text{"栃木県", "Tochigi"}},
	{"10", Text{"群馬県", "Gunma"}}, {"11", Text{"埼玉県", "Saitama"}}, {"12", Text{"千葉県", "Chiba"}},
	{"13", Text{"東京都", "Tokyo"}}, {"14", Text{"神奈川県", "Kanagawa"}}, {"15", Text{"新潟県", "Niigata"}},
	{"16", Text{"富山県", "Toyama"}}, {"17", Text{"石川県", "Ishikawa"}}, {"18", Text{"福井県", "Fukui"}},
	{"19", Text{"山梨県", "Yamanashi"}}, {"20", Text{"長野県", "Nagano"}}, {"21", Text{"岐阜県", "Gifu"}},
	{"22", Text{"静岡県", "Shizuoka"}}, {"23", Text{"愛知県", "Aichi"}}, {"24", Text{"三重県", "Mie"}},
	{"25", Text{"滋賀県", "Shiga"}}, {"26", Text{"京都府", "Kyoto"}}, {"27", Text{"大阪府", "Osaka"}},
	{"28", Text{"兵庫県", "Hyogo"}}, {"29", Text{"奈良県", "Nara"}}, {"30", Text{"和歌山県", "Wakayama"}},
	{"31", Text{"鳥取県", "Tottori"}}, {"32", Text{"島根県", "Shimane"}}, {"33", Text{"岡山県", "Okayama"}},
	{"34", Text{"広島県", "Hiroshima"}}, {"35", Text{"山口県", "Yamaguchi"}}, {"36", Text{"徳島県", "Tokushima"}},
	{"37", Text{"香川県", "Kagawa"}}, {"38", Text{"愛媛県", "Ehime"}}, {"39", Text{"高知県", "Kochi"}},
	{"40", Text{"福岡県", "Fukuoka"}}, {"41", Text{"佐賀県", "Saga"}}, {"42", Text{"長崎県", "Nagasaki"}},
	{"43", Text{"熊本県", "Kumamoto"}}, {"44", Text{"大分県", "Oita"}}, {"45", Text{"宮崎県", "Miyazaki"}},
	{"46", Text{"鹿児島県", "Kagoshima"}}, {"47", Text{"沖縄県", "Okinawa"}}, {"abroad", Text{"海外", "Outside Japan"}},
}
