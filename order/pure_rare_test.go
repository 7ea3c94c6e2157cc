package order_test

import "slices"

// rareLots are scenes for edges of the status table that the others hardly take:
// payouts, money and links at odd moments. They end however they may; what they
// come to is judged as everything else. Pairs of crashes are not tried on them.
func rareLots() []lot {
	return slices.Concat(rareMoney(), rareDelivered(), rareChats(), rareLinks(), rareBack(), rareHung(), rareCalls(), rareDecisions())
}

func rareMoney() []lot {
	const out = "address, approves, wait 10m, settles, wait 10m"
	const doubt = "other gateway, wait 5m, pays old 5, wait 30h, wrong coin, wait 10m, pays old 5, wait 10m, "
	return []lot{
		{"short, a part to the wallet", "2 vouchers", "", "pays 5, wait 10m, pays out 2, " + out, ""},
		{"short, a part to the wallet, refused", "2 vouchers", "payout invalid", "pays 5, wait 10m, pays out 2, " + out, ""},
		{"short, a part to the wallet, dropped", "2 vouchers", "", "pays 5, wait 10m, pays out 2, drops payout", ""},
		{"short, and more by hand", "2 vouchers", "", "pays 5, wait 10m, confirms 3", ""},
		{"short, and a little credit", "2 vouchers, credit 5", "", "pays 5, wait 10m, uses credit", ""},
		{"paid while another link is in doubt, closed", "2 vouchers", "", "other gateway, wait 5m, wrong coin, wait 10m, pays old 20, wait 10m, closes", ""},
		{"supplier away, more by hand", "2 vouchers", "", "supplier away, pays 20, wait 10m, confirms 5, wait 10m, supplier back", ""},
		{"supplier away, surplus fetched", "2 vouchers", "keeps", "supplier away, pays 25, wait 10m, fetches 5, closes, supplier back", ""},
		{"supplier away, surplus to the wallet", "2 vouchers", "keeps, payout invalid", "supplier away, pays 25, wait 10m, pays out 5, " + out + ", supplier back", ""},
		{"while it is bought, surplus to the wallet", "2 vouchers", "keeps", "answers pending, pays 25, wait 10m, pays out 5, " + out + ", finishes", ""},
		{"while it is bought, surplus to the wallet, refused", "2 vouchers", "keeps, payout invalid", "answers pending, pays 25, wait 10m, pays out 5, " + out + ", finishes", ""},
		{"one line waits, surplus to the wallet", "2 vouchers and 1 card", "keeps, cards away", "pays 36, wait 10m, pays out 5, " + out, ""},
		{"one line waits, surplus to the wallet, refused", "2 vouchers and 1 card", "keeps, cards away, payout invalid", "pays 36, wait 10m, pays out 5, " + out, ""},
		{"one line waits, surplus to the wallet, dropped", "2 vouchers and 1 card", "keeps, cards away", "pays 36, wait 10m, pays out 5, drops payout", ""},
		{"one line waits, surplus given back", "2 vouchers and 1 card", "keeps, cards away", "pays 36, wait 10m, refunds 5", ""},
		{"one line waits, surplus fetched", "2 vouchers and 1 card", "keeps, cards away", "pays 36, wait 10m, fetches 5, closes", ""},
		{"one line waits, the rest given back", "2 vouchers and 1 card", "cards away", "pays 31, wait 10m, refunds", ""},
		{"one line waits, the rest to the wallet", "2 vouchers and 1 card", "cards away", "pays 31, wait 10m, pays out, " + out, ""},
		{"one line waits, more by hand", "2 vouchers and 1 card", "cards away", "pays 31, wait 10m, confirms 5", ""},
		{"one line waits, falls, closed", "2 vouchers and 1 card, bears 31", "cards away", "pays 31, wait 10m, falls to 20, wait 10m, closes", ""},
		{"expired with money in doubt, given back", "2 vouchers", "", doubt + "refunds", ""},
		{"expired with money in doubt, a part given back", "2 vouchers", "", doubt + "refunds 2", ""},
		{"expired with money in doubt, a part to the wallet", "2 vouchers", "", doubt + "pays out 2, " + out, ""},
		{"expired with money in doubt, a part to the wallet, refused", "2 vouchers", "payout invalid", doubt + "pays out 2, " + out, ""},
		{"expired with money in doubt, a part to the wallet, dropped", "2 vouchers", "", doubt + "pays out 2, drops payout", ""},
		{"expired with money in doubt, to the wallet", "2 vouchers", "", doubt + "pays out, " + out, ""},
		{"cancelled, a part of the surplus to the wallet", "2 vouchers", "keeps", "cancels, wait 10m, pays 25, wait 10m, pays out 2, " + out, ""},
		{"cancelled, a part of the surplus to the wallet, refused", "2 vouchers", "keeps, payout invalid", "cancels, wait 10m, pays 25, wait 10m, pays out 2, " + out, ""},
		{"cancelled, a part of the surplus to the wallet, dropped", "2 vouchers", "keeps", "cancels, wait 10m, pays 25, wait 10m, pays out 2, drops payout", ""},
		{"cancelled, surplus given back", "2 vouchers", "keeps", "cancels, wait 10m, pays 25, wait 10m, refunds", ""},
		{"cancelled, surplus fetched", "2 vouchers", "keeps", "cancels, wait 10m, pays 25, wait 10m, fetches 5, closes", ""},
		{"refunded, a part of the surplus to the wallet", "2 vouchers", "keeps", "stock 1, pays 25, wait 10m, refunds, wait 10m, pays out 2, " + out, ""},
		{"refunded, a part of the surplus to the wallet, refused", "2 vouchers", "keeps, payout invalid", "stock 1, pays 25, wait 10m, refunds, wait 10m, pays out 2, " + out, ""},
		{"refunded, a part of the surplus to the wallet, dropped", "2 vouchers", "keeps", "stock 1, pays 25, wait 10m, refunds, wait 10m, pays out 2, drops payout", ""},
		{"refunded, surplus to the wallet", "2 vouchers", "keeps", "stock 1, pays 25, wait 10m, refunds, wait 10m, pays out, " + out, ""},
		{"refunded, surplus given back", "2 vouchers", "keeps", "stock 1, pays 25, wait 10m, refunds, wait 10m, refunds", ""},
		{"refunded, and more by hand", "2 vouchers", "", "stock 1, pays 20, wait 10m, refunds, confirms 5", ""},
		{"while it is paid out, more by hand", "2 vouchers", "", "stock 1, pays 20, wait 10m, pays out, confirms 5, " + out, ""},
		{"while it is paid out, surplus given back", "2 vouchers", "keeps", "stock 1, pays 25, wait 10m, pays out 20, refunds 5, " + out, ""},
		{"while it is paid out, surplus fetched", "2 vouchers", "keeps", "stock 1, pays 25, wait 10m, pays out 20, fetches 5, closes, " + out, ""},
	}
}

