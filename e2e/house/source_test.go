package house

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const (
	module = "giftbot"
	root   = "../.."
)

// source is one parsed Go file of the repository.
type source struct {
	path  string // slash path from the module root
	text  string
	files *token.FileSet
	tree  *ast.File
}

// folder is the package folder from the module root.
func (s source) folder() string { return path.Dir(s.path) }

// test reports whether the file is only compiled into tests.
func (s source) test() bool { return strings.HasSuffix(s.path, "_test.go") }

// support reports whether the file exists for tests alone, be it compiled into a package of helpers.
func (s source) support() bool {
	return s.test() || under(s.path, "e2e") || under(s.path, "bench") || strings.HasSuffix(s.tree.Name.Name, "test")
}

// at is "path:line" of a node.
func (s source) at(node ast.Node) string {
	return s.path + ":" + strconv.Itoa(s.files.Position(node.Pos()).Line)
}

// lines is the length of a node in lines.
func (s source) lines(node ast.Node) int {
	return s.files.Position(node.End()).Line - s.files.Position(node.Pos()).Line + 1
}

// imports are the import paths of the file.
func (s source) imports() []string {
	paths := make([]string, 0, len(s.tree.Imports))
	for _, spec := range s.tree.Imports {
		text, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			panic(err) // the parser has already accepted it
		}
		paths = append(paths, text)
	}
	return paths
}

// under reports whether a slash path is a folder or inside it.
func under(name, folder string) bool {
	return name == folder || strings.HasPrefix(name, folder+"/")
}

// parse makes a source from text.
func parse(t *testing.T, name, text string) source {
	t.Helper()
	files := token.NewFileSet()
	tree, err := parser.ParseFile(files, name, text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	return source{path: name, text: text, files: files, tree: tree}
}

// repository parses every Go file of the module.
func repository(t *testing.T) []source {
	t.Helper()
	var all []source
	for name, text := range texts(t, ".go") {
		all = append(all, parse(t, name, text))
	}
	if len(all) < 20 {
		t.Fatalf("found %d files: the rules would judge an empty house", len(all))
	}
	slices.SortFunc(all, func(a, b source) int { return strings.Compare(a.path, b.path) })
	return all
}

// texts reads every file of the module with one of the endings (or names), by slash path from the root.
func texts(t *testing.T, endings ...string) map[string]string {
	t.Helper()
	found := make(map[string]string)
	err := filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		short := entry.Name()
		if entry.IsDir() {
			outside := name != root && (strings.HasPrefix(short, ".") && short != ".ci" || slices.Contains([]string{"testdata", "dist", "bin", "artifacts"}, short))
			if outside {
				return filepath.SkipDir
			}
			return nil
		}
		if !slices.ContainsFunc(endings, func(ending string) bool { return strings.HasSuffix(short, ending) }) {
			return nil
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(root, name)
		found[filepath.ToSlash(relative)] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// report fails the test with every complaint.
func report(t *testing.T, complaints []string) {
	t.Helper()
	for _, complaint := range complaints {
		t.Error(complaint)
	}
}
