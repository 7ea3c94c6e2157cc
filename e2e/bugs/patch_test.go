package bugs

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// root is the module's folder.
const root = "../.."

// patch is one planted bug.
type patch struct {
	name      string // "01-version-check"
	rule, bug string
	by        catcher
	files     []string // changed, from the root
}

// shop are the folders of the code that a bug may be planted in.
func shop() []string {
	return []string{"order/", "store/", "providers/", "flows/", "handlers/", "cmd/bot/app/", "catalog/"}
}

// readPatches reads every patch of this folder, by number.
func readPatches(t *testing.T) []patch {
	t.Helper()
	names, err := filepath.Glob("*.patch")
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(names)
	var all []patch
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		p, err := parsePatch(strings.TrimSuffix(name, ".patch"), string(text))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		all = append(all, p)
	}
	return all
}

func parsePatch(name, text string) (patch, error) {
	head, body, ok := strings.Cut(text, "\n--- a/")
	if !ok {
		return patch{}, fmt.Errorf("no change in it")
	}
	fields := map[string]string{}
	for line := range strings.Lines(head + "\n") {
		key, value, ok := strings.Cut(strings.TrimSpace(line), ": ")
		if !ok || fields[key] != "" || !slices.Contains([]string{"Rule", "Bug", "Caught by", "Diet"}, key) {
			return patch{}, fmt.Errorf("header %q", line)
		}
		fields[key] = strings.TrimSpace(value)
	}
	p := patch{name: name, rule: fields["Rule"], bug: fields["Bug"]}
	for _, found := range regexp.MustCompile(`(?m)^\+\+\+ b/(\S+)`).FindAllStringSubmatch(body, -1) {
		p.files = append(p.files, found[1])
	}
	if p.rule == "" || p.bug == "" || len(p.files) == 0 {
		return p, fmt.Errorf("rule, bug and change are needed")
	}
	var err error
	p.by, err = parseCatcher(fields["Caught by"], fields["Diet"])
	return p, err
}

// apply makes patched copies of a patch's files in a folder, and returns which
// file each of them replaces.
func (p patch) apply(dir string) (map[string]string, error) {
	replaced := map[string]string{}
	for _, file := range p.files {
		text, err := os.ReadFile(filepath.Join(root, file))
		if err != nil {
			return nil, err
		}
		original, err := filepath.Abs(filepath.Join(root, file))
		if err != nil {
			return nil, err
		}
		copied := filepath.Join(dir, filepath.FromSlash(file))
		if err := os.MkdirAll(filepath.Dir(copied), 0o700); err != nil {
			return nil, err
		}
		if err := os.WriteFile(copied, text, 0o600); err != nil {
			return nil, err
		}
		replaced[original] = copied
	}
	change, err := filepath.Abs(p.name + ".patch")
	if err != nil {
		return nil, err
	}
	out, err := exec.Command("patch", "--strip=1", "--fuzz=1", "--batch", "--no-backup-if-mismatch", "--directory="+dir, "--input="+change).CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("it does not apply: %w\n%s", err, out)
	}
	return replaced, nil
}

// TestPatches: every patch says what it breaks, touches only what ships, and
// applies. It is what keeps them up to date, whether they are planted or not.
func TestPatches(t *testing.T) {
	all := readPatches(t)
	if len(all) < 34 {
		t.Errorf("%d bugs, 34 are wanted", len(all))
	}
	stories, said := 0, map[string]string{}
	for i, p := range all {
		if !strings.HasPrefix(p.name, fmt.Sprintf("%02d-", i+1)) {
			t.Errorf("%s is number %d", p.name, i+1)
		}
		for _, file := range p.files {
			ours := slices.ContainsFunc(shop(), func(folder string) bool { return strings.HasPrefix(file, folder) })
			if !ours || strings.HasSuffix(file, "_test.go") {
				t.Errorf("%s changes %s, which does not ship", p.name, file)
			}
		}
		if _, err := p.apply(t.TempDir()); err != nil {
			t.Errorf("%s: %v", p.name, err)
		}
		if other := said[p.bug]; other != "" {
			t.Errorf("%s and %s are the same bug", p.name, other)
		}
		said[p.bug] = p.name
		if p.by.words != "" {
			stories++
		}
	}
	if stories < 20 {
		t.Errorf("the simulation is to catch %d of them, 20 are wanted: vendors' books and chats are the judge", stories)
	}
}

func TestHeadersAreRead(t *testing.T) {
	change := "\n--- a/order/x.go\n+++ b/order/x.go\n@@ -1 +1 @@\n-a\n+b\n"
	good, err := parsePatch("x", "Rule: r\nBug: b: c\nCaught by: sim unpaid goods, lost\nDiet: money"+change)
	if err != nil || good.bug != "b: c" || good.by.words != "unpaid goods,lost" || good.by.diet != "money" || !slices.Equal(good.files, []string{"order/x.go"}) {
		t.Errorf("%+v %v", good, err)
	}
	plain, err := parsePatch("x", "Rule: r\nBug: b\nCaught by: go test ./store -run 'TestA|TestB'"+change)
	if err != nil || plain.by.pkg != "./store" || !slices.Equal(plain.by.args, []string{"-test.run=^(TestA|TestB)$"}) {
		t.Errorf("%+v %v", plain, err)
	}
	for _, bad := range []string{
		"", "Rule: r\nBug: b\nCaught by: sim lost", "Rule: r\nBug: b" + change, "Rule: r\nCaught by: sim lost" + change,
		"Rule: r\nBug: b\nCaught by: sim" + change, "Rule: r\nBug: b\nCaught by: go test ./store" + change, "Rule: r\nBug: b\nWhy: c\nCaught by: sim lost" + change,
		"Rule: r\nBug: b\nCaught by: go test ./store -run 'TestA'\nDiet: money" + change, "Rule: r\nBug: b\nCaught by: luck" + change,
	} {
		if p, err := parsePatch("x", bad); err == nil {
			t.Errorf("%q is read as %+v", bad, p)
		}
	}
}
