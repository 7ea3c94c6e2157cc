package telegram

import (
	"encoding/json"
	"sort"
	"strconv"
	"strings"
	"unicode/utf8"
)

// handler performs a call; the lock is held.
type handler func(s *Server, p params) (any, *apiError)

type method struct {
	name   string
	params map[string]param
	run    handler
	sends  bool // counts against the rate limits and needs a chat to write to
}

type param struct {
	kind     string
	required bool
}

const (
	whereSpec  = "business_connection_id:str chat_id:chat! message_thread_id:int direct_messages_topic_id:int "
	sendSpec   = whereSpec + "disable_notification:bool protect_content:bool allow_paid_broadcast:bool message_effect_id:str suggested_post_parameters:object reply_parameters:object reply_markup:object "
	captSpec   = "caption:str parse_mode:str caption_entities:array "
	targetSpec = "business_connection_id:str chat_id:chat message_id:int inline_message_id:str reply_markup:object "
	scopeSpec  = "scope:object language_code:str "
)

// methodTable names every method that the sandbox knows, with the parameters
// of the Bot API documentation: name:kind, "!" for required.
func methodTable() map[string]method {
	table := map[string]method{}
	add := func(name, spec string, run handler) {
		table[strings.ToLower(name)] = method{name: name, params: parseSpec(spec), run: run,
			sends: strings.HasPrefix(name, "send") && name != "sendChatAction"}
	}
	add("getMe", "", getMe)
	add("getChat", "chat_id:chat!", getChat)
	add("setWebhook", "url:str certificate:file ip_address:str max_connections:int allowed_updates:array drop_pending_updates:bool secret_token:str", setWebhook)
	add("getWebhookInfo", "", getWebhookInfo)
	add("deleteWebhook", "drop_pending_updates:bool", deleteWebhook)
	add("getUpdates", "offset:int limit:int timeout:int allowed_updates:array", nil)
	add("sendMessage", sendSpec+"text:str! parse_mode:str entities:array link_preview_options:object", sendMessage)
	add("sendPhoto", sendSpec+captSpec+"photo:file! show_caption_above_media:bool has_spoiler:bool", sendPhoto)
	add("sendDocument", sendSpec+captSpec+"document:file! thumbnail:file disable_content_type_detection:bool", sendDocument)
	add("getFile", "file_id:str!", getFile)
	add("sendChatAction", whereSpec+"action:str!", sendChatAction)
	add("editMessageText", targetSpec+"text:str parse_mode:str entities:array link_preview_options:object rich_message:object", editMessageText)
	add("editMessageCaption", targetSpec+captSpec+"show_caption_above_media:bool", editMessageCaption)
	add("editMessageReplyMarkup", targetSpec, editMessageReplyMarkup)
	add("editMessageMedia", targetSpec+"media:object!", editMessageMedia)
	add("deleteMessage", "chat_id:chat! message_id:int!", deleteMessage)
	add("deleteMessages", "chat_id:chat! message_ids:array!", deleteMessages)
	add("answerCallbackQuery", "callback_query_id:str! text:str show_alert:bool url:str cache_time:int", answerCallbackQuery)
	addProfileMethods(add)
	return table
}

func addProfileMethods(add func(name, spec string, run handler)) {
	add("setMyCommands", scopeSpec+"commands:array!", setMyCommands)
	add("getMyCommands", scopeSpec, getMyCommands)
	add("deleteMyCommands", scopeSpec, deleteMyCommands)
	for _, text := range []profileText{
		{"Name", "name", 64}, {"Description", "description", 512}, {"ShortDescription", "short_description", 120},
	} {
		add("setMy"+text.method, text.field+":str language_code:str", text.set)
		add("getMy"+text.method, "language_code:str", text.get)
	}
}

func parseSpec(spec string) map[string]param {
	out := map[string]param{}
	for word := range strings.FieldsSeq(spec) {
		name, kind, _ := strings.Cut(word, ":")
		out[name] = param{kind: strings.TrimSuffix(kind, "!"), required: strings.HasSuffix(kind, "!")}
	}
	return out
}

// check refuses missing and mistyped parameters and returns the names that the
// method does not have: Telegram ignores those, the sandbox notes them.
func (m method) check(p params) (unknown []string, err *apiError) {
	names := make([]string, 0, len(p.values))
	for name := range p.values {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		spec, ok := m.params[name]
		if !ok {
			unknown = append(unknown, name)
			continue
		}
		if err == nil {
			err = spec.check(name, p.values[name])
		}
	}
	for name := range p.files {
		if spec := m.params[name]; spec.kind != "file" && !p.usesAttachment(name) {
			unknown = append(unknown, name)
		}
	}
	if err == nil {
		err = m.missing(p)
	}
	return unknown, err
}

func (p params) usesAttachment(name string) bool {
	for _, v := range p.values {
		if strings.Contains(v, "attach://"+name) {
			return true
		}
	}
	return false
}

func (m method) missing(p params) *apiError {
	names := make([]string, 0, len(m.params))
	for name, spec := range m.params {
		_, uploaded := p.files[name]
		if spec.required && !p.has(name) && !uploaded {
			names = append(names, name)
		}
	}
	sort.Strings(names)
	if len(names) == 0 {
		return nil
	}
	return missingText(names[0])
}

func missingText(name string) *apiError {
	switch name {
	case "chat_id":
		return bad("chat_id is empty")
	case "text":
		return bad("message text is empty")
	case "message_id":
		return bad("message identifier is not specified")
	case "message_ids":
		return bad("message identifiers are not specified")
	case "callback_query_id":
		return bad("query is too old and response timeout expired or query ID is invalid")
	case "photo", "document":
		return bad("there is no %s in the request", name)
	case "file_id":
		return bad("file_id not specified")
	case "action":
		return bad("wrong parameter action in request")
	}
	return bad("parameter %q is required", name)
}

func (spec param) check(name, value string) *apiError {
	if !utf8.ValidString(value) {
		return bad("strings must be encoded in UTF-8")
	}
	if value == "" {
		return nil
	}
	switch spec.kind {
	case "int":
		if _, err := strconv.ParseInt(strings.TrimSpace(value), 10, 64); err != nil {
			return bad("parameter %q must be of type Integer", name)
		}
	case "bool":
		switch strings.ToLower(value) {
		case "true", "false", "yes", "no", "0", "1":
		default:
			return bad("parameter %q must be of type Boolean", name)
		}
	case "object", "array":
		return checkJSON(spec.kind, name, value)
	}
	return nil
}

func checkJSON(kind, name, value string) *apiError {
	var object map[string]json.RawMessage
	var array []json.RawMessage
	if kind == "array" {
		if json.Unmarshal([]byte(value), &array) != nil || array == nil {
			return bad("can't parse %s: expected an Array", strings.ReplaceAll(name, "_", " "))
		}
		return nil
	}
	if json.Unmarshal([]byte(value), &object) == nil && object != nil {
		return nil
	}
	if name == "reply_markup" {
		return bad("object expected as reply markup")
	}
	return bad("can't parse %s: expected an Object", strings.ReplaceAll(name, "_", " "))
}
