package flows

import (
	"strings"

	"giftbot/order"
)

// rowsPerPage is how many accounts one page of the balances shows: with their
// vendors' names they fit a message.
const rowsPerPage = 24

func (c *turn) balances(page int) {
	c.goTo(screenBalances)
	c.s.Page = min(max(page, 0), farthestPage)
	c.ask(AdminBalances{})
}

// showBalances says what we have at every vendor.
func (c *turn) showBalances(r BalancesResult) {
	switch r.Code {
	case "":
	case order.CodeDenied:
		c.show(deskHint("", t("admin.denied")))
		return
	default:
		c.show(deskHint("", t("admin.not_read")))
		return
	}
	pages := sheets(r.Vendors)
	page := within(c.s.Page, len(pages), 1)
	c.s.Page = page
	v := View{Blocks: []Text{t("admin.balances_title", "at", c.env.Now)}}
	if r.Sales.Off {
		v.Blocks = append(v.Blocks, salesText(r.Sales))
	}
	v.Blocks = append(v.Blocks, pages[page]...)
	v.Keyboard = append(deskPager(pageBalances, "", page, len(pages), 1),
		row(button(t("admin.b_refresh"), verbAdmin, pageBalances, "", page)), deskRow())
	c.show(v)
}

// sheets puts the vendors on pages. One with very many accounts goes on, under
// its name, on the next.
func sheets(vendors []VendorBalance) [][]Text {
	pages, rows := [][]Text{nil}, 0
	for _, v := range vendors {
		rest := v.Holdings
		for first := true; first || len(rest) > 0; first = false {
			part := rest[:min(len(rest), rowsPerPage)]
			rest = rest[len(part):]
			if rows > 0 && rows+len(part)+1 > rowsPerPage {
				pages, rows = append(pages, nil), 0
			}
			at := len(pages) - 1
			pages[at] = append(pages[at], vendorText(v, part, len(rest) == 0))
			rows += len(part) + 1
		}
	}
	if len(vendors) == 0 {
		pages[0] = []Text{t("admin.balances_none")}
	}
	return pages
}

// vendorText is one vendor's accounts; after the last of them, what is odd
// about it.
func vendorText(v VendorBalance, holdings []HoldingView, last bool) Text {
	all := []Text{t("admin.vendor", "name", clip(v.Vendor, buttonName))}
	for _, h := range holdings {
		all = append(all, holdingText(h))
	}
	if last {
		all = append(all, answerTexts(v)...)
	}
	return lines(all...)
}

// answerTexts say how a vendor answered, and whether our books agree with it.
func answerTexts(v VendorBalance) []Text {
	var all []Text
	switch {
	case v.Slow:
		all = append(all, t("admin.vendor_slow"))
	case v.Failed:
		all = append(all, t("admin.vendor_failed"))
	case len(v.Holdings) == 0:
		all = append(all, t("admin.vendor_nothing"))
	}
	switch {
	case !v.Kept || v.Slow || v.Failed: // there is nothing to compare with
	case v.Off == 0:
		all = append(all, t("admin.books_agree", "books", v.Books))
	default:
		all = append(all, t("admin.books_off", "off", max(v.Off, -v.Off), "books", v.Books))
	}
	return all
}

// holdingText is one account: the amount, what open orders need of it, and for
// how many more orders it lasts.
func holdingText(h HoldingView) Text {
	asset := h.Asset
	if h.Chain != "" {
		asset += " · " + h.Chain
	}
	what := strings.TrimSpace(clip(h.Amount, buttonName) + " " + clip(asset, buttonName))
	text := t("admin.holding", "account", clip(h.Account, buttonName), "amount", what)
	if h.Needed > 0 {
		text = t("admin.holding_needed", "holding", text, "needed", h.Needed)
	}
	if h.Covers >= 0 {
		text = t("admin.joined", "first", text, "rest", n("admin.covers", h.Covers))
	}
	return text
}
