package store

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash/fnv"
	"strconv"
	"strings"

	"giftbot/order"
)

// MaxShards is how many shards an order number can name.
const MaxShards = 32

// DefaultShards is how many shards a shop has. It is fixed when the first
// order is placed: order numbers carry the shard of their buyer.
const DefaultShards = 16

// Shard returns the shard (0 to shards−1) everything of a buyer lives on: the
// FNV-1a hash of the Telegram id as eight little-endian bytes, modulo shards.
// It must never change.
func Shard(buyer int64, shards int) int {
	var id [8]byte
	binary.LittleEndian.PutUint64(id[:], uint64(buyer))
	h := fnv.New32a()
	_, _ = h.Write(id[:])
	sum := h.Sum32()
	return int((sum>>16 ^ sum&0xffff) % uint32(shards))
}

const (
	balanceKey   = "c"
	movementsKey = "l"
	vendorLedger = "ledger"
	shopNotes    = vendorKeys("shop") // what concerns the shop and no vendor
)

// shardKeys builds the keys of one shard; all carry its hash tag.
type shardKeys int

func (s shardKeys) tag(rest string) string { return fmt.Sprintf("{s%02d}:%s", int(s), rest) }

// order is a string: "<version> <last operations> <body>".
func (s shardKeys) order(n order.Number) string { return s.tag("o:" + string(n)) }

// history is a string: the numbers of a buyer's orders, ten characters each,
// oldest first.
func (s shardKeys) history(buyer int64) string { return s.buyer(buyer, "o") }

// open is a set: the numbers of a buyer's open orders.
func (s shardKeys) open(buyer int64) string { return s.buyer(buyer, "a") }

// session is a string: "<version> <seen updates><body>".
func (s shardKeys) session(buyer int64) string { return s.buyer(buyer, "s") }

// due is a sorted set: order number by when it needs work.
func (s shardKeys) due() string { return s.tag("due") }

// lease is a sorted set: order number, announcement or reply under lease by
// when the lease ends.
func (s shardKeys) lease() string { return s.tag("lease") }

// hints is a hash: order number to the news that wait for its next claim.
func (s shardKeys) hints() string { return s.tag("hints") }

// outbox is a sorted set: announcement by when it has to be told.
func (s shardKeys) outbox() string { return s.tag("outbox") }

// replies is a sorted set: deferred reply by when it has to be sent.
func (s shardKeys) replies() string { return s.tag("replies") }

// reply is a string: the sealed payload of one deferred reply.
func (s shardKeys) reply(member string) string { return s.tag("r:" + member) }

// tries is a hash: announcement or reply to how often it was taken.
func (s shardKeys) tries() string { return s.tag("tries") }

// ledger is a list: one line of postings per transition, append only.
func (s shardKeys) ledger() string { return s.tag("ledger") }

// balance is a string: a buyer's credit in micros. Without the key it is 0.
func (s shardKeys) balance(buyer int64) string { return s.buyer(buyer, balanceKey) }

// movements is a list: what moved a buyer's credit, oldest first, append only.
func (s shardKeys) movements(buyer int64) string { return s.buyer(buyer, movementsKey) }

// transit is a hash: posting key to "<buyer>|<micros>|<order>", what is on its
// way to a buyer of any shard.
func (s shardKeys) transit() string { return s.tag("transit") }

// cleared is a set: the posting keys that arrived in this shard.
func (s shardKeys) cleared() string { return s.tag("cleared") }

// held is a sorted set: order that waits for a person by since when.
func (s shardKeys) held() string { return s.tag("held") }

// reserve is a hash: order number to what it will still cost.
func (s shardKeys) reserve() string { return s.tag("reserve") }

// picture is a string: the sealed file id of the picture of one of an order's
// cards. What a vendor calls the card may be any text.
func (s shardKeys) picture(n order.Number, card string) string {
	mark := sha256.Sum256([]byte(card))
	return s.tag("p:" + string(n) + ":" + hex.EncodeToString(mark[:pictureMark]))
}

// seq is a counter of transitions: it only falls when Redis lost writes.
func (s shardKeys) seq() string { return s.tag("seq") }

// floor is a hash of one field: replication id to what seq was when that Redis
// was first met.
func (s shardKeys) floor() string { return s.tag("floor") }

func (s shardKeys) buyer(buyer int64, what string) string {
	return s.tag("u:" + strconv.FormatInt(buyer, 10) + ":" + what)
}

// ownerBuckets keeps the hash of vendor orders in pieces small enough for
// Redis to store them as flat lists.
const ownerBuckets = 1024

// vendorKeys builds the keys all buyers share at one vendor.
type vendorKeys string

func (v vendorKeys) tag(rest string) string { return "{v:" + string(v) + "}:" + rest }

// locks is a hash: lock to "<since> <owner>".
func (v vendorKeys) locks() string { return v.tag("locks") }

// rate is a sorted set: token (owner and send) by when it was taken.
func (v vendorKeys) rate() string { return v.tag("rate") }

// budget is a hash: day to what was committed on it.
func (v vendorKeys) budget() string { return v.tag("budget") }

// notes is a hash: what all replicas know about a vendor.
func (v vendorKeys) notes() string { return v.tag("notes") }

// ledger is a list: postings that belong to no order, append only.
func (v vendorKeys) ledger() string { return v.tag(vendorLedger) }

// booked is a set: the ids in the ledger.
func (v vendorKeys) booked() string { return v.tag("booked") }

// freeze is a hash: the freeze that stands, or the last one, and who answered it.
func (v vendorKeys) freeze() string { return v.tag("freeze") }

// replicas is a hash: replica to "<the Redis of which it knows that it lost
// nothing> <when it said so last>".
func (v vendorKeys) replicas() string { return v.tag("replicas") }

// owners is a hash: vendor order id to the permit owner it was booked to.
func (v vendorKeys) owners(external string) string {
	h := fnv.New32a()
	_, _ = h.Write([]byte(external))
	return v.tag(fmt.Sprintf("o:%03x", h.Sum32()%ownerBuckets))
}

// tagOf returns the hash tag of a key, as Redis Cluster reads it: what stands
// between the first brace and the next closing one. Empty if there is none.
func tagOf(key string) string {
	_, rest, ok := strings.Cut(key, "{")
	if !ok {
		return ""
	}
	tag, _, ok := strings.Cut(rest, "}")
	if !ok {
		return ""
	}
	return tag
}
