package security

import (
	"bytes"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"giftbot/e2e/kit"
)

const secretHeader = "X-Telegram-Bot-Api-Secret-Token"

const (
	buyer    int64 = 1001
	stranger int64 = 1002
	// secondAdmin says what is not taken from them: the first one's chat has
	// had its share of messages for a while.
	secondAdmin int64 = 1005
)

// sessionOf is the part of a key that holds somebody's conversation: it is
// theirs, and remembers what they said.
func sessionOf(person int64) string { return fmt.Sprintf(":u:%d:s", person) }

// newID is an update's id that was not there before: beyond those that the
// sandbox counts up.
func newID() int { return 900_000_000 + int(time.Now().UnixMicro()%90_000_000) }

// update is a message as Telegram would deliver it; more are further fields of it.
func update(id int, person, chat int64, kind, text, more string) []byte {
	command, _, _ := strings.Cut(text, " ")
	return fmt.Appendf(nil, `{"update_id":%d,"message":{"message_id":%d,"date":1,"text":%q,"chat":{"id":%d,"type":%q,"title":"G"},`+
		`"entities":[{"type":"bot_command","offset":0,"length":%d}],"from":{"id":%d,"is_bot":false,"first_name":"P","language_code":"en"}%s}}`,
		id, id, text, chat, kind, len(command), person, more)
}

// post delivers an update under a secret and returns the status.
func post(t *testing.T, shop *kit.Shop, method string, body []byte, secrets ...string) int {
	t.Helper()
	h := http.Header{"Content-Type": {"application/json"}}
	if len(secrets) > 0 {
		h[secretHeader] = secrets
	}
	return kit.Status(t, method, "http://"+shop.Bot().Addr+"/webhooks/telegram", h, body)
}

// logged wants a line in the log that says what was refused.
func logged(t *testing.T, shop *kit.Shop, what string, person int64) {
	t.Helper()
	line := fmt.Sprintf(`"msg":"refused","what":%q,"person":%d`, what, person)
	kit.Eventually(t, "log line "+line, func() bool { return strings.Contains(shop.Log(), line) })
}

// shopWithTrouble is a shop without its slower vendors, with an order that waits
// for an admin and one that waits for its payment.
func shopWithTrouble(t *testing.T) (shop *kit.Shop, held, open kit.Checkout) {
	t.Helper()
	shop = kit.Open(t, kit.Options{Clock: true, Settings: map[string]string{
		"ADMIN_IDS":               fmt.Sprintf("%d,%d", kit.Admin, secondAdmin),
		"UNIVOUCHER_PRIVATE_KEYS": "", "UNIVOUCHER_RPC": "", "PLEXY_API_KEY": "", "PLEXY_AGENT_ID": "", "PLEXY_BASE_URL": "", "PLEXY_ACCOUNT_FIELDS": "",
	}})
	ada := shop.Person(buyer, "en")
	held = ada.Order(kit.Cheap())
	for _, p := range shop.SupplierBooks().Products {
		shop.Voucher(map[string]any{"stock": map[string]any{p.ID: 0}})
	}
	shop.PayAt(held, nil)
	ada.AwaitStatus(held, "A person is looking at it")
	for _, p := range shop.SupplierBooks().Products {
		shop.Voucher(map[string]any{"stock": map[string]any{p.ID: 1000}})
	}
	open = ada.Order(kit.Cheap())
	return shop, held, open
}

