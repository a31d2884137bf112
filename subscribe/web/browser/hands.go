package browser

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// Node is a thing on a page as it is read out: what it is, and what it is called.
type Node struct {
	Role, Name, Description, Value string
	id                             cdp.BackendNodeID
}

// Box is where something is in the window, in CSS pixels.
type Box struct{ Left, Top, Right, Bottom float64 }

// All are the things of a role on the page that are read out: "button", "link", "textbox",
// "combobox", "radio", "checkbox", "heading", "group" and so on (WAI-ARIA 1.2 §5.4).
func (p *Tab) All(role string) []Node {
	p.t.Helper()
	return run(p, "look for every "+role, func(ctx context.Context, t *chromedp.Target) ([]Node, error) {
		root, err := cdp.Call(ctx, t, dom.GetDocument, dom.GetDocumentParams{})
		if err != nil {
			return nil, err
		}
		found, err := cdp.Call(ctx, t, accessibility.QueryAXTree, accessibility.QueryAXTreeParams{BackendNodeID: root.Root.BackendNodeID, Role: role})
		if err != nil {
			return nil, err
		}
		var all []Node
		for _, n := range found.Nodes {
			if !n.Ignored {
				all = append(all, node(n))
			}
		}
		return all, nil
	})
}

func node(n *accessibility.Node) Node {
	return Node{words(n.Role), words(n.Name), words(n.Description), words(n.Value), n.BackendDOMNodeID}
}

func words(v *accessibility.Value) string {
	if v == nil {
		return ""
	}
	var s string
	if err := json.Unmarshal(v.Value, &s); err != nil {
		return string(v.Value)
	}
	return s
}

// Find is the one thing of this role whose name this is, or else the one whose name has it.
func (p *Tab) Find(role, name string) Node {
	p.t.Helper()
	var names []string
	var exact, like []Node
	for _, n := range p.All(role) {
		names = append(names, n.Name)
		if n.Name == name {
			exact = append(exact, n)
		}
		if strings.Contains(n.Name, name) {
			like = append(like, n)
		}
	}
	if len(exact) == 1 {
		return exact[0]
	}
	if len(exact) > 1 || len(like) != 1 {
		p.t.Fatalf("%s: which %s is %q? There are %q", p.Page.URL, role, name, names)
	}
	return like[0]
}

// Has says whether there is something of this role whose name has this.
func (p *Tab) Has(role, name string) bool {
	p.t.Helper()
	for _, n := range p.All(role) {
		if strings.Contains(n.Name, name) {
			return true
		}
	}
	return false
}

// Focus is what the keys go to.
func (p *Tab) Focus() Node {
	p.t.Helper()
	return run(p, "look for the focus", func(ctx context.Context, t *chromedp.Target) (Node, error) {
		active, err := cdp.Call(ctx, t, runtime.Evaluate, runtime.EvaluateParams{Expression: "document.activeElement"})
		if err != nil {
			return Node{}, err
		}
		no := false
		tree, err := cdp.Call(ctx, t, accessibility.GetPartialAXTree, accessibility.GetPartialAXTreeParams{ObjectID: active.Result.ObjectID, FetchRelatives: &no})
		if err != nil || len(tree.Nodes) == 0 {
			return Node{}, err
		}
		return node(tree.Nodes[0]), nil
	})
}

// Box is where a thing is in the window: its whole border box.
func (p *Tab) Box(n Node) Box {
	p.t.Helper()
	return run(p, "measure "+n.Name, func(ctx context.Context, t *chromedp.Target) (b Box, err error) {
		object, err := cdp.Call(ctx, t, dom.ResolveNode, dom.ResolveNodeParams{BackendNodeID: n.id})
		if err != nil {
			return b, err
		}
		yes := true
		r, err := cdp.Call(ctx, t, runtime.CallFunctionOn, runtime.CallFunctionOnParams{ObjectID: object.Object.ObjectID, ReturnByValue: &yes,
			FunctionDeclaration: `function() { const r = this.getBoundingClientRect(); return {Left: r.left, Top: r.top, Right: r.right, Bottom: r.bottom} }`})
		if err != nil {
			return b, err
		}
		return b, json.Unmarshal(r.Result.Value, &b)
	})
}

// Press presses a button or follows a link, and waits for the page that comes.
func (p *Tab) Press(role, name string) {
	p.t.Helper()
	p.follow("press the "+role+" "+name, p.touch(p.Find(role, name)))
}

// Enter presses that key where the focus is, in a field of a form, and waits for the page that comes.
func (p *Tab) Enter() {
	p.t.Helper()
	p.follow("press Enter", chromedp.KeyEvent(kb.Enter))
}

// Set presses what changes nothing but itself: a radio button, a checkbox, a summary.
func (p *Tab) Set(role, name string) {
	p.t.Helper()
	n := p.Find(role, name)
	if p.visitor.KeysOnly && role == "radio" { // one of a group is in the order of Tab; arrows go on
		p.arrowTo(n)
		return
	}
	run(p, "press the "+role+" "+name, p.touch(n))
}

