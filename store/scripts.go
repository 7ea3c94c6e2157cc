package store

import (
	"context"
	"embed"
	"errors"
	"fmt"

	"github.com/redis/go-redis/v9"
)

//go:embed lua/*.lua
var luaFiles embed.FS

// scripts are the embedded scripts, each with its contract at its head.
type scripts struct {
	insert, commit, claim, wake, park, renew *redis.Script
	peek, take, ack, later, deferred         *redis.Script
	session, acquire, release, hurry         *redis.Script
	announce, clear, book                    *redis.Script
	floor, freeze, answer, lift, heard, sign *redis.Script
}

func readScripts() (scripts, error) {
	var s scripts
	lib, err := luaFiles.ReadFile("lua/lib.lua")
	if err != nil {
		return scripts{}, fmt.Errorf("read script: %w", err)
	}
	for name, target := range s.byName() {
		source, err := luaFiles.ReadFile("lua/" + name + ".lua")
		if err != nil {
			return scripts{}, fmt.Errorf("read script: %w", err)
		}
		*target = redis.NewScript(string(lib) + string(source))
	}
	return s, nil
}

func (s *scripts) byName() map[string]**redis.Script {
	return map[string]**redis.Script{
		"insert": &s.insert, "commit": &s.commit, "claim": &s.claim, "wake": &s.wake,
		"park": &s.park, "renew": &s.renew, "peek": &s.peek, "take": &s.take,
		"ack": &s.ack, "later": &s.later, "defer": &s.deferred,
		"session": &s.session, "acquire": &s.acquire, "release": &s.release, "hurry": &s.hurry,
		"announce": &s.announce, "clear": &s.clear, "book": &s.book,
		"floor": &s.floor, "freeze": &s.freeze, "answer": &s.answer, "lift": &s.lift, "heard": &s.heard, "sign": &s.sign,
	}
}

// Prepare puts all scripts on all primaries, so that later calls send only their
// hashes. A node that does not know one (restarted, promoted) gets it then.
func (s *Store) Prepare(ctx context.Context) error {
	if err := s.load(ctx); err != nil {
		return err
	}
	if s.tide != nil { // a new disk is taken into use before its first order can come; a full one is no reason not to serve
		if _, _, err := s.Due(ctx, 1); err != nil && !errors.Is(err, errNotKept) {
			return err
		}
	}
	return s.compareClocks(ctx)
}

// load gives a node the scripts.
func (s *Store) load(ctx context.Context) error {
	all := []*redis.Script{
		s.scripts.insert, s.scripts.commit, s.scripts.claim, s.scripts.wake, s.scripts.park,
		s.scripts.renew, s.scripts.peek, s.scripts.take, s.scripts.ack, s.scripts.later,
		s.scripts.deferred, s.scripts.session, s.scripts.acquire, s.scripts.release, s.scripts.hurry,
		s.scripts.announce, s.scripts.clear, s.scripts.book, s.scripts.floor, s.scripts.freeze, s.scripts.answer, s.scripts.lift, s.scripts.heard, s.scripts.sign,
	}
	for _, script := range all {
		if err := script.Load(ctx, s.rdb).Err(); err != nil {
			return redisError("load scripts", err)
		}
	}
	return nil
}

// run executes a script that may be executed twice, and sends it once more
// when the connection breaks. The answer is a list of strings.
func (s *Store) run(ctx context.Context, op string, script *redis.Script, keys []string, args ...any) ([]string, error) {
	answer, err := s.once(ctx, script, keys, args...)
	if !s.noResend && brokenConnection(ctx, err) {
		answer, err = s.once(ctx, script, keys, args...)
	}
	if err != nil {
		return nil, redisError(op, err)
	}
	return answer, nil
}

// once executes a script, by its hash first and by its text if Redis does not
// know it.
func (s *Store) once(ctx context.Context, script *redis.Script, keys []string, args ...any) ([]string, error) {
	cmd := script.EvalSha(ctx, s.rdb, keys, args...)
	if redis.HasErrorPrefix(cmd.Err(), "NOSCRIPT") {
		cmd = script.Eval(ctx, s.rdb, keys, args...)
	}
	answer, err := cmd.StringSlice()
	if err != nil {
		return nil, fmt.Errorf("run script: %w", err)
	}
	if len(answer) == 0 {
		return nil, errEmptyAnswer
	}
	return answer, nil
}

// pipeline runs commands in one round trip per node. What fill adds only
// reads, or may be executed twice. Scripts must be known: if one is not, all
// are loaded and everything is sent again.
func (s *Store) pipeline(ctx context.Context, op string, fill func(redis.Pipeliner)) ([]redis.Cmder, error) {
	cmds, err := s.rdb.Pipelined(ctx, pipe(fill))
	if redis.HasErrorPrefix(err, "NOSCRIPT") {
		if err = s.load(ctx); err != nil {
			return nil, err
		}
		cmds, err = s.rdb.Pipelined(ctx, pipe(fill))
	}
	if !s.noResend && brokenConnection(ctx, err) {
		cmds, err = s.rdb.Pipelined(ctx, pipe(fill))
	}
	if err != nil && !errors.Is(err, redis.Nil) {
		return nil, redisError(op, err)
	}
	return cmds, nil
}

func pipe(fill func(redis.Pipeliner)) func(redis.Pipeliner) error {
	return func(p redis.Pipeliner) error {
		fill(p)
		return nil
	}
}

var errEmptyAnswer = errors.New("store: a script answered nothing")
