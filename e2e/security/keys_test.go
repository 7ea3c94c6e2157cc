package security

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"giftbot/e2e/kit"
)

// byItself are the keys under which the shop notes when it last looked into its
// books, and its replicas that they are there: no request leads to them.
func byItself(key string) bool { return key == "{v:books}:notes" || key == "{v:shop}:replicas" }

// moments are when open orders are looked at again: time alone moves them. News
// from outside leaves a hint as well.
var moments = regexp.MustCompile(`\{[^ {}]+ `)

// keys are all keys of Redis with what they hold, except those whose name has
// one of the given parts.
func keys(shop *kit.Shop, but ...string) map[string]string {
	dump := map[string]string{}
	for place, text := range shop.Places() {
		key, ok := strings.CutPrefix(place, "Redis's key ")
		if ok && !byItself(key) && !slices.ContainsFunc(but, func(part string) bool { return strings.Contains(key, part) }) {
			if strings.HasSuffix(key, ":due") {
				_, list, _ := strings.Cut(text, "\n")
				text = moments.ReplaceAllString(list, "{")
			}
			dump[key] = text
		}
	}
	return dump
}

// calm is keys once nothing is under way.
func calm(t *testing.T, shop *kit.Shop, but ...string) map[string]string {
	t.Helper()
	last := keys(shop, but...)
	kit.Eventually(t, "Redis that nobody writes to", func() bool {
		now := keys(shop, but...)
		same := cmp.Equal(last, now)
		last = now
		return same
	})
	return last
}

// difference has something happen and returns what it changes in Redis. The
// shop lives meanwhile: it asks vendors, and notes what they say. What the
// happening does it does each time, so one time without a difference proves it
// innocent.
func difference(t *testing.T, shop *kit.Shop, but []string, act func()) string {
	t.Helper()
	diff := ""
	for range 4 {
		before := calm(t, shop, but...)
		act()
		time.Sleep(100 * time.Millisecond) // what is done a little later has the time for it
		if diff = cmp.Diff(before, keys(shop, but...)); diff == "" {
			return ""
		}
	}
	return diff
}

// unchanged has something happen that must leave Redis as it is.
func unchanged(t *testing.T, shop *kit.Shop, but []string, act func()) {
	t.Helper()
	if diff := difference(t, shop, but, act); diff != "" {
		t.Errorf("Redis has changed:\n%s", diff)
	}
}

// figure is a counter of the newest replica, 0 before it was counted first.
func figure(t *testing.T, shop *kit.Shop, name, label string) int {
	t.Helper()
	text, found := shop.Bot().Figure(name, label+`"`)
	if !found {
		return 0
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("%s %s is %q", name, label, text)
	}
	return n
}
