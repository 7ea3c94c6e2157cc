package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"
	"github.com/redis/go-redis/v9"
)

const (
	browsers     = 16  // people tapping side by side
	tapsAlone    = 200 // a turn
	tapsTogether = 800
	firstPerson  = 5_000_000_000
	browseLimit  = 1.6
	browseAim    = 1.3
)

// page is one step of a browser's round: the button, and what it leads to.
type page struct {
	data string
	to   screen
}

// browser is one person who taps round and round.
type browser struct {
	id       int64
	arrivals <-chan time.Time
	pages    []page
	at       int
}

// next is the screen the browser sees and the page to press for.
func (b *browser) next() (screen, page) {
	before := b.pages[(b.at+len(b.pages)-1)%len(b.pages)]
	p := b.pages[b.at]
	b.at = (b.at + 1) % len(b.pages)
	return before.to, p
}

// tapper sends taps to one bot and times them.
type tapper struct {
	url     string
	client  *http.Client
	updates *atomic.Int64
	acked   *atomic.Int64 // nanoseconds until the last single tap was acknowledged
}

// post sends one update and waits for the acknowledgement.
func (t tapper) post(ctx context.Context, body []byte) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, t.url, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("update: %w", err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Telegram-Bot-Api-Secret-Token", updateSecret)
	res, err := t.client.Do(req)
	if err != nil {
		return fmt.Errorf("update: %w", err)
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, res.Body) // empty
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("update: status %d", res.StatusCode)
	}
	return nil
}

// tap presses the browser's next button. The time ends when both the answer
// and the edit arrived at Telegram.
func (t tapper) tap(ctx context.Context, b *browser) (time.Duration, error) {
	now, p := b.next()
	body, err := pressUpdate(t.updates.Add(1), b.id, now, p.data)
	if err != nil {
		return 0, err
	}
	began := time.Now()
	if err := t.post(ctx, body); err != nil {
		return 0, err
	}
	t.acked.Store(int64(time.Since(began)))
	var last time.Time
	for range 2 {
		select {
		case at := <-b.arrivals:
			if at.After(last) {
				last = at
			}
		case <-time.After(startWait):
			return 0, errors.New("a tap was not answered")
		}
	}
	return last.Sub(began), nil
}

// alone is one person tapping: the median time of a tap.
func (t tapper) alone(ctx context.Context, b *browser, taps int, acked *[]time.Duration) (time.Duration, error) {
	took := make([]time.Duration, taps)
	for i := range took {
		var err error
		if took[i], err = t.tap(ctx, b); err != nil {
			return 0, err
		}
		*acked = append(*acked, time.Duration(t.acked.Load()))
	}
	return time.Duration(median(took)), nil
}

// together is many people tapping: the time over all divided by the taps.
func (t tapper) together(ctx context.Context, people []*browser, taps int) (time.Duration, error) {
	each := max(taps/len(people), 1)
	errs := make([]error, len(people))
	var all sync.WaitGroup
	began := time.Now()
	for i, b := range people {
		all.Go(func() {
			for range each {
				if _, errs[i] = t.tap(ctx, b); errs[i] != nil {
					return
				}
			}
		})
	}
	all.Wait()
	return time.Since(began) / time.Duration(each*len(people)), errors.Join(errs...)
}

// browse is R1.
func browse(ctx context.Context, s settings) ([]result, error) {
	fake, err := startFake(ctx)
	if err != nil {
		return nil, err
	}
	defer fake.stop()
	server, err := startRedis(ctx)
	if err != nil {
		return nil, err
	}
	defer server.stop()
	ourShop, err := openShop(ctx, shopOptions{redis: server.url, telegram: fake.base})
	if err != nil {
		return nil, err
	}
	defer ourShop.stop()
	var updates atomic.Int64
	updates.Store(100_000)
	ours := tapper{ourShop.base + "/webhooks/telegram", newClient(), &updates, new(atomic.Int64)}
	people, err := visit(ctx, ours, fake)
	if err != nil {
		return nil, err
	}
	bareBase, stopBare, err := startBare(ctx, fake, people, func(context.Context, int64) error { return nil })
	if err != nil {
		return nil, err
	}
	defer stopBare()
	client := redis.NewClient(&redis.Options{Addr: server.addr, Protocol: 2, PoolSize: 32})
	defer func() { _ = client.Close() }()
	keeperBase, stopKeeper, err := startBare(ctx, fake, people, func(ctx context.Context, person int64) error {
		return client.Set(ctx, "screen:"+strconv.FormatInt(person, 10), "x", 0).Err()
	})
	if err != nil {
		return nil, err
	}
	defer stopKeeper()
	return compareTaps(ctx, s, people, ours, tapper{bareBase, newClient(), &updates, new(atomic.Int64)}, tapper{keeperBase, newClient(), &updates, new(atomic.Int64)})
}