// rareDelivered: what people still decide when everything else is over.
func rareDelivered() []lot {
	const out = "address, approves, wait 10m, settles, wait 10m"
	return []lot{
		{"paid, surplus to the wallet, dropped", "2 vouchers", "keeps", "supplier away, pays 25, wait 10m, pays out 5, drops payout, supplier back", ""},
		{"late, refused by the supplier", "2 vouchers", "", "wait 3h, answers invalid, pays 20", "refunded, credit 20"},
		{"delivered, surplus to the wallet, refused", "2 vouchers", "keeps, payout invalid", "pays 25, wait 10m, pays out, " + out, ""},
		{"delivered, surplus to the wallet, dropped", "2 vouchers", "keeps", "pays 25, wait 10m, pays out, drops payout", "delivered, credit 5"},
		{"delivered, more by hand", "2 vouchers", "", "pays 20, wait 10m, confirms 5", "delivered, credit 5"},
		{"expired, wrong coin, closed", "2 vouchers", "", "wait 3h, wrong coin, wait 10m, closes", "expired"},
		{"coming, unread for hours", "2 vouchers", "", "sees 20, wait 10m, gateway away, wait 5h, gateway back, sees 0, wait 10m", ""},
		{"message gone, short", "2 vouchers", "", "sees 20, wait 10m, message gone, sees 0, pays 5", "expired, credit 5"},
		{"message gone, delivered", "2 vouchers", "", "pays 20, wait 10m, message gone, pays 20", "delivered, credit 20"},
		{"message gone, expired", "2 vouchers", "", "wait 3h, message gone, pays 5", "expired, credit 5"},
		{"message gone, expired, wrong coin", "2 vouchers", "", "wait 3h, message gone, wrong coin, wait 10m, closes", "expired"},
		{"message gone, cancelled", "2 vouchers", "", "cancels, wait 10m, message gone, pays 20", "cancelled, credit 20"},
		{"message gone, refunded", "2 vouchers", "", "stock 1, pays 20, wait 10m, refunds, wait 10m, message gone, pays 20", "refunded, credit 40"},
	}
}

