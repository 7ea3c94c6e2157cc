package ordertest

import (
	"errors"
	"fmt"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// Doc returns the package comment of order, found from anywhere inside the
// module: its diagram and its crash points are what tests go by.
func Doc() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("find the module: %w", err)
	}
	for {
		if _, err = os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
		if dir == filepath.Dir(dir) {
			return "", errors.New("find the module: no go.mod above")
		}
		dir = filepath.Dir(dir)
	}
	file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(dir, "order", "doc.go"), nil, parser.ParseComments|parser.PackageClauseOnly)
	if err != nil {
		return "", fmt.Errorf("parse order/doc.go: %w", err)
	}
	return file.Doc.Text(), nil
}

// CrashPoints lists the crash points in the life of a paid order of
// order/doc.go in their order, from the webhook to the ping.
func CrashPoints() ([]string, error) { return points(false) }

// PayoutPoints lists those in the life of a payout.
func PayoutPoints() ([]string, error) { return points(true) }

func points(ofPayout bool) ([]string, error) {
	doc, err := Doc()
	if err != nil {
		return nil, err
	}
	var list []string
	for _, found := range regexp.MustCompile(`(?m)^\s+✗ ([a-z-]+)$`).FindAllStringSubmatch(doc, -1) {
		if strings.HasPrefix(found[1], "payout-") == ofPayout {
			list = append(list, found[1])
		}
	}
	return list, nil
}

// Arrow is one edge of the diagram in order/doc.go.
type Arrow struct{ From, Event, To string }

// Diagram lists the arrows of order/doc.go.
func Diagram() ([]Arrow, error) {
	doc, err := Doc()
	if err != nil {
		return nil, err
	}
	var arrows []Arrow
	for line := range strings.Lines(doc) {
		found := regexp.MustCompile(`^\s+([a-z_]+) --([A-Za-z]+)--> ([a-z_]+)$`).FindStringSubmatch(strings.TrimRight(line, "\n"))
		if found != nil {
			arrows = append(arrows, Arrow{found[1], found[2], found[3]})
		}
	}
	return arrows, nil
}

// Call is the port call a crash point of order/doc.go stands beside, and on
// which side of it the process dies.
type Call struct {
	Op    string
	Fault Fault
}

// CallOf maps the crash points onto the calls of this package's ports.
func CallOf(point string) (Call, bool) {
	c, ok := map[string]Call{
		"webhook-before-hint": {"wake", CrashBefore},
		"webhook-after-hint":  {"wake", CrashAfter},
		"claimed":             {"claim", CrashAfter},
		"read":                {"read", CrashAfter},
		"permit-taken":        {"acquire", CrashAfter},
		"attempt-stored":      {"buy", CrashBefore},
		"buy-sent":            {"buy", CrashAfter},
		"buy-answered":        {"release", CrashBefore},
		"goods-stored":        {"release", CrashBefore},
		"permit-released":     {"release", CrashAfter},
		"announcement-taken":  {"take", CrashAfter},
		"edit-sent":           {"edit", CrashBefore},
		"edit-answered":       {"edit", CrashAfter},
		"delivered":           {"ping", CrashBefore},
		"ping-sent":           {"ping", CrashAfter},

		"payout-permit-taken": {"acquire", CrashAfter},
		"payout-stored":       {"journal", CrashBefore},
		"payout-journaled":    {"pay out", CrashBefore},
		"payout-sent":         {"pay out", CrashAfter},
		"payout-answered":     {"release", CrashBefore},
		"payout-released":     {"release", CrashAfter},
		"payout-followed":     {"follow", CrashAfter},
	}[point]
	return c, ok
}
