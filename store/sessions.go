package store

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"
)

// SeenUpdates is how many of a person's latest updates a session remembers.
const SeenUpdates = 24

// Session is one person's conversation as opaque bytes. What is personal in
// it must be sealed by the caller.
type Session struct {
	Version int64 // 0: there is none yet
	Body    []byte
}

// Saved says what became of a save.
type Saved string

// The outcomes of a save.
const (
	SessionSaved     Saved = "saved"
	SessionDuplicate Saved = "duplicate" // the update was handled before
	SessionStale     Saved = "stale"     // somebody saved in between
)

// LoadSession reads a person's session; none yet is the zero Session.
func (s *Store) LoadSession(ctx context.Context, buyer int64) (Session, error) {
	k := shardKeys(Shard(buyer, s.shards))
	record, err := s.get(ctx, k.session(buyer))
	if errors.Is(err, redis.Nil) {
		return Session{}, nil
	}
	if err != nil {
		return Session{}, redisError("load session", err)
	}
	session, _, err := decodeSession(record)
	return session, err
}

// SaveSession stores a session made from session.Version, together with the
// Telegram update that led to it (0 = none), in one round trip. It returns the
// session as stored now: what was saved, or with SessionDuplicate and
// SessionStale what is there instead, so that the caller need not load it.
// The same save again counts as saved if nobody saved after it, or as a
// duplicate if it came from an update.
func (s *Store) SaveSession(ctx context.Context, buyer int64, session Session, update int64) (Saved, Session, error) {
	k := shardKeys(Shard(buyer, s.shards))
	answer, err := s.run(ctx, "save session", s.scripts.session, []string{k.session(buyer)},
		session.Version, session.Version+1, updateToken(update), session.Body, SeenUpdates)
	if err != nil {
		return "", Session{}, err
	}
	saved := Session{Version: session.Version + 1, Body: session.Body}
	if answer[0] == "OK" {
		return SessionSaved, saved, nil
	}
	found, _, err := decodeSession(answer[1])
	if err != nil {
		return "", Session{}, err
	}
	if answer[0] == "DUP" {
		return SessionDuplicate, found, nil
	}
	if update == 0 && found.Version == saved.Version && bytes.Equal(found.Body, saved.Body) {
		return SessionSaved, saved, nil
	}
	return SessionStale, found, nil
}

// Seen reports whether a person's update was handled before, without saving.
func (s *Store) Seen(ctx context.Context, buyer, update int64) (bool, Session, error) {
	k := shardKeys(Shard(buyer, s.shards))
	record, err := s.get(ctx, k.session(buyer))
	if errors.Is(err, redis.Nil) {
		return false, Session{}, nil
	}
	if err != nil {
		return false, Session{}, redisError("load session", err)
	}
	session, seen, err := decodeSession(record)
	if err != nil {
		return false, Session{}, err
	}
	for i := 0; i < len(seen); i += 4 {
		if seen[i:i+4] == updateToken(update) {
			return true, session, nil
		}
	}
	return false, session, nil
}

// updateToken is an update id in four bytes. Telegram counts updates one by
// one, so two of the last 24 of one person never differ by 2^32.
func updateToken(update int64) string {
	if update == 0 {
		return ""
	}
	var token [4]byte
	binary.BigEndian.PutUint32(token[:], uint32(update))
	return string(token[:])
}

// decodeSession reads "<version> <count><updates><body>"; no record is the
// zero Session.
func decodeSession(record string) (Session, string, error) {
	if record == "" {
		return Session{}, "", nil
	}
	version, rest, ok := strings.Cut(record, " ")
	v, err := strconv.ParseInt(version, 10, 64)
	if !ok || err != nil || rest == "" || rest[0] < 'A' || len(rest) < 1+4*int(rest[0]-'A') {
		return Session{}, "", fmt.Errorf("store: session: %w", errRecord)
	}
	end := 1 + 4*int(rest[0]-'A')
	return Session{Version: v, Body: []byte(rest[end:])}, rest[1:end], nil
}