// rareChats: the buyer's chat cannot be reached for a while.
func rareChats() []lot {
	const out = "address, approves, wait 10m, settles, wait 10m, chat back"
	return []lot{
		{"chat away, nobody pays", "2 vouchers", "chat away", "wait 3h, chat back", ""},
		{"chat away, cancelled", "2 vouchers", "chat away", "cancels, wait 10m, chat back", ""},
		{"chat away, short", "2 vouchers", "chat away", "pays 5, wait 10m, chat back", ""},
		{"chat away, out of stock", "2 vouchers", "chat away", "stock 1, pays 20, wait 10m, chat back", ""},
		{"chat away, while it is bought", "2 vouchers", "chat away", "answers pending, pays 20, wait 10m, chat back, finishes", ""},
		{"chat away, given back", "2 vouchers", "chat away", "stock 1, pays 20, wait 10m, refunds, chat back", ""},
		{"chat away, ready, surplus to the wallet", "2 vouchers", "keeps", "chat away, pays 25, wait 10m, pays out, " + out, "delivered, out 5"},
		{"chat away, ready, surplus to the wallet, refused", "2 vouchers", "keeps, payout invalid", "chat away, pays 25, wait 10m, pays out, " + out, ""},
		{"chat away, ready, surplus to the wallet, dropped", "2 vouchers", "keeps", "chat away, pays 25, wait 10m, pays out, drops payout, chat back", ""},
		{"chat away, ready, surplus given back", "2 vouchers", "keeps", "chat away, pays 25, wait 10m, refunds, chat back", "delivered, credit 5"},
		{"chat away, ready, more by hand", "2 vouchers", "", "chat away, pays 20, wait 10m, confirms 5, wait 10m, chat back", "delivered, credit 5"},
		{"chat away, ready, closed", "2 vouchers", "", "chat away, answers fewer, pays 20, wait 10m, closes, chat back", "delivered, credit 10"},
		{"chat away, ready, tried again", "2 vouchers and 1 voucher", "", "chat away, answers properly, answers supplier_funds, pays 30, wait 10m, again, wait 10m, chat back", "delivered"},
		{"chat away, ready, twin paid", "2 vouchers", "twins, loses link", "chat away, pays 20, wait 10m, pays old 20, wait 10m, chat back", "delivered, credit 20"},
		{"chat away, ready, lost link paid", "2 vouchers", "forgets ids, loses link", "chat away, pays 20, wait 10m, pays old 20, wait 10m, chat back", "delivered, credit 20"},
		{"chat away, ready, cards that were given up", "2 vouchers and 1 card", "chat away", "mint late 3h, pays 31, wait 2h, not bought blindly, wait 3h, chat back", ""},
	}
}

// rareLinks: a link whose answer was lost is heard of at an odd moment, and cards
// come that nobody waits for any more.
func rareLinks() []lot {
	const lost = "forgets ids, loses link"
	const heard = "loses link, another link, wait 1s, webhook, "
	const mute = "loses link, another link, wait 1s, hangs before link, gateway away, goes on, webhook, "
	return []lot{
		{"lost link paid before the supplier is back", "2 vouchers", lost, "supplier away, pays 20, wait 2m, pays old 20, wait 1m, supplier back", ""},
		{"lost link paid while it is bought", "2 vouchers", lost, "answers pending, pays 20, wait 2m, pays old 20, wait 1m, finishes", ""},
		{"lost link paid after the delivery", "2 vouchers", lost, "pays 20, wait 2h, pays old 20", ""},
		{"lost link paid after the refund", "2 vouchers", lost, "stock 1, pays 20, wait 10m, refunds, wait 10m, pays old 20", ""},
		{"lost link paid while it is paid out", "2 vouchers", lost, "stock 1, pays 20, wait 10m, pays out, wait 10m, pays old 20, address, approves, wait 10m", ""},
		{"lost link paid after the cancel", "2 vouchers", lost, "cancels, pays old 20", ""},
		{"lost link paid after the end", "2 vouchers", lost, "wait 3h, pays old 20", ""},
		{"link refused after the cancel", "2 vouchers", "gateway away", "cancels unpaid, gateway back", ""},
		{"link fails after the cancel", "2 vouchers", "", "hangs before open, cancels unpaid, gateway away, goes on, other gateway, wait 1m, gateway back", "cancelled"},
		{"link fails after the end", "2 vouchers", "", "wait 54m, wait 55s, hangs before open, wait 20s, gateway away, goes on, other gateway, wait 1m, gateway back", "expired"},
		{"link known by its webhook alone", "2 vouchers", "", "pays 5, wait 10m, " + heard + "wait 5m, pays 15", "delivered"},
		{"link known by its webhook, nobody pays", "2 vouchers", "", "pays 5, wait 10m, " + heard, "expired, credit 5"},
		{"link known by its webhook, no address for a while", "2 vouchers", "", "pays 5, wait 10m, " + mute + "wait 20m, gateway back, wait 5m, pays 15", ""},
		{"link known by its webhook, no address for long", "2 vouchers", "", "pays 5, wait 10m, " + mute + "wait 50m, gateway back", ""},
		{"link known by its webhook, no address, cancelled", "2 vouchers", "", "pays 5, wait 10m, " + mute + "wait 30m, gateway back, cancels", ""},
		{"another link of a short payment refused", "2 vouchers", "", "pays 5, wait 10m, link refused invalid, another link, wait 10m", ""},
		{"cards that were given up, the codes delivered", "2 vouchers and 1 card", "", "mint late 3h, pays 31, wait 2h, not bought blindly, wait 3h", ""},
		{"cards that were given up, while it is paid out", "1 card", "", "mint late 3h, pays 11, wait 2h, not bought blindly, pays out, wait 2h, address, approves, wait 10m", ""},
	}
}

