package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/redis/go-redis/v9"
)

const scanPage = 500

// CountKeys counts sealed records (goods and addresses of orders, suppliers'
// letters that nobody read so far, deferred replies, session bodies) per
// encryption key id, over everything stored: an old key may be dropped when
// nothing is counted for it. It reads the whole keyspace. File ids of pictures
// do not count: without one, the picture is drawn again. CountSpooled counts what
// lies on the disk.
func (s *Store) CountKeys(ctx context.Context) (map[string]int, error) {
	var mu sync.Mutex
	counts := make(map[string]int)
	count := func(sealed [][]byte) {
		mu.Lock()
		defer mu.Unlock()
		for _, one := range sealed {
			if id, ok := KeyID(one); ok {
				counts[id]++
			}
		}
	}
	err := s.eachKey(ctx, func(key, value string) error {
		sealed, err := s.sealedIn(key, value)
		count(sealed)
		return err
	})
	if err != nil {
		return nil, err
	}
	unread, err := s.unreadLetters(ctx)
	count(unread)
	if err != nil {
		return nil, err
	}
	return counts, nil
}

// unreadLetters returns what suppliers sent and no order has taken over.
func (s *Store) unreadLetters(ctx context.Context) ([][]byte, error) {
	keys, err := s.names(ctx, "{s*}:hints")
	if err != nil {
		return nil, err
	}
	var letters [][]byte
	for _, key := range keys {
		waiting, err := s.rdb.HVals(ctx, key).Result()
		if err != nil {
			return nil, redisError("scan", err)
		}
		for _, value := range waiting {
			_, lines, _ := strings.Cut(value, "\n")
			hints, err := decodeHints(lines)
			if err != nil {
				return nil, err
			}
			for _, h := range hints {
				if h.Letter != nil {
					letters = append(letters, h.Letter.Sealed)
				}
			}
		}
	}
	return letters, nil
}

// sealedIn returns what may be sealed in one record.
func (s *Store) sealedIn(key, value string) ([][]byte, error) {
	_, rest, _ := strings.Cut(key, "}:")
	switch {
	case strings.HasPrefix(rest, "o:"):
		o, err := s.decodeOrder(value)
		if err != nil {
			return nil, err
		}
		var goods [][]byte
		for _, l := range o.Lines {
			goods = append(goods, l.Goods, l.Details)
			for _, a := range l.Attempts {
				goods = append(goods, a.Letters...)
			}
		}
		for _, p := range o.Payouts {
			goods = append(goods, p.Address)
		}
		return goods, nil
	case strings.HasPrefix(rest, "r:"):
		return [][]byte{[]byte(value)}, nil
	case strings.HasPrefix(rest, "u:") && strings.HasSuffix(rest, ":s"):
		session, _, err := decodeSession(value)
		return [][]byte{session.Body}, err
	default:
		return nil, nil
	}
}

// eachKey reads every string record of the shop once; what changes meanwhile
// may be read or not.
func (s *Store) eachKey(ctx context.Context, do func(key, value string) error) error {
	return s.eachNode(ctx, func(ctx context.Context, node *redis.Client) error { return scan(ctx, node, do) })
}

// eachNode does something on every primary, on a cluster side by side.
func (s *Store) eachNode(ctx context.Context, do func(ctx context.Context, node *redis.Client) error) error {
	switch c := s.rdb.(type) {
	case *redis.ClusterClient:
		return redisError("scan", c.ForEachMaster(ctx, do))
	case *redis.Client:
		return do(ctx, c)
	default:
		return errors.New("store: unknown kind of client")
	}
}

// names lists the keys of all primaries that match a pattern, sorted.
func (s *Store) names(ctx context.Context, pattern string) ([]string, error) {
	var mu sync.Mutex
	found := make(map[string]bool) // a scan may name a key twice
	err := s.eachNode(ctx, func(ctx context.Context, node *redis.Client) error {
		for cursor, first := uint64(0), true; first || cursor != 0; first = false {
			keys, next, err := node.Scan(ctx, cursor, pattern, scanPage).Result()
			if err != nil {
				return redisError("scan", err)
			}
			mu.Lock()
			for _, key := range keys {
				found[key] = true
			}
			mu.Unlock()
			cursor = next
		}
		return nil
	})
	return slices.Sorted(maps.Keys(found)), err
}

func scan(ctx context.Context, c *redis.Client, do func(key, value string) error) error {
	for cursor, first := uint64(0), true; first || cursor != 0; first = false {
		keys, next, err := c.ScanType(ctx, cursor, "{s*", scanPage, "string").Result()
		if err != nil {
			return redisError("scan", err)
		}
		cursor = next
		for _, key := range keys {
			value, err := c.Get(ctx, key).Result()
			if errors.Is(err, redis.Nil) {
				continue
			}
			if err != nil {
				return redisError("scan", err)
			}
			if err := do(key, value); err != nil {
				return err
			}
		}
	}
	return nil
}

// CountSpooled adds to the counts what lies in a spool folder. It opens nothing.
func CountSpooled(dir string, counts map[string]int) error {
	s := Spool{disk: osDisk{}, dir: dir}
	ids, err := s.List()
	if err != nil {
		return err
	}
	for _, id := range ids {
		sealed, err := s.disk.Read(filepath.Join(dir, id+spoolSuffix))
		switch {
		case errors.Is(err, fs.ErrNotExist): // brought to its order meanwhile
		case err != nil:
			return fmt.Errorf("read a spooled body: %w", err)
		default:
			if key, ok := KeyID(sealed); ok {
				counts[key]++
			}
		}
	}
	return nil
}
