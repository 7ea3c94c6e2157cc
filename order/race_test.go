//go:build race

package order_test

// raced thins out the long runs: the race detector makes them ten times slower.
const raced = true
