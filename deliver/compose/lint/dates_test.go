package lint

import (
	"strings"
	"testing"
	"time"
)

// TestDatesThatAreRight: an editor who is warned for nothing reads no warning.
func TestDatesThatAreRight(t *testing.T) {
	t.Parallel()
	check(t, [][2]string{
		{"", "日時：12月1日（火）10:00～12:00"},
		{"", "**12月1日**（火）に開催します。"},
		{"", "１２月１日（火）午後２時から"},
		{"", "十二月一日（火）に行います。"},
		{"", "2026年12月1日(火)開催"},
		{"", "2026年（令和8年）12月1日（火）"},
		{"", "令和8年（2026年）12月1日（火曜日）"},
		{"", "令和８年１２月１日（火）"},
		{"", "令和9年1月11日（月・祝）成人式"},
		{"", "平成元年1月8日（日）"},
		{"", "昭和64年1月7日（土）"},
		{"", "令和元年5月1日（水・祝）に改元されました。"},
		{"", "R8.12.1（火）"},
		{"", "2026.12.1 (Tue) 開催"},
		{"", "12/1(火)、12/8（火）、12/15（火）"},
		{"", "11/23（月・祝）のイベントにご参加いただき、ありがとうございました。"},
		{"", "2026/12/01 (Tue)"},
		{"", "2026-12-01 (Tue)"},
		{"", "12月5日（土）・6日（日）"},
		{"", "12月5日・6日（土・日）は休館します。"},
		{"", "12月5日、6日（土日）"},
		{"", "12月1日（火）～3日（木）"},
		{"", "12月28日（月）～1月3日（日）は休みます。"},
		{"", "12月31日（木）～1日（金）"},
		{"", "12月1日～25日（日・祝日を除く）"},
		{"", "12月1日から25日まで（土日祝を除く）"},
		{"", "12月29日（月曜休館）"},
		{"", "休館日：月曜日（12月28日は開館）"},
		{"", "毎週火曜日（12月3日から）"},
		{"", "第2土曜日（12月12日）"},
		{"", "12月第1日曜日に清掃をします。"},
		{"", "12月1日（日本時間）"},
		{"", "12月1日（日・米首脳会談）"},
		{"", "12月1日（月1回開催）"},
		{"", "12月1日（水戸）、2日（土浦）"},
		{"", "11月1日に開館した図書館で、講座を開きます。"},
		{"", "申込期限（11月20日）を過ぎても受け付けます。"},
		{"", "締切を11月20日から12月10日に延長しました。"},
		{"", "11月20日に予定していた会は、12月5日（土）に開催します。"},
		{"", "Monday through Friday, December 7 to 11"},
		{"", "The meeting postponed from November 20 will be held on December 5."},
		{"", "休館日：12月29日、月曜日"},
		{"", "12月29日、月曜日は休みます。"},
		{"", "令和8年／2026年"},
		{"", "12月1日火曜日に集合してください。"},
		{"", "11月29日㈰、30日㈪、12月1日㈫、2日㈬、3日㈭、4日㈮、5日㈯"},
		{"", "11月29日㊐、30日㊊、12月1日㊋、2日㊌、3日㊍、4日㊎、5日㊏"},
		{"", "来年1月10日（日）に開きます。"},
		{"", "次回は4月1日（木）です。"},
		{"", "前回は10月1日（木）に開催しました。"},
		{"", "昨年12月1日（月）に開催した会には、百名が集まりました。"},
		{"", "昨年に続き、12月1日（火）に開催します。"},
		{"", "11月3日（火・祝）に文化祭を行いました。"},
		{"", "## 12月の行事\n\n- 1日（火）餅つき\n- 12日（土）演奏会"},
		{"", "## 2027年1月の行事\n\n- 10日（日）演奏会\n- 1月17日（日）茶会"},
		{"", "2026年12月1日（火）から1月31日（日）まで展示します。"},
		{"", "2月28日（日）は最終日です。"},
		{"", "12月12日（土）の講演会の申し込みを始めました。"},
		{"", "12月12日（土）の公演の予約受付を開始いたしました。"},
		{"", "2028年2月29日（火）"},
		{"", "1日3回、7日間続けて飲みます。"},
		{"", "3月末日までの1日（日当）を支給します。"},
		{"", "翌月1日（金）に振り込みます。"},
		{"", "12月20日（日）から10日間"},
		{"", "12月1日（火）発行 第12号"},
		{"", "令和8年度（2026年度）の予算"},
		{"", "令和8年度（2027年3月まで）"},
		{"", "募集期間：10月1日（木）～12月25日（金）"},
		{"", "10月1日から申込受付を始めました。"},
		{"", "10月1日現在の申込は80件です。"},
		{"", "募集の結果は、11月20日に公表しました。"},
		{"", "2025年10月1日に開催された会議の議事録を公開します。"},
		{"", "## 開催報告\n\n日時：10月1日（木）10時から"},
		{"", "申込期限：4月1日（木）"},
		{"", "## 開催報告\n\n【とき】\n\n10月1日（木）10時から"},
		{"", "深夜25:00まで営業します。"},
		{"", "受付は29:59まで、比率は16:90です。"},
		{"", "48時間以内にお返事します。"},
		{"", "午後12時30分から"},
		{"", "https://www.example.jp/2025/10/01/13:75 を見る"},
		{"", "`12月1日（月）` と書くと知らされます。"},
		{"", "Tuesday, December 1, 2026"},
		{"", "December 1 (Tue), 10:00 to 12:00"},
		{"", "Tue 1 Dec, from 10 a.m."},
		{"", "We meet on Tuesday December 1st."},
		{"", "Saturday and Sunday, December 5 and 6"},
		{"", "12/1 (Tue) and 1/12 (Tue)"},
		{"", "The last concert was held on Monday, December 1, 2025."},
		{"", "On October 1 we published the report; registration was open until November 1."},
		{"", "Open Tuesdays from December 3"},
		{"", "In June 31 people joined us."},
		{"", "It may take 30 days. May 15 people come?"},
		{"", "Registration is open until December 15."},
		{"", "Deadline: March 1"},
	})
}

