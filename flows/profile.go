package flows

// About is the bot's description, shown before a person presses Start.
func About(s Shop) Text { return t("profile.about", "shop", s.Name) }

// Short is the line on the bot's profile page.
func Short(s Shop) Text { return t("profile.short", "shop", s.Name) }
