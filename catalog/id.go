package catalog

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// maxID is how long an id may be, in bytes: it travels in buttons and links.
const maxID = 40

// idOf makes the id of an item or category: "<supplier>:<item>" where that is
// short and fits a link, else the supplier and a hash that is always the same.
func idOf(supplier, item string) string {
	id := supplier + ":" + item
	if len(id) <= maxID && item != "" && plain(item) && !strings.HasPrefix(item, hashMark) {
		return id
	}
	sum := sha256.Sum256([]byte(item))
	return supplier + ":" + hashMark + hex.EncodeToString(sum[:10])
}

// hashMark begins every hashed id; an item that begins with it is hashed too.
const hashMark = "h_"

// plain reports whether a text holds only characters of a start parameter.
func plain(s string) bool {
	return strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-") == ""
}