// compareTaps measures ours against the bare bot. The keeper, a bare bot that
// also stores one key durably, has no limit: it shows what the write costs.
func compareTaps(ctx context.Context, s settings, people []*browser, ours, bare, keeper tapper) ([]result, error) {
	for _, t := range []tapper{ours, bare, keeper} { // connections, caches, branch predictors
		if _, err := t.together(ctx, people, s.count(2000)); err != nil {
			return nil, err
		}
	}
	var saved, unused []time.Duration
	alone := func(t tapper, acked *[]time.Duration) arm {
		return func() (time.Duration, error) { return t.alone(ctx, people[0], s.count(tapsAlone), acked) }
	}
	together := func(t tapper) arm {
		return func() (time.Duration, error) { return t.together(ctx, people, s.count(tapsTogether)) }
	}
	one, err := interleave(s.rounds, alone(ours, &saved), alone(bare, &unused), alone(keeper, &unused))
	if err != nil {
		return nil, err
	}
	many, err := interleave(s.rounds, together(ours), together(bare), together(keeper))
	if err != nil {
		return nil, err
	}
	what := "A tap on shop, category or product through the assembled bot and its webhook: secret, decoding, duplicate check and session in Redis, " +
		"button signature, language, catalogue, step, render, answer and edit."
	rival := "a go-telegram/bot handler behind the library's own webhook that answers and edits with the same text and keyboard, " +
		"with a connection pool of the same size and the same fake Telegram."
	return []result{
		{name: "R1, one person tapping", ours: what + " Median time from sending the update until answer and edit arrived at Telegram; the next tap waits for the acknowledgement as well, which ours gives after the save.", rival: rival,
			unit: "×", values: one.ratios(1), limit: browseLimit, aim: browseAim, detail: one.sides("a tap") + withKeeper(one) + "; ours acknowledged the update, session saved, after " + milliseconds(time.Duration(median(saved)))},
		{name: fmt.Sprintf("R1, %d people tapping", browsers), ours: "The same with everybody at once: time over all, divided by the taps.", rival: "the same handler.",
			unit: "×", values: many.ratios(1), limit: browseLimit, aim: browseAim, detail: many.sides("of the wall clock a tap") + withKeeper(many)},
	}, nil
}

// withKeeper tells what a bare bot costs that stores something durably.
func withKeeper(r rounds) string {
	return fmt.Sprintf("; the same bare handler with one fsynced `SET` before it answers %s, against which ours is %s ×",
		milliseconds(r.middle(2)), number(median(r.ratios(2))))
}

// visit has every browser start the bot and walk its round once; what they
// saw is what the bare bot will show.
func visit(ctx context.Context, t tapper, fake *fakeTelegram) ([]*browser, error) {
	fake.keep(true)
	defer fake.keep(false)
	var people []*browser
	for i := range browsers {
		id := firstPerson + int64(i)
		b, err := t.visitor(ctx, fake, id, startUpdate(t.updates.Add(1), id))
		if err != nil {
			return nil, err
		}
		people = append(people, b)
	}
	return people, nil
}

// visitor has one person come by an update and walk the round.
func (t tapper) visitor(ctx context.Context, fake *fakeTelegram, id int64, first []byte) (*browser, error) {
	b := &browser{id: id}
	if err := t.post(ctx, first); err != nil {
		return nil, err
	}
	for range pagesOfVisit { // shop, first category, first product: always the first button
		before := fake.shown(b.id)
		if len(before.Keyboard) == 0 {
			return nil, errors.New("a screen without buttons")
		}
		data := before.Keyboard[0][0].Data
		body, err := pressUpdate(t.updates.Add(1), b.id, before, data)
		if err != nil {
			return nil, err
		}
		if err := t.post(ctx, body); err != nil {
			return nil, err
		}
		b.pages = append(b.pages, page{data, fake.shown(b.id)})
	}
	b.arrivals = fake.person(b.id)
	return b, nil
}

// startBare starts the rival: what somebody would write who needs no shop.
// before is done first at every press.
func startBare(ctx context.Context, fake *fakeTelegram, people []*browser, before func(context.Context, int64) error) (base string, stop func(), err error) {
	screens := map[string]bot.EditMessageTextParams{}
	for _, b := range people {
		for _, p := range b.pages {
			screens[p.data] = bot.EditMessageTextParams{
				Text: p.to.HTML, ParseMode: models.ParseModeHTML, ReplyMarkup: keyboard(p.to),
				LinkPreviewOptions: &models.LinkPreviewOptions{IsDisabled: bot.True()},
			}
		}
	}
	b, err := bot.New(botToken, bot.WithSkipGetMe(), bot.WithServerURL(fake.base), bot.WithHTTPClient(startWait, newClient()),
		bot.WithWebhookSecretToken(updateSecret),
		bot.WithErrorsHandler(func(error) {}), // the tap is then not answered, which is an error
		bot.WithDefaultHandler(func(ctx context.Context, b *bot.Bot, u *models.Update) {
			query := u.CallbackQuery
			if before(ctx, query.From.ID) != nil {
				return
			}
			if _, failed := b.AnswerCallbackQuery(ctx, &bot.AnswerCallbackQueryParams{CallbackQueryID: query.ID}); failed != nil {
				return
			}
			edit := screens[query.Data]
			edit.ChatID, edit.MessageID = query.From.ID, query.Message.Message.ID
			_, _ = b.EditMessageText(ctx, &edit) // as above
		}))
	if err != nil {
		return "", nil, fmt.Errorf("bare bot: %w", err)
	}
	base, stopServer, err := serveAs(ctx, "bare", b.WebhookHandler())
	if err != nil {
		return "", nil, err
	}
	run, cancel := context.WithCancel(context.WithoutCancel(ctx))
	var all sync.WaitGroup
	labelled(run, "bare", func() { all.Go(func() { b.StartWebhook(run) }) })
	return base, func() { stopServer(); cancel(); all.Wait() }, nil
}

func keyboard(s screen) *models.InlineKeyboardMarkup {
	markup := &models.InlineKeyboardMarkup{}
	for _, row := range s.Keyboard {
		var keys []models.InlineKeyboardButton
		for _, b := range row {
			keys = append(keys, models.InlineKeyboardButton{Text: b.Text, CallbackData: b.Data, URL: b.URL})
		}
		markup.InlineKeyboard = append(markup.InlineKeyboard, keys)
	}
	return markup
}
