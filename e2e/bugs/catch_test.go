package bugs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

const (
	simulation = "./e2e/sim"
	huntSeeds  = 40 // of a hunt: a bug shows within the first few, most of the time
	catchTime  = 8 * time.Minute
)

// catcher is what has to notice a bug.
type catcher struct {
	pkg   string   // "./store"
	args  []string // of the test's binary
	words string   // of the simulation's verdict, with commas; empty for other tests
	diet  string
	told  string // as the patch has it
}

func parseCatcher(text, diet string) (catcher, error) {
	c := catcher{told: text, diet: diet}
	if words, ok := strings.CutPrefix(text, "sim "); ok {
		c.pkg, c.words = simulation, strings.ReplaceAll(words, ", ", ",")
		c.args = []string{"-test.run=^TestHunt$", "-sim.diet=" + diet, "-sim.words=" + c.words}
		return c, nil
	}
	found := regexp.MustCompile(`^go test (\./\S+) -run '?([A-Za-z0-9_|]+)'?$`).FindStringSubmatch(text)
	if found == nil || diet != "" {
		return c, fmt.Errorf("caught by %q, with diet %q", text, diet)
	}
	c.pkg, c.args = found[1], []string{"-test.run=^(" + found[2] + ")$"}
	return c, nil
}

// caught is how a bug was noticed.
type caught struct {
	seed, orders int // of a story of the simulation
	word, what   string
	took         time.Duration
}

// workshop keeps the catchers of the shop as it is: each is built once.
type workshop struct {
	dir   string
	mu    sync.Mutex
	sound map[string]func() error // by package
}

func newWorkshop(dir string) *workshop { return &workshop{dir: dir, sound: map[string]func() error{}} }

// plain is a package's tests without any bug.
func (s *workshop) plain(pkg string) (binary string, err error) {
	binary = filepath.Join(s.dir, strings.ReplaceAll(strings.TrimPrefix(pkg, "./"), "/", "-"))
	s.mu.Lock()
	if s.sound[pkg] == nil {
		s.sound[pkg] = sync.OnceValue(func() error { return build(binary, pkg) })
	}
	once := s.sound[pkg]
	s.mu.Unlock()
	return binary, once()
}

// catch plants a bug and has its catcher look. An error: it was not noticed, or
// what noticed it notices things where there are none.
func (p patch) catch(shop *workshop, dir string) (caught, error) {
	began := time.Now()
	replaced, err := p.apply(dir)
	if err != nil {
		return caught{}, err
	}
	overlay, err := json.Marshal(map[string]any{"Replace": replaced})
	if err != nil {
		return caught{}, err
	}
	list := filepath.Join(dir, "overlay.json")
	if err = os.WriteFile(list, overlay, 0o600); err != nil {
		return caught{}, err
	}
	planted := filepath.Join(dir, "planted")
	if err = build(planted, p.by.pkg, "-overlay="+list); err != nil {
		return caught{}, err
	}
	look := p.by.fail
	if p.by.words != "" {
		look = p.by.hunt
	}
	c, err := look(shop, planted)
	c.took = time.Since(began)
	return c, errors.Join(err, os.Remove(planted))
}

// build compiles a package's tests.
func build(binary, pkg string, options ...string) error {
	ctx, cancel := context.WithTimeout(context.Background(), catchTime)
	defer cancel()
	compile := exec.CommandContext(ctx, "go", slices.Concat([]string{"test", "-c", "-vet=off", "-ldflags=-w", "-o", binary}, options, []string{pkg})...)
	compile.Dir = root
	if said, err := compile.CombinedOutput(); err != nil {
		return fmt.Errorf("%s does not compile: %w\n%s", pkg, err, said)
	}
	return nil
}

// hunt plays stories in a shop with the bug, and the one that shows it again in
// the shop as it is.
func (c catcher) hunt(shop *workshop, planted string) (caught, error) {
	out, passed, err := c.run(planted, "-sim.from=0", fmt.Sprintf("-sim.hunt=%d", huntSeeds))
	if err != nil {
		return caught{}, err
	}
	found := regexp.MustCompile(`CAUGHT seed=(\d+) orders=(\d+) word=(\S+) what=(.*)`).FindStringSubmatch(out)
	if passed || found == nil {
		return caught{}, fmt.Errorf("not noticed in %d stories:\n%s", huntSeeds, end(out))
	}
	k := caught{word: strings.ReplaceAll(found[3], "_", " "), what: found[4]}
	k.seed, _ = strconv.Atoi(found[1])   // digits
	k.orders, _ = strconv.Atoi(found[2]) // digits
	return k, c.silent(shop, "-sim.from="+found[1], "-sim.hunt=1", "-sim.words=")
}

// fail has the tests of a package fail with the bug, and say why.
func (c catcher) fail(shop *workshop, planted string) (caught, error) {
	out, passed, err := c.run(planted)
	if err != nil {
		return caught{}, err
	}
	_, after, failed := strings.Cut(out, "--- FAIL: ")
	said := regexp.MustCompile(`_test\.go:\d+: *(.+)`).FindStringSubmatch(after)
	if passed || !failed || said == nil {
		return caught{}, fmt.Errorf("not noticed, or not told why:\n%s", end(out))
	}
	return caught{what: said[1]}, c.silent(shop)
}

// silent has the same catcher pass in the shop as it is.
func (c catcher) silent(shop *workshop, args ...string) error {
	plain, err := shop.plain(c.pkg)
	if err != nil {
		return err
	}
	out, passed, err := c.run(plain, args...)
	if err == nil && !passed {
		err = fmt.Errorf("it is not silent without the bug:\n%s", end(out))
	}
	return err
}

// run runs a package's tests where they belong.
func (c catcher) run(binary string, args ...string) (out string, passed bool, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), catchTime)
	defer cancel()
	play := exec.CommandContext(ctx, binary, slices.Concat([]string{"-test.timeout=0"}, c.args, args)...)
	play.Dir = filepath.Join(root, c.pkg)
	said, err := play.CombinedOutput()
	if _, failed := errors.AsType[*exec.ExitError](err); err != nil && (!failed || ctx.Err() != nil) {
		return "", false, fmt.Errorf("%s: %w\n%s", c.pkg, errors.Join(err, ctx.Err()), end(string(said)))
	}
	return string(said), err == nil, nil
}

// end is the last of what a test said.
func end(out string) string {
	const most = 3000
	return out[max(0, len(out)-most):]
}
