package main

import (
	"fmt"
	"io"
	"runtime"
	"time"
	_ "time/tzdata" // the container has no time zone files

	_ "golang.org/x/crypto/x509roots/fallback" // nor certificate authorities
)

// version is set by the linker (make build), which can do that to a package variable only.
var version = "dev"

// printVersion also proves that time zones are built in: a zone that cannot
// be loaded is an error.
func printVersion(out io.Writer) error {
	zone, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		return fmt.Errorf("time zones: %w", err)
	}
	_, err = fmt.Fprintf(out, "giftbot %s, %s %s/%s, zones %s\n", version, runtime.Version(), runtime.GOOS, runtime.GOARCH, zone)
	return err
}
