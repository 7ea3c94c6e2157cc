package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"
)

const (
	fileSuffix   = "_FILE"
	maxFileBytes = 64 << 10 // no setting is longer; a wrong path must not fill the memory
)

// errTooLong is returned for a settings file above maxFileBytes.
var errTooLong = errors.New("file is too long")

// errNotRegular is returned for directories, pipes and devices, which could block the start.
var errNotRegular = errors.New("not a regular file")

// resolve returns the values of the known settings, taken from NAME or from the file named by NAME_FILE. Empty values
// are dropped: compose files pass unset variables on as empty ones.
func resolve(environ map[string]string, known []Setting, readFile func(string) (string, error), found *problems) map[string]string {
	values := make(map[string]string, len(known))
	for _, setting := range known {
		value, path := environ[setting.Name], environ[setting.Name+fileSuffix]
		switch {
		case value != "" && path != "":
			found.add(setting.Name, "is set twice, also as "+setting.Name+fileSuffix, "keep one of the two")
		case path != "":
			text, err := readFile(path)
			if err != nil {
				found.add(setting.Name, "has a "+setting.Name+fileSuffix+" that "+fileTrouble(err), "name a readable file of at most 64 KiB with "+setting.want)
				continue
			}
			values[setting.Name] = trimNewline(text)
		case value != "":
			values[setting.Name] = value
		}
	}
	return values
}

// fileTrouble says why a file was not read, without the path: somebody may have put the secret itself there.
func fileTrouble(err error) string {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "names a file that does not exist"
	case errors.Is(err, fs.ErrPermission):
		return "names a file that may not be read"
	case errors.Is(err, errTooLong):
		return "names a file that is too long"
	case errors.Is(err, errNotRegular):
		return "names something that is not a regular file"
	case errors.Is(err, io.ErrUnexpectedEOF):
		return "names an empty file"
	}
	return "names a file that cannot be read"
}

// trimNewline drops one trailing newline, in either style.
func trimNewline(text string) string {
	return strings.TrimSuffix(strings.TrimSuffix(text, "\n"), "\r")
}

// readSettingFile reads a short regular file. An empty one is io.ErrUnexpectedEOF.
func readSettingFile(path string) (string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", fmt.Errorf("settings file: %w", err)
	}
	if !info.Mode().IsRegular() {
		return "", errNotRegular
	}
	if info.Size() > maxFileBytes {
		return "", errTooLong
	}
	file, err := os.Open(path) //nolint:gosec // G304: the operator names the file, that is the feature
	if err != nil {
		return "", fmt.Errorf("settings file: %w", err)
	}
	defer func() { _ = file.Close() }() // read only: nothing is lost
	text, err := io.ReadAll(io.LimitReader(file, maxFileBytes))
	if err != nil {
		return "", fmt.Errorf("settings file: %w", err)
	}
	if trimNewline(string(text)) == "" {
		return "", io.ErrUnexpectedEOF
	}
	return string(text), nil
}

// ownPrefixes are the name families that are ours alone, where an unknown name is a slip of the pen. REDIS_ is among
// them in spite of Kubernetes, which invents REDIS_PORT and the like for a service called redis: see invented.
func ownPrefixes() []string {
	return []string{"TELEGRAM_", "REDIS_", "MARKUP_", "ENCRYPTION_", "INFINI_", "INFINIVOUCHER_", "INVENTPAY_", "PLEXY_", "UNIVOUCHER_"}
}

// refuseUnknown reports names of our families that are not settings: a misspelt secret must not be ignored in silence.
func refuseUnknown(environ map[string]string, known []Setting, found *problems) {
	names := make(map[string]bool, 2*len(known))
	for _, setting := range known {
		names[setting.Name], names[setting.Name+fileSuffix] = true, true
	}
	for _, name := range slices.Sorted(maps.Keys(environ)) {
		if names[name] || environ[name] == "" || invented(name) {
			continue
		}
		for _, prefix := range ownPrefixes() {
			if strings.HasPrefix(name, prefix) {
				found.add(name, "is not a setting of this version", "check the spelling against the README, or remove it")
				break
			}
		}
	}
}

// invented reports whether a name is one that Docker links and Kubernetes services make up (NAME_PORT_6379_TCP_ADDR).
func invented(name string) bool {
	return strings.HasSuffix(name, "_PORT") || strings.Contains(name, "_PORT_") ||
		strings.Contains(name, "_SERVICE_HOST") || strings.Contains(name, "_SERVICE_PORT")
}
