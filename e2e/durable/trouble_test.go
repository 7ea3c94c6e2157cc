package durable

import (
	"sync"
	"time"

	"giftbot/e2e/redisproxy"
	"giftbot/store/redistest"
)

// nowhere is an address that refuses.
const nowhere = "127.0.0.1:1"

// trouble is what happens to Redis while people order and pay.
type trouble struct {
	name  string
	make  func(s *shop)
	puts  bool // webhooks that come meanwhile have to be put off
	loses bool // what Redis acknowledged is gone
}

// troubles take nothing back that Redis has acknowledged.
func troubles() []trouble {
	return []trouble{
		{name: "replies are lost", make: losesReplies},
		{name: "each script's reply is lost", make: losesEach},
		{name: "killed", make: killed},
		{name: "stopped", make: stopped, puts: true},
		{name: "slow", make: slow},
		{name: "a replica answers", make: readOnly, puts: true},
		{name: "loading", make: loading, puts: true},
		{name: "no disk", make: noDisk, puts: true},
		{name: "no memory", make: noMemory, puts: true},
		{name: "promoted", make: promoted},
	}
}

// losesReplies drops the answers of one call in six.
func losesReplies(s *shop) {
	s.proxy.Decide(func(c redisproxy.Call) redisproxy.Fate {
		rare := 5
		if c.Script == "peek" {
			rare = 100 // there is one for each shard in a sweep
		}
		if c.Script == "" || !s.dice.chance(rare) {
			return redisproxy.Fate{}
		}
		s.blow("the reply of %s is lost", c.Script)
		return redisproxy.Fate{Lose: true}
	})
	s.dice.pause(2*rush, 3*rush)
	s.proxy.Decide(nil)
}

// losesEach drops the first two answers of every script: the store sends an
// operation once more by itself.
func losesEach(s *shop) {
	var mu sync.Mutex
	lost := make(map[string]int)
	s.proxy.Decide(func(c redisproxy.Call) redisproxy.Fate {
		mu.Lock()
		defer mu.Unlock()
		if c.Script == "" || lost[c.Script] == 2 {
			return redisproxy.Fate{}
		}
		lost[c.Script]++
		s.blow("reply %d of %s is lost", lost[c.Script], c.Script)
		return redisproxy.Fate{Lose: true}
	})
	s.walking.Wait()
	s.settle(clockStep)
	s.proxy.Decide(nil)
	mu.Lock()
	defer mu.Unlock()
	for _, name := range []string{"insert", "commit", "claim", "wake", "peek", "take", "ack", "session", "acquire", "release", "park"} {
		if lost[name] < 2 {
			s.t.Errorf("%d replies of %s were lost, want two", lost[name], name)
		}
	}
}

// killed: SIGKILL and a start from the same file, twice.
func killed(s *shop) {
	for range 2 {
		s.dice.pause(rush/6, rush/2)
		s.blow("redis-server is killed")
		s.Redis.Kill()
		s.dice.pause(0, 2*time.Second)
		s.Redis.Restart()
		s.note("redis-server is up")
	}
}

// stopped: the server stands still; connections stay.
func stopped(s *shop) {
	s.dice.pause(rush/6, rush/3)
	s.blow("redis-server is stopped")
	s.Redis.Freeze(s.t)
	s.dice.pause(5*time.Second, stopMost())
	s.Redis.Thaw(s.t)
	s.note("redis-server goes on")
}

// slow: every call is late by half a second to three.
func slow(s *shop) {
	s.blow("redis-server is slow")
	s.proxy.Decide(func(redisproxy.Call) redisproxy.Fate {
		return redisproxy.Fate{Delay: s.dice.between(500*time.Millisecond, 3*time.Second)}
	})
	s.dice.pause(2*rush, 3*rush)
	s.proxy.Decide(nil)
	s.note("redis-server is as fast as before")
}

// readOnly: the shop is led to a replica, which refuses to write, and back.
func readOnly(s *shop) {
	replica := redistest.StartReplica(s.t, s.Redis)
	s.dice.pause(rush/6, rush/3)
	s.blow("a replica answers")
	s.proxy.Lead(replica.Addr)
	s.dice.pause(3*time.Second, 5*time.Second)
	s.proxy.Lead(s.Redis.Addr)
	s.note("the primary answers")
}

// loading: killed, and reading its file for a while.
func loading(s *shop) {
	s.dice.pause(rush/6, rush/3)
	s.blow("redis-server is killed, and loads for a while")
	s.Redis.Kill()
	s.Redis.Restart()
	s.answers("LOADING Redis is loading the dataset in memory", func(redisproxy.Call) bool { return true })
}

// answers has calls answered with an error for some seconds.
func (s *shop) answers(what string, to func(redisproxy.Call) bool) {
	s.proxy.Decide(func(c redisproxy.Call) redisproxy.Fate {
		if !to(c) {
			return redisproxy.Fate{}
		}
		return redisproxy.Fate{Answer: what}
	})
	s.dice.pause(3*time.Second, 5*time.Second)
	s.proxy.Decide(nil)
	s.note("redis-server answers as before")
}

// noDisk: Redis cannot write its snapshot and therefore refuses every write,
// scripts that only read not included.
func noDisk(s *shop) {
	s.dice.pause(rush/6, rush/3)
	s.Redis.FillDisk(s.t)
	s.blow("redis-server cannot save: MISCONF")
	s.dice.pause(3*time.Second, 5*time.Second)
	s.Redis.FreeDisk(s.t)
	s.note("redis-server writes again")
}

// noMemory: Redis refuses every write that takes memory.
func noMemory(s *shop) {
	s.dice.pause(rush/6, rush/3)
	s.blow("redis-server is out of memory")
	s.Redis.Tell(s.t, "CONFIG", "SET", "maxmemory", "1")
	s.dice.pause(3*time.Second, 5*time.Second)
	s.Redis.Tell(s.t, "CONFIG", "SET", "maxmemory", "0")
	s.note("redis-server has memory")
}
