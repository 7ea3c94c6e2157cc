package address

import (
	"testing"

	"giftbot/order"
)

// The examples of EIP-55, mixed case that is not all capitals or all small.
func eip55() []string {
	return []string{
		"0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
		"0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB", "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
	}
}

// Addresses that are good in one family each. The bech32 ones are of BIP-173
// and BIP-350.
func good() map[order.AddressKind][]string {
	return map[order.AddressKind][]string{
		order.AddressEVM: append(
			eip55(),
			"0x52908400098527886E0F7030069857D2E4169EE7", "0x8617E340B3D01FA5F11F306F4090FD50E238070D", // all capitals
			"0xde709f2102306220921060314715629080e2fb77", "0x27b1fdb04752bbc536007a920d24acb045561c26", // all small
		),
		order.AddressTron: {
			"TJRabPrwbZy45sbavfcjinPJC18kjpRTv8", "TLa2f6VPqDgRE67v1736s7bJ8Ray5wYjU7", "TN3W4H6rK2ce4vX9YnFQHwKENnHjoxb3m9",
		},
		order.AddressSolana: {
			"7EcDhSYGxXyscszYEp35KHN8vvw3svAuLKTzXwCFLtV", "9WzDXwBbmkg8ZTbNMqUxvQRAyrZzDsGYdLVL9zYtAWWM",
		},
		order.AddressBitcoin: {
			"1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", "1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2", "3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy",
			"bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", "BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4",
			"bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0",
		},
		order.AddressLitecoin: {
			check58(versionLitecoin, 7), check58(versionLitecoinNew, 7), segwit("ltc", 0, 20), segwit("ltc", 1, 32),
		},
	}
}

func TestGoodAddresses(t *testing.T) {
	for kind, list := range good() {
		for _, text := range list {
			got, err := Check(kind, text)
			if err != nil || !same(kind, got, text) {
				t.Errorf("%s %s: %q %v", kind, text, got, err)
			}
			if again, err := Check(kind, got); err != nil || again != got {
				t.Errorf("%s: what was checked is not good any more: %q %v", got, again, err)
			}
			if spaced, err := Check(kind, "\n\t "+text+" \r\n"); err != nil || spaced != got {
				t.Errorf("%s: space around it: %q %v", text, spaced, err)
			}
		}
	}
}

// An address is good in its own family alone, and says so in the others.
func TestWrongChain(t *testing.T) {
	for kind, list := range good() {
		for other := range good() {
			for _, text := range list {
				if other == kind {
					continue
				}
				_, err := Check(other, text)
				looks := Looks(text)
				if ReasonOf(err) != WrongChain || !contains(looks, kind) || !contains(looksOf(err), kind) {
					t.Errorf("%s as %s: %v, looks like %v", text, other, err, looks)
				}
			}
		}
	}
	if _, err := Check("ripple", eip55()[0]); ReasonOf(err) != WrongChain {
		t.Errorf("a family nobody knows: %v", err)
	}
}

// "3…" was of both: Bitcoin takes it, and who wants Litecoin is told why not.
func TestAmbiguous(t *testing.T) {
	const old = "3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy"
	_, err := Check(order.AddressLitecoin, old)
	if looks := looksOf(err); ReasonOf(err) != WrongChain || !contains(looks, order.AddressBitcoin) || !contains(looks, order.AddressLitecoin) {
		t.Errorf("%v %v", err, looks)
	}
	if got, err := Check(order.AddressBitcoin, old); err != nil || got != old {
		t.Errorf("%q %v", got, err)
	}
	if _, err := Check(order.AddressTron, old); ReasonOf(err) != WrongChain {
		t.Errorf("as Tron: %v", err)
	}
}

func TestCanonicalForm(t *testing.T) {
	for text, want := range map[string]string{
		"0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed": "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
		"0x5AAEB6053F3E94C9B9A09F33669435E7EF1BEAED": "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
		"0x1234567890123456789012345678901234567890": "0x1234567890123456789012345678901234567890",
	} {
		if got, err := Check(order.AddressEVM, text); err != nil || got != want {
			t.Errorf("%s: %q %v", text, got, err)
		}
	}
	const small = "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"
	if got, err := Check(order.AddressBitcoin, "BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4"); err != nil || got != small {
		t.Errorf("%q %v", got, err)
	}
}

