package app

import (
	"context"
	"log/slog"
	"os"
	"time"

	"giftbot/flows"
	"giftbot/store"
)

// diskEvery is how often a replica proves that its SPOOL_DIR takes what it is
// given.
const diskEvery = 15 * time.Second

// diskWatch tells the admins when SPOOL_DIR cannot be written to, once until it
// can, and when it can again. A replica cannot start on a full disk, so nothing
// has to be remembered beyond the process.
type diskWatch struct {
	check func() error
	tell  func(ctx context.Context, v flows.View) bool // whether anybody got it
	meter interface {
		Set(name, label string, value float64)
	}
	log  *slog.Logger
	host string
	full bool // told so
}

func (a *App) diskWatch() *diskWatch {
	host, err := os.Hostname()
	if err != nil {
		host = "?"
	}
	return &diskWatch{
		check: func() error { return store.CheckDir(a.cfg.Storage.SpoolDir) },
		tell: func(ctx context.Context, v flows.View) bool {
			return a.tg.announce(ctx, a.cfg.Shop.AdminIDs, v)
		},
		meter: a.metrics, log: a.log, host: host,
	}
}

// run looks until ctx ends. The start has looked already.
func (w *diskWatch) run(ctx context.Context) {
	for sleep(ctx, diskEvery) {
		w.look(ctx)
	}
}

func (w *diskWatch) look(ctx context.Context) {
	err := w.check()
	w.meter.Set("spool_writable", "", map[bool]float64{true: 1}[err == nil])
	if err != nil {
		w.log.Error("SPOOL_DIR cannot be written to", "err", err)
	}
	if full := err != nil; full != w.full && w.tell(ctx, flows.DiskView(w.host, full)) {
		w.full = full
	}
}