// TestTelegramsDoor: what does not carry Telegram's secret once, in a POST of
// JSON, is not read.
func TestTelegramsDoor(t *testing.T) {
	t.Parallel()
	shop, _, open := shopWithTrouble(t)
	right := shop.Secrets().Telegram
	// What it asks for would be seen: it cancels nothing, but it is answered.
	ask := update(newID(), buyer, buyer, "private", "/start o_"+open.Number, "")
	large := bytes.Repeat([]byte(" "), 1<<20+1)
	unchanged(t, shop, nil, func() {
		for _, k := range []struct {
			name, method, counted string
			body                  []byte
			secrets               []string
			status                int
		}{
			{"no secret", http.MethodPost, "Unauthorized", ask, nil, 401},
			{"empty secret", http.MethodPost, "Unauthorized", ask, []string{""}, 401},
			{"wrong secret", http.MethodPost, "Unauthorized", ask, []string{"another-secret-than-ours"}, 401},
			{"one bit of the secret", http.MethodPost, "Unauthorized", ask, []string{flip(right, 7)}, 401},
			{"a shortened secret", http.MethodPost, "Unauthorized", ask, []string{right[:len(right)-1]}, 401},
			{"a longer secret", http.MethodPost, "Unauthorized", ask, []string{right + "0"}, 401},
			{"two secrets", http.MethodPost, "Unauthorized", ask, []string{right, right}, 401},
			{"a wrong one behind it", http.MethodPost, "Unauthorized", ask, []string{right, "x"}, 401},
			{"GET", http.MethodGet, "Method Not Allowed", nil, []string{right}, 405},
			{"oversized", http.MethodPost, "", large, []string{right}, 413},
		} {
			before := figure(t, shop, "telegram_webhook_total", k.counted)
			if got := post(t, shop, k.method, k.body, k.secrets...); got != k.status {
				t.Errorf("%s: status %d, want %d", k.name, got, k.status)
			}
			if k.counted != "" && figure(t, shop, "telegram_webhook_total", k.counted) != before+1 {
				t.Errorf("%s: not counted", k.name)
			}
		}
	})
	if figure(t, shop, "telegram_bad_update_total", "too large") == 0 {
		t.Error("an oversized update is not counted")
	}
	for _, status := range []int{401, 405, 413} {
		if line := fmt.Sprintf(`"msg":"webhook refused","from":"telegram","status":%d`, status); !strings.Contains(shop.Log(), line) {
			t.Errorf("no line %s", line)
		}
	}
	if log := shop.Log(); strings.Contains(log, flip(right, 7)) || strings.Contains(log, "another-secret-than-ours") {
		t.Error("a secret that was tried is in the log")
	}
	// Telegram's own update is taken, and what it leaves in Redis is seen here.
	if difference(t, shop, nil, func() { say(t, shop, buyer, []string{"/start o_" + open.Number}) }) == "" {
		t.Error("an update that was handled has left nothing in Redis")
	}
}

// TestOtherPeoplesOrders: whoever knows an order's number, or has seen its
// buttons, gets nowhere with them.
func TestOtherPeoplesOrders(t *testing.T) {
	t.Parallel()
	shop, held, open := shopWithTrouble(t)
	ada, mallory := shop.Person(buyer, "en"), shop.Person(stranger, "en")
	mallory.Ask("/start", "Aurora Gifts")
	unchanged(t, shop, []string{sessionOf(stranger)}, func() {
		for _, o := range []kit.Checkout{held, open} {
			for _, text := range []string{"/start o_" + o.Number, o.Number, strings.ToLower(o.Number)} {
				mallory.Ask(text, "cannot find this order among yours")
			}
			mallory.Ask("/order "+o.Number, "I do not know this command.")
		}
	})
	logged(t, shop, "order", stranger)
	unchanged(t, shop, []string{sessionOf(stranger)}, func() {
		refusedPresses(t, mallory, append(buttons(ada), "1AAAAAAAAAAAAAAAAAAAA", "x", "1", "0", strings.Repeat("A", 64)))
	})
	logged(t, shop, "button", stranger)
	if figure(t, shop, "telegram_bad_button_total", "forged") == 0 || figure(t, shop, "telegram_refused_total", "order") == 0 {
		t.Error("refusals are not counted")
	}
	if mallory.Sees(held.Number) || mallory.Sees(open.Number) {
		t.Error("somebody else's order was shown")
	}
}

