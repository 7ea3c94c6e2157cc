package flows

import (
	"slices"

	"giftbot/order"
)

func (c *turn) home() { c.homeSaying(Text{}) }

// homeSaying shows the first screen, with a word on top when there is one.
func (c *turn) homeSaying(saying Text) {
	c.goTo(ScreenHome)
	kinds := c.kinds()
	line := t("home.line")
	if len(kinds) > 1 || kinds[0] != order.KindVoucher {
		line = t("home.line_all")
	}
	blocks := []Text{t("home.title", "shop", c.env.Shop.Name), line}
	if saying.Key != "" {
		blocks = slices.Insert(blocks, 0, saying)
	}
	var keys []Button
	for _, kind := range kinds {
		keys = append(keys, listButton(kind))
	}
	keys = append(keys, button(t("b.orders"), VerbOrders, "", "", 0), creditButton(),
		button(t("b.language"), VerbLanguage, "", "", 0), button(t("b.help"), VerbHelp, "", "", 0))
	c.show(View{Blocks: blocks, Keyboard: slices.Collect(slices.Chunk(keys, 2))})
}

// info shows one of the screens that only explain.
func (c *turn) info(screen Screen) {
	c.goTo(screen)
	reach := t("paysupport.then")
	if c.env.Shop.SupportURL == "" {
		reach = t("paysupport.alone")
	}
	blocks := map[Screen][]Text{
		ScreenHelp:    {t("help.title"), t("help.buy"), t("help.wait"), t("help.codes"), t("help.credit"), t("help.commands")},
		ScreenTerms:   {t("terms.title", "shop", c.env.Shop.Name), t("terms.goods"), t("terms.pay"), t("terms.refund"), t("terms.independent")},
		ScreenPrivacy: {t("privacy.title"), t("privacy.what"), t("privacy.why"), t("privacy.rights")},
		ScreenPay:     {t("paysupport.title"), t("paysupport.first"), reach},
	}[screen]
	c.show(View{Blocks: blocks, Keyboard: c.infoKeys()})
}

func (c *turn) infoKeys() [][]Button {
	keys := [][]Button{homeRow("", button(t("b.orders"), VerbOrders, "", "", 0))}
	if url := c.env.Shop.SupportURL; url != "" {
		keys = slices.Insert(keys, 0, row(Button{Label: t("b.support"), URL: url}))
	}
	return keys
}

// language shows the list, or takes a choice and shows the former screen in
// it. The list is no screen of its own: behind it everything stays.
func (c *turn) language(code string) {
	if code == "" || code == ArgFresh {
		c.show(c.languageView())
		return
	}
	if !slices.Contains(c.env.Shop.Languages, code) {
		c.oldButton()
		return
	}
	c.s.Language, c.s.Chosen = code, true
	c.toast(t("toast.language"))
	switch c.s.Screen {
	case ScreenStatus, ScreenCancel, ScreenWays, ScreenTake, ScreenDrop:
		c.s.Screen = ScreenOrder // the list is no protected message: no codes into it
	default:
	}
	c.again()
}

func (c *turn) languageView() View {
	v := View{Blocks: []Text{t("language.ask")}}
	for pair := range slices.Chunk(c.env.Shop.Languages, 2) {
		var keys []Button
		for _, code := range pair {
			label := t("language.name", "name", LanguageName(code))
			if code == c.s.Language {
				label = t("language.current", "name", LanguageName(code))
			}
			keys = append(keys, button(label, VerbLanguage, "", code, 0))
		}
		v.Keyboard = append(v.Keyboard, keys)
	}
	v.Keyboard = append(v.Keyboard, homeRow(""))
	return v
}

// LanguageName is a language's own name, the code for one without a name here.
func LanguageName(code string) string {
	names := map[string]string{
		"en": "English", "ru": "Русский", "es": "Español",
		"pt-BR": "Português (Brasil)", "ar": "العربية", "zh-Hans": "简体中文",
	}
	if name, ok := names[code]; ok {
		return name
	}
	return code
}

// TroubleView is what a person gets when a step could not be finished: the
// edge failed, the person did nothing wrong.
func TroubleView() View { return hintView(t("trouble.text")) }

// ToldView is a toast as a message, for a press that cannot be answered any more.
func ToldView(toast Text) View { return hintView(toast) }

// GroupView answers in a group: the shop is a private chat. url leads there,
// empty when it is not known.
func GroupView(url string) View {
	v := View{Blocks: []Text{t("group.text")}}
	if url != "" {
		v.Keyboard = [][]Button{row(Button{Label: t("b.private"), URL: url})}
	}
	return v
}

// GatewayLabel names a way to pay on a button.
func GatewayLabel(gateway string) Text {
	switch gateway {
	case "infini":
		return t("gateway.infini")
	case "inventpay":
		return t("gateway.inventpay")
	default:
		return t("gateway.other")
	}
}
