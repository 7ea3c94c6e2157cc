//go:build race

package picture

// raced thins out what is read back from pictures: the race detector makes it ten
// times slower.
const raced = true
