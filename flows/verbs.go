package flows

// The verbs of buttons. They are short because a button carries at most 64
// bytes: verb, ID (at most 40 bytes), Arg (at most 16 bytes) and N.
const (
	VerbHome     Verb = "h"
	VerbShop     Verb = "s" // N: page
	VerbCategory Verb = "c" // ID: category, N: page
	VerbProduct  Verb = "p" // ID: product, N: quantity on the card, at least 1
	VerbCheckout Verb = "b" // ID: product, N: quantity
	VerbPlace    Verb = "y" // ID: draft number of the checkout, Arg: gateway, N: mark of the credit it uses, 0 for none
	VerbOrders   Verb = "o" // N: page
	VerbOrder    Verb = "r" // ID: order number; the page under My orders
	VerbStatus   Verb = "t" // ID: order number; the status message as it is now
	VerbReveal   Verb = "v" // ID: order number; its codes in a new protected message
	VerbCodes    Verb = "w" // ID: order number, N: page of codes, in the message that shows them
	VerbPaid     Verb = "k" // ID: order number; "I have paid"
	VerbAsk      Verb = "x" // ID: order number; asks whether to cancel
	VerbCancel   Verb = "z" // ID: order number, N: 1 knowing that what was paid becomes credit; cancels
	VerbLanguage Verb = "l" // Arg: language code, "" shows the list
	VerbHelp     Verb = "q"
	VerbTopUps   Verb = "u" // N: page
	VerbCards    Verb = "g" // N: page
	VerbAmount   Verb = "f" // ID: product, N: amount of one piece in cents, 0 asks for it
	VerbField    Verb = "d" // ID: product, N: index of the account field
	VerbSame     Verb = "e" // ID: product; the account of the last top-up
	VerbCount    Verb = "m" // ID: product, N: how many
	VerbNote     Verb = "j" // ID: product; Arg: ArgNone for a card without a message
	VerbPayBy    Verb = "a" // ID: order number, Arg: gateway, "" shows the list, N: 1 on an order's page
	VerbCredit   Verb = "1" // N: page of movements
	VerbSpend    Verb = "2" // ID: draft number of the checkout, N: 1 with credit, 0 without
	VerbTake     Verb = "3" // ID: order number, N: 0 asks whether to take its money as credit, else mark of the question
	VerbWallet   Verb = "4" // ID: order number, "" for credit; where a payout shall go
	VerbSum      Verb = "5" // N: 1 takes all of the credit, 0 asks how much
	VerbNetwork  Verb = "6" // ID: gateway and network of a payout, "" shows the list
	VerbSend     Verb = "7" // ID: order or draft number, N: mark of the confirmation
	VerbDrop     Verb = "8" // ID: order number, N: 0 asks whether to take its payout back, 1 does
)

// The words in Arg that are neither a gateway nor a language.
const (
	// ArgFresh asks for a new message: the pressed one has to stay (a status
	// message, or a message with codes).
	ArgFresh = "n"
	// ArgPage marks a button on an order's page, so that its answer shows the
	// page again and not the status message.
	ArgPage = "p"
	// ArgTyping marks the label between − and +: it explains that a number
	// can be typed.
	ArgTyping = "q"
	// ArgNone goes on without what is asked for.
	ArgNone = "o"
)

// The screens a session can rest on.
const (
	ScreenHome     Screen = "h"
	ScreenShop     Screen = "s"
	ScreenCategory Screen = "c"
	ScreenProduct  Screen = "p"
	ScreenCheckout Screen = "b"
	ScreenPlaced   Screen = "y"
	ScreenOrders   Screen = "o"
	ScreenOrder    Screen = "r" // the page of Session.Number
	ScreenStatus   Screen = "t" // a status message, or codes, of Session.Number
	ScreenCancel   Screen = "x" // asked whether to cancel Session.Number
	ScreenHelp     Screen = "q"
	ScreenTerms    Screen = "e"
	ScreenPrivacy  Screen = "v"
	ScreenPay      Screen = "g" // /paysupport
	ScreenTopUps   Screen = "u"
	ScreenCards    Screen = "n" // networks of gift cards
	ScreenAmount   Screen = "f" // asked for an amount of Session.Product
	ScreenField    Screen = "d" // asked for the account field Session.Page
	ScreenCount    Screen = "m" // asked how many
	ScreenNote     Screen = "j" // asked for a gift card's message
	ScreenWays     Screen = "a" // asked how else to pay Session.Number
	ScreenCredit   Screen = "1"
	ScreenTake     Screen = "3" // asked whether to take the money of Session.Number as credit
	ScreenDrop     Screen = "8" // asked whether to take a payout back
	ScreenSum      Screen = "5" // asked how much credit to send out; Left is the credit, Price the least
	ScreenNetwork  Screen = "6" // asked by which network Sum shall go
	ScreenAddress  Screen = "4" // asked for the address on Session.Way; Address is what was typed
	ScreenSure     Screen = "7" // a payout to Session.Address waits for a yes since Asked
)

// Limits of what a screen shows.
const (
	perPage       = 8    // categories or products
	ordersPerPage = 5    // orders in My orders
	codesPerPage  = 10   // codes in one message
	codesBudget   = 2600 // UTF-16 units of codes in one message of 4096
	copyLimit     = 256  // characters a copy button holds
	maxQuantity   = 100  // pieces in one purchase, infinivoucher sheet §3
	timelineMax   = 12   // moments on an order's page
	maxCards      = 10   // gift cards in one purchase
	noteLimit     = 100  // characters of a gift card's message, univoucher sheet §4
	presetsMax    = 6    // amounts offered as buttons
	movesPerPage  = 6    // movements of credit on a page
	networksMax   = 20   // networks offered for a payout

	// What a session holds, in bytes of JSON.
	sessionLimit = 400
	typedRoom    = 160 // the account typed so far
	noteRoom     = 240

	// MaxFields is how many account fields a product may ask for.
	MaxFields = 6
)
