package security

import (
	"os"
	"testing"

	"giftbot/e2e/kit"
)

func TestMain(m *testing.M) { os.Exit(kit.Main(m)) }
