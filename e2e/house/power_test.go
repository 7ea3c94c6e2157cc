package house

import (
	"strings"
	"testing"
)

// planted is a file and how many complaints a rule must have about it.
type planted struct {
	rule  func(source) []string
	path  string
	body  string
	finds int
}

// plant wants each violation found, and each allowed neighbour let through.
func plant(t *testing.T, all []planted) {
	t.Helper()
	for _, one := range all {
		file := parse(t, one.path, "package a\n"+one.body)
		if found := one.rule(file); len(found) != one.finds {
			t.Errorf("%s with %q: %d complaints %q, want %d", one.path, one.body, len(found), found, one.finds)
		}
	}
}

func TestImportRulesCatch(t *testing.T) {
	imports := importComplaints
	plant(t, []planted{
		{imports, "order/a.go", `import "giftbot/store"`, 1},
		{imports, "order/a_test.go", `import "giftbot/store"`, 1},
		{imports, "order/a.go", `import "giftbot/order/ordertest"`, 0},
		{imports, "order/address/a.go", `import ("giftbot/order"; "github.com/btcsuite/btcd/btcutil/bech32")`, 0},
		{imports, "order/address/a.go", `import "giftbot/providers/rest"`, 1},
		{imports, "flows/a.go", `import "giftbot/order/address"`, 0},
		{imports, "flows/a.go", `import "github.com/btcsuite/btcd/btcutil/base58"`, 1},
		{imports, "flows/a.go", `import "giftbot/handlers/telegram"`, 1},
		{imports, "flows/a.go", `import ("giftbot/order"; "giftbot/catalog"; "giftbot/locales")`, 0},
		{imports, "providers/infini/client.go", `import "giftbot/order"`, 1},
		{imports, "providers/infini/adapter.go", `import ("giftbot/order"; "giftbot/providers/rest")`, 0},
		{imports, "providers/infini/adapter.go", `import "giftbot/providers/infinivoucher"`, 1},
		{imports, "providers/rest/a.go", `import "giftbot/order"`, 1},
		{imports, "providers/rest/adapter.go", `import "giftbot/order"`, 1},
		{imports, "sandbox/infini/a.go", `import "giftbot/providers/infini"`, 1},
		{imports, "sandbox/infini/a.go", `import "giftbot/sandbox/kit"`, 0},
		{imports, "store/a_test.go", `import "giftbot/sandbox"`, 0},
		{imports, "store/a.go", `import "giftbot/sandbox"`, 1},
		{imports, "handlers/webhook/a.go", `import "giftbot/handlers/telegram"`, 1},
		{imports, "handlers/telegram/a.go", `import "giftbot/catalog"`, 1},
		{imports, "handlers/telegram/a_test.go", `import "giftbot/catalog"`, 0},
		{imports, "handlers/telegram/a_test.go", `import "giftbot/store"`, 1},
		{imports, "handlers/webhook/a_test.go", `import "giftbot/catalog"`, 1},
		{imports, "cmd/bot/a.go", `import ("giftbot/handlers/telegram"; "giftbot/sandbox")`, 0},
		{imports, "utils/a.go", ``, 1},
		{imports, "flows/a.go", `import "github.com/redis/go-redis/v9"`, 1},
		{imports, "store/a.go", `import "github.com/redis/go-redis/v9"`, 0},
		{imports, "sandbox/a.go", `import "github.com/alicebob/miniredis/v2/server"`, 1},
		{imports, "flows/a.go", `import "github.com/go-telegram/bot/models"`, 1},
		{imports, "order/a.go", `import "testing"`, 1},
		{imports, "order/a_test.go", `import "pgregory.net/rapid"`, 0},
		{imports, "order/a.go", `import "math/rand"`, 1},
		{imports, "order/a.go", `import "math/rand/v2"`, 0},
		{imports, "order/a_test.go", `import "unsafe"`, 1},
	})
}

