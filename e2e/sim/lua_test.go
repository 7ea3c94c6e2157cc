package sim

import (
	"bufio"
	"bytes"
	"crypto/sha1" // what Redis names a script by
	"encoding/hex"
	"io"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/alicebob/miniredis/v2/server"
	lua "github.com/yuin/gopher-lua"
	"github.com/yuin/gopher-lua/parse"

	"giftbot/store/redistest"
)

// runner executes the scripts of a miniredis in its stead: that one makes a new
// Lua state with all libraries for every call, which was a third of a story's
// cost. Here one state lives as long as the world; the scripts are the same, and
// so are their answers (TestScriptsAnswerAsBefore).
type runner struct {
	mini   *redistest.Mini
	writes atomic.Int64 // commands that may have changed something
	aside  bool         // miniredis runs the scripts itself

	mu      sync.Mutex // one script at a time, as in Redis
	state   *lua.LState
	sources map[string]string // that were loaded, by hash
	sha     string            // of the script under way
	buffer  bytes.Buffer      // answers to a script's own calls
	writer  *bufio.Writer
	reader  *bufio.Reader
	mirror  mirror
}

// quicken has scripts run in one state.
func quicken(mini *redistest.Mini) (*runner, error) {
	r := &runner{mini: mini, sources: map[string]string{}}
	r.writer, r.reader = bufio.NewWriter(&r.buffer), bufio.NewReader(&r.buffer)
	r.state = lua.NewState(lua.Options{SkipOpenLibs: true, RegistrySize: 1024, RegistryMaxSize: 256 * 1024, CallStackSize: 64})
	for _, lib := range []struct {
		name string
		open lua.LGFunction
	}{{lua.BaseLibName, lua.OpenBase}, {lua.TabLibName, lua.OpenTable}, {lua.StringLibName, lua.OpenString}, {lua.MathLibName, lua.OpenMath}} {
		if err := r.state.CallByParam(lua.P{Fn: r.state.NewFunction(lib.open), Protect: true}, lua.LString(lib.name)); err != nil {
			return nil, err
		}
	}
	mod := r.state.NewTable()
	mod.RawSetString("call", r.state.NewFunction(func(l *lua.LState) int { return r.call(l, true) }))
	mod.RawSetString("pcall", r.state.NewFunction(func(l *lua.LState) int { return r.call(l, false) }))
	r.state.SetGlobal("redis", mod)
	mini.Server().SetPreHook(r.hook)
	if err := r.protect(); err != nil {
		return nil, err
	}
	return r, nil
}

// protect refuses globals, as Redis does: a script could leave something to the
// next one.
func (r *runner) protect() error {
	return r.state.DoString(`
setmetatable(_G, {
  __newindex = function(_, name) error("Script attempted to create global variable '" .. tostring(name) .. "'", 2) end,
  __index = function(_, name) error("Script attempted to access nonexistent global variable '" .. tostring(name) .. "'", 2) end,
})
for _, lib in ipairs({string, table, math, redis}) do
  setmetatable(lib, {__newindex = function(_, name) error("Script attempted to change a library: " .. tostring(name), 2) end})
end`)
}

// hook sees every command before miniredis does, those of scripts as well.
func (r *runner) hook(c *server.Peer, cmd string, args ...string) bool {
	if r.aside && cmd != "INFO" && cmd != "WAIT" {
		r.writes.Add(1)
		return false
	}
	switch cmd {
	case "EVALSHA", "EVAL":
		r.mu.Lock()
		defer r.mu.Unlock()
		return r.eval(c, cmd, args)
	case "SCRIPT":
		return r.load(c, args)
	case "INFO", "WAIT":
		return r.answer(c, cmd, args)
	case "GET", "MGET", "STRLEN", "HGET", "HGETALL", "HVALS", "HKEYS", "LRANGE", "ZSCORE", "ZCARD", "ZRANGEBYSCORE", "TIME", "PING", "HLEN":
	default:
		r.writes.Add(1)
	}
	return false // miniredis answers
}

// unload has all scripts be unknown, as after a restart.
func (r *runner) unload() {
	r.mu.Lock()
	defer r.mu.Unlock()
	clear(r.sources)
	r.mini.Server().Dispatch(server.NewPeer(bufio.NewWriter(io.Discard)), []string{"SCRIPT", "FLUSH"})
}

