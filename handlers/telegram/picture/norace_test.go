//go:build !race

package picture

// raced thins out what is read back from pictures.
const raced = false
