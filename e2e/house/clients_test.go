package house

import (
	"go/ast"
	"os"
	"strings"
	"testing"
)

// TestEveryClientCallIsInTheTable holds providers/README.md against the code:
// each call a client can make stands there with its endpoint, its sheet and who
// uses it.
func TestEveryClientCallIsInTheTable(t *testing.T) {
	text, err := os.ReadFile(root + "/providers/README.md")
	if err != nil {
		t.Fatal(err)
	}
	calls := 0
	for _, f := range repository(t) {
		vendor, ok := strings.CutPrefix(f.folder(), "providers/")
		if !ok || f.test() || vendor == "rest" || strings.HasPrefix(vendor, "rest/") {
			continue
		}
		for _, name := range clientCalls(f.tree) {
			calls++
			if !tells(string(text), vendor, name) {
				t.Errorf("providers/README.md: %s.Client.%s is missing", vendor, name)
			}
		}
	}
	if calls < 40 {
		t.Errorf("only %d calls were found: the test looks in the wrong place", calls)
	}
}

// tells reports whether a row names a vendor's call: "`v.Client.A`" or, further
// on in the same row, "`.A`".
func tells(text, vendor, name string) bool {
	for line := range strings.Lines(text) {
		if strings.Contains(line, "`"+vendor+".Client.") && (strings.Contains(line, ".Client."+name+"`") || strings.Contains(line, "`."+name+"`")) {
			return true
		}
	}
	return false
}

// clientCalls are the exported methods of Client that take a context.
func clientCalls(file *ast.File) []string {
	var names []string
	for _, d := range file.Decls {
		fn, ok := d.(*ast.FuncDecl)
		if !ok || fn.Recv == nil || !fn.Name.IsExported() || fn.Type.Params.NumFields() == 0 {
			continue
		}
		star, ok := fn.Recv.List[0].Type.(*ast.StarExpr)
		if !ok {
			continue
		}
		if id, ok := star.X.(*ast.Ident); ok && id.Name == "Client" && isContext(fn.Type.Params.List[0].Type) {
			names = append(names, fn.Name.Name)
		}
	}
	return names
}

func isContext(e ast.Expr) bool {
	s, ok := e.(*ast.SelectorExpr)
	return ok && s.Sel.Name == "Context"
}
