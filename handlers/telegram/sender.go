package telegram

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"
)

const (
	replyPatience    = 5 * time.Second // a reply that would wait longer is deferred
	deliveryPatience = time.Second     // a delivery goes back to the outbox instead: others wait behind it
	resendAfter      = 150 * time.Millisecond
	toastLimit       = 200 // UTF-16 units of a callback answer
)

// Message is one rendered message.
type Message struct {
	Chat     int64
	HTML     string
	Photo    *Photo                          // shown above the words, nil for none
	Keyboard [][]models.InlineKeyboardButton // nil for none
	Protect  bool                            // no forwarding; only when it is sent
	Template string                          // key of the first block: what the log may name

	words, codes string // what HTML is made of, to make a caption of it
}

// SenderConfig is what a Sender needs. Token is the only secret.
type SenderConfig struct {
	Token  string
	Server string         // origin of the Bot API, "" for Telegram's own
	HTTP   bot.HttpClient // NewClient() in production
	Limits Limits
	Clock  Clock
	Meter  Meter
	Log    *slog.Logger
}

// Clock tells the time.
type Clock interface{ Now() time.Time }

// Sender is the only way out to Telegram: three lanes, pacing, retries where
// they are safe, errors by class (*Error).
type Sender struct {
	bot    *bot.Bot
	pacer  *pacer
	photos photoSet // messages that hold a picture, as far as this process knows
	clock  Clock
	meter  Meter
	log    *slog.Logger
	sleep  func(ctx context.Context, d time.Duration) error
}

