// Command echo is the least a bot can be with the same library: it says what
// it was told. The benchmarks compare the shop's memory with it.
package main
