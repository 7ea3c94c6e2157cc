package house

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestMoneyTable: docs/money.md names what exists. Every cell of its last three
// columns is a story of the model, a journey, or a transcript with the section.
func TestMoneyTable(t *testing.T) {
	t.Parallel()
	page := content(t, filepath.Join(root, "docs", "money.md"))
	stories := together(t, filepath.Join(root, "order", "*stories_test.go"))
	journeys := together(t, filepath.Join(root, "e2e", "journey", "*_test.go"))
	rows, empty := 0, 0
	for line := range strings.Lines(page) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), " | ")
		if !strings.HasPrefix(line, "| ") || len(cells) < 4 || strings.HasPrefix(cells[0], "what ") || strings.HasPrefix(cells[0], " what ") {
			continue
		}
		rows++
		n := len(cells)
		for _, story := range names(cells[n-3]) {
			if !strings.Contains(stories, `"`+story+`"`) {
				t.Errorf("no story %q", story)
			}
		}
		for _, journey := range names(cells[n-2]) {
			if !strings.Contains(journeys, "func "+journey+"(") {
				t.Errorf("no journey %s", journey)
			}
		}
		for _, screen := range names(cells[n-1]) {
			wantScreen(t, screen)
		}
		if len(names(cells[n-3])) == 0 && len(names(cells[n-2])) == 0 {
			empty++
			t.Logf("by neither story nor journey: %s", cells[0])
		}
	}
	if rows < 40 || empty > 0 {
		t.Errorf("%d rows, %d of them without a test", rows, empty)
	}
}

func wantScreen(t *testing.T, screen string) {
	t.Helper()
	name, section, inside := strings.Cut(screen, ": ")
	for _, language := range []string{"en", "ru"} {
		text := content(t, filepath.Join(root, "flows", "testdata", name+"."+language+".txt"))
		if inside && !strings.Contains(text, "== "+section+"\n") {
			t.Errorf("%s.%s.txt has no section %q", name, language, section)
		}
	}
}

// names are the entries of a cell, none for a dash.
func names(cell string) []string {
	var list []string
	for _, one := range strings.Split(cell, " · ") {
		if one = strings.TrimSpace(one); one != "" && one != "–" {
			list = append(list, one)
		}
	}
	return list
}

func together(t *testing.T, pattern string) string {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatalf("%s: %v", pattern, err)
	}
	var b strings.Builder
	for _, f := range files {
		b.WriteString(content(t, f))
	}
	return b.String()
}

func content(t *testing.T, path string) string {
	t.Helper()
	body, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}
