// Command bench measures giftbot beside its rivals, in one run on one machine,
// and says whether the promised limits hold. `make bench` runs it from the
// root of the repository; -only names some of the benchmarks, -rounds how
// often each is measured, -quick makes it short.
//
// A benchmark with a rival measures both in every round, first one and then
// the other first, and takes the median of the rounds' ratios: what else the
// machine does hits both. Whatever counts as ours is assembled by package app,
// as production does; only the orders of R5 are moved by an engine beside it,
// whose calls skip the limiters, because those go by the real clock.
package main
