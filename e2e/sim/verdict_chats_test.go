package sim

import (
	"bytes"
	"encoding/json"
	"maps"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"giftbot/order"
	bubble "giftbot/sandbox/telegram"
	"giftbot/store"
)

// fromChats reads every message the bot ever showed, edits included, and what
// stands under pictures.
func (j *judgement) fromChats() {
	word := regexp.MustCompile(`[0-9A-Za-z]+(?:-[0-9A-Za-z]+)*`)
	coded := regexp.MustCompile(`^(?:[A-Z2-7]{4}(?:-[A-Z2-7]{4}){2,3}|[A-Z]{5}(?:-[A-Z]{5}){3})$`)
	number := regexp.MustCompile(`[0-9A-Z]{5}-[0-9A-Z]{5}`)
	for _, c := range j.w.chat.Calls() {
		if c.Code != 200 || !strings.HasPrefix(c.Method, "send") && !strings.HasPrefix(c.Method, "edit") {
			continue
		}
		said := saying(c)
		about := j.about(number.FindString(said))
		for _, found := range word.FindAllString(said, -1) {
			if _, known := j.codes[found]; known || coded.MatchString(found) {
				j.showed(about, c.Params["chat_id"], found)
			}
		}
		if about == nil {
			continue
		}
		switch {
		case strings.Contains(said, "needs a person"):
			about.alerts++
		case c.Method == "sendMessage" && strings.HasPrefix(said, "🎉"):
			about.pings++
		}
	}
}

// saying is everything that a call shows.
func saying(c bubble.Call) string {
	var media struct {
		Caption string `json:"caption"`
	}
	_ = json.Unmarshal([]byte(c.Params["media"]), &media) // absent for texts
	return c.Params["text"] + c.Params["caption"] + media.Caption
}

func (j *judgement) about(pretty string) *tale {
	n, err := order.ParseNumber(pretty)
	if err != nil {
		return nil
	}
	return j.tales[n]
}

// showed judges one code in one message.
func (j *judgement) showed(about *tale, chat, code string) {
	s, known := j.codes[code]
	switch {
	case !known:
		j.fail("codes: %s shown in %s was never sold to us", code, chat)
		return
	case j.doubled[code]: // the supplier sold it to two orders: nobody else can know
		j.w.tally.kind("a supplier sold one code to two orders, shown")
	case about != s.tale:
		j.fail("codes: %s of %s shown under another order", code, s.tale.number)
	case j.seen[code] != "" && j.seen[code] != chat:
		j.fail("codes: %s of %s shown in two chats", code, s.tale.number)
	case s.wrong != "":
		j.fail("codes: %s of %s shown although it is of %s", code, s.tale.number, s.wrong)
	}
	j.seen[code] = chat
	if about == nil || chat != strconv.FormatInt(about.buyer, 10) {
		j.fail("codes: a code of %s shown to %s", s.tale.number, chat)
		return
	}
	if about == s.tale {
		about.lines[s.line].shown[s.piece] = true
		return
	}
	about.lines[0].shown[code] = true // of the two that have it
}

// records are the orders in Redis as text: they are stored packed.
func (w *world) records() string {
	var all strings.Builder
	for _, key := range w.mini.Keys() {
		if value, err := w.mini.Get(key); err == nil {
			all.WriteString(store.Readable(value) + "\n")
		}
	}
	return all.String()
}

// secrets looks for what only buyers, vendors and we may know, where it must
// not be.
func (j *judgement) secrets() {
	places := map[string]string{"the log": j.w.logs.String(), "Redis": j.w.mini.Dump() + j.w.records(), "a metric": strings.Join(slices.Sorted(maps.Keys(j.w.labels)), "\n")}
	for _, r := range j.w.replicas {
		places["the journal of "+r.name] = r.disk.journal.String()
	}
	search := func(what, text string) {
		for _, place := range slices.Sorted(maps.Keys(places)) {
			if strings.Contains(places[place], text) {
				j.fail("secret: %s is in %s", what, place)
			}
		}
	}
	for _, code := range slices.Sorted(maps.Keys(j.codes)) {
		if strings.Trim(code, "0123456789") != "" { // digits alone stand everywhere
			search("a code of "+string(j.codes[code].tale.number), code)
		}
	}
	for _, n := range slices.Sorted(maps.Keys(j.tales)) {
		j.sealed(j.tales[n])
		for _, p := range j.tales[n].account {
			if p.Value != "unknown" {
				search("an account of "+string(n), p.Value)
			}
		}
	}
	for _, r := range j.w.box.UniVoucher.Books().Requests {
		search("a callback's address", path.Base(r.CallbackURL))
	}
	for _, credential := range []string{
		botToken[11:], infiniSecret, infiniHook, voucherKey, voucherPath, hookSecret, inventKey, inventHook, plexyKey, walletKey, encryptionKey,
	} {
		search("a credential", credential)
	}
}

// sealed looks into what is stored of one order: in Redis it is encoded once
// more, so that a search there would not find it.
func (j *judgement) sealed(t *tale) {
	for _, l := range t.stored.Lines {
		stored := [][]byte{l.Goods, l.Details}
		for _, a := range l.Attempts {
			stored = append(stored, a.Letters...)
		}
		for _, raw := range stored {
			for _, word := range []string{`"c":"`, `"r":"`, `"k":"`, "cardSecret"} { // of goods, accounts and letters
				if bytes.Contains(raw, []byte(word)) {
					j.fail("secret: what belongs to %s is not sealed", t.number)
				}
			}
		}
	}
}
