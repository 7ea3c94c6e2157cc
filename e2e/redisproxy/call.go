package redisproxy

import (
	"crypto/sha1" // Redis names scripts by it
	"encoding/hex"
	"regexp"
	"strconv"
	"strings"
	"sync"
)

// Call is one command on its way to Redis.
type Call struct {
	Way     string   // the way in it came by, as named to Open
	Command string   // in lower case: "get", "evalsha"
	Script  string   // name of the script it runs, "" for other commands and unknown scripts
	Keys    []string // of a script
	Args    []string // ARGV of a script, else everything behind the command's name
}

// Is matches the calls of one script.
func Is(script string) func(Call) bool {
	return func(c Call) bool { return c.Script == script }
}

// All matches the calls that every condition matches.
func All(conditions ...func(Call) bool) func(Call) bool {
	return func(c Call) bool {
		for _, fits := range conditions {
			if !fits(c) {
				return false
			}
		}
		return true
	}
}

// catalogue knows scripts by their hash. They introduce themselves: their text
// goes through the proxy when it is loaded, and its first comment names it.
type catalogue struct {
	mu    sync.Mutex
	names map[string]string // SHA-1 in hex → name
}

// nameOf reads "-- name: what it does", the first line of a script. The
// library that stands in front of all of them is not meant.
func nameOf(source string) string {
	for _, found := range regexp.MustCompile(`(?m)^-- ([a-z]+): `).FindAllStringSubmatch(source, -1) {
		if found[1] != "lib" {
			return found[1]
		}
	}
	return ""
}

func (c *catalogue) learn(source string) string {
	name := nameOf(source)
	sum := sha1.Sum([]byte(source))
	c.mu.Lock()
	defer c.mu.Unlock()
	c.names[hex.EncodeToString(sum[:])] = name
	return name
}

func (c *catalogue) known(hash string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.names[strings.ToLower(hash)]
}

// call makes a Call of the words of a command.
func (c *catalogue) call(way string, words []string) Call {
	call := Call{Way: way}
	if len(words) == 0 {
		return call
	}
	call.Command, call.Args = strings.ToLower(words[0]), words[1:]
	switch {
	case call.Command == "script" && len(words) == 3 && strings.EqualFold(words[1], "load"):
		c.learn(words[2])
	case call.Command == "eval" && len(words) >= 3:
		call.Script = c.learn(words[1])
		call.Keys, call.Args = split(words[2], words[3:])
	case call.Command == "evalsha" && len(words) >= 3:
		call.Script = c.known(words[1])
		call.Keys, call.Args = split(words[2], words[3:])
	}
	return call
}

// split parts KEYS from ARGV.
func split(count string, rest []string) (keys, args []string) {
	n, err := strconv.Atoi(count)
	if err != nil || n < 0 || n > len(rest) {
		return nil, rest
	}
	return rest[:n], rest[n:]
}
