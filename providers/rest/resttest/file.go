package resttest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// File returns what a file in testdata holds, without its last line feed: a
// vendor's answer as it stands in the contract sheet. Without the file the test
// ends.
func File(tb testing.TB, name string) string {
	tb.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		tb.Fatal(err)
	}
	return strings.TrimSuffix(string(raw), "\n")
}
