package ordertest

import "giftbot/order"

// Draft is a purchase of one item, priced 1.00 above its cost of 9.00.
func Draft(n order.Number, buyer int64, quantity int) order.Draft {
	return order.Draft{
		Number: n, Buyer: buyer, Language: "en", Gateway: GatewayName,
		Lines: []order.DraftLine{{
			Product: "p1", Supplier: SupplierName, Item: "item-1", Name: "Card 10", Quantity: quantity,
			UnitPrice: Amount("10"), UnitCost: Amount("9"),
		}},
	}
}

// CardDraft is a purchase of gift cards of 10.00 each, priced 11.00.
func CardDraft(n order.Number, buyer int64, quantity int) order.Draft {
	d := Draft(n, buyer, quantity)
	d.Lines[0] = order.DraftLine{
		Product: "c1", Supplier: CardName, Item: "8453/usdc", Name: "USDC on Base", Quantity: quantity, Kind: order.KindCard,
		UnitPrice: Amount("11"), UnitCost: Amount("10.10"), Face: Amount("10"), Details: order.Details{Message: "for you"},
	}
	return d
}

// TopUpDraft is a purchase of top-ups of 8.00 each, priced 10.00, at a cost of 9.00.
func TopUpDraft(n order.Number, buyer int64, quantity int) order.Draft {
	d := Draft(n, buyer, quantity)
	d.Lines[0] = order.DraftLine{
		Product: "t1", Supplier: TopUpName, Item: "456@USD", Name: "Steam", Quantity: quantity, Kind: order.KindTopUp,
		UnitPrice: Amount("10"), UnitCost: Amount("9"), Face: Amount("8"), Purse: TopUpName + ":USD",
		Details: order.Details{Account: []order.Part{{Key: "login", Value: "ada"}}},
	}
	return d
}