// rareBack: Redis goes back to before it knew of a payment for which is bought
// already, and the gateway does not tell of it again at once.
func rareBack() []lot {
	const back = "goes back at buy, gateway away, goes on, "
	return []lot{
		{"bought, payment forgotten", "2 vouchers", "", back + "pays 20, wait 1m, gateway back", ""},
		{"bought, payment forgotten, credit", "2 vouchers, credit 20", "", back + "pays 20, wait 1m, uses credit, wait 10m, gateway back", ""},
		{"bought, payment forgotten, by hand", "2 vouchers", "", back + "pays 20, wait 1m, confirms 20, wait 10m, gateway back, wait 10m, closes", ""},
		{"bought, payment forgotten and gone", "2 vouchers, bears 20", "", back + "pays 20, wait 1m, falls to 0, gateway back", ""},
		{"bought, the rest forgotten", "2 vouchers", "", "pays 5, wait 10m, " + back + "pays 15, wait 1m, gateway back", ""},
		{"bought, the rest forgotten, credit", "2 vouchers, credit 20", "", "pays 5, wait 10m, " + back + "pays 15, wait 1m, uses credit, wait 10m, gateway back", ""},
		{"bought, the rest forgotten, by hand", "2 vouchers", "", "pays 5, wait 10m, " + back + "pays 15, wait 1m, confirms 15, wait 10m, gateway back, wait 10m, closes", ""},
		{"bought, the rest forgotten and gone", "2 vouchers, bears 20", "", "pays 5, wait 10m, " + back + "pays 15, wait 1m, falls to 5, gateway back", ""},
		{"bought, payment forgotten, another link in doubt", "2 vouchers", "", "other gateway, wait 5m, " + back + "pays 20, wait 1m, old wrong coin, gateway back, wait 10m, closes", ""},
		{"bought late, payment forgotten", "2 vouchers", "", "wait 3h, " + back + "pays 20, wait 1m, gateway back", ""},
		{"bought late, payment forgotten, by hand", "2 vouchers", "", "wait 3h, " + back + "pays 20, wait 1m, confirms 20, wait 10m, gateway back, wait 10m, closes", ""},
		{"bought at last, forgotten", "2 vouchers", "", "supplier away, pays 20, wait 10m, goes back at buy, supplier back", ""},
	}
}

// rareHung: the answer to a purchase comes when others have decided about it.
func rareHung() []lot {
	const unclear = "answers lost 5000, finds unread 2000, hangs after buy, wait 30m, not bought blindly, "
	return []lot{
		{"late answer, delivered", "2 vouchers", "", "hangs after buy, wait 2m, goes on, pays 20", ""},
		{"late answer, accepted, delivered", "1 top-up", "", "hangs after buy, wait 2m, goes on, pays 10", ""},
		{"late answer, ready", "2 vouchers", "chat away", "hangs after buy, wait 2m, goes on, pays 20, wait 10m, chat back", ""},
		{"late answer, accepted, ready", "1 top-up", "chat away", "hangs after buy, wait 2m, goes on, pays 10, wait 10m, chat back", ""},
		{"late answer, paid out", "2 vouchers, bears 20", "", "answers properly, " + unclear + "pays out, goes on, pays 20, wait 1h, address, approves, wait 10m, settles", ""},
		{"late answer, accepted, paid out", "2 vouchers, bears 20", "", "answers pending, " + unclear + "pays out, goes on, pays 20, wait 1h, address, approves, wait 10m, settles", ""},
		{"late answer, given back", "2 vouchers, bears 20", "", "answers properly, " + unclear + "refunds, goes on, pays 20, wait 1h", ""},
		{"late answer, accepted, given back", "2 vouchers, bears 20", "", "answers pending, " + unclear + "refunds, goes on, pays 20, wait 1h", ""},
	}
}

