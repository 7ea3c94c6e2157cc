package kit

import (
	"slices"
	"strings"
	"testing"

	"giftbot/sandbox/telegram"
)

func smallSpec() apiSpec {
	var spec apiSpec
	type method = struct {
		Fields []apiField `json:"fields"`
	}
	spec.Methods = map[string]method{"sendMessage": {[]apiField{
		{"chat_id", []string{"Integer", "String"}, true}, {"text", []string{"String"}, true},
		{"protect_content", []string{"Boolean"}, false}, {"reply_markup", []string{"Keyboard"}, false},
	}}}
	spec.Types = map[string]method{
		"Keyboard": {[]apiField{{"rows", []string{"Array of Array of Key"}, true}}},
		"Key":      {[]apiField{{"text", []string{"String"}, true}}},
	}
	return spec
}

// TestSpecSees: the check of the calls can fail.
func TestSpecSees(t *testing.T) {
	keys := func(key map[string]any) map[string]any {
		return map[string]any{"rows": []any{[]any{key}}}
	}
	for _, c := range []struct {
		method string
		params map[string]any
		want   string
	}{
		{"sendMessage", map[string]any{"chat_id": 1.0, "text": "x"}, ""},
		{"sendMessage", map[string]any{"chat_id": "@shop", "text": "x", "protect_content": true, "reply_markup": keys(map[string]any{"text": "x"})}, ""},
		{"sendMessages", nil, "is no method"},
		{"sendMessage", map[string]any{"text": "x"}, "lacks chat_id"},
		{"sendMessage", map[string]any{"chat_id": 1.0, "text": "x", "colour": "red"}, "has no colour"},
		{"sendMessage", map[string]any{"chat_id": true, "text": "x"}, "chat_id is no Integer"},
		{"sendMessage", map[string]any{"chat_id": 1.0, "text": "x", "protect_content": "yes"}, "is no Boolean"},
		{"sendMessage", map[string]any{"chat_id": 1.0, "text": "x", "reply_markup": keys(map[string]any{"label": "x"})}, "lacks text"},
		{"sendMessage", map[string]any{"chat_id": 1.0, "text": "x", "reply_markup": map[string]any{"rows": "x"}}, "is no list"},
	} {
		got := strings.Join(smallSpec().judge(apiCall{Method: c.method, Params: c.params}), "; ")
		if c.want == "" && got != "" || !strings.Contains(got, c.want) {
			t.Errorf("%s %v: %q, want %q", c.method, c.params, got, c.want)
		}
	}
}

// TestLeaksSees: the search for secrets can fail.
func TestLeaksSees(t *testing.T) {
	secrets := map[string]string{"a code": "ABCD-EFGH", "a key": "k-123"}
	if got := leaks(secrets, map[string]string{"the log": "nothing here"}); got != nil {
		t.Errorf("found %q", got)
	}
	got := leaks(secrets, map[string]string{"the log": `{"msg":"sold ABCD-EFGH"}`, "Redis": "x"})
	if len(got) != 1 || got[0] != "a code is in the log" {
		t.Errorf("found %q", got)
	}
	secrets = map[string]string{"a pin": "1234", "one": "ABCDEFGH-1", "another": "ABCDEFGH-2"}
	got = leaks(secrets, map[string]string{"the log": "1234 ABCDEFGH-2 ABCDEFG", "Redis": "ABCDEFGH-1"})
	if want := []string{"a pin is in the log", "another is in the log", "one is in Redis"}; !slices.Equal(got, want) {
		t.Errorf("found %q", got)
	}
}

// TestCodes: offsets count UTF-16 units.
func TestCodes(t *testing.T) {
	m := Message{Text: "🎉 1. AB-CD", Entities: []telegram.Entity{{Type: "bold", Offset: 0, Length: 2}, {Type: "spoiler", Offset: 6, Length: 5}, {Type: "spoiler", Offset: 9, Length: 99}}}
	if got := Codes(m); len(got) != 1 || got[0] != "AB-CD" {
		t.Errorf("codes %q", got)
	}
}

// TestSpecKnowsAttachments: a file that a parameter speaks of is none itself.
func TestSpecKnowsAttachments(t *testing.T) {
	spec := smallSpec()
	call := apiCall{Method: "sendMessage", Params: map[string]any{"chat_id": 1.0, "text": "xxxxxxxxxxxxxxxxx"}, Files: map[string]int{"card.png": 1}}
	if got := spec.judge(call); got != nil {
		t.Errorf("%q", got)
	}
	call.Files = map[string]int{"other-file.png": 1}
	if got := strings.Join(spec.judge(call), "; "); !strings.Contains(got, "has no other-file.png") {
		t.Errorf("%q", got)
	}
}

// TestScanned: the text of a gift card's QR code.
func TestScanned(t *testing.T) {
	got := scanned("UniVoucher gift card\nCard ID: 102123456\nSecret: ABCDE-FGHIJ\nRedeem: https://univoucher.com\n")
	if want := (Scanned{Card: "102123456", Secret: "ABCDE-FGHIJ", Redeem: "https://univoucher.com"}); got != want {
		t.Errorf("got %+v", got)
	}
}
