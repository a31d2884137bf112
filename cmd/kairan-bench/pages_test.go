package main

import (
	"encoding/json"
	"runtime"
	"strings"
	"testing"
)

// TestPages: pages and sign-ups are measured beside what bounds them.
func TestPages(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("pages are measured on Linux")
	}
	code, out, errs := bench(t, "pages", "--json", "--runs", "2", "--for", "100ms", "--connections", "4")
	if code != 0 {
		t.Fatalf("exit %d: %s", code, errs)
	}
	var r pagesReport
	if err := json.Unmarshal([]byte(out), &r); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	var what []string
	for _, p := range r.Pages {
		what = append(what, p.What)
		beside := p.Beside != "nginx" || nginxPath() != ""
		if p.KairanCPU <= 0 || (p.What == "sign-up") != (p.BoundCPU > 0) {
			t.Errorf("CPU: %+v", p)
		}
		if p.Kairan <= 0 || beside != (p.Bound > 0) || beside != (p.Ratio > 0) || (p.What != "sign-up") != (p.Octets > 1000) {
			t.Errorf("%+v", p)
		}
	}
	if got := strings.Join(what, " "); got != "form archive issue sign-up" {
		t.Errorf("measured: %s", got)
	}
	if r.Fsync <= 0 {
		t.Error("nobody knows what an fsync takes")
	}
	if !strings.Contains(r.Command, "pages --connections 4 --runs 2 --for 100ms") {
		t.Errorf("the command is %q", r.Command)
	}
}

func TestPagesFlags(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ args, want string }{
		{"--connections 0", "--connections"}, {"--connections 1001", "--connections"}, {"--runs 0", "--runs"}, {"--for 0s", "--for"}, {"--only forms", `--only "forms"`},
	} {
		if code, _, errs := bench(t, append([]string{"pages"}, strings.Fields(c.args)...)...); code != 1 || !strings.Contains(errs, c.want) {
			t.Errorf("%s: exit %d, %q", c.args, code, errs)
		}
	}
}

// TestPagesTable: without nginx there is nothing beside a page.
func TestPagesTable(t *testing.T) {
	t.Parallel()
	r := pagesReport{Command: "kairan-bench pages", Runs: 3, Fsync: 281, Pages: []pagesResult{
		{What: "form", Octets: 5000, Beside: "nginx", kairan: []answered{{10, 7}, {30, 5}, {20, 6}}},
		{What: "sign-up", Beside: "no store", kairan: []answered{{10, 90}, {30, 80}, {20, 85}}, bound: []answered{{40, 21}, {40, 22}, {50, 23}}},
	}}
	for i := range r.Pages {
		r.Pages[i].sumUp()
	}
	var b strings.Builder
	r.print(&b)
	for _, want := range []string{"not installed", "0.40", "│ 20 ", " 85 ", " 22 ", "kairan-bench pages: medians of 3 turns; an fsync here takes 281 µs"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
}

func TestLengthOf(t *testing.T) {
	t.Parallel()
	const head = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"
	for answer, want := range map[string]int{"HTTP/1.1 2": 0, head: len(head) + 5, head + "12": len(head) + 5} {
		if got, err := lengthOf([]byte(answer)); err != nil || got != want {
			t.Errorf("%q: %d, %v", answer, got, err)
		}
	}
	if _, err := lengthOf([]byte("HTTP/1.1 200 OK\r\n\r\n")); err == nil {
		t.Error("an answer without a length is measured")
	}
}
