// Package durable runs the assembled shop on a real redis-server that is ill
// (PROOF §1, T3): two replicas of the bot and the sandbox's five vendors, people
// who order and pay while replies are lost after the commit, the server is
// killed, started from a torn file or from one of before, a replica is
// promoted, the server is slow, stopped, still loading, read-only, out of memory
// or of disk.
//
// A round is a shop of its own with one kind of trouble. Its verdict
// (verdict_test.go) comes from the vendors' books and from the chats. What is
// chosen at random comes from a seed that is printed when a round fails, with all
// that happened in its order; the timing of real processes is not repeated by a
// seed.
//
//	go test ./e2e/durable                        a few kinds, drawn from a seed
//	go test ./e2e/durable -durable.rounds=20     each kind 20 times
//	go test ./e2e/durable -durable.rounds=1 -durable.seed=7 -run TestTrouble/stopped
package durable
