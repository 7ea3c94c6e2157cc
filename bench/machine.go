package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// machine is where and of what the figures are.
type machine struct {
	cpu    string
	load   string // before the run
	commit string
	redis  string
	fsync  time.Duration // one SET at a time on such a Redis
}

// inspect gathers the facts; what cannot be found is "unknown".
func inspect(ctx context.Context) (machine, error) {
	m := machine{cpu: processor(), load: firstWord("/proc/loadavg"), commit: commit(ctx)}
	server, err := startRedis(ctx)
	if err != nil {
		return m, err
	}
	defer server.stop()
	c := redis.NewClient(&redis.Options{Addr: server.addr})
	defer func() { _ = c.Close() }()
	info, err := c.Info(ctx, "server").Result()
	if err != nil {
		return m, fmt.Errorf("redis: %w", err)
	}
	m.redis = field(info, "redis_version:")
	var took []time.Duration
	for range 200 {
		began := time.Now()
		if err := c.Set(ctx, "probe", "x", 0).Err(); err != nil {
			return m, fmt.Errorf("redis: %w", err)
		}
		took = append(took, time.Since(began))
	}
	m.fsync = time.Duration(median(took))
	return m, nil
}

// String is a list for the report.
func (m machine) String() string {
	return fmt.Sprintf("- %d cores (%s), load %s before the run, %s/%s, %s\n- commit %s\n"+
		"- redis-server %s, `appendonly yes`, `appendfsync always`: one SET takes %s\n",
		runtime.NumCPU(), m.cpu, m.load, runtime.GOOS, runtime.GOARCH, runtime.Version(), m.commit, m.redis, milliseconds(m.fsync))
}

func processor() string {
	f, err := os.Open("/proc/cpuinfo")
	if err != nil {
		return "unknown"
	}
	defer func() { _ = f.Close() }()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if name := field(lines.Text(), "model name"); name != "" {
			return strings.TrimLeft(name, "\t: ")
		}
	}
	return "unknown"
}

// firstWord of a file, "unknown" if there is none.
func firstWord(path string) string {
	raw, err := os.ReadFile(path)
	if words := strings.Fields(string(raw)); err == nil && len(words) > 0 {
		return words[0]
	}
	return "unknown"
}

// field is the rest of the line that starts with a name.
func field(text, name string) string {
	for line := range strings.Lines(text) {
		if rest, ok := strings.CutPrefix(line, name); ok {
			return strings.TrimSpace(rest)
		}
	}
	return ""
}

// commit names what was measured; uncommitted changes show as "-dirty".
func commit(ctx context.Context) string {
	out, err := exec.CommandContext(ctx, "git", "describe", "--always", "--dirty").Output()
	if err != nil {
		return "unknown"
	}
	return strings.TrimSpace(string(out))
}

func cores() float64 { return float64(runtime.NumCPU()) }
