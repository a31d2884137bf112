package lint

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// toAct are the words beside a date by which a reader does something.
var toAct = regexp.MustCompile(`(?i)締切|締め?切り|〆切|しめきり|期限|必着|消印|` +
	`(?:申込|申し込み|申請|応募|募集|受付|予約|回答|提出|出願|登録|参加受付)(?:み|の)?(?:期間|期日|日|は|:|/|・)|` +
	`までに?(?:、)?(?:お|ご)|までに[^。]{0,25}(?:ください|下さい|お願い|こと(?:。|$))|次回[^。、]{0,20}(?:は|:)|まで(?:受け?付け?|募集|予約|開催)|` +
	`^件名:.*(?:開催|まで|実施)|開催(?:日|期間|予定|(?:いた)?します)|日\s?時|日\s?程|期\s?日|会\s?期|(?:^|[\s|*【\[<▪■●・])と\s?き(?:[\s:|】\]>]|$)|実施(?:日|(?:いた)?します)|` +
	`(?:行い|開き|行われ|開かれ|始まり|スタートし|オープンし|開講し|発売し|公演し|上映し|放送し)ます|(?:お越し|ご参加|ご来場|ご来館|お申し?込み|ご応募|ご回答|ご予約)ください|` +
	`\b(?:deadline|due|closing date|rsvp|no later than|must (?:arrive|reach us|be (?:received|submitted|returned|postmarked))|(?:must|should|can|may|need to) be [a-z]+(?:ed|en|id|nt)\b[^.]{0,20}\b(?:by|before|until)|(?:register|apply|reply|book|submit|respond|enroll?|order|sign up|send|return|e?mail|call|contact us|pay|vote|complete|fill|confirm|collect|pick up|let us know|enter|nominate|claim|renew)\b[^.]{0,40}\b(?:by|before|until)|` +
	`(?:will|to) be held|will (?:take place|start|begin|open|run)|will be (?:hosting|holding|hosted|running|taking place)|(?:is|are) (?:set|scheduled|planned) (?:for|on)|(?:be|are) (?:reported|submitted|returned|received|handed in|paid|sent)\b[^.]{0,20}\b(?:by|before|until)|officially (?:starts?|begins?|ends?|closes?|opens?)|takes place|join us|date(?: and time)?:|dates:|when:|registration (?:closes|ends|is open until)|applications? (?:close|are due|must)|(?:open|accepted|available) (?:until|through))`)

// Words that make a sentence one about the past.
var (
	hasBeen = regexp.MustCompile(`(?i)前回|前年|昨年|去年|前年度|先日|先月|先週|昨日|過去|これまで|以来|当時|でした|[いしりきっん]た(?:。|、|$|\s|\)|の|「|イベント|ところ|際|とき|時|会|行事)|ました|された|われた|かれた|` +
		`\b(?:was|were|had|held|took place|last|previous|ago|since|ended|attended|gathered|enjoyed|joined us)\b`)
	isRecord = regexp.MustCompile(`(?i)報告|結果|実績|記録|議事録|アーカイブ|振り返|レポート|発表|公表|公開|更新(?:しました|日|:)|掲載|発行|現在|時点|日付け?[のでけ]|施行|改正|制定|創立|設立|開館以来|生まれ|閉幕|閉会|受賞|終了|過ぎ|延期|予定(?:してい|でし)た|` +
		`\b(?:published|announced|released|issued|as of|minutes|reports?|results?|recap|closed|founded|established|born|dated|updated|amended|archive|passed|postponed|rescheduled|originally|extended)\b`)
	// Forms of the past about what is still to come.
	isToCome = regexp.MustCompile(`(?i)(?:まし|でし)たら|(?:決定|変更|延期|延長|更新|内定|設定|お知らせ|ご案内|お待たせ)(?:し|いたし|致し|になり|となり)ました|(?:ことに(?:いたし|致し|し)|なり|決まり|決め)ました|こととし(?:まし)?た|` +
		`(?:受け?付け?|申し?込み?|募集|予約|販売|登録|参加者?の受付)[をが]?(?:始め|始まり|(?:開始|スタート)(?:し|いたし|致し|となり)?)ました|` +
		`(?:will|to|is|are) be(?:ing)? held|be closed|last [a-z ]{1,30}\b(?:of|in|before) (?:the |this )?(?:year|month|season|term|week)|last (?:day|chance|call|date|minute|entry|order)|as last year`)
	isAhead = regexp.MustCompile(`(?i)ます|ください|下さい|予定|次回|\b(?:will|shall|next|join)\b`)
)

// actedOn reports a sentence whose date a reader acts by.
func actedOn(said string) bool { return toAct.MatchString(spoken.ReplaceAllString(said, "「」")) }

// spoken is what somebody said, as far as the sentence goes: a whole one in quotation
// marks.
var spoken = regexp.MustCompile(`「[^「」]*(?:ます|です|ました|ください)[。!?](?:」|$)`)

// held reports a sentence about what has been.
func (c *calendar) held(said string) bool {
	return hasBeen.MatchString(isToCome.ReplaceAllString(said, "")) || recordHeading.MatchString(c.line.section)
}

// over reports a sentence about what has been, and about nothing else.
func (c *calendar) over(said string) bool { return c.held(said) && !isAhead.MatchString(said) }

// past reports a sentence or a section in which days of the past are at home.
func (c *calendar) past(said string) bool {
	return c.held(said) || isRecord.MatchString(isToCome.ReplaceAllString(said, ""))
}

// recordHeading is a heading over what has been.
var recordHeading = regexp.MustCompile(`(?i)前回|報告|結果|実績|記録|議事録|レポート|振り返|ふりかえ|昨年|去年|\b(?:recap|reports?|minutes|last|previous|past|review|results?)\b`)

// sentence is the sentence around a piece of a line, as far as it is near.
func sentence(s string, from, to int) string {
	begin, end := from, to
	for n := 0; n < nearBefore && begin > 0; n++ {
		_, size := utf8.DecodeLastRuneInString(s[:begin])
		begin -= size
	}
	for n := 0; n < nearAfter && end < len(s); n++ {
		_, size := utf8.DecodeRuneInString(s[end:])
		end += size
	}
	s, from, to = s[begin:end], from-begin, to-begin
	begin, end = 0, len(s)
	if i := strings.LastIndexAny(s[:from], "。!?"); i >= 0 {
		_, n := utf8.DecodeRuneInString(s[i:])
		begin = i + n
	}
	if i := strings.LastIndex(s[begin:from], ". "); i >= 0 && !shortened.MatchString(s[begin:begin+i]) {
		begin += i + 2
	}
	if i := strings.IndexAny(s[to:end], "。!?"); i >= 0 {
		end = to + i
		_, n := utf8.DecodeRuneInString(s[end:])
		end += n
	}
	if i := strings.Index(s[to:end], ". "); i >= 0 && i > 3 {
		end = to + i + 1
	}
	return s[begin:end]
}

// How many characters of a sentence speak of what stands in it: in texts that are made
// of lists one sentence goes on for ever.
const (
	nearBefore = 60
	nearAfter  = 60
)

// shortened is a word that ends in a full stop and no sentence.
var shortened = regexp.MustCompile(`(?:^|\W)(?:` + months + `|` + wd + `|[ap]\.m|No|Mr|Ms|Dr|St)$`)
