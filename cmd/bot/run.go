package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
)

const usage = `usage: bot [serve]            run the shop
       bot demo [--listen 127.0.0.1:8088] [--redis URL]
                              try everything, no real money
       bot doctor             check settings and vendors
       bot health             ask a running bot (for container health checks)
       bot version`

// run is the program: it returns when the sub-command is done or ctx ends.
func run(ctx context.Context, args, environ []string, out, logs io.Writer) error {
	command := "serve"
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		command, args = args[0], args[1:]
	}
	switch command {
	case "serve":
		return serve(ctx, args, environ, logs)
	case "demo":
		return demo(ctx, args, out, logs)
	case "doctor":
		return doctor(ctx, args, environ, out)
	case "health":
		return health(ctx, environ)
	case "version":
		return printVersion(out)
	case "help":
		_, err := fmt.Fprintln(out, usage)
		return err
	default:
		return errors.New("no such command: " + command + "\n" + usage)
	}
}
