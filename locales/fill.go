package locales

import (
	"fmt"
	"strconv"
	"strings"
)

// fill replaces every {placeholder}. What has no argument stays as written
// and is reported once; what an argument contains is never looked at again.
func fill(text string, args map[string]any) (string, error) {
	if strings.IndexByte(text, '{') < 0 {
		return text, nil
	}
	var b strings.Builder
	var missing error
	for {
		open := strings.IndexByte(text, '{')
		if open < 0 {
			break
		}
		end := strings.IndexByte(text[open:], '}')
		if end < 0 {
			break
		}
		b.WriteString(text[:open])
		name := text[open+1 : open+end]
		if v, ok := args[name]; ok {
			b.WriteString(show(v))
		} else {
			missing = fmt.Errorf("%w: %s", errArgument, name)
			b.WriteString(text[open : open+end+1])
		}
		text = text[open+end+1:]
	}
	b.WriteString(text)
	return b.String(), missing
}

func show(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case int:
		return strconv.Itoa(v)
	default:
		return fmt.Sprint(v)
	}
}
