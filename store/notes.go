package store

import (
	"context"
	"errors"
	"time"

	"github.com/redis/go-redis/v9"

	"giftbot/order"
)

// VendorNotes is what all replicas know about one vendor: what was learned
// about a product, that an alert was given. Nothing about money stands there.
type VendorNotes struct {
	store *Store
	keys  vendorKeys
}

// VendorNotes returns the notes about a vendor.
func (s *Store) VendorNotes(vendor string) VendorNotes {
	return VendorNotes{store: s, keys: vendorKeys(vendor)}
}

// Notes returns everything noted.
func (n VendorNotes) Notes(ctx context.Context) (map[string]string, error) {
	all, err := n.store.rdb.HGetAll(ctx, n.keys.notes()).Result()
	return all, redisError("notes", err)
}

// Note keeps one value in place of an older one; an empty one is forgotten.
func (n VendorNotes) Note(ctx context.Context, key, value string) error {
	if value == "" {
		return redisError("forget a note", n.store.rdb.HDel(ctx, n.keys.notes(), key).Err())
	}
	return redisError("note", n.store.rdb.HSet(ctx, n.keys.notes(), key, value).Err())
}

// First notes a key and reports whether it was not there before: of many
// replicas, one gives an alert.
func (n VendorNotes) First(ctx context.Context, key, value string) (bool, error) {
	first, err := n.store.rdb.HSetNX(ctx, n.keys.notes(), key, value).Result()
	return first, redisError("note once", err)
}

const (
	pictureFor     = 90 * 24 * time.Hour // a file id is a cache: without it the picture is drawn again
	purposePicture = "picture"
	pictureMark    = 8 // bytes of a card's hash that name its picture
)

// KeepPicture keeps Telegram's id of the picture of one of an order's cards,
// sealed: who has it can have the picture.
func (s *Store) KeepPicture(ctx context.Context, n order.Number, card, fileID string) error {
	k, err := s.shardOf("picture", n)
	if err != nil {
		return err
	}
	sealed, err := s.vault.Seal(n, purposePicture, []byte(fileID))
	if err != nil {
		return err
	}
	return redisError("keep a picture", s.rdb.Set(ctx, k.picture(n, card), sealed, pictureFor).Err())
}

// Picture returns Telegram's id of a card's picture, "" when it is not known.
func (s *Store) Picture(ctx context.Context, n order.Number, card string) (string, error) {
	k, err := s.shardOf("picture", n)
	if err != nil {
		return "", err
	}
	sealed, err := s.rdb.Get(ctx, k.picture(n, card)).Bytes()
	if errors.Is(err, redis.Nil) {
		return "", nil
	}
	if err != nil {
		return "", redisError("recall a picture", err)
	}
	plain, err := s.vault.Open(n, purposePicture, sealed)
	return string(plain), err
}
