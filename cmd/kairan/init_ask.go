package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"example.jp/kairan/cmd/internal/config"
	"example.jp/kairan/cmd/internal/exit"
	"example.jp/kairan/cmd/internal/manual"
	"example.jp/kairan/cmd/internal/starter"
	"example.jp/kairan/subscribe"
)

// both is a sentence in both languages.
type both struct{ en, ja string }

func (b both) in(lang string) string {
	if lang == manual.Japanese {
		return b.ja
	}
	return b.en
}

// initQuestion is one that init asks on a terminal.
type initQuestion struct {
	asks both
	// usual is what Enter alone means, by what was answered before.
	usual func(config.Own) string
	// take puts an answer in, or says why it cannot be one.
	take func(*config.Own, string) *both
	form string // in Japanese: how it is written; in English the configuration's own faults say so
}

var initQuestions = []initQuestion{
	{both{"The office's name, in Japanese / in English", "機関の名称（日本語 / 英語）"},
		func(config.Own) string { return "見本市 / City of Mihon" },
		func(o *config.Own, s string) *both { o.Office, _ = bothNames(s); return nil },
		"「見本市 / City of Mihon」のように書いてください"},
	{both{"The address of its pages for readers", "読者向けページのアドレス"},
		func(o config.Own) string { return cmp.Or(o.BaseURL, "https://magazine.example.jp") },
		func(o *config.Own, s string) *both {
			if !strings.Contains(s, "://") {
				s = "https://" + s
			}
			o.BaseURL = strings.ToLower(strings.TrimRight(s, "/"))
			return nil
		}, "「https://magazine.example.jp」のように、ホスト名まで書いてください"},
	{both{"The list's name, in Japanese / in English; one alone: in that language only", "メール配信の名称（日本語 / 英語。一方だけなら、ページもその言語だけ）"},
		func(config.Own) string { return "メールマガジン / Newsletter" },
		func(o *config.Own, s string) *both { o.List, o.Alone = bothNames(s); return nil },
		"「市政だより / City News」のように書いてください"},
	{both{"The address that its mails come from", "メールの差出人アドレス"},
		func(o config.Own) string { return "newsletter@" + domainBelow(o.BaseURL) },
		func(o *config.Own, s string) *both {
			if _, err := subscribe.ParsePlainAddress(s); err != nil {
				return &both{"that is no mail address; write one such as newsletter@example.jp", "メールアドレスではありません。「newsletter@example.jp」のように書いてください"}
			}
			o.From = s
			return nil
		}, "「newsletter@example.jp」のように書いてください"},
	{both{"The mail server that delivers them, HOST or HOST:PORT", "送信用メールサーバー（ホスト名、またはホスト名:ポート）"},
		func(config.Own) string { return "localhost:25" },
		takeRelay, "「mail.example.jp:587」のように書いてください"},
}

