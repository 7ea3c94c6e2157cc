package house

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// dependencies are the direct ones, each with the reason for which it was let in.
func dependencies() map[string]string {
	return map[string]string{
		"github.com/alicebob/miniredis/v2":          "the demo's Redis and the simulation's",
		"github.com/btcsuite/btcd/btcutil":          "base58check and bech32, of addresses that a refund goes to",
		"github.com/caarlos0/env/v11":               "environment to struct",
		"github.com/chromedp/chromedp":              "the demo page in a real browser",
		"github.com/decred/dcrd/dcrec/secp256k1/v4": "addresses of wallets and gift cards",
		"github.com/failsafe-go/failsafe-go":        "retry, breaker, limiter and timeout of the HTTP chain",
		"github.com/go-telegram/bot":                "Bot API types and calls",
		"github.com/google/go-cmp":                  "readable differences in tests",
		"github.com/google/uuid":                    "keys in the shape vendors ask for",
		"github.com/makiuchi-d/gozxing":             "reads the QR code of a picture back, in tests",
		"github.com/prometheus/client_golang":       "metrics",
		"github.com/redis/go-redis/v9":              "single, Sentinel and Cluster behind one client",
		"github.com/shopspring/decimal":             "money without floats",
		"github.com/skip2/go-qrcode":                "the QR code of a gift card",
		"github.com/yuin/gopher-lua":                "the simulation's scripts in one state for a whole story, as miniredis runs them",
		"go.uber.org/goleak":                        "no goroutine outlives a test",
		"golang.org/x/crypto/x509roots/fallback":    "TLS roots in an empty container",
		"golang.org/x/crypto":                       "Keccak-256, for addresses",
		"golang.org/x/image":                        "fonts and shapes of the gift card picture",
		"golang.org/x/sync":                         "errgroup",
		"golang.org/x/text":                         "languages and the CLDR's plural rules",
		"pgregory.net/rapid":                        "properties with shrinking",
	}
}

// direct reads the direct requirements of a go.mod, module → version, and its replace lines.
func direct(text string) (required map[string]string, replaced []string) {
	required = make(map[string]string)
	inside := false
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(line, "replace"):
			replaced = append(replaced, line)
		case line == "require (":
			inside = true
		case line == ")":
			inside = false
		case (inside || strings.HasPrefix(line, "require ")) && !strings.Contains(line, "// indirect"):
			if fields := strings.Fields(strings.TrimPrefix(line, "require ")); len(fields) >= 2 {
				required[fields[0]] = fields[1]
			}
		}
	}
	return required, replaced
}

// dependencyComplaints compares go.mod with the table and with what the files really import.
func dependencyComplaints(mod string, imported map[string]bool) []string {
	var complaints []string
	required, replaced := direct(mod)
	for name := range required {
		if dependencies()[name] == "" {
			complaints = append(complaints, "go.mod: "+name+" has no reason in e2e/house/deps_test.go")
		}
		if !imported[name] {
			complaints = append(complaints, "go.mod: nobody imports "+name)
		}
	}
	for name := range dependencies() {
		if required[name] == "" {
			complaints = append(complaints, "e2e/house/deps_test.go: "+name+" is not a direct dependency any more")
		}
	}
	if version := required["github.com/go-telegram/bot"]; version != "v1.24.0" {
		complaints = append(complaints, "go.mod: go-telegram/bot is "+version+", but TELEGRAM.md was read against v1.24.0")
	}
	for _, line := range replaced {
		complaints = append(complaints, "go.mod: "+line+": a replaced module is not what its name says")
	}
	return complaints
}

func TestDependencies(t *testing.T) {
	mod, err := os.ReadFile(root + "/go.mod")
	if err != nil {
		t.Fatal(err)
	}
	required, _ := direct(string(mod))
	imported := make(map[string]bool)
	for _, file := range repository(t) {
		for _, path := range file.imports() {
			for name := range required {
				imported[name] = imported[name] || under(path, name)
			}
		}
	}
	report(t, dependencyComplaints(string(mod), imported))
}

// Packages that do not come into the binary, by way of a dependency neither:
// templates call methods by name, so that the linker keeps every method of every
// type, nine megabytes of them, and the rest belongs to tests.
func TestNothingHeavyInTheBinary(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", "giftbot/cmd/bot").Output()
	if err != nil {
		t.Fatal(err)
	}
	deps := strings.Fields(string(out))
	if !slices.Contains(deps, "giftbot/order") {
		t.Fatalf("%d packages, and not ours", len(deps))
	}
	for _, heavy := range []string{"text/template", "html/template", "testing", "net/http/httptest", "net/http/pprof"} {
		if slices.Contains(deps, heavy) {
			t.Errorf("%s is in the binary", heavy)
		}
	}
}
