package house

import (
	"go/ast"
	"go/token"
	"slices"
	"testing"
)

// moneyFolders are where an amount may pass through (DESIGN §3, last line).
func moneyFolders() []string {
	return []string{"order", "flows", "store", "providers", "catalog"}
}

// floatTypes are the banned types.
func floatTypes() []string { return []string{"float32", "float64", "complex64", "complex128"} }

// floatNames are functions and methods that take or give floats without naming the type.
func floatNames() []string {
	return []string{
		"ParseFloat", "FormatFloat", "AppendFloat", "Float32", "Float64", "NewFromFloat", "NewFromFloat32", "NewFromFloatWithExponent",
		"InexactFloat64", "BigFloat", "SetFloat64", "ExpFloat64", "NormFloat64", "NewFloat", "Seconds", "Minutes", "Hours", "FloatString",
	}
}

// floatComplaints finds floats in a production file of the money folders.
func floatComplaints(file source) []string {
	if file.test() || !slices.ContainsFunc(moneyFolders(), func(folder string) bool { return under(file.folder(), folder) }) {
		return nil
	}
	var complaints []string
	add := func(node ast.Node, what string) {
		complaints = append(complaints, file.at(node)+": "+what+": money is decimal, time.Duration is an integer, scores live in Lua")
	}
	for _, imported := range file.imports() {
		if imported == "math" {
			add(file.tree.Name, "package math is about floats")
		}
	}
	ast.Inspect(file.tree, func(node ast.Node) bool {
		switch node := node.(type) {
		case *ast.Ident:
			if slices.Contains(floatTypes(), node.Name) {
				add(node, node.Name)
			}
		case *ast.BasicLit:
			if node.Kind == token.FLOAT || node.Kind == token.IMAG {
				add(node, "the literal "+node.Value)
			}
		case *ast.SelectorExpr:
			if slices.Contains(floatNames(), node.Sel.Name) {
				add(node, "."+node.Sel.Name)
			}
		}
		return true
	})
	return complaints
}

func TestNoFloats(t *testing.T) {
	for _, file := range repository(t) {
		report(t, floatComplaints(file))
	}
}
