package telegram

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"log/slog"
	"slices"
	"time"

	"github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"

	"giftbot/flows"
)

const (
	setupFirstRetry = 2 * time.Second
	setupLastRetry  = 5 * time.Minute
	setupTimeout    = 30 * time.Second
)

// Profile is how the bot presents itself at Telegram.
type Profile struct {
	WebhookURL  string // https address of the intake
	Secret      string // what Telegram shows us with every update
	Connections int    // 1 to 100
	Languages   []string
	Commands    []flows.Command
	About       flows.Text // shown before Start, "" leaves it alone
	Short       flows.Text // on the profile page
}

// Setup brings Telegram's side in line with a Profile. Every step compares
// first: doing it from each replica, or again, changes nothing.
type Setup struct {
	sender   *Sender
	renderer *Renderer
	profile  Profile
	meter    Meter
	log      *slog.Logger
}

// NewSetup makes a setup; nothing is called yet.
func NewSetup(s *Sender, r *Renderer, p Profile, meter Meter, log *slog.Logger) *Setup {
	return &Setup{sender: s, renderer: r, profile: p, meter: meter, log: log}
}

// allowedUpdates are all kinds of updates the intake handles; Telegram keeps
// the former setting when the list is left out.
func allowedUpdates() []string {
	return []string{models.AllowedUpdateMessage, models.AllowedUpdateCallbackQuery, models.AllowedUpdateMyChatMember}
}

// Run brings everything in line, trying again until it worked or ctx ends. Me
// is called with the bot's own user as soon as it is known.
func (s *Setup) Run(ctx context.Context, me func(username string)) error {
	wait := setupFirstRetry
	for {
		err := s.Once(ctx, me)
		if err == nil {
			s.meter.Count("telegram_setup", "ok")
			return nil
		}
		if ctx.Err() != nil {
			return err
		}
		s.meter.Count("telegram_setup", string(FaultOf(err)))
		s.log.Warn("telegram is not set up yet", "err", err, "again_in", wait)
		if s.sender.sleep(ctx, max(wait, retryAfter(err))) != nil {
			return err
		}
		wait = min(2*wait, setupLastRetry)
	}
}

// Once asks for the bot's name, sets the webhook, the commands and the
// descriptions, as far as they differ.
func (s *Setup) Once(ctx context.Context, me func(username string)) error {
	ctx, cancel := context.WithTimeout(ctx, setupTimeout)
	defer cancel()
	user, err := s.sender.bot.GetMe(ctx)
	if err != nil {
		return classify("getMe", err)
	}
	if me != nil {
		me(user.Username)
	}
	if err := s.webhook(ctx); err != nil {
		return err
	}
	for _, lang := range s.tongues() {
		if err := s.speak(ctx, lang); err != nil {
			return err
		}
	}
	return nil
}

// WebhookAddress is the address Telegram is given. Its query tells one secret
// from another without telling the secret, which cannot be read back: a
// changed one is noticed by the address.
func WebhookAddress(address, secret string) string {
	sum := sha256.Sum256([]byte("webhook secret:" + secret))
	return address + "?s=" + hex.EncodeToString(sum[:4])
}

// webhook points Telegram at us. What waits there is never dropped.
func (s *Setup) webhook(ctx context.Context) error {
	if s.profile.WebhookURL == "" {
		return nil
	}
	info, err := s.sender.bot.GetWebhookInfo(ctx)
	if err != nil {
		return classify("getWebhookInfo", err)
	}
	s.report(info)
	address := WebhookAddress(s.profile.WebhookURL, s.profile.Secret)
	if info.URL == address && sameSet(info.AllowedUpdates, allowedUpdates()) &&
		(s.profile.Connections == 0 || info.MaxConnections == s.profile.Connections) {
		return nil
	}
	_, err = s.sender.bot.SetWebhook(ctx, &bot.SetWebhookParams{
		URL: address, SecretToken: s.profile.Secret,
		MaxConnections: s.profile.Connections, AllowedUpdates: allowedUpdates(),
	})
	if err != nil {
		return classify("setWebhook", err)
	}
	s.log.Info("webhook set")
	return nil
}

func (s *Setup) report(info *models.WebhookInfo) {
	if info.PendingUpdateCount > 0 {
		s.log.Info("updates wait at telegram", "count", info.PendingUpdateCount)
	}
	if info.LastErrorDate != 0 {
		s.log.Warn("telegram could not deliver updates", "last", time.Unix(int64(info.LastErrorDate), 0).UTC(), "why", info.LastErrorMessage)
	}
}

func sameSet(a, b []string) bool {
	a, b = slices.Clone(a), slices.Clone(b)
	slices.Sort(a)
	slices.Sort(b)
	return slices.Equal(a, b)
}

// tongue is a language to speak in and how Telegram calls it: "" is for
// everybody whose language is not offered.
type tongue struct{ lang, code string }

func (s *Setup) tongues() []tongue {
	var list []tongue
	for i, lang := range s.profile.Languages {
		if i == 0 {
			list = append(list, tongue{lang, ""})
		}
		if len(lang) >= 2 { // Telegram knows two-letter codes only
			list = append(list, tongue{lang, lang[:2]})
		}
	}
	return list
}

func (s *Setup) speak(ctx context.Context, t tongue) error {
	return errors.Join(s.commands(ctx, t), s.about(ctx, t), s.short(ctx, t))
}

func (s *Setup) commands(ctx context.Context, t tongue) error {
	want := make([]models.BotCommand, 0, len(s.profile.Commands))
	for _, c := range s.profile.Commands {
		want = append(want, models.BotCommand{Command: c.Name, Description: cutPlain(s.renderer.Plain(t.lang, c.Text), 256)})
	}
	have, err := s.sender.bot.GetMyCommands(ctx, &bot.GetMyCommandsParams{LanguageCode: t.code})
	if err != nil {
		return classify("getMyCommands", err)
	}
	if slices.Equal(have, want) || len(want) == 0 {
		return nil
	}
	_, err = s.sender.bot.SetMyCommands(ctx, &bot.SetMyCommandsParams{Commands: want, LanguageCode: t.code})
	return classify("setMyCommands", err)
}

func (s *Setup) about(ctx context.Context, t tongue) error {
	want := cutPlain(stripTags(s.renderer.Plain(t.lang, s.profile.About)), 512)
	if want == "" {
		return nil
	}
	have, err := s.sender.bot.GetMyDescription(ctx, &bot.GetMyDescriptionParams{LanguageCode: t.code})
	if err != nil || have.Description == want {
		return classify("getMyDescription", err)
	}
	_, err = s.sender.bot.SetMyDescription(ctx, &bot.SetMyDescriptionParams{Description: want, LanguageCode: t.code})
	return classify("setMyDescription", err)
}

func (s *Setup) short(ctx context.Context, t tongue) error {
	want := cutPlain(stripTags(s.renderer.Plain(t.lang, s.profile.Short)), 120)
	if want == "" {
		return nil
	}
	have, err := s.sender.bot.GetMyShortDescription(ctx, &bot.GetMyShortDescriptionParams{LanguageCode: t.code})
	if err != nil || have.ShortDescription == want {
		return classify("getMyShortDescription", err)
	}
	_, err = s.sender.bot.SetMyShortDescription(ctx, &bot.SetMyShortDescriptionParams{ShortDescription: want, LanguageCode: t.code})
	return classify("setMyShortDescription", err)
}