// buttons are the data of every button in a chat, each once.
func buttons(p *kit.Person) []string {
	var all []string
	for _, m := range p.Messages() {
		for _, row := range m.Buttons {
			for _, b := range row {
				if b.Data != "" {
					all = append(all, b.Data)
				}
			}
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// refusedPresses presses what is not the person's and wants only a kind word.
func refusedPresses(t *testing.T, p *kit.Person, all []string) {
	t.Helper()
	below := p.Last().ID
	for some := range slices.Chunk(all, 8) {
		var presses []func()
		for _, data := range some {
			presses = append(presses, func() {
				if toast, status := p.PressData(below, data, true); !toast.Answered || !strings.Contains(toast.Text, "older screen") {
					t.Errorf("somebody else's button is answered %d, %q", status, toast.Text)
				}
			})
		}
		kit.AtOnce(presses...)
	}
}

// TestAdminsThings: nobody but an admin, in a private chat and in their own
// words, has their commands and buttons.
func TestAdminsThings(t *testing.T) {
	t.Parallel()
	shop, held, _ := shopWithTrouble(t)
	olga, mallory := shop.Person(kit.Admin, "en"), shop.Person(stranger, "en")
	commands := []string{ // each of them, and one with a sum
		"/balances", "/queue", "/order " + held.Number, "/SALES off", "/resume plexy:456", "/refund " + held.Number + " 1.00",
	}
	olga.Ask("/start", "Aurora Gifts")
	say(t, shop, kit.Admin, commands) // each shows her buttons of its own
	olga.Ask("/refund "+held.Number, "Where should $1.88 go?")
	olga.Tap("To credit · $1.88", "Why?")
	olga.Ask("because", "Do it?")
	olga.WaitButton("Yes, do it")
	unknown := kit.Body(mallory.Ask("/nonsense", "I do not know this command."))
	hers := buttons(olga)
	if len(hers) < 16 {
		t.Fatalf("only %d buttons of admins", len(hers))
	}
	unchanged(t, shop, []string{sessionOf(stranger)}, func() {
		before := mallory.Last().ID
		say(t, shop, stranger, commands)
		answers := 0
		for _, m := range mallory.Messages() {
			if m.From == "bot" && m.ID > before {
				answers++
				if got := kit.Body(m); got != unknown {
					t.Errorf("a stranger's command is answered with %q", got)
				}
			}
		}
		if answers != len(commands) {
			t.Errorf("%d answers to %d commands", answers, len(commands))
		}
		refusedPresses(t, mallory, hers)
	})
	logged(t, shop, "admin", stranger)
	logged(t, shop, "button", stranger)
	elsewhere(t, shop, commands)
	if o := shop.OrderOf(held.Number); !o.Held() || o.Returned != 0 {
		t.Errorf("a stranger moved %s", o.Returned)
	}
}

// say delivers texts of somebody in their private chat, one after the other.
func say(t *testing.T, shop *kit.Shop, person int64, texts []string) {
	t.Helper()
	for _, text := range texts {
		if got := post(t, shop, http.MethodPost, update(newID(), person, person, "private", text, ""), shop.Secrets().Telegram); got != http.StatusOK {
			t.Errorf("%q: status %d", text, got)
		}
	}
}

// elsewhere: an admin's words in a group, or passed on by them, are nobody's.
func elsewhere(t *testing.T, shop *kit.Shop, commands []string) {
	t.Helper()
	right := shop.Secrets().Telegram
	const passedOn = `,"forward_origin":{"type":"hidden_user","date":1,"sender_user_name":"Olga"}`
	shop.Person(secondAdmin, "en").Ask("/start", "Aurora Gifts")
	unchanged(t, shop, []string{sessionOf(secondAdmin)}, func() {
		for _, command := range commands {
			name, argument, _ := strings.Cut(command, " ")
			inGroup := strings.TrimSpace(name + "@giftbot_demo_bot " + argument)
			for _, body := range [][]byte{
				update(newID(), secondAdmin, -1009, "supergroup", inGroup, ""), update(newID(), secondAdmin, secondAdmin, "private", command, passedOn),
			} {
				if got := post(t, shop, http.MethodPost, body, right); got != http.StatusOK {
					t.Errorf("%q elsewhere: status %d", command, got)
				}
			}
		}
	})
	logged(t, shop, "group", secondAdmin)
	logged(t, shop, "relayed", secondAdmin)
	if figure(t, shop, "telegram_refused_total", "group") == 0 || figure(t, shop, "telegram_refused_total", "relayed") == 0 {
		t.Error("refusals are not counted")
	}
}
