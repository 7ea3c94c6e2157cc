package flows

import (
	"strconv"
	"strings"

	"giftbot/order"
)

// salesCommand shows whether the shop sells, starts it, or asks whether to stop.
func (c *turn) salesCommand(what string) {
	switch what {
	case "":
		c.sales()
	case argSalesOn:
		c.goTo(screenSales)
		c.ask(AdminSales{Set: true})
	case argSalesOff:
		c.askSalesOff()
	default:
		c.goTo(screenSales)
		c.show(deskHint("", t("admin.sales_usage")))
	}
}

func (c *turn) sales() {
	c.goTo(screenSales)
	c.ask(AdminSales{})
}

func (c *turn) salesPressed(a Action) {
	switch a.Arg {
	case "":
		c.sales()
	case argSalesOn:
		c.salesCommand(argSalesOn)
	case argSalesOff:
		c.askSalesOff()
	case argYes:
		c.stopSales(a.N)
	default:
		c.oldButton()
	}
}

func (c *turn) askSalesOff() {
	c.goTo(screenSalesOff)
	c.s.Asked = c.env.Now
	c.show(c.salesOffView())
}

func (c *turn) salesOffView() View {
	return View{Blocks: []Text{t("admin.sales_ask"), t("admin.sales_ask_next")}, Keyboard: [][]Button{
		row(button(t("admin.b_sales_off"), verbAdmin, pageSales, argYes, c.mark())),
		row(button(t("b.back"), verbAdmin, pageSales, "", 0)), deskRow(),
	}}
}

// stopSales takes the answer to the question that is on the screen.
func (c *turn) stopSales(mark int) {
	switch {
	case c.s.Screen != screenSalesOff || mark != c.mark():
		c.toast(t("toast.old"))
		c.sales()
	case c.tooLate():
		c.goTo(screenSales)
		c.show(deskHint("", t("admin.expired")))
	default:
		c.goTo(screenSales)
		c.ask(AdminSales{Set: true, Off: true})
	}
}

// showSales says how sales stand, and offers the opposite.
func (c *turn) showSales(r SalesResult) {
	c.goTo(screenSales)
	switch r.Code {
	case "":
	case order.CodeDenied:
		c.show(deskHint("", t("admin.denied")))
		return
	default:
		c.show(deskHint("", t("admin.sales_failed")))
		return
	}
	key := button(t("admin.b_sales_stop"), verbAdmin, pageSales, argSalesOff, 0)
	if r.Sales.Off {
		key = button(t("admin.b_sales_on"), verbAdmin, pageSales, argSalesOn, 0)
	}
	c.show(View{Blocks: []Text{salesText(r.Sales)}, Keyboard: [][]Button{row(key), deskRow()}})
}

// salesText says whether the shop sells, who decided that and when.
func salesText(s order.Sales) Text {
	text := t("admin.sales_on")
	if s.Off {
		text = t("admin.sales_off")
	}
	if s.By == 0 {
		return text
	}
	return lines(text, t("admin.sales_by", "who", strconv.FormatInt(s.By, 10), "at", s.At))
}

// productRoom is how many bytes the id of a product may have.
const productRoom = 64

// resume puts a product on sale again.
func (c *turn) resume(product string) {
	switch {
	case product == "":
		c.askResume(Text{})
	case len(product) > productRoom || len(strings.Fields(product)) != 1:
		c.askResume(t("admin.resume_wrong"))
	default:
		c.goTo(screenResume)
		c.ask(AdminResume{Product: product})
	}
}

func (c *turn) askResume(saying Text) {
	c.goTo(screenResume)
	c.show(topped(View{Blocks: []Text{t("admin.resume_ask")}, Keyboard: [][]Button{deskRow()}}, saying))
}

// resumed says what became of a product that was to be sold again.
func (c *turn) resumed(i AdminResume, code order.Code) {
	saying := t("admin.resume_failed", "product", clip(i.Product, textName))
	switch code {
	case "":
		saying = t("admin.resumed", "product", clip(i.Product, textName))
	case order.CodeMissing, order.CodeUnknown, order.CodeInvalid, order.CodeEvent:
		saying = t("admin.resume_unknown", "product", clip(i.Product, textName))
	case order.CodeDenied:
		saying = t("admin.denied")
	default:
	}
	c.goTo(screenQueue)
	c.show(deskHint("", saying))
}
