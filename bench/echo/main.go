package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "echo:", err)
		os.Exit(1)
	}
}

// run serves the webhook at ECHO_LISTEN until ctx ends.
func run(ctx context.Context) error {
	secret := os.Getenv("ECHO_SECRET")
	b, err := bot.New(os.Getenv("ECHO_TOKEN"), bot.WithServerURL(os.Getenv("ECHO_API")),
		bot.WithWebhookSecretToken(secret), bot.WithDefaultHandler(echo))
	if err != nil {
		return fmt.Errorf("bot: %w", err)
	}
	listen := os.Getenv("ECHO_LISTEN")
	if _, err = b.SetWebhook(ctx, &bot.SetWebhookParams{URL: "http://" + listen, SecretToken: secret}); err != nil {
		return fmt.Errorf("webhook: %w", err)
	}
	server := &http.Server{Addr: listen, Handler: b.WebhookHandler(), ReadHeaderTimeout: time.Minute}
	go b.StartWebhook(ctx)
	closing := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer closing()
	if err = server.ListenAndServe(); ctx.Err() == nil {
		return fmt.Errorf("serve: %w", err)
	}
	return nil
}

func echo(ctx context.Context, b *bot.Bot, update *models.Update) {
	if update.Message == nil {
		return
	}
	_, err := b.SendMessage(ctx, &bot.SendMessageParams{ChatID: update.Message.Chat.ID, Text: update.Message.Text})
	if err != nil {
		fmt.Fprintln(os.Stderr, "echo:", err)
	}
}
