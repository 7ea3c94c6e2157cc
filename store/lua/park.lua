-- park: gives a claimed order back unchanged, to be looked at later.
--
-- KEYS 1 order  2 due  3 lease  4 hints                (all of one tag)
-- ARGV 1 number  2 due (ms, 0 = never)  3 clock offset (ms)
-- returns {OK} | {MISSING}
--
-- A hint that came after the claim keeps the order due now.
if redis.call('EXISTS', KEYS[1]) == 0 then
  return {'MISSING'}
end
local now = whole(clock() + ARGV[3])
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
elseif ARGV[2] == '0' then
  redis.call('ZREM', KEYS[2], ARGV[1])
else
  redis.call('ZADD', KEYS[2], ARGV[2], ARGV[1])
end
return {'OK'}
