package flows

import "giftbot/order"

// LowBalanceView tells an admin that an account at a supplier runs low: purse is
// its name, in the words of the settings.
func LowBalanceView(purse string, balance, least order.Money) View {
	return View{Blocks: []Text{
		t("low.title", "account", purse),
		t("low.text", "balance", balance, "least", least),
		t("low.next"),
	}}
}
