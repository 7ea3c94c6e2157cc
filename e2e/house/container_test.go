package house

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// readRoot reads a file from the module root.
func readRoot(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(root + "/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// containerRule is a pattern that must (or must not) be found.
type containerRule struct {
	pattern string
	must    bool
	why     string
}

// judge applies the rules to a text.
func judge(name, text string, rules []containerRule) []string {
	var complaints []string
	for _, rule := range rules {
		if regexp.MustCompile(`(?m)`+rule.pattern).MatchString(text) != rule.must {
			complaints = append(complaints, name+": "+rule.why+" (pattern "+rule.pattern+")")
		}
	}
	return complaints
}

func finalStageRules() []containerRule {
	return []containerRule{
		{`^FROM scratch AS final$`, true, "the final stage holds our binary and nothing else"},
		{`^USER 65532:65532$`, true, "non-root, by number: scratch has no /etc/passwd"},
		{`^ENTRYPOINT \["/bot"\]$`, true, "exec form: there is no shell"},
		{`^HEALTHCHECK .*CMD \["/bot", "health"\]$`, true, "the binary checks itself"},
		{`^VOLUME \["/spool"\]$`, true, "the journal outlives the container"},
		{`^ENV .*SPOOL_DIR=/spool`, true, "the volume is where the bot writes"},
		{`^(RUN|ADD) `, false, "nothing runs or is fetched in the final stage: it is built offline"},
		{`(?i)(token|secret|key|password)=`, false, "no credential in an image"},
	}
}

func composeRules() []containerRule {
	return []containerRule{
		{`image: redis:\d+\.\d+\.\d+-[a-z0-9.]+$`, true, "a pinned Redis"},
		{`^\s+ports:\n\s+- .*6379`, false, "Redis is not published"},
		{`appendonly yes`, true, "Redis keeps what it acknowledged"},
		{`appendfsync always`, true, "Redis keeps what it acknowledged"},
		{`maxmemory-policy noeviction`, true, "Redis never forgets an order"},
		{`requirepass`, true, "Redis asks for a password"},
		{`^secrets:`, true, "credentials come from files"},
		{`privileged: true`, false, "no privileges"},
		{`:latest`, false, "everything is pinned"},
	}
}

func TestDockerfile(t *testing.T) {
	text := readRoot(t, "Dockerfile")
	_, final, found := strings.Cut(text, "FROM scratch")
	if !found {
		t.Fatal("no FROM scratch")
	}
	report(t, judge("Dockerfile", "FROM scratch"+final, finalStageRules()))
	report(t, judge("Dockerfile", text, []containerRule{
		{`^FROM (\S*/)?golang:\d+\.\d+\.\d+-[a-z]+ AS build$`, true, "a pinned toolchain"},
		{`CGO_ENABLED=0`, true, "a static binary"},
		{`:latest`, false, "everything is pinned"},
	}))
}

func TestCompose(t *testing.T) {
	text := readRoot(t, "compose.yaml")
	report(t, judge("compose.yaml", text, composeRules()))
	for _, hardening := range []string{"read_only: true", "no-new-privileges:true", "cap_drop: [ALL]", "healthcheck:", "restart: unless-stopped"} {
		if count := strings.Count(text, hardening); count != 2 {
			t.Errorf("compose.yaml: %q is there %d times, want once for the bot and once for Redis", hardening, count)
		}
	}
}

func TestContainerRulesCatch(t *testing.T) {
	dockerfile, compose := readRoot(t, "Dockerfile"), readRoot(t, "compose.yaml")
	_, final, _ := strings.Cut(dockerfile, "FROM scratch")
	for _, change := range [][2]string{
		{"USER 65532:65532", "USER root"}, {`ENTRYPOINT ["/bot"]`, "ENTRYPOINT /bot"}, {"HEALTHCHECK", "LABEL"},
		{" AS final", " AS final\nRUN true"}, {"SPOOL_DIR=/spool", "SPOOL_DIR=/tmp"}, {"ENTRYPOINT", "ENV REDIS_PASSWORD=x\nENTRYPOINT"},
	} {
		changed := strings.Replace("FROM scratch"+final, change[0], change[1], 1)
		if len(judge("Dockerfile", changed, finalStageRules())) == 0 {
			t.Errorf("nobody minds %q instead of %q", change[1], change[0])
		}
	}
	for _, change := range [][2]string{
		{"image: redis:", "image: redis # "}, {"appendfsync always", "appendfsync everysec"}, {"noeviction", "allkeys-lru"},
		{"appendonly yes", "appendonly no"}, {"requirepass", "pass"}, {"  redis:\n", "  redis:\n    ports:\n      - 6379:6379\n"},
	} {
		changed := strings.ReplaceAll(compose, change[0], change[1])
		if len(judge("compose.yaml", changed, composeRules())) == 0 {
			t.Errorf("nobody minds %q instead of %q", change[1], change[0])
		}
	}
}
