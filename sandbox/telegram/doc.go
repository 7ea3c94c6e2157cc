// Package telegram is the sandbox's Telegram: a Bot API server that is strict
// about what Telegram is strict about, the people who write to the bot, and a
// chat page on which a person plays all of them.
//
// Three doors lead in:
//
//   - [Server.BotAPI] is what the bot calls: /telegram/bot<token>/<method>,
//     with JSON, urlencoded or multipart parameters.
//   - [Server.Chat] is what people and tests use: the page at /, and JSON under
//     /control/people, /control/chats/, /control/events and /control/telegram.
//   - [Server.Run] delivers updates to the bot's webhook as they come, for the
//     demo; [Server.Step] and [Server.Tick] deliver by hand, without
//     goroutines, for a simulation that owns its schedule.
//
// It keeps everything in memory under one lock and asks only the injected
// clock for the time. It shares no code with the bot it judges: its rules are
// written from the Bot API documentation and the official server's behaviour.
//
// Known limits: private chats only, HTML is the one parse mode, no inline
// mode, no payments, and files are taken by upload or file_id (never fetched).
package telegram
