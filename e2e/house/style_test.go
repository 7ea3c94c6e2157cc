package house

import (
	"fmt"
	"go/ast"
	"go/token"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Lengths of STYLE §1, in lines.
const (
	maxFile     = 400
	maxTestFile = 600
	maxFunction = 80
	maxMedian   = 12
	maxP95      = 50
)

// sizeComplaints judges the length of a file and of each function in it.
func sizeComplaints(file source) []string {
	var complaints []string
	limit := maxFile
	if file.test() {
		limit = maxTestFile
	}
	if lines := strings.Count(file.text, "\n"); lines > limit {
		complaints = append(complaints, fmt.Sprintf("%s: %d lines, more than %d", file.path, lines, limit))
	}
	for _, function := range functions(file) {
		if lines := file.lines(function); lines > maxFunction {
			complaints = append(complaints, fmt.Sprintf("%s: %s has %d lines, more than %d", file.at(function), function.Name.Name, lines, maxFunction))
		}
	}
	return complaints
}

// functions are the declared functions of a file that have a body.
func functions(file source) []*ast.FuncDecl {
	var found []*ast.FuncDecl
	for _, decl := range file.tree.Decls {
		if function, ok := decl.(*ast.FuncDecl); ok && function.Body != nil {
			found = append(found, function)
		}
	}
	return found
}

// docComplaints finds exported names without a comment. Tests export nothing worth one.
func docComplaints(file source) []string {
	if file.test() {
		return nil
	}
	var complaints []string
	need := func(node ast.Node, name string, documented bool) {
		if ast.IsExported(name) && !documented {
			complaints = append(complaints, file.at(node)+": "+name+" has no doc comment")
		}
	}
	for _, decl := range file.tree.Decls {
		switch decl := decl.(type) {
		case *ast.FuncDecl:
			if receiver := receiverName(decl); receiver == "" || ast.IsExported(receiver) {
				need(decl, decl.Name.Name, decl.Doc != nil)
			}
		case *ast.GenDecl:
			for _, spec := range decl.Specs {
				switch spec := spec.(type) {
				case *ast.TypeSpec:
					need(spec, spec.Name.Name, spec.Doc != nil || decl.Doc != nil && len(decl.Specs) == 1)
				case *ast.ValueSpec:
					for _, name := range spec.Names {
						need(spec, name.Name, decl.Doc != nil || spec.Doc != nil || spec.Comment != nil)
					}
				}
			}
		}
	}
	return complaints
}

// receiverName is the type name of a method's receiver, "" for a function.
func receiverName(function *ast.FuncDecl) string {
	if function.Recv == nil || len(function.Recv.List) == 0 {
		return ""
	}
	name := ""
	ast.Inspect(function.Recv.List[0].Type, func(node ast.Node) bool {
		if ident, ok := node.(*ast.Ident); ok && name == "" {
			name = ident.Name
		}
		return name == ""
	})
	return name
}

// constantMakers are calls whose result nobody can change, with the reason: the only values of package variables.
func constantMakers() map[string]string {
	return map[string]string{
		"errors.New": "an error value", "fmt.Errorf": "an error value", "regexp.MustCompile": "a compiled pattern",
		"netip.MustParsePrefix": "a value", "netip.MustParseAddr": "a value", "redis.NewScript": "text and its hash",
		"decimal.New": "a value", "decimal.NewFromInt": "a value", "decimal.RequireFromString": "a value",
		"language.MustParse": "a value", "template.Must": "a parsed template is only executed", "strings.NewReplacer": "safe for everybody, holds no state",
	}
}

// stateComplaints finds init functions and package variables that could change.
func stateComplaints(file source) []string {
	if file.test() {
		return nil
	}
	var complaints []string
	for _, function := range functions(file) {
		if function.Name.Name == "init" && function.Recv == nil {
			complaints = append(complaints, file.at(function)+": init runs before main can decide anything")
		}
	}
	for _, decl := range file.tree.Decls {
		group, ok := decl.(*ast.GenDecl)
		if !ok || group.Tok != token.VAR {
			continue
		}
		for _, spec := range group.Specs {
			value, ok := spec.(*ast.ValueSpec)
			// The linker writes main.version (-X), which it can do to a variable only.
			stamped := ok && under(file.path, "cmd") && value.Names[0].Name == "version"
			if ok && !stamped && !constant(value, group.Doc) {
				complaints = append(complaints, file.at(value)+": package variable "+value.Names[0].Name+" can change; pass it in, or return it from a function")
			}
		}
	}
	return complaints
}

// constant reports whether a package variable is one in name only.
func constant(value *ast.ValueSpec, groupDoc *ast.CommentGroup) bool {
	if value.Names[0].Name == "_" || embedded(value.Doc) || embedded(groupDoc) {
		return true
	}
	for _, expression := range value.Values {
		call, ok := expression.(*ast.CallExpr)
		if !ok {
			return false
		}
		selector, ok := call.Fun.(*ast.SelectorExpr)
		if !ok {
			return false
		}
		from, ok := selector.X.(*ast.Ident)
		if !ok || constantMakers()[from.Name+"."+selector.Sel.Name] == "" {
			return false
		}
	}
	return len(value.Values) > 0
}

// embedded reports whether a comment is a go:embed directive.
func embedded(doc *ast.CommentGroup) bool {
	return doc != nil && slices.ContainsFunc(doc.List, func(line *ast.Comment) bool { return strings.HasPrefix(line.Text, "//go:embed ") })
}

// skipComplaints finds tests that step aside: a machine without a tool must fail, not pass.
func skipComplaints(file source) []string {
	var complaints []string
	ast.Inspect(file.tree, func(node ast.Node) bool {
		call, ok := node.(*ast.CallExpr)
		if !ok {
			return true
		}
		selector, ok := call.Fun.(*ast.SelectorExpr)
		if !ok || !slices.Contains([]string{"Skip", "Skipf", "SkipNow", "Short"}, selector.Sel.Name) {
			return true
		}
		from, ok := selector.X.(*ast.Ident)
		if ok && slices.Contains([]string{"t", "b", "f", "tb", "testing"}, from.Name) {
			complaints = append(complaints, file.at(call)+": "+from.Name+"."+selector.Sel.Name+": a skipped test proves nothing")
		}
		return true
	})
	return complaints
}

// unfinished matches words of work left undone; written apart so that this file does not match itself.
func unfinished() *regexp.Regexp {
	return regexp.MustCompile(`\b(` + strings.Join([]string{"TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK"}, "|") + `)\b|(?i)\bfor` + ` now\b`)
}

// wordComplaints finds unfinished work and paths of somebody's machine in any text file.
func wordComplaints(name, text string) []string {
	var complaints []string
	pattern, number := unfinished(), 0
	for line := range strings.Lines(text) {
		number++
		if found := pattern.FindString(line); found != "" {
			complaints = append(complaints, fmt.Sprintf("%s:%d: %q: finish it, or open an issue", name, number, found))
		}
		if strings.Contains(line, "/wo"+"rk/") {
			complaints = append(complaints, fmt.Sprintf("%s:%d: a path of one machine", name, number))
		}
	}
	return complaints
}

// folderComplaints wants a doc.go with a package comment in each folder with Go files.
func folderComplaints(files []source) []string {
	documented := make(map[string]bool)
	for _, file := range files {
		good := path.Base(file.path) == "doc.go" && file.tree.Doc != nil
		documented[file.folder()] = documented[file.folder()] || good
	}
	var complaints []string
	for folder, good := range documented {
		if !good {
			complaints = append(complaints, folder+": no doc.go with a package comment")
		}
	}
	return complaints
}

// spread is the median and the 95th percentile of function lengths in production files.
func spread(files []source) (median, p95 int) {
	var lengths []int
	for _, file := range files {
		if file.support() {
			continue
		}
		for _, function := range functions(file) {
			lengths = append(lengths, file.lines(function))
		}
	}
	slices.Sort(lengths)
	return lengths[len(lengths)/2], lengths[len(lengths)*95/100]
}

func TestSizes(t *testing.T) {
	files := repository(t)
	for _, file := range files {
		report(t, sizeComplaints(file))
	}
	median, p95 := spread(files)
	if median > maxMedian || p95 > maxP95 {
		t.Errorf("functions have a median of %d lines (limit %d) and a 95th percentile of %d (limit %d)", median, maxMedian, p95, maxP95)
	}
}

func TestDocs(t *testing.T) {
	files := repository(t)
	report(t, folderComplaints(files))
	for _, file := range files {
		report(t, docComplaints(file))
	}
}

func TestState(t *testing.T) {
	for _, file := range repository(t) {
		report(t, stateComplaints(file))
	}
}

func TestNoSkips(t *testing.T) {
	for _, file := range repository(t) {
		report(t, skipComplaints(file))
	}
}

func TestWords(t *testing.T) {
	for name, text := range texts(t, ".go", ".lua", ".sh", ".yaml", ".yml", ".html", ".css", ".js", ".md", "Makefile", "Dockerfile", "run") {
		report(t, wordComplaints(name, text))
	}
}
