package durable

import (
	"context"
	"time"

	"github.com/redis/go-redis/v9"

	"giftbot/e2e/kit"
	"giftbot/store/redistest"
)

// promoted: the primary dies; its replica, which has heard all that was
// acknowledged, takes its place.
func promoted(s *shop) {
	replica := redistest.StartReplica(s.t, s.Redis)
	s.dice.pause(rush/2, rush)
	s.blow("the primary is cut off")
	s.proxy.Lead(nowhere)
	s.awaitCopied()
	s.Redis.Kill()
	s.takesOver(replica)
}

// takesOver makes a replica the shop's Redis.
func (s *shop) takesOver(replica *redistest.Server) {
	s.t.Helper()
	replica.Promote(s.t)
	s.Redis = replica
	s.dice.pause(0, time.Second)
	s.proxy.Lead(replica.Addr)
	s.note("its replica is the primary")
}

// awaitCopied waits until the replica has all that the primary was told.
func (s *shop) awaitCopied() {
	s.t.Helper()
	client := redis.NewClient(&redis.Options{Addr: s.Redis.Addr, DisableIdentity: true, MaxRetries: -1})
	defer func() { _ = client.Close() }()
	ctx, cancel := context.WithTimeout(context.Background(), kit.Patience)
	defer cancel()
	conn := client.Conn()
	defer func() { _ = conn.Close() }()
	if err := conn.Set(ctx, "copied", "1", time.Second).Err(); err != nil {
		s.t.Fatal(err)
	}
	if n, err := conn.Wait(ctx, 1, 2*time.Second).Result(); err != nil || n != 1 {
		s.t.Fatalf("%d replicas confirm, %v", n, err)
	}
}
