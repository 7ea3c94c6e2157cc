// Package resttest plays a vendor from a script: each expected call in order,
// and how it is answered. A call that is missing, extra, out of order or not
// as written fails the test.
package resttest