func TestRulesCatch(t *testing.T) {
	plant(t, []planted{
		{floatComplaints, "order/a.go", `var a float64`, 1},
		{floatComplaints, "store/a.go", `func f(x []float32) {}`, 1},
		{floatComplaints, "providers/infini/a.go", `const x = 0.5`, 1},
		{floatComplaints, "catalog/a.go", `var p = decimal.NewFromFloat(x)`, 1},
		{floatComplaints, "catalog/a.go", `import "math"`, 1},
		{floatComplaints, "flows/a.go", `var s = d.Seconds()`, 1},
		{floatComplaints, "flows/a_test.go", `var a float64`, 0},
		{floatComplaints, "handlers/webhook/a.go", `var a float64`, 0},
		{floatComplaints, "order/a.go", `const x = 5`, 0},

		{sizeComplaints, "order/a.go", "func f() {\n" + strings.Repeat("\n", 79) + "}", 1},
		{sizeComplaints, "order/a.go", "func f() {\n" + strings.Repeat("\n", 78) + "}", 0},
		{sizeComplaints, "order/a.go", strings.Repeat("\n", 401), 1},
		{sizeComplaints, "order/a_test.go", strings.Repeat("\n", 401), 0},
		{sizeComplaints, "order/a_test.go", strings.Repeat("\n", 601), 1},

		{docComplaints, "order/a.go", "func F() {}", 1},
		{docComplaints, "order/a.go", "// F does.\nfunc F() {}", 0},
		{docComplaints, "order/a.go", "type T int", 1},
		{docComplaints, "order/a.go", "func (t *T) M() {}", 1},
		{docComplaints, "order/a.go", "func (t *T[K]) M() {}", 1},
		{docComplaints, "order/a.go", "func (t t) M() {}", 0},
		{docComplaints, "order/a.go", "const C = 1", 1},
		{docComplaints, "order/a.go", "// All.\nconst (\nC = 1\nD = 2\n)", 0},
		{docComplaints, "order/a.go", "// All.\ntype (\nC int\nD int\n)", 2},

		{stateComplaints, "order/a.go", "func init() {}", 1},
		{stateComplaints, "order/a.go", "func (t T) init() {}", 0},
		{stateComplaints, "order/a.go", "var m = map[string]int{}", 1},
		{stateComplaints, "order/a.go", "var n int", 1},
		{stateComplaints, "order/a.go", `var version = "dev"`, 1},
		{stateComplaints, "cmd/bot/a.go", `var version = "dev"`, 0},
		{stateComplaints, "order/a.go", `var ErrX = errors.New("x")`, 0},
		{stateComplaints, "order/a.go", `var _ P = (*T)(nil)`, 0},
		{stateComplaints, "store/a.go", "//go:embed lua/*.lua\nvar scripts embed.FS", 0},
		{stateComplaints, "store/a.go", "var client = redis.NewClient(nil)", 1},

		{skipComplaints, "order/a_test.go", `func TestA(t *testing.T) { t.Skip("x") }`, 1},
		{skipComplaints, "order/a_test.go", `func TestA(t *testing.T) { if testing.Short() { return } }`, 1},
		{skipComplaints, "order/a.go", `func f() { decoder.Skip() }`, 0},
	})
}

func TestWordsCatch(t *testing.T) {
	for text, finds := range map[string]int{
		"// TO" + "DO: later":               1,
		"-- good enough for" + " now":       1,
		"// method of the to-do list":       0,
		"x := 1 // HA" + "CK":               1,
		"open(\"/wo" + "rk/shared/x\")":     1,
		"// before nowhere, for nowadays":   0,
		"a\nb // FIX" + "ME\nc // XX" + "X": 2,
	} {
		if found := wordComplaints("a.go", text); len(found) != finds {
			t.Errorf("%q: %q, want %d complaints", text, found, finds)
		}
	}
}

func TestFoldersCatch(t *testing.T) {
	with := parse(t, "a/doc.go", "// Package a is documented.\npackage a")
	without := parse(t, "b/doc.go", "package b")
	elsewhere := parse(t, "c/c.go", "// Package c is documented elsewhere.\npackage c")
	if found := folderComplaints([]source{with, without, elsewhere}); len(found) != 2 {
		t.Errorf("want b and c, got %q", found)
	}
}

func TestDependenciesCatch(t *testing.T) {
	mod := "module giftbot\n\nrequire github.com/new/thing v1.0.0\nrequire (\n\tgithub.com/go-telegram/bot v1.19.0\n\tx.org/y v1.0.0 // indirect\n)\nreplace a => b\n"
	found := strings.Join(dependencyComplaints(mod, map[string]bool{"github.com/go-telegram/bot": true}), "\n")
	for _, words := range []string{"thing has no reason", "nobody imports github.com/new/thing", "bot is v1.19.0", "replace a => b", "decimal is not a direct"} {
		if !strings.Contains(found, words) {
			t.Errorf("no complaint with %q in\n%s", words, found)
		}
	}
	if strings.Contains(found, "x.org") || strings.Contains(found, "imports github.com/go-telegram") {
		t.Errorf("too many complaints:\n%s", found)
	}
}
