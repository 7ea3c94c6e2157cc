// Package app assembles the bot from its parts, for the command, the demo,
// the benchmarks and the simulator alike. It only wires.
package app
