package sim

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"giftbot/store/redistest"
)

// TestScriptsAnswerAsBefore: a story is the same, line by line, whoever runs
// the scripts.
func TestScriptsAnswerAsBefore(t *testing.T) {
	for _, seed := range []uint64{100, 104} {
		ours := simulate(t, seed, 12, dietNone)
		theirs := play(t, seed, 12, dietNone, func(w *world) { w.lua.aside = true })
		if diff := cmp.Diff(theirs.story, ours.story); diff != "" {
			t.Fatalf("seed %d:\n%s", seed, diff)
		}
	}
}

// TestLuaValues compares what scripts see and answer, value by value and error
// by error.
func TestLuaValues(t *testing.T) {
	for _, script := range []string{
		"return nil", "return true", "return false", "return 3.99", "return -7", "return 'x'", "return {1, 'a', nil, 2}", "return {}",
		"return {1, {2, 'b'}, false}", "return {err = 'ERR own'}", "return {ok = 'fine'}", "return 1, 2", "return",
		"return redis.call('GET', 'none')", "return tostring(redis.call('GET', 'none'))", "return redis.call('SET', KEYS[1], ARGV[1])",
		"return type(redis.call('SET', KEYS[1], 'v'))", "return redis.call('HGETALL', 'h')", "redis.call('RPUSH', 'l', 1, 2.5, 'x') return redis.call('LRANGE', 'l', 0, -1)",
		"return redis.call('INCR', 'n') + 1", "return redis.call('MGET', KEYS[1], 'none', 'n')", "return redis.call('NOSUCH')",
		"redis.call('SET', 'text', 'x') return redis.call('INCR', 'text')", "return redis.pcall('INCR', 'text').err", "return redis.pcall('INCR', 'text')",
		"return #KEYS .. ' ' .. #ARGV", "return ARGV[9]", "return redis.call('ZADD', 'z', 4000000000000, 'm')", "return redis.call('ZSCORE', 'z', 'm')",
		"return redis.call('ZRANGEBYSCORE', 'z', '-inf', '+inf', 'WITHSCORES')", "return string.format('%.0f', 1e15)", "return math.floor(2.7)",
		"local a, b = string.match('12 ab', '^(%d+) (.*)$') return {a, b}", "return redis.call('SET', {})", "error('own words')", "return tonumber('x')",
	} {
		var answers []string
		for _, own := range []bool{true, false} {
			mini := redistest.StartMini(t)
			r, err := quicken(mini)
			if err != nil {
				t.Fatal(err)
			}
			r.aside = !own
			before := "redis.call('SET', 'n', 41) redis.call('HSET', 'h', 'f', '1') redis.call('SET', 'text', 'x') redis.call('ZADD', 'z', 4000000000000, 'm') return 1"
			answers = append(answers, converse(t, mini, before, before, script))
			r.state.Close()
		}
		if answers[0] != answers[1] {
			t.Errorf("%s:\nours   %q\ntheirs %q", script, answers[0], answers[1])
		}
	}
}

// converse sends scripts, each with a key and an argument, and returns all
// answers.
func converse(t *testing.T, mini *redistest.Mini, scripts ...string) string {
	t.Helper()
	conn, err := mini.Dial(context.Background(), "", "")
	if err != nil {
		t.Fatal(err)
	}
	for _, script := range scripts {
		send(t, conn, "EVAL", script, "1", "{s00}:k", "v")
	}
	send(t, conn, "QUIT")
	_ = conn.SetReadDeadline(time.Now().Add(10 * time.Second))
	raw, err := io.ReadAll(bufio.NewReader(conn))
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func send(t *testing.T, conn net.Conn, words ...string) {
	t.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, "*%d\r\n", len(words))
	for _, word := range words {
		fmt.Fprintf(&b, "$%d\r\n%s\r\n", len(word), word)
	}
	if _, err := io.WriteString(conn, b.String()); err != nil {
		t.Fatal(err)
	}
}

// TestScriptsLeaveNothing: what one script does, the next does not see.
func TestScriptsLeaveNothing(t *testing.T) {
	mini := redistest.StartMini(t)
	r, err := quicken(mini)
	if err != nil {
		t.Fatal(err)
	}
	defer r.state.Close()
	for _, script := range []string{"left = 1", "return left", "string.left = 1", "redis.left = 1"} {
		if got := converse(t, mini, script); !strings.HasPrefix(got, "-ERR") || !strings.Contains(got, "left") {
			t.Errorf("%s: %q", script, got)
		}
	}
}
