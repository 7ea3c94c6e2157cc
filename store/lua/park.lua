-- park: gives a claimed order back unchanged, to be looked at later.
--
-- KEYS 1 order  2 due  3 lease  4 hints                (all of one tag)
-- ARGV 1 number  2 version it was looked at in  3 due (ms, 0 = never)
--      4 clock offset (ms)
-- returns {OK} | {STALE} the order moved on, nothing changed | {MISSING}
--
-- A hint that came after the claim keeps the order due now.
local found = redis.call('GET', KEYS[1])
if not found then
  return {'MISSING'}
end
if string.match(found, '^%d+') ~= ARGV[2] then
  return {'STALE'}
end
local now = whole(clock() + ARGV[4])
local hints = redis.call('HGET', KEYS[4], ARGV[1])
local rest, fresh = '', false
if hints then
  local claimed
  claimed, rest = string.match(hints, '^(%d+)\n(.*)$')
  local n = 0
  for _ in string.gmatch(rest, '[^\n]+') do
    n = n + 1
  end
  fresh = n > tonumber(claimed)
end

redis.call('ZREM', KEYS[3], ARGV[1])
if hints then
  redis.call('HSET', KEYS[4], ARGV[1], '0\n' .. rest)
end
if fresh then
  redis.call('ZADD', KEYS[2], now, ARGV[1])
elseif ARGV[3] == '0' then
  redis.call('ZREM', KEYS[2], ARGV[1])
else
  redis.call('ZADD', KEYS[2], ARGV[3], ARGV[1])
end
return {'OK'}
