// Package ordertest holds what tests of the order lifecycle stand on: a store
// in memory with the contract of order's ports, a gateway, a supplier and a
// chat with books of their own, and one contract suite that every store has
// to pass. Any call can be made to fail before or after its effect, or to end
// the life of the process that made it.
package ordertest
