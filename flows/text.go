package flows

import "strings"

// t makes a text from a key and pairs of argument name and value.
func t(key string, pairs ...any) Text {
	return Text{Key: key, Args: arguments(pairs)}
}

// n makes a text whose form depends on a count, shown as {count}.
func n(key string, count int, pairs ...any) Text {
	return Text{Key: key, Count: count, Plural: true, Args: arguments(pairs)}
}

func arguments(pairs []any) map[string]any {
	if len(pairs) == 0 {
		return nil
	}
	args := make(map[string]any, len(pairs)/2)
	for i := 0; i+1 < len(pairs); i += 2 {
		if name, ok := pairs[i].(string); ok {
			args[name] = pairs[i+1]
		}
	}
	return args
}

// lines puts texts under each other in one paragraph.
func lines(texts ...Text) Text {
	if len(texts) == 0 {
		return Text{}
	}
	all := texts[len(texts)-1]
	for i := len(texts) - 2; i >= 0; i-- {
		all = t("list.lines", "first", texts[i], "rest", all)
	}
	return all
}

// clip shortens a name from outside to a number of characters, on one line.
func clip(name string, limit int) string {
	name = strings.Join(strings.Fields(name), " ")
	runes := []rune(name)
	if len(runes) <= limit {
		return name
	}
	return strings.TrimSpace(string(runes[:limit-1])) + "…"
}

const (
	buttonName = 40 // characters of a name on a button
	textName   = 120
)

func button(label Text, verb Verb, id, arg string, number int) Button {
	return Button{Label: label, Do: &Action{Verb: verb, ID: id, Arg: arg, N: number}}
}

func row(buttons ...Button) []Button { return buttons }

// homeRow is the way home below every screen; arg is ArgFresh where the
// pressed message has to stay.
func homeRow(arg string, before ...Button) []Button {
	return append(before, button(t("b.home"), VerbHome, "", arg, 0))
}
