// Package browser buys in the demo's page with a real Chromium: by hand, as
// a newcomer would, on a desktop and on a phone, from left to right and from
// right to left. Screenshots are kept in e2e/artifacts.
package browser
