// Package locales holds every text people read, one JSON file per language,
// and writes amounts, moments and plurals the way that language does.
//
// A file is flat: key → text, or key → plural forms of that language (CLDR:
// en one/other, ru one/few/many/other). Texts carry Telegram HTML tags and
// {placeholders}. Arguments go in as they are: whoever renders escapes what
// people or suppliers wrote before it becomes an argument. Keys read
// screen.thing ("product.price"); b.* are button labels, toast.* the short
// answers to a press, format.* belong to this package.
//
// A further language is one more file and its line in offered().
package locales
