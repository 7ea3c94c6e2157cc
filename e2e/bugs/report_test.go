package bugs

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// String tells what catches, shortly.
func (c catcher) String() string {
	switch {
	case c.words == "":
		return "`" + c.told + "`"
	case c.diet == "":
		return "the simulation"
	default:
		return "the simulation, fed with “" + c.diet + "”"
	}
}

// String tells how a bug was noticed.
func (k caught) String() string {
	if k.orders == 0 {
		return fmt.Sprintf("%q, %s", k.what, k.took.Round(time.Second))
	}
	return fmt.Sprintf("%s: %s (seed %d, after %d orders, %s)", k.word, k.what, k.seed, k.orders, k.took.Round(time.Second))
}

// cell makes text fit into a table.
func cell(text string) string { return strings.NewReplacer("|", `\|`, "\n", " ").Replace(text) }

// table is what was planted, and what noticed it.
func table(list []patch, noticed map[string]caught) string {
	var b strings.Builder
	b.WriteString("| bug | rule | what the shop does | caught by | says | orders | seconds |\n|---|---|---|---|---|---|---|\n")
	for _, p := range list {
		k, ok := noticed[p.name]
		orders, says, seconds := "–", k.word, fmt.Sprintf("%.0f", k.took.Seconds())
		if k.orders > 0 {
			orders = fmt.Sprint(k.orders)
		}
		if says == "" {
			says = short(k.what)
		}
		if !ok {
			says, orders, seconds = "**not caught**", "–", "–"
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s | %s |\n", p.name, cell(p.rule), cell(p.bug), cell(p.by.String()), cell(says), orders, seconds)
	}
	return b.String()
}

// short is the beginning of what a test said.
func short(text string) string {
	const most = 90
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return text
}

// report is README.md.
func report(list []patch, noticed map[string]caught) string {
	stories, orders := 0, 0
	for _, p := range list {
		if k := noticed[p.name]; k.orders > 0 {
			stories, orders = stories+1, orders+k.orders
		}
	}
	return fmt.Sprintf(`# Planted bugs

Written by `+"`go test ./e2e/bugs -bugs=all -write -v`"+`; what a patch is, and how it is planted, stands in doc.go.

%d bugs are planted in the code that ships, one at a time, and all are caught: %d of them by the simulation, from the vendors' own books and
what people saw in their chats, after %d orders on average. “orders” counts all that were placed until the verdict noticed, the
story that shows it included; a dash means that a test of one package notices without playing orders. Each catcher passes
without the bug, the simulation with the same seed. “seconds” include both builds, on two cores that do other things as well.

%s
planted bugs caught %d of %d
`, len(list), stories, orders/max(stories, 1), table(list, noticed), len(noticed), len(list))
}

func TestTableTellsWhatWasNotCaught(t *testing.T) {
	list := []patch{{name: "01-a", rule: "r|s", bug: "b", by: catcher{told: "go test ./x -run TestA|TestB"}}, {name: "02-c", by: catcher{words: "lost"}}}
	text := table(list, map[string]caught{"02-c": {word: "lost", orders: 12, took: 3 * time.Second}})
	for _, want := range []string{`r\|s`, "**not caught**", "| the simulation | lost | 12 | 3 |", `TestA\|TestB`} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}
