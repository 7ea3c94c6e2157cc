package house

import (
	"path"
	"slices"
	"strings"
	"testing"
)

// owner is one row of the table of DESIGN §2.
type owner struct {
	folder string
	may    []string // folders of ours it may import, besides its own
	why    string
}

// owners is the table of DESIGN §2. Calls run one way: handlers → flows → order → (store, providers).
func owners() []owner {
	return []owner{
		{"cmd", []string{"*"}, "commands wire everything"},
		{"e2e", []string{"*"}, "judges the whole"},
		{"bench", []string{"*"}, "measures the whole"},
		{"config", nil, "settings know nobody, so that everybody's needs meet only in cmd/bot"},
		{"order", nil, "the lifecycle is pure and declares its ports itself"},
		{"order/address", []string{"order"}, "reads what a buyer types for a refund; pure, and knows nothing but the families of addresses"},
		{"catalog", []string{"order"}, "for Money"},
		{"flows", []string{"order", "catalog", "locales"}, "conversations know neither Telegram nor vendors nor Redis"},
		{"handlers/telegram", []string{"flows", "order", "locales"}, "the edge calls flows; late news comes back through the outbox"},
		{"handlers/webhook", []string{"order"}, "gets the Telegram handler and the vendor verifiers passed in"},
		{"providers/rest", nil, "the HTTP chain serves every vendor and knows none"},
		{"providers/rest/ordererr", []string{"order", "providers/rest"}, "what a failed call means is told in the words of order once, for every adapter.go"},
		{"providers/*", []string{"providers/rest"}, "a vendor is a client first; only adapter.go speaks the language of order"},
		{"store", []string{"order"}, "implements the ports of order; sessions are opaque bytes to it"},
		{"locales", nil, "words only"},
		{"sandbox", nil, "written from the contract sheets: sharing code with the clients would share their mistakes"},
	}
}

// foreign is a rule about a package that is not ours.
type foreign struct {
	path  string
	may   []string // folders; tests may always
	tests bool     // only in tests and their helpers, whatever the folder
	why   string
}

func foreigners() []foreign {
	return []foreign{
		{"github.com/redis/go-redis/v9", []string{"store", "bench", "e2e"}, false, "one client package: keys, tags and scripts are built in one place"},
		{"github.com/alicebob/miniredis/v2", []string{"cmd/bot", "bench", "e2e"}, false, "an in-memory Redis is for tests and the demo; money needs a real one"},
		{"github.com/go-telegram/bot", []string{"handlers/telegram", "cmd/bot", "bench", "e2e"}, false, "Telegram types end at the edge"},
		{"github.com/btcsuite/btcd/btcutil", []string{"order/address"}, false, "one place decides what is an address"},
		{"github.com/caarlos0/env/v11", []string{"config"}, false, "the environment is read in one place"},
		{"github.com/failsafe-go/failsafe-go", []string{"providers/rest"}, false, "one HTTP chain decides what is retried"},
		{"github.com/prometheus/client_golang", []string{"handlers", "cmd/bot", "e2e"}, false, "metrics are floats, and sit behind ports"},
		{"golang.org/x/text/feature/plural", []string{"locales"}, false, "plural rules have one home"},
		{"text/template", nil, true, "keeps every method of every type in the binary"},
		{"html/template", nil, true, "keeps every method of every type in the binary"},
		{"golang.org/x/crypto/x509roots/fallback", []string{"cmd/bot"}, false, "the binary decides about its roots"},
		{"time/tzdata", []string{"cmd/bot"}, false, "the binary decides about its zones"},
		{"github.com/chromedp/chromedp", nil, true, "a browser is a test tool"},
		{"github.com/google/go-cmp", nil, true, "panics on surprises; fine in a test only"},
		{"pgregory.net/rapid", nil, true, "a test tool"},
		{"go.uber.org/goleak", nil, true, "a test tool"},
		{"testing", nil, true, "registers flags in a binary"},
		{"net/http/httptest", nil, true, "panics when it cannot listen"},
		{"math/rand", nil, true, "predictable; crypto/rand for ids, math/rand/v2 for jitter"},
		{"unsafe", []string{}, false, "no reason for it here"},
	}
}

// ownerOf finds the row of a folder; the longest match wins.
func ownerOf(folder string) (owner, bool) {
	var best owner
	for _, row := range owners() {
		pattern := row.folder
		if parent, found := strings.CutSuffix(pattern, "/*"); found && strings.HasPrefix(folder, parent+"/") {
			name, _, _ := strings.Cut(strings.TrimPrefix(folder, parent+"/"), "/")
			pattern = path.Join(parent, name)
			row.folder = pattern
		}
		if under(folder, pattern) && len(pattern) >= len(best.folder) && (best.folder != pattern) {
			best = row
		}
	}
	return best, best.folder != ""
}

// importComplaints judges the imports of one file.
func importComplaints(file source) []string {
	var complaints []string
	row, known := ownerOf(file.folder())
	if !known && file.folder() != "." {
		return []string{file.path + ": folder is not in the table of DESIGN §2"}
	}
	for _, imported := range file.imports() {
		if ours, found := strings.CutPrefix(imported, module+"/"); found {
			if !mayImport(file, row, ours) {
				complaints = append(complaints, file.path+": "+row.folder+" may not import "+ours+": "+row.why)
			}
			continue
		}
		for _, rule := range foreigners() {
			// A /v2 is another package that happens to live below.
			if under(imported, rule.path) && imported != rule.path+"/v2" && !rule.allows(file) {
				complaints = append(complaints, file.path+": may not import "+imported+": "+rule.why)
			}
		}
	}
	return complaints
}

// mayImport applies a row to one package of ours.
func mayImport(file source, row owner, ours string) bool {
	if under(ours, row.folder) || slices.Contains(row.may, "*") {
		return true
	}
	// Tests may stand on the sandbox: it is the other side of the wire.
	if file.test() && under(ours, "sandbox") {
		return true
	}
	// The edge's tests stock the shelf that flows reads; that port speaks of products.
	if file.test() && row.folder == "handlers/telegram" && under(ours, "catalog") {
		return true
	}
	vendor := strings.HasPrefix(row.folder, "providers/") && row.folder != "providers/rest"
	if vendor && under(ours, "order") && strings.HasPrefix(path.Base(file.path), "adapter") {
		return true
	}
	return slices.ContainsFunc(row.may, func(folder string) bool { return under(ours, folder) })
}

// allows reports whether a file may import the foreign package. The sandbox is no production code, but it is shipped.
func (f foreign) allows(file source) bool {
	if file.support() && f.path != "unsafe" {
		return true
	}
	return !f.tests && slices.ContainsFunc(f.may, func(folder string) bool { return under(file.folder(), folder) })
}

func TestImports(t *testing.T) {
	for _, file := range repository(t) {
		report(t, importComplaints(file))
	}
}

// TestVendorFiles keeps the file names equal in every vendor, so that whoever knows one finds the way in all.
func TestVendorFiles(t *testing.T) {
	vendors := make(map[string][]string)
	for _, file := range repository(t) {
		parent, vendor := path.Split(file.folder())
		if parent == "providers/" && vendor != "rest" {
			vendors[vendor] = append(vendors[vendor], path.Base(file.path))
		}
	}
	for vendor, files := range vendors {
		for _, must := range []string{"doc.go", "client.go", "wire.go", "errors.go", "webhook.go", "adapter.go"} {
			if !slices.Contains(files, must) {
				t.Errorf("providers/%s has no %s", vendor, must)
			}
		}
	}
}
