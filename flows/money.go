package flows

import "giftbot/order"

// The intents about money. Every one is comparable, as all intents are.
type (
	// ShowCredit asks for the person's credit and what moved it.
	ShowCredit struct{ Offset, Limit int }
	// UseCredit pays what the person's order still lacks from their credit.
	UseCredit struct{ Number order.Number }
	// TakeCredit gives what a paid order holds to its buyer's credit. Left is
	// what they were shown.
	TakeCredit struct {
		Number order.Number
		Left   order.Money
	}
	// ShowNetworks asks where a payout can go: of the order Number, or of the
	// person's credit when it is empty.
	ShowNetworks struct{ Number order.Number }
	// AskPayout takes credit out to the person's own wallet.
	AskPayout struct {
		Number  order.Number // the draft's
		Amount  order.Money
		Gateway string
		Network string
		Address string // checked, canonical
	}
	// SetAddress says where the payout of an order goes.
	SetAddress struct {
		Number  order.Number
		Network string
		Address string
	}
	// DropPayout takes a payout back, to the credit.
	DropPayout struct{ Number order.Number }
)

func (ShowCredit) intent()   {}
func (UseCredit) intent()    {}
func (TakeCredit) intent()   {}
func (ShowNetworks) intent() {}
func (AskPayout) intent()    {}
func (SetAddress) intent()   {}
func (DropPayout) intent()   {}

// The intents of admins. The edge carries them out only for an admin, and the
// engine checks it again.
type (
	// AdminBalances asks every vendor what we have there.
	AdminBalances struct{}
	// AdminQueue asks for the orders that wait for a person.
	AdminQueue struct{ Offset, Limit int }
	// AdminOrder asks for any order, with everything about it.
	AdminOrder struct{ Number order.Number }
	// AdminDo is an admin's decision about one order.
	AdminDo struct {
		What     AdminVerb
		Decision order.Decision // Admin is filled in by the edge
		Gateway  string         // of a payout
	}
	// AdminSales asks how sales stand, or stops and starts them.
	AdminSales struct{ Set, Off bool }
	// AdminResume puts a product on sale again that its supplier overcharged.
	AdminResume struct{ Product string }
)

func (AdminBalances) intent() {}
func (AdminQueue) intent()    {}
func (AdminOrder) intent()    {}
func (AdminDo) intent()       {}
func (AdminSales) intent()    {}
func (AdminResume) intent()   {}

// AdminVerb names a decision about an order.
type AdminVerb string

// The decisions.
const (
	AdminRefund    AdminVerb = "refund"    // to the buyer's credit
	AdminPayOut    AdminVerb = "payout"    // to the buyer's wallet: sets it aside
	AdminApprove   AdminVerb = "approve"   // a payout
	AdminRefuse    AdminVerb = "refuse"    // a payout: back to credit
	AdminLeft      AdminVerb = "left"      // an unclear payout did leave
	AdminStayed    AdminVerb = "stayed"    // an unclear payout did not leave
	AdminAgain     AdminVerb = "again"     // buy failed lines again
	AdminAnyway    AdminVerb = "anyway"    // the same, at a cost above the price
	AdminNotBought AdminVerb = "notbought" // an unclear purchase was not made
	AdminConfirm   AdminVerb = "confirm"   // a payment, by hand
	AdminClose     AdminVerb = "close"
	AdminLook      AdminVerb = "look" // read payments and purchases now
)

type (
	// CreditResult is a person's credit.
	CreditResult struct {
		Balance   order.Money
		Movements []order.Movement
		Total     int
		Offset    int
		Payouts   bool       // it can be sent to a wallet
		Code      order.Code // "" when it worked
	}
	// NetworksResult lists where a payout can go.
	NetworksResult struct {
		Number   order.Number // "" for the person's credit
		Order    order.Order  // with Number
		Balance  order.Money  // without Number
		Networks []PayoutNetwork
		Code     order.Code
	}
	// PayoutNetwork is a network of one gateway.
	PayoutNetwork struct {
		Gateway string
		order.Network
	}
	// BalancesResult is what we have everywhere.
	BalancesResult struct {
		Vendors []VendorBalance
		Sales   order.Sales
		Code    order.Code
	}
	// VendorBalance is one vendor's answer, or why there is none.
	VendorBalance struct {
		Vendor   string
		Holdings []HoldingView
		Slow     bool // it did not answer in time
		Failed   bool
		Books    order.Money // what our ledger says, when Kept
		Off      order.Money // by how much the vendor says otherwise
		Kept     bool        // the ledger keeps this vendor's account
	}
	// HoldingView is one account at a vendor.
	HoldingView struct {
		Account string // as the settings name it: "plexy:USD"
		Asset   string // "USDC"
		Chain   string // "Base", may be empty
		Amount  string // plain decimal
		Needed  order.Money
		Covers  int // how many more usual orders it pays for, −1 when that cannot be said
	}
	// QueueResult is a page of the queue.
	QueueResult struct {
		Orders []order.Order
		Total  int
		Offset int
		Code   order.Code
	}
	// AdminOrderResult is one order after an intent, or why it was refused.
	AdminOrderResult struct {
		Intent    Intent
		Order     order.Order
		Payers    []string // gateways that could send its money out
		Address   string   // where the open payout goes: personal
		Network   order.Network
		Approvals int // how many admins the open payout needs
		Code      order.Code
	}
	// SalesResult says whether the shop sells.
	SalesResult struct {
		Sales order.Sales
		Code  order.Code
	}
)

func (CreditResult) result()     {}
func (NetworksResult) result()   {}
func (BalancesResult) result()   {}
func (QueueResult) result()      {}
func (AdminOrderResult) result() {}
func (SalesResult) result()      {}
