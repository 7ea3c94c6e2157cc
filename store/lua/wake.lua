-- wake: news from outside. The order becomes due now, the hint is kept.
--
-- KEYS 1 order  2 due  3 hints                         (all of one tag)
-- ARGV 1 number  2 clock offset (ms)  3 hint (one line)  4 most unread hints
-- returns {OK} | {MISSING}
--
-- A hint that waits unread already is not kept twice. With too many unread
-- ones the order is only made due: it will be looked at anyway.
if redis.call('EXISTS', KEYS[1]) == 0 then
  return {'MISSING'}
end
local now = clock() + ARGV[2]
local due = score(redis.call('ZSCORE', KEYS[2], ARGV[1]))
local hints = redis.call('HGET', KEYS[3], ARGV[1])
local keep = true
if hints then
  local claimed, rest = string.match(hints, '^(%d+)\n(.*)$')
  local n = 0
  for line in string.gmatch(rest, '[^\n]+') do
    n = n + 1
    if n > tonumber(claimed) and line == ARGV[3] then
      keep = false
    end
  end
  if n - claimed >= tonumber(ARGV[4]) then
    keep = false
  end
  hints = hints .. '\n' .. ARGV[3]
else
  hints = '0\n' .. ARGV[3]
end

if not due or due > now then
  redis.call('ZADD', KEYS[2], whole(now), ARGV[1])
end
if keep then
  redis.call('HSET', KEYS[3], ARGV[1], hints)
end
return {'OK'}
