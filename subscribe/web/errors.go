package web

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/gofiber/fiber/v2"

	"example.jp/kairan/subscribe"
	"example.jp/kairan/templates"
)

// retryAfter is told with every 503, in seconds.
const retryAfter = "300"

// fail answers a request that has failed. It is the only place where an error
// becomes a status, and shows a visitor nothing of the error itself.
func (p *pages) fail(c *fiber.Ctx, err error) error {
	status, kind := judge(err)
	if status == fiber.StatusInternalServerError && c.Locals(localPanic) == nil {
		p.Log.Error("RequestFault", "method", c.Method(), "route", c.Route().Path, "err", err)
	}
	p.headers(c)
	for _, name := range []string{fiber.HeaderETag, fiber.HeaderLastModified, fiber.HeaderContentDisposition, fiber.HeaderVary} {
		c.Response().Header.Del(name) // of the page that there would have been
	}
	hideFromSearch(c)
	if status == fiber.StatusServiceUnavailable || status == fiber.StatusTooManyRequests {
		c.Set(fiber.HeaderRetryAfter, retryAfter)
	}
	if err := p.sendError(c, status, kind); err != nil {
		p.Log.Error("ErrorPageFault", "err", err)
		c.Status(fiber.StatusInternalServerError).Type("txt", "utf-8")
		return c.SendString("問題が起きました。後でもう一度お試しください。\nSomething went wrong. Please try again later.\n")
	}
	return nil
}

func (p *pages) sendError(c *fiber.Ctx, status int, kind templates.ErrorKind) error {
	lang, at, list := p.errorLang(c), p.here(c), ""
	if kind == templates.ErrorWithdrawn {
		list = c.Params("list") // which is declared
	}
	office, _ := c.Locals(localOffice).(*subscribe.Office)
	name := once{page: templates.PageError, of: list, what: string(kind), at: at, lang: lang}
	if office != nil {
		name.at, name.what = nil, name.what+" "+office.ID
	}
	return p.sendOnce(c, status, name, func() (any, error) {
		page := templates.Error{Frame: p.hostFrame(at, lang), Kind: kind}
		if office != nil {
			page.Frame = p.frame(office, lang)
		}
		if list != "" {
			page.Archive = subscribe.ArchivePath(list)
		}
		return page, nil
	})
}

// judge gives an error its status, and the page that says it.
func judge(err error) (status int, kind templates.ErrorKind) {
	var f *fiber.Error
	switch {
	case errors.Is(err, subscribe.ErrLate):
		return fiber.StatusNotFound, templates.ErrorLate
	case errors.Is(err, subscribe.ErrToken), errors.Is(err, subscribe.ErrList), errors.Is(err, subscribe.ErrNoBackNumber):
		return fiber.StatusNotFound, templates.ErrorNotFound
	case errors.Is(err, subscribe.ErrClosed): // in the moment in which it was asked
		return fiber.StatusGone, templates.ErrorNotFound
	case errors.Is(err, errWithdrawn):
		return fiber.StatusGone, templates.ErrorWithdrawn
	case errors.Is(err, subscribe.ErrBusy), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return fiber.StatusServiceUnavailable, templates.ErrorBusy
	case errors.As(err, new(subscribe.NetworkBusy)):
		return fiber.StatusTooManyRequests, templates.ErrorBusy
	case errors.Is(err, errCrossSite):
		return fiber.StatusForbidden, templates.ErrorCrossSite
	case errors.Is(err, errForm):
		return fiber.StatusBadRequest, templates.ErrorMethod
	case !errors.As(err, &f):
		return fiber.StatusInternalServerError, templates.ErrorBroken
	}
	switch f.Code {
	case fiber.StatusNotFound:
		return f.Code, templates.ErrorNotFound
	case fiber.StatusRequestEntityTooLarge, fiber.StatusRequestHeaderFieldsTooLarge:
		return f.Code, templates.ErrorTooLarge
	case fiber.StatusBadGateway: // so Fiber calls a connection that broke in a request; nobody reads this answer
		return fiber.StatusBadRequest, templates.ErrorMethod
	case fiber.StatusBadRequest, fiber.StatusMethodNotAllowed, fiber.StatusRequestTimeout, fiber.StatusNotImplemented:
		return f.Code, templates.ErrorMethod
	}
	return fiber.StatusInternalServerError, templates.ErrorBroken
}

const localPanic = "panic"

// logPanic logs where a handler panicked. Of the value it logs the text only if
// the runtime wrote it: anything else might quote a request.
func (p *pages) logPanic(c *fiber.Ctx, value any) {
	c.Locals(localPanic, true)
	what := fmt.Sprintf("%T", value)
	if fault, ok := value.(runtime.Error); ok {
		what = fault.Error()
	}
	p.Log.Error("HandlerPanic", "method", c.Method(), "route", c.Route().Path,
		"value", what, "stack", string(debug.Stack()))
}
