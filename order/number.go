package order

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// Number names an order to people and to vendors: one shard character, eight
// random characters (40 bits) and a check character, in Crockford base32.
// "3F7KQW2M9X" reads aloud without ambiguity and is never a counter.
type Number string

const (
	alphabet     = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	randomChars  = 8
	numberLength = 1 + randomChars + 1
)

// ErrNumber is returned for text that is not an order number.
var ErrNumber = errors.New("not an order number")

// NewNumber draws a number for an order that lives on the given shard
// (0 to 31) from a source of randomness.
func NewNumber(random io.Reader, shard int) (Number, error) {
	if shard < 0 || shard >= len(alphabet) {
		return "", fmt.Errorf("%w: shard %d", ErrNumber, shard)
	}
	raw := make([]byte, randomChars)
	if _, err := io.ReadFull(random, raw); err != nil {
		return "", fmt.Errorf("draw an order number: %w", err)
	}
	body := make([]byte, 0, numberLength)
	body = append(body, alphabet[shard])
	for _, b := range raw {
		body = append(body, alphabet[b&31])
	}
	return Number(append(body, checkChar(body))), nil
}

// ParseNumber reads a number as a person types it: any case, with spaces or
// hyphens, with O for 0 and I or L for 1. A wrong check character is refused
// with ErrNumber; every single mistyped character and every swap is noticed.
func ParseNumber(text string) (Number, error) {
	clean := text
	if len(text) != numberLength || strings.Trim(text, alphabet) != "" { // typed by a person
		clean = strings.NewReplacer("-", "", " ", "", "O", "0", "I", "1", "L", "1").Replace(strings.ToUpper(text))
	}
	if len(clean) != numberLength {
		return "", ErrNumber
	}
	for i := range len(clean) {
		if strings.IndexByte(alphabet, clean[i]) < 0 {
			return "", ErrNumber
		}
	}
	if checkChar([]byte(clean[:numberLength-1])) != clean[numberLength-1] {
		return "", ErrNumber
	}
	return Number(clean), nil
}

// Shard returns the shard the order lives on, −1 for text that is no number.
func (n Number) Shard() int {
	if len(n) != numberLength {
		return -1
	}
	return strings.IndexByte(alphabet, n[0])
}

// Pretty returns the number in two groups, as people read it: "3F7KQ-W2M9X".
func (n Number) Pretty() string {
	if len(n) != numberLength {
		return string(n)
	}
	return string(n[:numberLength/2]) + "-" + string(n[numberLength/2:])
}

// Reference is the name of one payment attempt at a gateway: number-attempt.
func (n Number) Reference(attempt int) string {
	return string(n) + "-" + strconv.Itoa(attempt)
}

// ParseReference splits a gateway reference into order number and attempt.
func ParseReference(ref string) (Number, int, error) {
	head, tail, ok := strings.Cut(ref, "-")
	if !ok {
		return "", 0, ErrNumber
	}
	number, err := ParseNumber(head)
	if err != nil || string(number) != head {
		return "", 0, ErrNumber
	}
	attempt, err := strconv.Atoi(tail)
	if err != nil || attempt < 1 || strconv.Itoa(attempt) != tail {
		return "", 0, ErrNumber
	}
	return number, attempt, nil
}

// checkChar is a weighted sum over GF(32): each position has its own non-zero
// weight, so one wrong character or two swapped ones always change it.
func checkChar(body []byte) byte {
	sum, weight := 0, 1
	for _, c := range body {
		weight = timesAlpha(weight)
		sum ^= multiply(strings.IndexByte(alphabet, c), weight)
	}
	return alphabet[sum]
}

// timesAlpha multiplies by the generator of GF(32) under x^5 + x^2 + 1.
func timesAlpha(a int) int {
	a <<= 1
	if a&32 != 0 {
		a ^= 0b100101
	}
	return a
}

func multiply(a, b int) int {
	product := 0
	for ; b > 0; b >>= 1 {
		if b&1 == 1 {
			product ^= a
		}
		a = timesAlpha(a)
	}
	return product
}
