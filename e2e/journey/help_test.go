package journey

import "strings"

func contains(text, part string) bool { return strings.Contains(text, part) }

func count(yes bool) int {
	if yes {
		return 1
	}
	return 0
}
