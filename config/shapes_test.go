package config

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"
)

const plantedKey = "0x00000000000000000000000000000000000000000000000000000000planted0"

func gatewayRefusals() []refusal {
	return []refusal{
		{"INVENTPAY_BASE_URL", "http://planted.example.com", "not https"},
		{"INVENTPAY_TOLERANCE", "101", "out of range"},
		{"INVENTPAY_TEST", "planted", "cannot be read"},
		{"BALANCE_ALERTS", "planted", "not name=value"},
		{"BALANCE_ALERTS", "infinivoucher=planted", "cannot be read"},
		{"BALANCE_ALERTS", "plexy:USD=1e9999999", "cannot be read"},
		{"BALANCE_ALERTS", "plexy:USD=5,plexy:USD=6", "twice"},
	}
}

func supplierRefusals() []refusal {
	return []refusal{
		{"PLEXY_COST_PERCENT", "99", "out of range"},
		{"PLEXY_MAX_CHARGE_PERCENT", "501", "out of range"},
		{"PLEXY_ACCOUNT_FIELDS", "planted", "not the JSON"},
		{"PLEXY_ACCOUNT_FIELDS", `{"456":[]}`, "no field"},
		{"PLEXY_ACCOUNT_FIELDS", `{"456":[{"key":"a","label":"","format":""}]}`, "without key or label"},
		{"PLEXY_ACCOUNT_FIELDS", `{"456":[{"key":"a","label":"A","format":"["}]}`, "no regular expression"},
		{"PLEXY_ACCOUNT_FIELDS", `{"456":[{"key":"a","label":"A","planted":1}]}`, "not the JSON"},
		{"UNIVOUCHER_BASE_URL", "http://planted.example.com/v1", "not https"},
		{"UNIVOUCHER_PRIVATE_KEYS", "8453:" + plantedKey, "64 hexadecimal digits"},
		{"UNIVOUCHER_PRIVATE_KEYS", "planted", "not name:value"},
		{"UNIVOUCHER_RPC", "8453=http://planted.example.com", "not https"},
		{"UNIVOUCHER_RPC", "planted=https://rpc.example.com", "chain id"},
		{"UNIVOUCHER_RPC", "1=https://a.example.com,1=https://b.example.com", "twice"},
		{"UNIVOUCHER_CANCEL", "planted", "cannot be read"},
		{"UNIVOUCHER_TOKENS", "planted", "not the JSON"},
		{"UNIVOUCHER_TOKENS", token(`"symbol":"EURC"`), "only USDC and USDT count"},
		{"UNIVOUCHER_TOKENS", token(`"symbol":"WETH"`), "only USDC and USDT count"},
		{"UNIVOUCHER_TOKENS", token(`"symbol":"planted"`), "token 1"},
		{"UNIVOUCHER_TOKENS", token(`"min":"0"`), "token 1"},
		{"UNIVOUCHER_TOKENS", token(`"max":"1"`), "token 1"},
		{"UNIVOUCHER_TOKENS", token(`"presets":["900"]`), "token 1"},
		{"UNIVOUCHER_TOKENS", token(`"address":"0xplanted"`), "token 1"},
		{"UNIVOUCHER_TOKENS", token(`"gas_usd":"1e99"`), "token 1"},
	}
}

// token is a token of the settings with one field written again.
func token(again string) string {
	return `[{"chain":8453,"symbol":"USDC","address":"0x833589fcd6edb6e08f4c7c32d4f71b54bda02913","decimals":6,` +
		`"min":"5","max":"500","presets":["10","25"],"gas_usd":"0.10",` + again + `}]`
}

func TestHalfAVendorIsRefused(t *testing.T) {
	for setting, env := range map[string]map[string]string{
		"INVENTPAY_WEBHOOK_SECRET": {"INVENTPAY_API_KEY": "planted-key"},
		"INVENTPAY_API_KEY":        {"INVENTPAY_WITHDRAWAL_KEY": "planted-key", "INVENTPAY_WEBHOOK_SECRET": "planted-inventpay-secret"},
		"PLEXY_API_KEY":            {"PLEXY_BASE_URL": "https://planted.example.com", "PLEXY_AGENT_ID": "5c1f4f9d-8b5a-4e8b-8c0e-1d1c2f3a4b5c"},
		"PLEXY_AGENT_ID":           {"PLEXY_BASE_URL": "https://planted.example.com", "PLEXY_API_KEY": "planted-key", "PLEXY_AGENT_ID": "planted"},
		"PLEXY_BASE_URL":           {"PLEXY_API_KEY": "planted-key", "PLEXY_AGENT_ID": "5c1f4f9d-8b5a-4e8b-8c0e-1d1c2f3a4b5c"},
		"UNIVOUCHER_RPC":           {"UNIVOUCHER_PRIVATE_KEYS": "8453:" + strings.Repeat("1", 64)},
		"UNIVOUCHER_PRIVATE_KEYS":  {"UNIVOUCHER_PRIVATE_KEYS": "1:" + strings.Repeat("1", 64) + ",1:" + strings.Repeat("2", 64)},
	} {
		all := problemsOf(t, with(env))
		if len(all.Problems) != 1 || len(all.About(setting)) != 1 || strings.Contains(all.Error(), "planted") {
			t.Errorf("want one problem, about %s, got %v", setting, all)
		}
	}
}

