package flows

import (
	"slices"
	"unicode/utf16"
	"unicode/utf8"

	"giftbot/order"
)

// secret is one text of a piece: a code, or what belongs to it.
type secret struct {
	text  string
	label Text // empty when all are codes
}

// sheet is one page of goods: a gift card, or as many codes as fit.
type sheet struct {
	entries []secret
	first   int // number of the first of them, from 1
	card    int // index of the card among the goods, −1 for codes
}

// addGoods puts one page of what the buyer got below the view.
func addGoods(v *View, o order.Order, goods []order.Good, page int) {
	if proofs := receipts(goods); len(proofs) > 0 {
		v.Blocks = append(v.Blocks, lines(proofs...), t("receipt.keep"))
	}
	all := sheetsOf(goods)
	if len(all) == 0 {
		return
	}
	page = within(page, len(all), 1)
	s := all[page]
	if s.card >= 0 {
		addCard(v, o, goods, s.card)
	} else {
		addCodes(v, goods, all, s)
	}
	v.Keyboard = append(v.Keyboard, pager(VerbCodes, string(o.Number), page, len(all), 1)...)
}

// receipts are the numbers of top-ups: there is nothing to redeem.
func receipts(goods []order.Good) []Text {
	var all []Text
	for _, g := range goods {
		if g.Code == "" && g.Proof != "" {
			all = append(all, t("receipt.number", "receipt", clip(g.Proof, textName)))
		}
	}
	return all[:min(len(all), codesPerPage)]
}

// addCodes shows codes, each with a copy button.
func addCodes(v *View, goods []order.Good, all []sheet, s sheet) {
	v.Blocks = append(v.Blocks, t("codes.redeem"), t("codes.safe"))
	if slices.ContainsFunc(goods, func(g order.Good) bool { return units(g.Code) > codesBudget-2 }) {
		v.Blocks = append(v.Blocks, t("codes.split"))
	}
	v.First = s.first
	for _, e := range s.entries {
		v.Codes = append(v.Codes, e.text)
	}
	last := all[len(all)-1]
	total := last.first + len(last.entries) - 1
	if labelled(goods) {
		v.Blocks = append(v.Blocks, n("codes.title", coded(goods)))
		for _, e := range s.entries {
			v.Labels = append(v.Labels, e.label)
		}
	} else {
		v.Blocks = append(v.Blocks, codesTitle(len(all), s.first, len(s.entries), total))
	}
	v.Keyboard = append(v.Keyboard, copyKeys(s)...)
}

func codesTitle(pages, first, here, all int) Text {
	if pages == 1 {
		return n("codes.title", all)
	}
	return t("codes.page", "first", first, "last", first+here-1, "all", all)
}

func copyKeys(s sheet) [][]Button {
	var keys []Button
	for i, e := range s.entries {
		if utf8.RuneCountInString(e.text) > copyLimit || units(e.text) > copyLimit {
			continue
		}
		label := t("b.copy", "number", s.first+i)
		if e.label.Key != "" {
			label = t("b.copy_part", "what", e.label)
		}
		keys = append(keys, Button{Label: label, Copy: e.text})
	}
	return slices.Collect(slices.Chunk(keys, 2))
}

// coded counts the pieces that hold something to redeem.
func coded(goods []order.Good) int {
	count := 0
	for _, g := range goods {
		if g.Card == "" && (g.Code != "" || len(g.Parts) > 0) {
			count++
		}
	}
	return count
}

// labelled reports whether codes need to be told apart by more than a number.
func labelled(goods []order.Good) bool {
	return slices.ContainsFunc(goods, func(g order.Good) bool { return g.Card == "" && len(g.Parts) > 0 })
}

// sheetsOf makes pages: a gift card has one of its own, codes are put together
// as they fit, what belongs to one piece on one page where that is possible.
func sheetsOf(goods []order.Good) []sheet {
	var codes [][]secret
	var cards []sheet
	many, parts := coded(goods) > 1, labelled(goods)
	for i, g := range goods {
		if g.Card != "" {
			cards = append(cards, sheet{card: i, entries: []secret{{text: g.Code}}, first: 1})
			continue
		}
		if piece := secretsOf(g, parts, many, len(codes)+1); len(piece) > 0 {
			codes = append(codes, piece)
		}
	}
	return append(codeSheets(codes), cards...)
}

// secretsOf are the texts of one piece. A code too long for a message of its
// own comes in pieces.
func secretsOf(g order.Good, parts, many bool, number int) []secret {
	var all []secret
	add := func(text string, what Text) {
		label := Text{}
		switch {
		case parts && many:
			label = t("part.numbered", "what", what, "number", number)
		case parts:
			label = what
		}
		for _, piece := range piecesOf(text) {
			all = append(all, secret{piece, label})
		}
	}
	if g.Code != "" {
		add(g.Code, t("part.code"))
	}
	for _, p := range g.Parts {
		if p.Value != "" {
			add(p.Value, partText(p.Key))
		}
	}
	return all
}

func partText(key string) Text {
	switch key {
	case "pin":
		return t("part.pin")
	case "serial":
		return t("part.serial")
	case "code":
		return t("part.code")
	default:
		return t("thing.name", "name", clip(key, buttonName/2))
	}
}

// codeSheets splits codes into pages that fit a message.
func codeSheets(codes [][]secret) []sheet {
	var all []sheet
	page, used, number := sheet{card: -1, first: 1}, 0, 1
	turn := func() {
		if len(page.entries) > 0 {
			all = append(all, page)
		}
		page, used = sheet{card: -1, first: number}, 0
	}
	for _, piece := range codes {
		if len(page.entries)+len(piece) > codesPerPage || used+sizeOf(piece...) > codesBudget {
			turn()
		}
		for _, e := range piece {
			if len(page.entries) == codesPerPage || used+sizeOf(e) > codesBudget {
				turn()
			}
			page.entries, used, number = append(page.entries, e), used+sizeOf(e), number+1
		}
	}
	turn()
	return all
}

func sizeOf(entries ...secret) int {
	size := 0
	for _, e := range entries {
		size += units(e.text) + 2
	}
	return size
}

func piecesOf(code string) []string {
	if units(code) <= codesBudget-2 {
		return []string{code}
	}
	var pieces []string
	for piece := range slices.Chunk([]rune(code), codesBudget/2-2) {
		pieces = append(pieces, string(piece))
	}
	return pieces
}

// units is the length as Telegram counts it: UTF-16 code units.
func units(s string) int { return len(utf16.Encode([]rune(s))) }