// rareCalls make calls again and again that others make once or twice.
func rareCalls() []lot {
	const mute = "loses link, another link, wait 1s, hangs before link, gateway away, goes on, webhook, wait 50m, gateway back, "
	const busy = "payout limited, payout not_sent, payout limited, payout limited, payout not_sent, payout limited, payout not_sent, payout limited, " +
		"payout limited, payout not_sent, payout limited, payout limited, payout not_sent, payout limited, payout not_sent, payout limited"
	return []lot{
		{"no address of the rest", "2 vouchers, credit 5", "", "uses credit, " + mute, ""},
		{"no address of the rest, paid", "2 vouchers, credit 5", "", "uses credit, " + mute + "pays 15", ""},
		{"no address of the rest, cancelled", "2 vouchers, credit 5", "", "uses credit, " + mute + "cancels", ""},
		{"no address of the rest, after the end", "2 vouchers", "", "pays 5, wait 3h, " + mute, ""},
		{"no address of the rest, after the end, paid", "2 vouchers", "", "pays 5, wait 3h, " + mute + "pays 15", ""},
		{"no address of the rest, after the end, cancelled", "2 vouchers", "", "pays 5, wait 3h, " + mute + "cancels", ""},
		{"taken back for half a day", "1 card", "recalls, recall takes 11h", "mint silent, pays 11, wait 8h, wait 8h", ""},
		{"taken back for half a day, two cards", "2 cards", "recalls, recall takes 11h", "mint silent, pays 22, wait 8h, wait 8h", ""},
		{"letter that nobody can check for a day", "1 card", "letters unread 30", "pays 11, wait 11h", ""},
		{"letter that nobody can check for a day, thrice", "2 cards", "letters unread 30", "mint thrice, pays 22, wait 11h", ""},
		{"payout put off for long", "2 vouchers", busy, "stock 1, pays 20, wait 10m, pays out, address, approves, wait 2h, settles", "refunded, out 20"},
		{"payout put off for long, of a part", "2 vouchers", busy, "stock 1, pays 20, wait 10m, pays out 5, address, approves, wait 2h, settles, refunds", "refunded, credit 15, out 5"},
		{"payout of credit put off for long", "2 vouchers, credit 20, out 12", busy, "approves, wait 2h, settles", "refunded, credit 8, out 12"},
		{"payout under way for hours", "2 vouchers", "payout takes 40", "stock 1, pays 20, wait 10m, pays out, address, approves, wait 11h, settles", "refunded, out 20"},
		{"payout of credit under way for hours", "2 vouchers, credit 20, out 12", "payout takes 40", "approves, wait 11h, settles", "refunded, credit 8, out 12"},
	}
}

// rareDecisions are people who decide while something else is under way, or before
// it comes.
func rareDecisions() []lot {
	const doubt = "other gateway, wait 5m, pays old 5, wait 30h, wrong coin, wait 10m, pays old 5, wait 10m, "
	const late = "wait 3h, goes back at buy, gateway away, goes on, pays 20, wait 1m, "
	return []lot{
		{"by hand in part while another is seen, which vanishes", "2 vouchers", "", "sees 20, wait 10m, confirms 5, wait 10m, sees 0", "expired, credit 5"},
		{"surplus given back after the end, then paid in full", "2 vouchers", "", doubt + "refunds, wait 10m, pays old 20", "refunded, credit 30"},
		{"surplus given back after the end, then by hand", "2 vouchers", "", doubt + "refunds, wait 10m, confirms 20", "refunded, credit 30"},
		{"by hand, the same by link, falls, closed", "2 vouchers, bears 20", "", "confirms 5, wait 10m, supplier away, pays 20, wait 1m, falls to 19, wait 1m, closes, supplier back", "refunded, credit 19"},
		{"bought late, payment forgotten, closed, payment gone", "2 vouchers, bears 20", "", late + "closes, falls to 0, gateway back", "expired, held bought_twice"},
		{"bought late, payment forgotten and gone, of no use", "2 vouchers, bears 20", "", late + "falls to 0, gateway back, not bought blindly, closes", "expired"},
		{"bought late, payment forgotten, of no use, paid", "2 vouchers, bears 20", "", late + "wait 10m, not bought blindly, closes, gateway back", "delivered"},
	}
}
