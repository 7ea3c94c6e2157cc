package telegram

import (
	"encoding/json"
	"regexp"
	"strconv"
)

const (
	maxCommands           = 100
	maxCommandDescription = 256
)

type command struct {
	Command     string `json:"command"`
	Description string `json:"description"`
}

// profile is what the bot says about itself, per language.
type profile struct {
	commands map[string][]command         // by scope and language, see scopeKey
	texts    map[string]map[string]string // by field, by language
}

func newProfile(name string) profile {
	return profile{commands: map[string][]command{}, texts: map[string]map[string]string{
		"name": {"": name}, "description": {}, "short_description": {}}}
}

func getMe(s *Server, _ params) (any, *apiError) {
	type me struct {
		User
		JoinGroups bool `json:"can_join_groups"`
		ReadAll    bool `json:"can_read_all_group_messages"`
		Inline     bool `json:"supports_inline_queries"`
	}
	return me{User: s.bot, JoinGroups: true}, nil
}

// getChat answers for anyone who started the bot, even if they blocked it since.
func getChat(s *Server, p params) (any, *apiError) {
	id, err := strconv.ParseInt(p.str("chat_id"), 10, 64)
	it := s.people[id]
	if err != nil || it == nil || !it.Started {
		return nil, bad("chat not found")
	}
	type gifts struct {
		Unlimited bool `json:"unlimited_gifts"`
		Limited   bool `json:"limited_gifts"`
		Unique    bool `json:"unique_gifts"`
		Premium   bool `json:"premium_subscription"`
	}
	return struct {
		chatObject
		AccentColor  int   `json:"accent_color_id"`
		MaxReactions int   `json:"max_reaction_count"`
		Gifts        gifts `json:"accepted_gift_types"`
	}{chatObject: it.chat(), MaxReactions: 11}, nil
}

type scope struct {
	Type   string      `json:"type"`
	ChatID json.Number `json:"chat_id"`
	UserID json.Number `json:"user_id"`
}

func checkLanguage(code string) *apiError {
	if code != "" && !regexp.MustCompile(`^[a-z]{2}$`).MatchString(code) {
		return bad("invalid language code specified")
	}
	return nil
}

func (s *Server) scopeKey(p params) (string, *apiError) {
	if err := checkLanguage(p.str("language_code")); err != nil {
		return "", err
	}
	in := scope{Type: "default"}
	if p.has("scope") && json.Unmarshal([]byte(p.str("scope")), &in) != nil {
		return "", bad("can't parse BotCommandScope: a field has a wrong type")
	}
	switch in.Type {
	case "default", "all_private_chats", "all_group_chats", "all_chat_administrators":
		return commandKey(in.Type, p.str("language_code")), nil
	case "chat":
		id, err := strconv.ParseInt(in.ChatID.String(), 10, 64)
		if it := s.people[id]; err != nil || it == nil || !it.Started {
			return "", bad("chat not found")
		}
		return commandKey("chat:"+in.ChatID.String(), p.str("language_code")), nil
	case "chat_administrators", "chat_member":
		return "", bad("chat not found")
	}
	return "", bad("can't parse BotCommandScope: unsupported type specified")
}

func commandKey(scope, language string) string { return scope + "/" + language }

func setMyCommands(s *Server, p params) (any, *apiError) {
	key, err := s.scopeKey(p)
	if err != nil {
		return nil, err
	}
	var list []command
	if json.Unmarshal([]byte(p.str("commands")), &list) != nil {
		return nil, bad("can't parse commands: a field has a wrong type")
	}
	if len(list) > maxCommands {
		return nil, bad("BOT_COMMANDS_TOO_MUCH")
	}
	name := regexp.MustCompile(`^[a-z0-9_]{1,32}$`)
	for _, c := range list {
		if !name.MatchString(c.Command) {
			return nil, bad("BOT_COMMAND_INVALID")
		}
		if n := utf16Len(c.Description); n < 1 || n > maxCommandDescription {
			return nil, bad("BOT_COMMAND_DESCRIPTION_INVALID")
		}
	}
	s.profile.commands[key] = list
	s.emit("bot", map[string]any{})
	return true, nil
}

func getMyCommands(s *Server, p params) (any, *apiError) {
	key, err := s.scopeKey(p)
	if err != nil {
		return nil, err
	}
	if list := s.profile.commands[key]; list != nil {
		return list, nil
	}
	return []command{}, nil
}

func deleteMyCommands(s *Server, p params) (any, *apiError) {
	key, err := s.scopeKey(p)
	if err != nil {
		return nil, err
	}
	delete(s.profile.commands, key)
	s.emit("bot", map[string]any{})
	return true, nil
}

// commandsFor are the commands that a person's menu shows: the narrowest scope
// wins, and within a scope the person's language.
func (s *Server) commandsFor(it *person) []command {
	lang := language2(it.LanguageCode)
	for _, scope := range []string{"chat:" + strconv.FormatInt(it.ID, 10), "all_private_chats", "default"} {
		for _, l := range []string{lang, ""} {
			if list := s.profile.commands[commandKey(scope, l)]; len(list) > 0 {
				return list
			}
		}
	}
	return []command{}
}

func (s *Server) textFor(field string, it *person) string {
	if t := s.profile.texts[field][language2(it.LanguageCode)]; t != "" {
		return t
	}
	return s.profile.texts[field][""]
}

// language2 is the two-letter part of a language tag such as pt-br.
func language2(code string) string {
	if len(code) > 2 {
		return code[:2]
	}
	return code
}

// profileText is one of the bot's texts; limit is in UTF-16 units.
type profileText struct {
	method, field string
	limit         int
}

func (t profileText) set(s *Server, p params) (any, *apiError) {
	if err := checkLanguage(p.str("language_code")); err != nil {
		return nil, err
	}
	if utf16Len(p.str(t.field)) > t.limit {
		return nil, bad("bot %s is too long", t.field)
	}
	s.profile.texts[t.field][p.str("language_code")] = p.str(t.field)
	s.emit("bot", map[string]any{})
	return true, nil
}

func (t profileText) get(s *Server, p params) (any, *apiError) {
	texts := s.profile.texts[t.field]
	if text := texts[p.str("language_code")]; text != "" {
		return map[string]string{t.field: text}, nil
	}
	return map[string]string{t.field: texts[""]}, nil
}