// Type replaces what is in the text field of this label, by keys; what no key has comes
// as an input method gives it.
func (p *Tab) Type(label, text string) {
	p.t.Helper()
	n := p.Find("textbox", label)
	run(p, "go to the field "+label, p.touch(n))
	steps := []chromedp.Action[chromedp.Void]{}
	if n.Value != "" {
		steps = append(steps, chromedp.KeyEvent("a", chromedp.KeyModifiers(chromedp.ModifierCtrl)), chromedp.KeyEvent(kb.Backspace))
	}
	for text != "" {
		r, size := utf8.DecodeRuneInString(text)
		if size == 1 {
			steps = append(steps, chromedp.KeyEvent(string(r)))
			text = text[1:]
			continue
		}
		end := strings.IndexFunc(text, func(r rune) bool { return r < utf8.RuneSelf })
		if end < 0 {
			end = len(text)
		}
		steps = append(steps, composed(text[:end]))
		text = text[end:]
	}
	run(p, "type into the field "+label, chromedp.Steps(steps...))
}

func composed(text string) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		return call(ctx, t, input.InsertText, input.InsertTextParams{Text: text})
	})
}

// Choose takes an option of the select of this label, by the arrow keys.
func (p *Tab) Choose(label, option string) {
	p.t.Helper()
	n := p.Find("combobox", label)
	run(p, "go to the field "+label, chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		return call(ctx, t, dom.Focus, dom.FocusParams{BackendNodeID: n.id})
	}))
	p.Key(kb.Home)
	for last := "\x00"; ; p.Key(kb.ArrowDown) {
		value := Eval[string](p, `document.activeElement.selectedOptions[0].label`)
		if value == option {
			return
		}
		if value == last {
			p.t.Fatalf("%s: %s has no %q; its last is %q", p.Page.URL, label, option, value)
		}
		last = value
	}
}

// Key presses keys of chromedp/kb.
func (p *Tab) Key(keys string) {
	p.t.Helper()
	run(p, "press a key", chromedp.KeyEvent(keys))
}

// touch presses a thing with the visitor's means.
func (p *Tab) touch(n Node) chromedp.Action[chromedp.Void] {
	p.t.Helper()
	if !p.visitor.KeysOnly {
		return clicked(n)
	}
	p.Reach(n)
	switch n.Role {
	case "textbox":
		return chromedp.Steps()
	case "checkbox", "radio":
		return chromedp.KeyEvent(" ")
	case "link":
		return enter
	}
	return chromedp.KeyEvent(kb.Enter)
}

// enter is the key of a link, which acts when that goes down. What the key writes would come
// a moment later than from a keyboard, and be written into the field that the link leads to.
func enter(ctx context.Context, t *chromedp.Target) (chromedp.Void, error) {
	press := input.DispatchKeyEventParams{Type: input.DispatchKeyEventTypeRawKeyDown, Key: "Enter", Code: "Enter", WindowsVirtualKeyCode: 13}
	release := press
	release.Type = input.DispatchKeyEventTypeKeyUp
	return chromedp.Void{}, errors.Join(call(ctx, t, input.DispatchKeyEvent, press), call(ctx, t, input.DispatchKeyEvent, release))
}

// clicked presses the middle of a thing, scrolled to where it is seen.
func clicked(n Node) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		if err := call(ctx, t, dom.ScrollIntoViewIfNeeded, dom.ScrollIntoViewIfNeededParams{BackendNodeID: n.id}); err != nil {
			return err
		}
		shape, err := cdp.Call(ctx, t, dom.GetContentQuads, dom.GetContentQuadsParams{BackendNodeID: n.id})
		if err != nil {
			return err
		}
		q := shape.Quads[0]
		_, err = chromedp.MouseClickXY((q[0]+q[4])/2, (q[1]+q[5])/2)(ctx, t)
		return err
	})
}

// Reach goes to a thing by Tab, and says how often that was pressed.
func (p *Tab) Reach(n Node) (presses int) {
	p.t.Helper()
	for ; presses < 200; presses++ {
		if p.Focus().id == n.id {
			return presses
		}
		p.Key(kb.Tab)
	}
	p.t.Fatalf("%s: the %s %q is not reached by Tab", p.Page.URL, n.Role, n.Name)
	return 0
}

// arrowTo goes to a radio button through its group.
func (p *Tab) arrowTo(n Node) {
	p.t.Helper()
	for range 200 {
		if p.Focus().Role == "radio" {
			break
		}
		p.Key(kb.Tab)
	}
	for range 60 {
		if p.Focus().id == n.id {
			p.Key(" ")
			return
		}
		p.Key(kb.ArrowDown)
	}
	p.t.Fatalf("%s: the %s %q is not reached by the keys", p.Page.URL, n.Role, n.Name)
}
