package compose

import "example.jp/kairan/subscribe"

func leaveURL(ts subscribe.Tokens, list *subscribe.List, id subscribe.ID) string {
	return list.URL(subscribe.ToLeave.Path(ts.MintLeave(list, id)))
}

func correctURL(list *subscribe.List) string { return list.URL("/correct?list=" + list.ID) }
