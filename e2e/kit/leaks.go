package kit

import (
	"slices"
	"strings"
)

// prefix is how much of a secret is looked up first. No secret is shorter than
// that, save a few words that people type.
const prefix = 8

// leaks says which secret is in which place. All are looked for in one pass: a
// long run has thousands of secrets and a hundred megabytes of log.
func leaks(secrets, places map[string]string) []string {
	byStart := make(map[string][]string) // names by how the secret begins
	var short []string
	for name, secret := range secrets {
		if len(secret) < prefix {
			short = append(short, name)
			continue
		}
		byStart[secret[:prefix]] = append(byStart[secret[:prefix]], name)
	}
	var found []string
	for place, text := range places {
		in := make(map[string]bool)
		for _, name := range short {
			in[name] = strings.Contains(text, secrets[name])
		}
		for i := 0; i+prefix <= len(text); i++ {
			for _, name := range byStart[text[i:i+prefix]] {
				in[name] = in[name] || strings.HasPrefix(text[i:], secrets[name])
			}
		}
		for name, there := range in {
			if there {
				found = append(found, name+" is in "+place)
			}
		}
	}
	slices.Sort(found)
	return found
}
