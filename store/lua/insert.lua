-- insert: stores a new order, everything that goes with it, in one step.
--
-- KEYS 1 order  2 buyer's index  3 buyer's open set  4 due  5 lease
--      6 outbox  7 reserve  8 ledger  9 seq  10 held  11 buyer's balance
--      12 buyer's movements  13 transit                (all of one tag)
-- ARGV 1 number  2 op (8 characters)  3 body  4 due (ms, 0 = never)
--      5 lease to take (ms, 0 = none)  6 clock offset (ms)
--      7 counts as open (1/0)  8 most open orders (0 = no limit)
--      9 reserve ('' = none)  10 ledger line ('' = none)
--      11 waits for a person (1/0)
--      12 the buyer's balance that 13 was computed from ('' = not moved)
--      13 what it becomes ('' = it cannot)  14 movement lines
--      15 lines for transit ('' = none)
--      16… outbox members to announce now
-- returns {OK, seq} | {ALREADY, record} | {STALE} | {TOOMANY}
--         | {CREDIT, balance} it is not what 13 was computed from, or there
--           is no 13: nothing changed
local found = redis.call('GET', KEYS[1])
if found then
  local ops = string.match(found, '^%d+ (%S+) ')
  if string.find(',' .. ops .. ',', ',' .. ARGV[2] .. ',', 1, true) then
    return {'ALREADY', found}
  end
  return {'STALE'}
end
local most = tonumber(ARGV[8])
if most > 0 and redis.call('SCARD', KEYS[3]) >= most then
  return {'TOOMANY'}
end
local balance = uncovered(KEYS[11], ARGV[12], ARGV[13])
if balance then
  return {'CREDIT', balance}
end

local real = clock()
local now = whole(real + ARGV[6])

redis.call('SET', KEYS[1], '1 ' .. ARGV[2] .. ' ' .. ARGV[3])
redis.call('APPEND', KEYS[2], ARGV[1])
if ARGV[7] == '1' then
  redis.call('SADD', KEYS[3], ARGV[1])
end
if ARGV[4] ~= '0' then
  redis.call('ZADD', KEYS[4], ARGV[4], ARGV[1])
end
if ARGV[5] ~= '0' then
  redis.call('ZADD', KEYS[5], whole(real + ARGV[5]), ARGV[1])
end
for i = 16, #ARGV do
  redis.call('ZADD', KEYS[6], now, ARGV[i])
end
if ARGV[9] ~= '' then
  redis.call('HSET', KEYS[7], ARGV[1], ARGV[9])
end
if ARGV[10] ~= '' then
  redis.call('RPUSH', KEYS[8], ARGV[10])
end
move_credit(KEYS[11], KEYS[12], ARGV[13], ARGV[14], now)
send_off(KEYS[13], ARGV[15])
wait_held(KEYS[10], ARGV[1], ARGV[11], now)
return {'OK', whole(redis.call('INCR', KEYS[9]))}