func TestReasons(t *testing.T) {
	tests := []struct {
		kind order.AddressKind
		text string
		want Reason
	}{
		{order.AddressEVM, "0x0000000000000000000000000000000000000000", Burn},
		{order.AddressEVM, "0x0000000000000000000000000000000000000001", Burn},
		{order.AddressEVM, "0x000000000000000000000000000000000000000a", Burn},
		{order.AddressEVM, "0x00000000000000000000000000000000000000ff", Burn},
		{order.AddressEVM, "0x0000000000000000000000000000000000000100", Burn},
		{order.AddressEVM, "0x000000000000000000000000000000000000dEaD", Burn},
		{order.AddressEVM, "0x000000000000000000000000000000000000dead", Burn},
		{order.AddressEVM, "0xdead000000000000000042069420694206942069", Burn},
		{order.AddressEVM, "0xEeeeeEeeeEeEeeEeEeEeeEEEeeeeEeeeeeeeEEeE", Burn},
		{order.AddressEVM, "0xffffffffffffffffffffffffffffffffffffffff", Burn},
		{order.AddressEVM, "0xdac17f958d2ee523a2206206994597c13d831ec7", Contract},
		{order.AddressEVM, "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeD", Checksum},
		{order.AddressEVM, "0X5AAEB6053F3E94C9B9A09F33669435E7EF1BEAED", Unreadable},
		{order.AddressEVM, "5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", Unreadable},
		{order.AddressEVM, "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAe", Unreadable},
		{order.AddressEVM, "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAedd", Unreadable},
		{order.AddressEVM, "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeg", Unreadable},
		{order.AddressEVM, "vitalik.eth", Unreadable},
		{order.AddressTron, "T9yD14Nj9j7xAB4dbGeiX9h8unkKHxuWwb", Burn}, // all zeros
		{order.AddressTron, "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t", Contract},
		{order.AddressTron, "TJRabPrwbZy45sbavfcjinPJC18kjpRTv9", Checksum},
		{order.AddressTron, "TJRabPrwbZy45sbavfcjinPJC18kjpRTv", Unreadable},
		{order.AddressTron, "418840e6c55b9ada326d211d818c34a994aeced808", Unreadable},
		{order.AddressSolana, "11111111111111111111111111111111", Burn}, // the system program
		{order.AddressSolana, "1nc1nerator11111111111111111111111111111111", Burn},
		{order.AddressSolana, "SysvarC1ock11111111111111111111111111111111", Burn},
		{order.AddressSolana, "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA", Burn},
		{order.AddressSolana, "TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb", Burn},
		{order.AddressSolana, "ATokenGPvbdGVxr1b2hvZbsiqW5xWH25efTNsLJA8knL", Burn},
		{order.AddressSolana, "EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v", Contract},
		{order.AddressSolana, "So11111111111111111111111111111111111111112", Contract},
		{order.AddressSolana, "7EcDhSYGxXyscszYEp35KHN8vvw3svAuLKTzXwCFLt", Unreadable},
		{order.AddressSolana, "7EcDhSYGxXyscszYEp35KHN8vvw3svAuLKTzXwCFLtVVV", Unreadable},
		{order.AddressBitcoin, "1111111111111111111114oLvT2", Burn},
		{order.AddressBitcoin, "1BitcoinEaterAddressDontSendf59kuE", Burn},
		{order.AddressBitcoin, "1CounterpartyXXXXXXXXXXXXXXXUWLpVr", Burn},
		{order.AddressBitcoin, "bc1pw508d6qejxtdg4y5r3zarvary0c5xw7kw508d6qejxtdg4y5r3zarvary0c5xw7kt5nd6y", Burn}, // taproot of 40 bytes
		{order.AddressBitcoin, "BC1SW50QGDZ25J", Burn},                                                             // version 16
		{order.AddressBitcoin, "bc1zw508d6qejxtdg4y5r3zarvaryvaxxpcs", Burn},                                       // version 2
		{order.AddressBitcoin, "tb1qw508d6qejxtdg4y5r3zarvary0c5xw7kxpjzsx", TestNet},
		{order.AddressBitcoin, check58(versionTest, 7), TestNet}, // of Bitcoin's or Litecoin's test network
		{order.AddressLitecoin, check58(versionTestScript, 7), TestNet},
		{order.AddressTron, check58(versionTest, 7), WrongChain},
		{order.AddressBitcoin, "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb", Checksum},
		{order.AddressBitcoin, "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5", Checksum},
		{order.AddressBitcoin, "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3tb", Checksum},
		{order.AddressBitcoin, "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqh2y7hd", Checksum}, // bech32 where it must be bech32m
		{order.AddressBitcoin, "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kemeawh", Checksum},                     // and the other way round
		{order.AddressBitcoin, "bc1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4", Unreadable},
		{order.AddressBitcoin, "bc1rw5uspcuh", Unreadable},                         // a program of one byte
		{order.AddressBitcoin, "bc1gmk9yu", Unreadable},                            // no program
		{order.AddressBitcoin, "BC1QR508D6QEJXTDG4Y5R3ZARVARYV98GJ9P", Unreadable}, // 16 bytes
		{order.AddressLitecoin, segwit("tltc", 0, 20), TestNet},
		{order.AddressLitecoin, check58(versionTestLitecoin, 7), TestNet},
		{order.AddressLitecoin, check58(versionLitecoin, 0), Burn},
		{order.AddressLitecoin, "LM2WMpR1Rp6j3Sa59cMXMs1SPzj9eXpGc2", Checksum},
		{order.AddressTron, check58(0x17, 7), Unreadable},
		{order.AddressBitcoin, "", Unreadable},
		{order.AddressBitcoin, "   ", Unreadable},
		{order.AddressBitcoin, "bitcoin:1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", Unreadable},
		{order.AddressBitcoin, "1A1zP1eP5QGefi2DMPTf TL5SLmv7DivfNa", Unreadable},
		{order.AddressBitcoin, "1A1zP1eP5QGefi2DMPTf\u200bTL5SLmv7DivfNa", Unreadable},
		{order.AddressBitcoin, "1А1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", Unreadable}, // a Cyrillic letter
		{order.AddressEVM, "0x5aAeb6053F3E94C9b9A0\n9f33669435E7Ef1BeAed", Unreadable},
	}
	for _, tt := range tests {
		if got, err := Check(tt.kind, tt.text); ReasonOf(err) != tt.want || got != "" {
			t.Errorf("%s %q: %q %v, want %s", tt.kind, tt.text, got, err, tt.want)
		}
	}
}
