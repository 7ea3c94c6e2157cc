package flows

import (
	"slices"
	"unicode/utf16"
	"unicode/utf8"

	"giftbot/order"
)

// codesOf are the codes among goods.
func codesOf(goods []order.Good) []string {
	var codes []string
	for _, g := range goods {
		codes = append(codes, g.Code)
	}
	return codes
}

// addCodes puts one page of codes below the view, each with a copy button.
func addCodes(v *View, o order.Order, codes []string, page int) {
	pages := codePages(codes)
	page = within(page, len(pages), 1)
	v.Blocks = append(v.Blocks, t("codes.redeem"), t("codes.safe"))
	if pieces := slices.Concat(pages...); len(pieces) > len(codes) {
		v.Blocks = append(v.Blocks, t("codes.split"))
	}
	first := 1
	for _, p := range pages[:page] {
		first += len(p)
	}
	v.Codes, v.First = pages[page], first
	v.Blocks = append(v.Blocks, codesTitle(len(pages), first, len(v.Codes), len(slices.Concat(pages...))))
	v.Keyboard = append(v.Keyboard, copyKeys(v.Codes, first)...)
	v.Keyboard = append(v.Keyboard, pager(VerbCodes, string(o.Number), page, len(pages), 1)...)
}

func codesTitle(pages, first, here, all int) Text {
	if pages == 1 {
		return n("codes.title", all)
	}
	return t("codes.page", "first", first, "last", first+here-1, "all", all)
}

func copyKeys(codes []string, first int) [][]Button {
	var keys []Button
	for i, code := range codes {
		if utf8.RuneCountInString(code) <= copyLimit {
			keys = append(keys, Button{Label: t("b.copy", "number", first+i), Copy: code})
		}
	}
	return slices.Collect(slices.Chunk(keys, 2))
}

// codePages splits codes into pages that fit a message. A code too long for a
// message of its own comes in pieces.
func codePages(codes []string) [][]string {
	var pages [][]string
	var page []string
	used := 0
	for _, code := range codes {
		for _, piece := range piecesOf(code) {
			size := units(piece) + 2
			if len(page) == codesPerPage || len(page) > 0 && used+size > codesBudget {
				pages, page, used = append(pages, page), nil, 0
			}
			page, used = append(page, piece), used+size
		}
	}
	if len(page) > 0 {
		pages = append(pages, page)
	}
	return pages
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
