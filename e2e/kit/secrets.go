package kit

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/google/uuid"
)

// Secrets are the credentials of a shop, drawn anew for each.
type Secrets struct {
	Token, Telegram                   string
	InfiniKey, InfiniSecret           string
	InfiniHook                        string
	InventKey, InventHook, InventCash string // merchant key, webhook secret, withdrawal key
	VoucherKey, VoucherPath           string
	PlexyKey, PlexyAgent              string
	Wallet                            string // private key, in hex without 0x
	Encryption                        string // base64 of 32 bytes
}

func drawSecrets(t testing.TB) Secrets {
	random := func(n int) []byte {
		raw := make([]byte, n)
		if _, err := rand.Read(raw); err != nil {
			t.Fatal(err)
		}
		return raw
	}
	text := func(n int) string { return hex.EncodeToString(random(n)) }
	return Secrets{
		Token: "700000001:" + text(18)[:35], Telegram: text(16), InfiniKey: "key-" + text(6), InfiniSecret: text(24),
		InfiniHook: text(24), InventKey: "pk_live_" + text(16), InventHook: "whsec_" + text(16), InventCash: "wk_live_" + text(16),
		VoucherKey: "infi_sk_" + text(16), VoucherPath: text(24), PlexyKey: text(20), PlexyAgent: uuid.NewString(),
		// The first digit keeps the key below the order of the curve.
		Wallet: "1" + text(32)[1:], Encryption: base64.StdEncoding.EncodeToString(random(32)),
	}
}

// named are the secrets by what they are, the public ids left out.
func (s Secrets) named() map[string]string {
	_, token, _ := strings.Cut(s.Token, ":")
	return map[string]string{
		"the bot token": token, "the Telegram secret": s.Telegram, "the Infini secret key": s.InfiniSecret,
		"the Infini webhook secret": s.InfiniHook, "the InventPay key": s.InventKey, "the InventPay webhook secret": s.InventHook,
		"the InventPay withdrawal key": s.InventCash, "the InfiniVoucher key": s.VoucherKey, "the InfiniVoucher path": s.VoucherPath,
		"the Plexy key": s.PlexyKey, "the wallet's key": s.Wallet, "the encryption key": s.Encryption,
	}
}
