package telegram

import (
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

const (
	defaultToken      = "7000000001:sandbox-token"
	defaultWebhookCap = 60 * time.Second
)

// Config says who the bot is and what the server stands on. The zero value is
// usable: every field has a default.
type Config struct {
	// Token is the bot's token, "<bot id>:<secret>".
	Token string
	// BotUsername is the bot's @name without the sign; default "giftbot_demo_bot".
	BotUsername string
	// BotName is the bot's display name; default "giftbot demo".
	BotName string
	// Now is the clock for dates, lifetimes, retries and rate limits.
	Now func() time.Time
	// Client delivers webhooks. Redirects are never followed. Default: 60 s timeout.
	Client *http.Client
	// People exist from the start; nil means [DefaultPeople].
	People []Person
	// Rate bounds what the bot sends; nil means [DefaultRate].
	Rate *Rate
}

// Server is one bot's Telegram. All methods are safe for concurrent use.
type Server struct {
	cfg     Config
	bot     User
	methods map[string]method

	mu      sync.Mutex
	people  map[int64]*person
	order   []int64 // people by creation
	files   map[string]*file
	fileSeq int64

	profile  profile
	pending  []*pending // by update_id
	updateID int64
	hook     webhook
	bell     chan struct{} // closed and replaced on every change
	poll     chan struct{} // closed to end the long poll that waits now
	running  bool          // Run is delivering
	wake     chan struct{} // pokes Run

	queries  map[string]*query
	querySeq int64

	calls      []Call
	callSeq    int64
	violations []Violation
	failures   []Failure
	duplicate  int
	rate       Rate
	buckets    map[int64]time.Time
	overall    time.Time

	subs    map[*subscriber]struct{}
	eventID int64
}

// DefaultPeople are the three of the demo: Ada buys, Boris is a friend, Olga
// is an admin.
func DefaultPeople() []Person {
	return []Person{
		{ID: 1001, FirstName: "Ada", LanguageCode: "en", Note: "buyer"},
		{ID: 1002, FirstName: "Boris", LanguageCode: "ru", Note: "friend"},
		{ID: 1003, FirstName: "Olga", LanguageCode: "en", Note: "admin"},
	}
}

// New makes a server with the people of cfg, nothing said yet.
func New(cfg Config) *Server {
	cfg = withDefaults(cfg)
	s := &Server{
		cfg: cfg, methods: methodTable(),
		people: map[int64]*person{}, files: map[string]*file{},
		profile: newProfile(cfg.BotName),
		bell:    make(chan struct{}), wake: make(chan struct{}, 1),
		queries: map[string]*query{}, buckets: map[int64]time.Time{},
		rate: *cfg.Rate, subs: map[*subscriber]struct{}{},
		updateID: 100_000,
	}
	s.hook.maxConnections = defaultMaxConnections
	s.bot = User{ID: botID(cfg.Token), IsBot: true, FirstName: cfg.BotName, Username: cfg.BotUsername}
	for _, p := range cfg.People {
		s.addPerson(p)
	}
	return s
}

func withDefaults(cfg Config) Config {
	if cfg.Token == "" {
		cfg.Token = defaultToken
	}
	if cfg.BotUsername == "" {
		cfg.BotUsername = "giftbot_demo_bot"
	}
	if cfg.BotName == "" {
		cfg.BotName = "giftbot demo"
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.People == nil {
		cfg.People = DefaultPeople()
	}
	if cfg.Rate == nil {
		r := DefaultRate()
		cfg.Rate = &r
	}
	client := http.Client{Timeout: defaultWebhookCap}
	if cfg.Client != nil {
		client = *cfg.Client
	}
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	cfg.Client = &client
	return cfg
}

func botID(token string) int64 {
	head, _, _ := strings.Cut(token, ":")
	if id, err := strconv.ParseInt(head, 10, 64); err == nil {
		return id
	}
	return 7000000001
}

func (s *Server) addPerson(p Person) *person {
	it := &person{Person: p, messages: map[int64]*message{}}
	s.people[p.ID] = it
	s.order = append(s.order, p.ID)
	return it
}

// ring tells everyone who waits that something changed. The lock is held.
func (s *Server) ring() {
	close(s.bell)
	s.bell = make(chan struct{})
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// Wake makes Run look at the clock again; call it after moving the clock.
func (s *Server) Wake() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ring()
	s.emit("clock", map[string]any{"now": s.cfg.Now().UTC()})
}
