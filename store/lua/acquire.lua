-- acquire: the permit for one send of one purchase at a vendor.
--
-- KEYS 1 locks  2 rate tokens  3 budget                (all of one tag)
-- ARGV 1 lock  2 owner  3 token (owner and send)  4 sends per window (0 = any)
--      5 window (ms)  6 clock offset (ms)
--      7 budget field ('' = no budget)  8 its value as read  9 its new value
-- returns {OK, the budget now ('' = none asked for)} | {LOCKED, owner}
--         | {RATE, ms to wait} | {BUDGET, value found}
--
-- A lock never expires. The same owner may ask again; the same token is
-- taken once per window. The budget is computed by the caller: here the old
-- value is only compared and the new one written, once, with the lock.
local now = clock() + ARGV[6]
local held = redis.call('HGET', KEYS[1], ARGV[1])
local owner = held and string.match(held, '^%d+ (.*)$')
if owner and owner ~= ARGV[2] then
  return {'LOCKED', owner}
end
local limit, window = tonumber(ARGV[4]), tonumber(ARGV[5])
local since = whole(now - window)
local at = score(redis.call('ZSCORE', KEYS[2], ARGV[3]))
local had = at and at > now - window
if limit > 0 and not had then
  if redis.call('ZCOUNT', KEYS[2], '(' .. since, '+inf') >= limit then
    local first = redis.call('ZRANGEBYSCORE', KEYS[2], '(' .. since, '+inf', 'WITHSCORES', 'LIMIT', '0', '1')
    return {'RATE', whole(score(first[2]) + window - now)}
  end
end
if ARGV[7] ~= '' and not owner then
  local spent = redis.call('HGET', KEYS[3], ARGV[7]) or ''
  if spent ~= ARGV[8] then
    return {'BUDGET', spent}
  end
end

if not owner then
  redis.call('HSET', KEYS[1], ARGV[1], whole(now) .. ' ' .. ARGV[2])
end
if limit > 0 and not had then
  redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', since)
  redis.call('ZADD', KEYS[2], whole(now), ARGV[3])
end
if ARGV[7] ~= '' and not owner then
  redis.call('HSET', KEYS[3], ARGV[7], ARGV[9])
end
return {'OK', ARGV[7] ~= '' and redis.call('HGET', KEYS[3], ARGV[7]) or ''}
