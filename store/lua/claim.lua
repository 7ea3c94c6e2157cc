-- claim: leases one order for one worker, by the clock of Redis alone.
--
-- KEYS 1 order  2 lease  3 hints                       (all of one tag)
-- ARGV 1 number  2 lease (ms)
-- returns {OK, record, hints, lease end (ms)} | {BUSY, ms until the lease ends} | {MISSING}
--
-- How many hints were handed out is written before them. A claim after one
-- that was never committed leaves that count alone, so that a late commit of
-- the first worker clears nothing it has not seen.
local found = redis.call('GET', KEYS[1])
if not found then
  return {'MISSING'}
end
local real = clock()
local lease = score(redis.call('ZSCORE', KEYS[2], ARGV[1]))
if lease and lease > real then
  return {'BUSY', whole(lease - real)}
end
local hints = redis.call('HGET', KEYS[3], ARGV[1])
local claimed, rest = '', ''
if hints then
  claimed, rest = string.match(hints, '^(%d+)\n(.*)$')
end

local ends = whole(real + ARGV[2])
redis.call('ZADD', KEYS[2], ends, ARGV[1])
if claimed == '0' then
  local n = 0
  for _ in string.gmatch(rest, '[^\n]+') do
    n = n + 1
  end
  redis.call('HSET', KEYS[3], ARGV[1], n .. '\n' .. rest)
end
return {'OK', found, rest, ends}