func takeRelay(o *config.Own, s string) *both {
	host, port, err := net.SplitHostPort(s)
	if err != nil {
		host, port = strings.Trim(s, "[]"), "587"
		if host == "localhost" || host == "127.0.0.1" || host == "::1" {
			port = "25"
		}
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil || n == 0 {
		return &both{"a port is a number from 1 to 65535, such as mail.example.jp:587", "ポートは1から65535の数字です。「mail.example.jp:587」のように書いてください"}
	}
	o.RelayHost, o.RelayPort = host, int(n)
	return nil
}

// bothNames are a name in Japanese and in English, or one that stands for both.
func bothNames(s string) (t subscribe.Text, alone bool) {
	ja, en, both := strings.Cut(strings.ReplaceAll(s, "／", "/"), "/")
	ja, en = strings.TrimSpace(ja), strings.TrimSpace(en)
	return subscribe.Text{JA: cmp.Or(ja, en), EN: cmp.Or(en, ja)}, !both || ja == "" || en == ""
}

// domainBelow is the domain of the office, of whose names one is that of its pages.
func domainBelow(base string) string {
	_, host, _ := strings.Cut(base, "://")
	host, _, _ = strings.Cut(host, ":")
	if _, domain, ok := strings.Cut(host, "."); ok && strings.Contains(domain, ".") {
		return domain
	}
	return cmp.Or(host, "example.jp")
}

// askOwn asks what a configuration needs to begin with. Nothing is written before all is
// answered. Each answer is tried in the very configuration that it will stand in.
func (a *app) askOwn(ctx context.Context, sample []byte) (o config.Own, err error) {
	lang := a.words().Lang
	o = a.usualOwn(lang)
	for _, q := range initQuestions {
		if fault := q.take(&o, q.usual(o)); fault != nil {
			return o, errors.New(fault.en)
		}
	}
	in := bufio.NewReader(a.std.in)
	ask := both{"Five questions, and a configuration is written. Enter takes what stands in\nbrackets; Ctrl-C ends it, and leaves nothing behind.\n",
		"5つの質問に答えると、設定を作ります。Enterだけなら［ ］の中のとおりにします。\nCtrl-Cでやめると、何も残りません。\n"}
	fmt.Fprint(a.std.err, ask.in(lang))
	for n, q := range initQuestions {
		fmt.Fprintf(a.std.err, "\n%d/%d  %s\n", n+1, len(initQuestions), q.asks.in(lang))
		for {
			fmt.Fprintf(a.std.err, both{"     [%s]: ", "     ［%s］: "}.in(lang), q.usual(o))
			line, err := interruptible(ctx, func() (string, error) { return in.ReadString('\n') })
			if errors.Is(err, io.EOF) {
				return o, exit.Refusedf("the input ended; nothing was written")
			} else if err != nil {
				return o, err
			}
			why := tryAnswer(q, &o, strings.TrimSpace(line), sample)
			if why == nil {
				break
			}
			fmt.Fprintln(a.std.err, strings.ReplaceAll("     "+wrapped(why.in(lang), usualWidth-indent), "\n", "\n     "))
		}
	}
	fmt.Fprintln(a.std.err)
	return o, nil
}

// tryAnswer puts an answer in, if the configuration is well with it.
func tryAnswer(q initQuestion, o *config.Own, answer string, sample []byte) *both {
	next := *o
	if why := q.take(&next, cmp.Or(answer, q.usual(next))); why != nil {
		return why
	}
	_, err := config.Parse("kairan.toml", next.Source(sample))
	if faults, is := errors.AsType[config.Faults](err); is && len(faults) > 0 {
		return &both{faults[0].Message, "この値は使えません。" + q.form}
	} else if err != nil {
		return &both{err.Error(), err.Error()}
	}
	*o = next
	return nil
}

// usualOwn is what can be known without asking: language and zone of this machine, and
// below which domain it lies.
func (a *app) usualOwn(lang string) config.Own {
	o := config.Own{Language: subscribe.Lang(lang), Zone: zoneHere(os.Getenv, os.Readlink), Today: a.now()}
	if name, err := os.Hostname(); err == nil {
		if _, domain, ok := strings.Cut(strings.ToLower(name), "."); ok && strings.Contains(domain, ".") {
			o.BaseURL = "https://magazine." + domain
		}
	}
	return o
}

// zoneHere is the time zone of this machine by its IANA name; where that says nothing, of Japan.
func zoneHere(getenv func(string) string, readlink func(string) (string, error)) string {
	name := strings.TrimPrefix(getenv("TZ"), ":")
	if name == "" {
		link, _ := readlink("/etc/localtime")
		_, name, _ = strings.Cut(filepath.ToSlash(link), "/zoneinfo/")
	}
	if zone, err := time.LoadLocation(name); err == nil && strings.Contains(name, "/") && !strings.HasPrefix(zone.String(), "Etc/") {
		return name
	}
	return "Asia/Tokyo"
}

// withOwn are the premises of an office that has answered.
func (p premises) withOwn(o config.Own) (premises, error) {
	text, err := starter.Text(starter.Ground{Lang: string(o.Language), Site: o.BaseURL, Now: o.Today})
	p.source, p.first, p.own = o.Source(p.source), text, &o
	p.issue = filepath.Join(filepath.Dir(filepath.Dir(p.issue)), o.ListID(), filepath.Base(p.issue))
	return p, err
}

// sayOwn says what is still to be done by whoever has answered.
func (a *app) sayOwn(p premises) {
	lang := string(p.own.Language)
	relay := net.JoinHostPort(p.own.RelayHost, strconv.Itoa(p.own.RelayPort))
	a.say(both{`Next
  1. Write into %[1]s:
     the office's postal address, the address and date of its privacy policy, and
     the purpose of the list. They are examples now, and readers agree to them
  2. %[2]s
     It warns of those examples, and fails at the relay until
     %[4]s takes mail
  3. %[3]s
  4. In front of it: kairan init --print nginx
     Behind it: kairan init --print postfix
  5. Then the first issue: kairan issue preview %[5]s --open
`, `次に
  1. %[1]s に書いてください：
     機関の所在地、プライバシーポリシーのアドレスと日付、利用目的。
     今は例文です。読者は、この文面に同意して登録します
  2. %[2]s
     例文が残っていると警告します。relay は、%[4]s が
     メールを受け付けるまで FAILED になります
  3. %[3]s
  4. 手前に置くもの：kairan init --print nginx
     後ろに置くもの：kairan init --print postfix
  5. 最初の号は：kairan issue preview %[5]s --open
`}.in(lang), p.config, a.hint(p.check), a.hint(p.serve), relay, p.issue)
}
