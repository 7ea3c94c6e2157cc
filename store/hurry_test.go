package store

import (
	"bytes"
	"testing"

	"github.com/redis/go-redis/v9"

	"giftbot/order"
)

func TestHurryMakesWaitingDue(t *testing.T) {
	both(t, func(w *world) {
		o := w.announced(status, ping)
		mine, theirs := w.take(Pending{status, o.Number}), w.take(Pending{ping, o.Number})
		w.ok(w.s.Later(t.Context(), mine, later))
		w.ok(w.s.Later(t.Context(), theirs, later))
		w.ok(w.s.Hurry(t.Context(), buyer))
		w.ok(w.s.Hurry(t.Context(), buyer))
		w.pending(w.s, "4000000000000", Pending{status, o.Number})
		w.ok(w.s.Ack(t.Context(), w.take(Pending{status, o.Number})))
		w.ok(w.s.Hurry(t.Context(), buyer)) // told meanwhile: stays gone
		w.pending(w.s, "4000000000000")
	})
}

// What is being told at this moment must not be told again.
func TestHurryLeavesWhatIsBeingTold(t *testing.T) {
	both(t, func(w *world) {
		p := Pending{status, w.announced(status).Number}
		taken := w.take(p)
		w.ok(w.s.Hurry(t.Context(), buyer))
		w.ok(w.s.Ack(t.Context(), taken))
		w.pending(w.s, "0")
		_, err := w.s.Take(t.Context(), p)
		w.code(err, order.CodeMissing)
	})
}

func TestSubKeys(t *testing.T) {
	v := mustVault(t, vaultKey("b", "2"), vaultKey("a", "1"))
	keys, err := v.SubKeys("buttons")
	if err != nil || len(keys) != 2 || len(keys[0]) != 32 || bytes.Equal(keys[0], keys[1]) {
		t.Fatalf("%d keys, %v", len(keys), err)
	}
	old, err := mustVault(t, vaultKey("a", "1")).SubKeys("buttons")
	if err != nil || !bytes.Equal(old[0], keys[1]) {
		t.Fatalf("an older key came out differently, %v", err)
	}
	if others, err := v.SubKeys("links"); err != nil || bytes.Equal(others[0], keys[0]) {
		t.Fatalf("two purposes share a key, %v", err)
	}
}

// An admin is told of everybody's orders.
func TestHurryAllLooksAtEveryShard(t *testing.T) {
	both(t, func(w *world) {
		for shard := range w.s.Shards() {
			w.ok(w.raw.ZAdd(t.Context(), shardKeys(shard).outbox(), redis.Z{Score: 9e12, Member: "alert:0000000000:7"}).Err())
		}
		w.ok(w.s.HurryAll(t.Context(), 7))
		for shard := range w.s.Shards() {
			score, err := w.raw.ZScore(t.Context(), shardKeys(shard).outbox(), "alert:0000000000:7").Result()
			if w.ok(err); score > 8e12 {
				t.Errorf("shard %d was not looked at", shard)
			}
		}
	})
}