// load keeps a script. That one compiles, miniredis need not find out again at
// every start of a replica.
func (r *runner) load(c *server.Peer, args []string) bool {
	if len(args) != 2 || !strings.EqualFold(args[0], "load") {
		return false
	}
	if _, err := compiled(args[1]); err != nil {
		return false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	sha := shaOf(args[1])
	r.sources[sha] = args[1]
	c.WriteBulk(sha)
	return true
}

func shaOf(text string) string {
	sum := sha1.Sum([]byte(text))
	return hex.EncodeToString(sum[:])
}

// eval answers a script, unless it is unknown or called in a wrong way: about
// that miniredis has the words.
func (r *runner) eval(c *server.Peer, cmd string, args []string) bool {
	if len(args) < 2 {
		return false
	}
	r.sha = args[0]
	source, known := r.sources[r.sha]
	if cmd == "EVAL" {
		r.sha, source, known = shaOf(args[0]), args[0], true
	}
	n, err := strconv.Atoi(args[1])
	if !known || err != nil || n < 0 || n > len(args)-2 {
		return false
	}
	defer r.state.SetTop(0)
	value, err := r.run(source, args[2:2+n], args[2+n:])
	if err != nil {
		c.WriteError("ERR Error compiling script (new function): " + err.Error())
		return true
	}
	if cmd == "EVAL" {
		r.sources[r.sha] = source
	}
	c.Block(func(w *server.Writer) { reply(w, value) })
	return true
}

// run executes a script and returns its first value.
func (r *runner) run(source string, keys, args []string) (lua.LValue, error) {
	proto, err := compiled(source)
	if err != nil {
		return nil, err
	}
	globals := r.state.G.Global
	globals.RawSetString("KEYS", r.list(keys))
	globals.RawSetString("ARGV", r.list(args))
	r.state.Push(r.state.NewFunctionFromProto(proto))
	if err := r.state.PCall(0, lua.MultRet, nil); err != nil {
		return nil, err
	}
	return r.state.Get(1), nil
}

func (r *runner) list(texts []string) *lua.LTable {
	t := r.state.CreateTable(len(texts), 0)
	for _, text := range texts {
		t.Append(lua.LString(text))
	}
	return t
}

// protos are the scripts of the whole process, compiled once.
var protos sync.Map

func compiled(source string) (*lua.FunctionProto, error) {
	if known, ok := protos.Load(source); ok {
		return known.(*lua.FunctionProto), nil
	}
	chunk, err := parse.Parse(strings.NewReader(source), "<string>")
	if err != nil {
		return nil, err
	}
	proto, err := lua.Compile(chunk, "")
	if err != nil {
		return nil, err
	}
	protos.Store(source, proto)
	return proto, nil
}

// call is what a script calls Redis by: an error ends the script, or is its
// value.
func (r *runner) call(l *lua.LState, fatal bool) int {
	args := make([]string, 0, 8)
	for i := 1; i <= l.GetTop(); i++ {
		switch a := l.Get(i).(type) {
		case lua.LNumber:
			args = append(args, a.String())
		case lua.LString:
			args = append(args, string(a))
		default:
			l.Error(lua.LString("Lua redis lib command arguments must be strings or integers script: "+r.sha+", &c."), 1)
		}
	}
	if len(args) == 0 {
		l.Error(lua.LString("Please specify at least one argument for this redis lib call script: "+r.sha+", &c."), 1)
	}
	answer, err := r.ask(args)
	if err != nil && fatal && strings.Contains(err.Error(), "ERR unknown command") {
		l.Error(lua.LString("Unknown Redis command called from script script: "+r.sha+", &c."), 1)
	}
	if err != nil && fatal {
		l.Error(lua.LString(err.Error()), 1)
	}
	if err != nil {
		t := l.NewTable()
		t.RawSetString("err", lua.LString(err.Error()))
		l.Push(t)
		return 1
	}
	l.Push(luaValue(l, answer))
	return 1
}

// ask has miniredis execute one command of a script.
func (r *runner) ask(args []string) (any, error) {
	r.buffer.Reset()
	r.writer.Reset(&r.buffer)
	r.reader.Reset(&r.buffer)
	peer := server.NewPeer(r.writer)
	r.mini.Server().Dispatch(peer, args)
	peer.Flush()
	return server.ParseReply(r.reader)
}

// luaValue is what an answer of Redis is to a script.
func luaValue(l *lua.LState, answer any) lua.LValue {
	switch v := answer.(type) {
	case nil:
		return lua.LFalse
	case int:
		return lua.LNumber(v)
	case string:
		return lua.LString(v)
	case server.Simple:
		t := l.NewTable()
		t.RawSetString("ok", lua.LString(v))
		return t
	case []any:
		t := l.CreateTable(len(v), 0)
		for _, e := range v {
			t.Append(luaValue(l, e))
		}
		return t
	default:
		l.RaiseError("an answer of type %T", v)
		return lua.LNil
	}
}

// reply writes what a script returned: numbers lose their fraction, a list ends
// at its first nil.
func reply(w *server.Writer, value lua.LValue) {
	switch v := value.(type) {
	case lua.LBool:
		if bool(v) {
			w.WriteInt(1)
			return
		}
		w.WriteNull()
	case lua.LNumber:
		w.WriteInt(int(v))
	case lua.LString:
		w.WriteBulk(string(v))
	case *lua.LTable:
		if s := v.RawGetString("err"); s != lua.LNil {
			w.WriteError(s.String())
			return
		}
		if s := v.RawGetString("ok"); s != lua.LNil {
			w.WriteInline(s.String())
			return
		}
		w.WriteLen(length(v))
		for i := range length(v) {
			reply(w, v.RawGetInt(i+1))
		}
	default:
		w.WriteNull()
	}
}

func length(t *lua.LTable) int {
	for n := 1; ; n++ {
		if t.RawGetInt(n) == lua.LNil {
			return n - 1
		}
	}
}
