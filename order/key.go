package order

import (
	"crypto/sha256"
	"fmt"
	"strconv"
	"strings"

	"github.com/google/uuid"
)

// PurchaseKey derives the idempotency key of one purchase attempt: SHA-256
// over everything that makes it this purchase, shaped as a UUID v4. It needs
// no storage to come out the same after a crash or a Redis rollback.
func PurchaseKey(shop string, n Number, line int, attempt int, item string, quantity int) string {
	return deriveKey("purchase", shop, string(n), strconv.Itoa(line), strconv.Itoa(attempt), item, strconv.Itoa(quantity))
}

// PaymentKey derives the request id of one payment attempt.
func PaymentKey(shop string, n Number, attempt int, gateway string, asked Money) string {
	return deriveKey("payment", shop, string(n), strconv.Itoa(attempt), gateway, strconv.FormatInt(int64(asked), 10))
}

func deriveKey(parts ...string) string {
	// The length prefix keeps ("ab","c") and ("a","bc") apart.
	var b strings.Builder
	for _, p := range parts {
		fmt.Fprintf(&b, "%d:%s;", len(p), p)
	}
	sum := sha256.Sum256([]byte(b.String()))
	var id uuid.UUID
	copy(id[:], sum[:16])
	id[6] = id[6]&0x0f | 0x40
	id[8] = id[8]&0x3f | 0x80
	return id.String()
}

// PermitOwner names the holder of a permit: order, line (from 0), attempt.
func PermitOwner(n Number, line, attempt int) string {
	return fmt.Sprintf("%s/%d/%d", n, line, attempt)
}

// ParsePermitOwner reads what PermitOwner wrote.
func ParsePermitOwner(owner string) (n Number, line, attempt int, err error) {
	parts := strings.Split(owner, "/")
	if len(parts) != 3 {
		return "", 0, 0, ErrNumber
	}
	if n, err = ParseNumber(parts[0]); err != nil {
		return "", 0, 0, err
	}
	if line, err = strconv.Atoi(parts[1]); err != nil {
		return "", 0, 0, fmt.Errorf("permit owner line: %w", err)
	}
	if attempt, err = strconv.Atoi(parts[2]); err != nil {
		return "", 0, 0, fmt.Errorf("permit owner attempt: %w", err)
	}
	return n, line, attempt, nil
}

// PurchaseReference is our name for one purchase attempt at a supplier: order,
// line (from 0), attempt, with characters every vendor takes.
func PurchaseReference(n Number, line, attempt int) string {
	return fmt.Sprintf("%s-%d-%d", n, line, attempt)
}

// ParsePurchaseReference reads what PurchaseReference wrote.
func ParsePurchaseReference(ref string) (n Number, line, attempt int, err error) {
	return ParsePermitOwner(strings.ReplaceAll(ref, "-", "/"))
}
