package kit

import "unicode/utf16"

// Telegram counts in UTF-16 units.
func utf16Of(text string) []uint16 { return utf16.Encode([]rune(text)) }

func textOf(units []uint16) string { return string(utf16.Decode(units)) }
