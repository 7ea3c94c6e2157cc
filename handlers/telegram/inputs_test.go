package telegram

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/go-telegram/bot/models"
	"github.com/google/go-cmp/cmp"

	"giftbot/flows"
)

func TestCommandsAndTexts(t *testing.T) {
	for text, want := range map[string]flows.Input{
		"/start":                          {Command: "start"},
		"/start g_abc":                    {Command: "start", Argument: "g_abc"},
		"/START@our_bot  o_1 ":            {Command: "start", Argument: "o_1"},
		"/shop@other_bot":                 {Command: "shop"},
		"/search\nтри слова":              {Command: "search", Argument: "три слова"},
		"/":                               {Command: "/"},
		"/ start":                         {Command: "/", Argument: "start"},
		"привет":                          {Text: "привет"},
		" /start":                         {Text: " /start"},
		"":                                {Other: true},
		"/x " + strings.Repeat("я", 2000): {Command: "x", Argument: strings.Repeat("я", (maxText-3)/2)},
	} {
		e, ok := read(privateMessage(1, ada, text), "our_bot")
		if diff := cmp.Diff(want, e.input); !ok || diff != "" {
			t.Errorf("%.20q: %v %s", text, ok, diff)
		}
	}
}

func TestWhatIsNotHandled(t *testing.T) {
	group := privateMessage(1, ada, "/start@other_bot")
	group.Message.Chat = models.Chat{ID: -100, Type: models.ChatTypeSupergroup}
	robot := privateMessage(1, ada, "/start")
	robot.Message.From.IsBot = true
	pinned := privateMessage(1, ada, "")
	pinned.Message.PinnedMessage = &models.MaybeInaccessibleMessage{}
	nobody := privateMessage(1, ada, "/start")
	nobody.Message.From = nil
	for name, u := range map[string]*models.Update{
		"nothing": {ID: 1}, "edited": {ID: 1, EditedMessage: &models.Message{}}, "another bot's command": group,
		"a bot": robot, "service message": pinned, "no sender": nobody,
		"a press without a query": {CallbackQuery: &models.CallbackQuery{From: models.User{ID: ada}}},
		"a group's member":        {MyChatMember: &models.ChatMemberUpdated{Chat: models.Chat{Type: models.ChatTypeGroup}}},
	} {
		if _, ok := read(u, "our_bot"); ok {
			t.Errorf("%s is handled", name)
		}
	}
}

func TestPressesOfMessagesThatCannotBeEdited(t *testing.T) {
	for name, tc := range map[string]struct {
		message   string
		pressed   int
		elsewhere bool
	}{
		"a message":    {`,"message":{"message_id":9,"date":5,"chat":{"id":1001,"type":"private"}}`, 9, false},
		"inaccessible": {`,"message":{"message_id":9,"date":0,"chat":{"id":1001,"type":"private"}}`, 0, false},
		"in a group":   {`,"message":{"message_id":9,"date":5,"chat":{"id":-100,"type":"group"}}`, 9, true},
		"inline":       {`,"inline_message_id":"x"`, 0, true},
	} {
		var u models.Update
		if err := json.Unmarshal([]byte(`{"update_id":1,"callback_query":{"id":"q","from":{"id":1001},"data":"d"`+tc.message+`}}`), &u); err != nil {
			t.Fatal(err)
		}
		e, ok := read(&u, "")
		if !ok || e.pressed != tc.pressed || e.elsewhere != tc.elsewhere {
			t.Errorf("%s: pressed %d, elsewhere %v", name, e.pressed, e.elsewhere)
		}
	}
}

func TestGroupsAreSentToThePrivateChatOncePerMinute(t *testing.T) {
	rig := newSenderRig(t)
	w := newWorld(t, 1)
	d := w.replicas[0].dispatcher
	d.Sender = rig.Sender
	d.SetUsername("our_bot")
	u := privateMessage(1, ada, "/start@Our_Bot")
	u.Message.Chat = models.Chat{ID: -100, Type: models.ChatTypeSupergroup}
	for range 3 {
		if err := d.Handle(t.Context(), u); err != nil {
			t.Fatal(err)
		}
	}
	if len(rig.api.calls) != 1 || !strings.Contains(rig.api.calls[0].form["reply_markup"], "https://t.me/our_bot?start=") {
		t.Errorf("calls %v", rig.api.calls)
	}
	if w.sessions.trips() != 0 {
		t.Error("a group's message touched a session")
	}
}

func FuzzCommand(f *testing.F) {
	f.Add("/start@our_bot g_abc")
	f.Add("/\x00\xff")
	f.Fuzz(func(t *testing.T, text string) {
		if !strings.HasPrefix(text, "/") {
			return
		}
		name, argument := command(text)
		if name == "" || strings.ContainsAny(name, " @\n") || len(argument) > maxText {
			t.Errorf("%q is %q with %q", text, name, argument)
		}
		if utf8.ValidString(text) && !utf8.ValidString(argument) {
			t.Errorf("%q cut inside a character", text)
		}
	})
}
