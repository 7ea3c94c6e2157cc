-- commit: one transition of one order.
--
-- KEYS 1 order  2 due  3 lease  4 hints  5 outbox  6 tries  7 reserve
--      8 ledger  9 buyer's open set  10 seq  11 held  12 buyer's balance
--      13 buyer's movements  14 transit  15 buyer's index, when the order
--        comes into it only now                        (all of one tag)
-- ARGV 1 number  2 version it was made from  3 version it becomes
--      4 op (8 characters)  5 body
--      6 due (ms, 0 = never, '' = made aside of a claim: due, lease and
--        hints stay as they are; 'now' = the same, and due at once)
--      7 lease to keep (ms, 0 = drop it)  8 clock offset (ms)
--      9 claimed hints are dealt with (1/0)  10 counts as open (1/0)
--      11 reserve ('' = none)  12 ledger line ('' = none)
--      13 outbox member completed ('' = none)  14 its lease
--      15 waits for a person (1/0)
--      16 the buyer's balance that 17 was computed from ('' = not moved)
--      17 what it becomes ('' = it cannot)  18 movement lines
--      19 lines for transit ('' = none)
--      20… outbox members to announce now
-- returns {OK, seq} | {ALREADY, record} | {STALE} | {MISSING}
--         | {CREDIT, balance} it is not what 17 was computed from, or there
--           is no 17: nothing changed
--
-- A hint that came after the claim survives and keeps the order due now.
-- An announcement that was renewed after it was taken survives its own
-- acknowledgement.
local found = redis.call('GET', KEYS[1])
if not found then
  return {'MISSING'}
end
local version, ops = string.match(found, '^(%d+) (%S+) ')
if string.find(',' .. ops .. ',', ',' .. ARGV[4] .. ',', 1, true) then
  return {'ALREADY', found}
end
if version ~= ARGV[2] then
  return {'STALE'}
end
local balance = uncovered(KEYS[12], ARGV[16], ARGV[17])
if balance then
  return {'CREDIT', balance}
end

local real = clock()
local now = whole(real + ARGV[8])

-- What remains of the hints: the first line says how many were claimed.
local aside = ARGV[6] == '' or ARGV[6] == 'now'
local hints = not aside and redis.call('HGET', KEYS[4], ARGV[1])
local left, fresh = '', false
if hints then
  local claimed, rest = string.match(hints, '^(%d+)\n(.*)$')
  local i = 0
  claimed = tonumber(claimed)
  for line in string.gmatch(rest, '[^\n]+') do
    i = i + 1
    if i > claimed then
      fresh = true
    end
    if i > claimed or ARGV[9] == '0' then
      left = left .. '\n' .. line
    end
  end
  if ARGV[7] ~= '0' and ARGV[9] == '0' then
    left = claimed .. left
  elseif left ~= '' then
    left = '0' .. left
  end
end
local done = false
if ARGV[13] ~= '' and score(redis.call('ZSCORE', KEYS[3], ARGV[13])) == tonumber(ARGV[14]) then
  done = true
end

redis.call('SET', KEYS[1], ARGV[3] .. ' ' .. ARGV[4] .. ',' .. string.sub(ops, 1, 26) .. ' ' .. ARGV[5])
if KEYS[15] then
  redis.call('APPEND', KEYS[15], ARGV[1])
end
if fresh or ARGV[6] == 'now' then
  redis.call('ZADD', KEYS[2], now, ARGV[1])
elseif aside then
  -- another worker may have it
elseif ARGV[6] == '0' then
  redis.call('ZREM', KEYS[2], ARGV[1])
else
  redis.call('ZADD', KEYS[2], ARGV[6], ARGV[1])
end
if not aside and ARGV[7] == '0' then
  redis.call('ZREM', KEYS[3], ARGV[1])
elseif not aside then
  redis.call('ZADD', KEYS[3], whole(real + ARGV[7]), ARGV[1])
end
if hints then
  if left == '' then
    redis.call('HDEL', KEYS[4], ARGV[1])
  else
    redis.call('HSET', KEYS[4], ARGV[1], left)
  end
end
if done then
  redis.call('ZREM', KEYS[3], ARGV[13])
  if score(redis.call('ZSCORE', KEYS[5], ARGV[13])) == tonumber(ARGV[14]) then
    redis.call('ZREM', KEYS[5], ARGV[13])
    redis.call('HDEL', KEYS[6], ARGV[13])
  end
end
for i = 20, #ARGV do
  redis.call('ZADD', KEYS[5], now, ARGV[i])
end
if ARGV[11] == '' then
  redis.call('HDEL', KEYS[7], ARGV[1])
else
  redis.call('HSET', KEYS[7], ARGV[1], ARGV[11])
end
if ARGV[12] ~= '' then
  redis.call('RPUSH', KEYS[8], ARGV[12])
end
move_credit(KEYS[12], KEYS[13], ARGV[17], ARGV[18], now)
send_off(KEYS[14], ARGV[19])
wait_held(KEYS[11], ARGV[1], ARGV[15], now)
if ARGV[10] == '1' then
  redis.call('SADD', KEYS[9], ARGV[1])
else
  redis.call('SREM', KEYS[9], ARGV[1])
end
return {'OK', whole(redis.call('INCR', KEYS[10]))}
