// Package webtest looks at pages and mails as machines and people do: with a validator of
// HTML and with axe, in a real browser. It is test support. What npm brings for it stands
// in testdata/browser of the module.
package webtest