func TestDatesThatAreWrong(t *testing.T) {
	t.Parallel()
	check(t, [][2]string{
		{"weekday", "日時：12月1日（月）10:00～12:00"},
		{"weekday", "**12月1日**（月）に開催します。"},
		{"weekday", "１２月１日（月）午後２時から"},
		{"weekday", "十二月一日（月）に行います。"},
		{"weekday", "2026年12月1日(水)開催"},
		{"weekday", "2026年（令和8年）12月1日（水）"},
		{"weekday", "令和8年12月1日（水曜日）"},
		{"weekday", "令和9年1月11日（日・祝）成人式"},
		{"weekday", "昭和64年1月7日（日）"},
		{"weekday", "R8.12.1（月）"},
		{"weekday", "12/1(月)"},
		{"weekday", "12/1（火）、12/8（水）"},
		{"weekday", "2026-12-01 (Mon)"},
		{"weekday", "2026/12/1（月）"},
		{"weekday", "12月5日（土）・6日（月）"},
		{"weekday", "12月1日（火）～3日（水）"},
		{"weekday", "12月5日・6日（金・月）"},
		{"weekday", "12月28日（月）～1月3日（土）は休みます。"},
		{"weekday", "第2土曜日（12月13日）"},
		{"weekday", "12月1日水曜日に集合してください。"},
		{"weekday", "12月1日㈪"},
		{"weekday", "来年1月10日（土）に開きます。"},
		{"weekday", "前回は10月1日（金）に開催しました。"},
		{"weekday", "会合を12月1日（月）に変更しました。"},
		{"weekday", "## 12月の行事\n\n- 1日（月）餅つき"},
		{"weekday", "| 行事 | 日 |\n|---|---|\n| 演奏会 | 12月12日（日） |"},
		{"weekday", "Monday, December 1, 2026"},
		{"weekday", "December 1 (Mon), 10:00 to 12:00"},
		{"weekday", "Wed 2 December is open; Wed 1 Dec is not."},
		{"weekday", "We meet on Wednesday December 1st."},
		{"weekday", "12/15 (Mon)"},
		{"weekday", "1 December 2026 (Monday)"},
		{"weekday", "12月1日、月曜日に集まります。"},
		{"weekday", "Monday - December 1"},
		{"weekday", "December 1, 2026 - Monday"},
		{"era", "2026年（令和7年）の予定"},
		{"era", "令和7年／2026年"},
		{"era", "令和7年（2026年）の予定"},
		{"era", "令和7年度（2026年度）の予算"},
		{"date", "2月30日に開きます。"},
		{"date", "11月31日（火）"},
		{"date", "2027年2月29日（月）"},
		{"date", "2月29日（月）に開きます。"},
		{"date", "13月1日に開きます。"},
		{"date", "on February 30"},
		{"date", "November 31st, 10:00"},
		{"date-range", "12月20日～12月10日"},
		{"date-range", "12月20日（日）から10日（木）まで"},
		{"date-past", "締切：10月1日（木）"},
		{"date-past", "申込期限：2026年11月20日（金）"},
		{"date-past", "令和7年12月10日（水）に開催します。"},
		{"date-past", "日時：10月1日（木）10時から"},
		{"date-past", "お申し込みは11月20日までにお願いします。申込期限：11月20日"},
		{"date-past", "11月20日までにお申し込みください。"},
		{"date-past", "【とき】\n\n10月1日（木）10時から"},
		{"date-past", "## 申込期限\n\n11月20日（金）"},
		{"date-past", "募集期間：10月1日（木）～11月25日（水）"},
		{"date-past", "Deadline: November 20"},
		{"date-past", "Send the form by November 20."},
		{"date-past", "Please register by October 1, 2026."},
		{"date-past", "The meeting will be held on 1 October 2026."},
		{"time", "開演 10:75"},
		{"time", "日時：12月1日（火）10時75分から"},
		{"time", "午前13時から受け付けます。"},
		{"time", "doors open at 10:75"},
	})
}

// TestDatesAreJudgedFromTheStart: what lies ahead today may have passed by then.
func TestDatesAreJudgedFromTheStart(t *testing.T) {
	t.Parallel()
	const text = "+++\nsubject = \"お知らせ\"\n+++\n\n申込期限：12月1日（火）\n"
	for day, want := range map[int]string{27: "", 30: "", 31: "", 32: "date-past"} {
		found := lookedAt(t, text, time.Date(2026, 11, day, 23, 0, 0, 0, now.Location()))
		if got := strings.Join(rulesOf(found), " "); got != want {
			t.Errorf("%d: %q", day, got)
		}
	}
	found := lookedAt(t, "+++\nsubject = \"12月1日（月）の会\"\n+++\n\n12月1日（月）に開きます。\n", now)
	if len(found) != 2 || found[0].Line != 2 || found[1].Line != 5 {
		t.Fatalf("%v", found)
	}
	const says = "line 5: 12月1日（月） is a Tuesday（火） in 2026, and 月 is written beside it; correct the one or the other (it was so in 2025: is this text of then?)"
	if s := found[1].String(); s != strings.Replace(says, "12月1日（月）", "12月1日", 1) {
		t.Error(s)
	}
}
