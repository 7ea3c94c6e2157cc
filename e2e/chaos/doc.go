// Package chaos kills the built bot at random. Beside a redis-server that syncs
// every write and a sandbox whose books outlive every bot run two or three
// replicas; people buy, pay too little, too much and twice, spend their credit
// and have it sent to their wallets, which two admins approve. Meanwhile
// replicas are killed (SIGKILL) at random moments and while an answer is held
// back, stopped for longer than their lease, replaced one after the other, and
// have no room on their disk.
//
//	go test -v ./e2e/chaos                              20 kills, to try it
//	make chaos                                          500 kills
//	go test -v ./e2e/chaos -run 'TestChaos' -chaos.seed=7 -chaos.kills=40
//
// The kills are spread over rounds, each in a shop of its own with a seed of its
// own. A seed decides what is done to whom and who buys what; the moments are
// those of real processes, so a seed repeats the plan of a round and not its
// every step.
//
// When the killing is over, one replica that goes by the sandbox's clock finishes
// what is left within a day of that clock. The verdict is taken from the vendors'
// own books and from the chats.
//
// The binary is the one that ships but for one constant: its lease is a second,
// and not ten (kit.MainOverlaid). There is no setting for it.
package chaos