// An alert for an account that nobody reads would never come.
func TestAlertsNameAccounts(t *testing.T) {
	all := map[string]string{
		"PLEXY_BASE_URL": "https://gate.example.com", "PLEXY_API_KEY": "planted-plexy-key", "PLEXY_AGENT_ID": "5c1f4f9d-8b5a-4e8b-8c0e-1d1c2f3a4b5c",
		"UNIVOUCHER_PRIVATE_KEYS": "8453:" + strings.Repeat("1", 64), "UNIVOUCHER_RPC": "8453=https://rpc.example.com/key",
	}
	usdc := merged(all, map[string]string{"UNIVOUCHER_TOKENS": token(`"symbol":"USDC"`)})
	for _, tc := range []struct {
		account string
		set     map[string]string
		good    bool
	}{
		{"infinivoucher", nil, true},
		{"plexy:USD", all, true},
		{"plexy:USDT", all, true},
		{"univoucher:8453-USDC", all, true},
		{"univoucher:8453-USDT", all, true},
		{"univoucher:8453-USDC", usdc, true},
		{"infinivoucher:USD", all, false},
		{"InfiniVoucher", all, false},
		{"plexy", all, false},
		{"plexy:EUR", all, false},
		{"plexy:USD", nil, false},
		{"univoucher:8453-ETH", all, false},
		{"univoucher:1-USDC", all, false},
		{"univoucher:8453-USDT", usdc, false},
		{"univoucher:8453-USDC", nil, false},
		{"infini", all, false},
	} {
		environ := with(merged(map[string]string{"BALANCE_ALERTS": tc.account + "=5"}, tc.set))
		if _, err := Load(environ); (err == nil) != tc.good {
			t.Errorf("%s with %d settings: %v", tc.account, len(tc.set), err)
		}
	}
}

func TestShapesAreRead(t *testing.T) {
	got, err := Load(with(map[string]string{
		"BALANCE_ALERTS":          "infinivoucher=50, plexy:USD=20.5",
		"PLEXY_BASE_URL":          "https://gate.example.com/",
		"PLEXY_API_KEY":           "planted-plexy-key",
		"PLEXY_AGENT_ID":          "5c1f4f9d-8b5a-4e8b-8c0e-1d1c2f3a4b5c",
		"PLEXY_ACCOUNT_FIELDS":    `{"category:10":[{"key":"player_id","label":"Player ID","format":"[0-9]{6,12}","example":"51234567"}]}`,
		"UNIVOUCHER_PRIVATE_KEYS": "8453:" + strings.Repeat("1", 64),
		"UNIVOUCHER_RPC":          "8453=https://rpc.example.com/key",
		"UNIVOUCHER_TOKENS":       token(`"symbol":"USDC"`),
		"INVENTPAY_API_KEY":       "planted-inventpay-key", "INVENTPAY_WEBHOOK_SECRET": "planted-inventpay-secret",
	}))
	if err != nil {
		t.Fatal(err)
	}
	dec := decimal.RequireFromString
	if diff := cmp.Diff(Amounts{"infinivoucher": dec("50"), "plexy:USD": dec("20.5")}, got.Orders.BalanceAlerts); diff != "" {
		t.Error(diff)
	}
	want := AccountFields{"category:10": {{Key: "player_id", Label: "Player ID", Format: "[0-9]{6,12}", Example: "51234567"}}}
	if diff := cmp.Diff(want, got.Plexy.AccountFields); diff != "" || !got.Plexy.On() || got.Plexy.BaseURL != "https://gate.example.com" {
		t.Errorf("%s %+v", diff, got.Plexy)
	}
	if u := got.UniVoucher; !u.On() || u.PrivateKeys[8453].Reveal() != strings.Repeat("1", 64) || u.RPC[8453].Reveal() != "https://rpc.example.com/key" || len(u.Tokens) != 1 || !u.Tokens[0].GasUSD.Equal(dec("0.1")) {
		t.Errorf("%+v", u)
	}
	if !got.InventPay.On() {
		t.Error("InventPay is not on")
	}
}