// NewSender makes a sender; it does not call Telegram.
func NewSender(cfg SenderConfig) (*Sender, error) {
	options := []bot.Option{
		bot.WithSkipGetMe(),
		bot.WithHTTPClient(callTimeout, cfg.HTTP),
		bot.WithDefaultHandler(func(context.Context, *bot.Bot, *models.Update) {}),
		bot.WithErrorsHandler(func(error) {}), // every error is returned as well; the text may quote a body
	}
	if cfg.Server != "" {
		options = append(options, bot.WithServerURL(cfg.Server))
	}
	b, err := bot.New(cfg.Token, options...)
	if err != nil {
		return nil, fmt.Errorf("telegram client: %w", err)
	}
	return &Sender{
		bot: b, pacer: newPacer(cfg.Limits), clock: cfg.Clock, meter: cfg.Meter, log: cfg.Log, sleep: sleep,
	}, nil
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Send sends a new message and returns its id. A picture that cannot be had is
// left out. Errors by Fault: FaultLimited (not sent, RetryAfter),
// FaultUnreachable, FaultUnclear (may have been sent), FaultNotSent,
// FaultRefused.
func (s *Sender) Send(ctx context.Context, lane Lane, m Message) (int, error) {
	if caption, ok := m.caption(); ok {
		id, err := s.sendPhoto(ctx, lane, m, caption)
		if FaultOf(err) != FaultPicture {
			return id, err
		}
	}
	return s.sendText(ctx, lane, m)
}

func (s *Sender) sendText(ctx context.Context, lane Lane, m Message) (int, error) {
	id := 0
	err := s.withMarkup(m, m.HTML, func(text string, mode models.ParseMode) error {
		return s.call(ctx, call{method: "sendMessage", lane: lane, chat: m.Chat}, func(ctx context.Context) error {
			sent, err := s.bot.SendMessage(ctx, sendParams(m, text, mode))
			if err == nil && sent != nil {
				id = sent.ID
			}
			return err
		})
	})
	return id, err
}

// Edit makes an earlier message show m, whether that held a text or a picture.
// A message that already shows it is done. FaultGone: it cannot be edited any
// more or cannot show m, send a new one; the other errors are as for Send.
func (s *Sender) Edit(ctx context.Context, lane Lane, id int, m Message) error {
	err := s.edit(ctx, lane, id, m)
	if FaultOf(err) == FaultSame {
		return nil
	}
	return err
}

func (s *Sender) edit(ctx context.Context, lane Lane, id int, m Message) error {
	if caption, ok := m.caption(); ok {
		if err := s.editPhoto(ctx, lane, id, m, caption); FaultOf(err) != FaultPicture {
			return err
		}
	}
	return s.editWords(ctx, lane, id, m)
}

// editWords edits the text or, below a picture, the caption. A picture never
// leaves a message again. Which of the two a message holds is remembered for as
// long as the process lives; after that, Telegram says so.
func (s *Sender) editWords(ctx context.Context, lane Lane, id int, m Message) error {
	for range 2 {
		err := s.editKind(ctx, lane, id, m, s.photos.has(m.Chat, id))
		switch FaultOf(err) {
		case FaultNoText:
			s.photos.put(m.Chat, id, true)
		case FaultNoCaption:
			s.photos.put(m.Chat, id, false)
		default:
			return err
		}
	}
	return &Error{Fault: FaultGone, Method: "editMessageText"}
}

func (s *Sender) editKind(ctx context.Context, lane Lane, id int, m Message, photo bool) error {
	if !photo {
		return s.editText(ctx, lane, id, m)
	}
	caption, ok := m.borrowed()
	if !ok {
		return &Error{Fault: FaultGone, Method: "editMessageCaption"}
	}
	return s.editCaption(ctx, lane, id, m, caption)
}

func (s *Sender) editText(ctx context.Context, lane Lane, id int, m Message) error {
	return s.withMarkup(m, m.HTML, func(text string, mode models.ParseMode) error {
		c := call{method: "editMessageText", lane: lane, chat: m.Chat, again: true}
		return s.call(ctx, c, func(ctx context.Context) error {
			_, err := s.bot.EditMessageText(ctx, editParams(id, m, text, mode))
			return err
		})
	})
}

// Answer ends the spinner of a pressed button, with a short text or without.
// A query that is too old is done.
func (s *Sender) Answer(ctx context.Context, query, text string) error {
	c := call{method: "answerCallbackQuery", lane: LaneReply, again: true}
	err := s.call(ctx, c, func(ctx context.Context) error {
		_, err := s.bot.AnswerCallbackQuery(ctx, &bot.AnswerCallbackQueryParams{
			CallbackQueryID: query, Text: cutPlain(text, toastLimit),
		})
		return err
	})
	if FaultOf(err) == FaultOld {
		return nil
	}
	return err
}

// withMarkup falls back to plain text when Telegram does not accept our HTML:
// a mistake of ours that must not cost the buyer the message.
func (s *Sender) withMarkup(m Message, html string, do func(text string, mode models.ParseMode) error) error {
	err := do(html, models.ParseModeHTML)
	if FaultOf(err) != FaultEntities {
		return err
	}
	s.log.Error("telegram refused our markup, sent as plain text", "template", m.Template)
	s.meter.Count("telegram_markup_refused", m.Template)
	return do(plain(html), "")
}

func sendParams(m Message, text string, mode models.ParseMode) *bot.SendMessageParams {
	p := &bot.SendMessageParams{
		ChatID: m.Chat, Text: text, ParseMode: mode, ProtectContent: m.Protect,
		LinkPreviewOptions: noPreview(),
	}
	if len(m.Keyboard) > 0 {
		p.ReplyMarkup = keys(m)
	}
	return p
}

func editParams(id int, m Message, text string, mode models.ParseMode) *bot.EditMessageTextParams {
	p := &bot.EditMessageTextParams{
		ChatID: m.Chat, MessageID: id, Text: text, ParseMode: mode,
		LinkPreviewOptions: noPreview(),
	}
	if len(m.Keyboard) > 0 { // without it Telegram removes the keyboard, which is what an empty one means
		p.ReplyMarkup = keys(m)
	}
	return p
}

func keys(m Message) *models.InlineKeyboardMarkup {
	return &models.InlineKeyboardMarkup{InlineKeyboard: m.Keyboard}
}

func noPreview() *models.LinkPreviewOptions {
	return &models.LinkPreviewOptions{IsDisabled: bot.True()}
}

// call is one method call on its way out.
type call struct {
	method string
	lane   Lane
	chat   int64 // 0: not paced
	again  bool  // doing it twice is the same as once
}

// call waits for the lane, then tries: at most twice, the second time only
// when nothing was done the first time or doing it twice does not matter.
func (s *Sender) call(ctx context.Context, c call, do func(context.Context) error) error {
	patience := replyPatience
	if c.lane == LaneDelivery {
		patience = deliveryPatience
	}
	deadline := s.clock.Now().Add(patience)
	var err error
	for try := range 2 {
		if err = s.leave(ctx, c, deadline); err != nil {
			return err
		}
		if err = s.once(ctx, c, do); !s.worthAgain(ctx, c, try, err) {
			return err
		}
	}
	return err
}

// leave blocks until the message may leave, or refuses with FaultLimited when
// that would be after the deadline.
func (s *Sender) leave(ctx context.Context, c call, deadline time.Time) error {
	for {
		now := s.clock.Now()
		wait := s.pacer.wait(now, c.lane, c.chat, c.again)
		if wait == 0 {
			return nil
		}
		if c.chat == 0 {
			return nil // an answer to a press: late is worse than refused
		}
		if c.lane != LaneBroadcast && now.Add(wait).After(deadline) {
			s.meter.Count("telegram_deferred", c.method)
			return &Error{Fault: FaultLimited, Method: c.method, RetryAfter: wait}
		}
		if err := s.sleep(ctx, wait); err != nil {
			return &Error{Fault: FaultNotSent, Method: c.method}
		}
	}
}

func (s *Sender) once(ctx context.Context, c call, do func(context.Context) error) error {
	started := time.Now()
	err := classify(c.method, do(ctx))
	s.meter.Took("telegram_call", c.method, time.Since(started))
	if err == nil {
		return nil
	}
	fault := FaultOf(err)
	s.meter.Count("telegram_fault", string(fault))
	if fault == FaultLimited {
		global := s.pacer.park(s.clock.Now(), c.chat, retryAfter(err))
		s.log.Warn("telegram asks to slow down", "method", c.method, "wait", retryAfter(err), "everybody", global)
	}
	return err
}

// worthAgain decides about the second try, and waits before it. After a 429
// the wait is the lane's business: the chat is parked by then.
func (s *Sender) worthAgain(ctx context.Context, c call, try int, err error) bool {
	if err == nil || try > 0 || ctx.Err() != nil {
		return false
	}
	switch FaultOf(err) {
	case FaultLimited:
		return c.chat != 0
	case FaultNotSent:
	case FaultUnclear:
		if !c.again {
			return false
		}
	default:
		return false
	}
	return s.sleep(ctx, resendAfter) == nil
}
