package telegram

import (
	"context"
	"time"
)

// Inspection is what Telegram says about the bot, for the operator's check
// before going live.
type Inspection struct {
	Username  string
	Webhook   string // address Telegram delivers to, without its query; "" for none
	Pending   int    // updates that wait there
	LastError string // why the last delivery failed, "" if it did not
	LastFail  time.Time
}

// Inspect asks Telegram who the bot is and where its updates go. It changes
// nothing.
func (s *Sender) Inspect(ctx context.Context) (Inspection, error) {
	user, err := s.bot.GetMe(ctx)
	if err != nil {
		return Inspection{}, classify("getMe", err)
	}
	info, err := s.bot.GetWebhookInfo(ctx)
	if err != nil {
		return Inspection{}, classify("getWebhookInfo", err)
	}
	found := Inspection{Username: user.Username, Webhook: withoutQuery(info.URL), Pending: info.PendingUpdateCount, LastError: info.LastErrorMessage}
	if info.LastErrorDate != 0 {
		found.LastFail = time.Unix(int64(info.LastErrorDate), 0).UTC()
	}
	return found, nil
}

func withoutQuery(address string) string {
	for i := range len(address) {
		if address[i] == '?' {
			return address[:i]
		}
	}
	return address
}
