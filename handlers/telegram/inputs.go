package telegram

import (
	"strings"

	"github.com/go-telegram/bot/models"

	"giftbot/flows"
)

// event is an update as the dispatcher sees it.
type event struct {
	update  int64
	person  flows.Person
	input   flows.Input
	query   string // callback query to answer, "" if none
	data    string // of the pressed button, not yet verified
	pressed int    // message the button belongs to, 0 when it cannot be edited
	photo   bool   // that message holds a picture
	relayed bool   // not in the sender's own words: passed on, or sent by way of a bot
	elsewhere,
	blocked, back bool
	group *models.Message
}

// maxText is how much of a text a conversation gets to see, in bytes. Nothing
// we ask for is longer.
const maxText = 1024

// read turns an update into an event; ok is false for what we do not handle.
func read(u *models.Update, username string) (e event, ok bool) {
	e.update = u.ID
	switch {
	case u.CallbackQuery != nil:
		return readPress(e, u.CallbackQuery)
	case u.Message != nil:
		return readMessage(e, u.Message, username)
	case u.MyChatMember != nil:
		return readMember(e, u.MyChatMember)
	default:
		return e, false
	}
}

func personFrom(u *models.User) flows.Person {
	name := strings.TrimSpace(u.FirstName + " " + u.LastName)
	return flows.Person{ID: u.ID, Name: name, Language: u.LanguageCode}
}

func readPress(e event, q *models.CallbackQuery) (event, bool) {
	e.person, e.query, e.data = personFrom(&q.From), q.ID, q.Data
	switch m := q.Message; {
	case m.Message != nil:
		e.elsewhere = m.Message.Chat.ID != q.From.ID
		e.pressed, e.photo = m.Message.ID, len(m.Message.Photo) > 0
	case m.InaccessibleMessage != nil: // known, but it cannot be edited
		e.elsewhere = m.InaccessibleMessage.Chat.ID != q.From.ID
	default:
		e.elsewhere = true
	}
	return e, e.query != "" && e.person.ID != 0
}

func readMessage(e event, m *models.Message, username string) (event, bool) {
	if m.From == nil || m.From.IsBot || m.From.ID == 0 {
		return e, false
	}
	e.person = personFrom(m.From)
	e.relayed = m.ForwardOrigin != nil || m.ViaBot != nil || m.SenderChat != nil
	if m.Chat.Type != models.ChatTypePrivate {
		e.group = m
		return e, addressed(m.Text, username)
	}
	switch {
	case silent(m):
		return e, false
	case strings.HasPrefix(m.Text, "/"):
		e.input.Command, e.input.Argument = command(m.Text)
	case m.Text != "":
		e.input.Text = cutBytes(m.Text, maxText)
	default:
		e.input.Other = true
	}
	return e, true
}

// silent are service messages that nobody expects an answer to.
func silent(m *models.Message) bool {
	return m.PinnedMessage != nil || m.MessageAutoDeleteTimerChanged != nil || m.WriteAccessAllowed != nil || m.ChatBackgroundSet != nil
}

// command splits "/start@our_bot g_abc" into "start" and "g_abc". In a
// private chat the bot's name after @ says nothing.
func command(text string) (name, argument string) {
	text = cutBytes(text, maxText)
	name, argument, _ = strings.Cut(text[1:], " ")
	if first, more, ok := strings.Cut(name, "\n"); ok {
		name, argument = first, more+" "+argument
	}
	name, _, _ = strings.Cut(name, "@")
	if name == "" { // "/" alone, or "/ start": still never silence
		name = "/"
	}
	return strings.ToLower(name), strings.TrimSpace(argument)
}

// addressed reports a command in a group that is meant for us.
func addressed(text, username string) bool {
	if !strings.HasPrefix(text, "/") || username == "" {
		return false
	}
	name, _, _ := strings.Cut(text, " ")
	_, to, ok := strings.Cut(name, "@")
	return ok && strings.EqualFold(to, username)
}

// readMember is a person who blocked the bot, or took it back.
func readMember(e event, m *models.ChatMemberUpdated) (event, bool) {
	if m.Chat.Type != models.ChatTypePrivate {
		return e, false
	}
	e.person = personFrom(&m.From)
	switch m.NewChatMember.Type {
	case models.ChatMemberTypeBanned, models.ChatMemberTypeLeft:
		e.blocked = true
	case models.ChatMemberTypeMember:
		e.back = true
	default:
		return e, false
	}
	return e, e.person.ID != 0
}

// cutBytes shortens text to a number of bytes, between characters.
func cutBytes(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	return strings.ToValidUTF8(s[:limit], "")
}
