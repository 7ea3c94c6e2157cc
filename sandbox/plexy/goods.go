package plexy

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"maps"
)

// voucher makes the order_content of a finished voucher; the lock is held.
func (v *Vendor) voucher(o *order) map[string]string {
	switch {
	case o.mode == ModeEmptyContent:
		return map[string]string{}
	case o.mode == ModeSameCode && !o.test && v.last != nil:
		return maps.Clone(v.last)
	case o.mode == ModeOddContent:
		return map[string]string{"activation": v.distinct(codeText)}
	}
	keys := o.product.Content
	if keys == nil {
		keys = []string{"voucher_code"}
	}
	content := map[string]string{}
	for _, key := range keys {
		content[key] = v.distinct(styleOf(key, o.test))
	}
	if !o.test {
		v.last = maps.Clone(content)
	}
	return content
}

// styleOf chooses the look of a value by its key.
func styleOf(key string, test bool) func([32]byte) string {
	switch {
	case test:
		return testText
	case key == "pin":
		return pinText
	case key == "serial":
		return serialText
	}
	return codeText
}

func codeText(sum [32]byte) string {
	text := base32.StdEncoding.EncodeToString(sum[:])
	return text[:4] + "-" + text[4:8] + "-" + text[8:12]
}

// testText is the fake code of a test order.
func testText(sum [32]byte) string { return "TEST-" + codeText(sum)[5:] }

func pinText(sum [32]byte) string {
	return fmt.Sprintf("%08d", binary.BigEndian.Uint64(sum[:8])%100_000_000)
}

func serialText(sum [32]byte) string {
	return fmt.Sprintf("SN%012d", binary.BigEndian.Uint64(sum[:8])%1_000_000_000_000)
}

// distinct makes a value that was never handed out before.
func (v *Vendor) distinct(style func([32]byte) string) string {
	for {
		text := style(sha256.Sum256([]byte(v.cfg.NewID())))
		if !v.issued[text] {
			v.issued[text] = true
			return text
		}
	}
}
