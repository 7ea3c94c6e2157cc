// Package kit starts what end-to-end tests need: the built binary as a real
// process, a world around it (Telegram, vendors, Redis), and people who talk
// to it. A test package that uses it has
//
//	func TestMain(m *testing.M) { os.Exit(kit.Main(m)) }
//
// Open is `bot serve` against a sandbox of the test's own; StartDemo is `bot
// demo`. Both are driven through /control alone. Every shop is audited when its
// test ends well: secrets, Bot API calls, and our books beside the vendors'.
package kit
