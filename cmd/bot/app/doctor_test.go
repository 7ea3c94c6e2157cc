package app

import (
	"crypto/rand"
	"encoding/base64"
	"strings"
	"testing"

	"github.com/alicebob/miniredis/v2"

	"giftbot/config"
	"giftbot/store"
)

// A callback that waits on the disk is the only copy of a card's secret: the key
// that seals it must not pass for one that may be dropped.
func TestTheDoctorCountsWhatLiesInTheSpool(t *testing.T) {
	old, current := strings.Repeat("o1", 16), strings.Repeat("c2", 16)
	vault, err := store.NewVault([]store.Key{{ID: "old", Secret: []byte(old)}}, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	spool, err := store.OpenSpool(dir, vault)
	if err != nil {
		t.Fatal(err)
	}
	if err = spool.Put("3F7KQW2M9X-0-1.0123", []byte("cards")); err != nil {
		t.Fatal(err)
	}
	d := &doctor{}
	d.cfg.Redis.URL = config.NewSecret("redis://" + miniredis.RunT(t).Addr())
	d.cfg.Redis.Mode, d.cfg.Redis.Durability = config.RedisSingle, config.DurabilityUnsafe
	d.cfg.Storage.SpoolDir = dir
	encode := base64.StdEncoding.EncodeToString
	if err = d.cfg.Storage.EncryptionKeys.UnmarshalText([]byte("new:" + encode([]byte(current)) + ",old:" + encode([]byte(old)))); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"key old seals 1 records", "key old seals 0 records"} {
		says, err := d.redis(t.Context())
		if err != nil || !strings.Contains(says, want) || !strings.Contains(says, "key new seals 0 records") {
			t.Errorf("want %q, got %q, %v", want, says, err)
		}
		if strings.HasSuffix(want, "1 records") {
			if err := spool.Remove("3F7KQW2M9X-0-1.0123"); err != nil {
				t.Fatal(err)
			}
		}
	}
	d.cfg.Storage.SpoolDir += "/nowhere"
	if says, err := d.redis(t.Context()); err == nil {
		t.Errorf("a spool that cannot be read: %q", says)
	}
}
