package kit

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
)

// binarySetting names the binary under test. Main sets it to a fresh build;
// set from outside, it judges another one.
const binarySetting = "GIFTBOT_E2E_BINARY"

// Main builds the bot once, runs the tests and returns the exit code.
func Main(m *testing.M) int {
	// Tests mostly wait for other processes. -parallel on the command line wins:
	// it is parsed later.
	if err := flag.Set("test.parallel", "8"); err != nil {
		fmt.Fprintln(os.Stderr, "e2e:", err)
		return 1
	}
	if os.Getenv(binarySetting) != "" {
		return m.Run()
	}
	dir, err := os.MkdirTemp("", "giftbot-e2e-")
	if err == nil {
		defer func() { _ = os.RemoveAll(dir) }()
		err = build(filepath.Join(dir, "bot"))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "e2e:", err)
		return 1
	}
	return m.Run()
}

func build(target string, flags ...string) error {
	root, err := Root()
	if err != nil {
		return err
	}
	cmd := exec.Command("go", append(append([]string{"build"}, flags...), "-o", target, "./cmd/bot")...)
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("go build ./cmd/bot: %w\n%s", err, out)
	}
	return os.Setenv(binarySetting, target)
}

// Binary is the path of the built bot.
func Binary(t testing.TB) string {
	t.Helper()
	path := os.Getenv(binarySetting)
	if path == "" {
		t.Fatal("no binary: the package's TestMain must call kit.Main")
	}
	return path
}

// Root is the folder of the module.
func Root() (string, error) {
	_, file, _, ok := runtime.Caller(0)
	if !ok {
		return "", errors.New("source folder unknown")
	}
	return filepath.Dir(filepath.Dir(filepath.Dir(file))), nil
}
