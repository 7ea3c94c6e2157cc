//go:build !race

package order_test

// raced thins out the long runs under the race detector.
const raced = false
