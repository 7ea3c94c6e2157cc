// Package pay serves the sandbox's checkout page, /pay/{gateway}/{id}: where a
// person (or a browser test) plays the payer. It pays exactly, less or more, by
// card, lets the order expire and pays late, by calling /control like any other
// visitor. No real money is anywhere near it, and the page says so.
package pay
