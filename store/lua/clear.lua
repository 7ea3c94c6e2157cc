-- clear: what another buyer sent arrives at a buyer's credit, once.
--
-- KEYS 1 cleared  2 buyer's balance  3 buyer's movements  4 ledger  5 seq
--                                                      (all of one tag)
-- ARGV 1 posting key it left by  2 balance that 3 was computed from
--      3 what it becomes ('' = it cannot)  4 movement line  5 ledger line
--      6 clock offset (ms)
-- returns {OK, seq} | {ALREADY}
--         | {CREDIT, balance} it is not what 3 was computed from, or there is
--           no 3: nothing changed
--
-- Which keys arrived is kept for good: a sweep that slept for a year may still
-- believe that one is on its way.
if redis.call('SISMEMBER', KEYS[1], ARGV[1]) == 1 then
  return {'ALREADY'}
end
local balance = uncovered(KEYS[2], ARGV[2], ARGV[3])
if balance then
  return {'CREDIT', balance}
end

redis.call('SADD', KEYS[1], ARGV[1])
move_credit(KEYS[2], KEYS[3], ARGV[3], ARGV[4], whole(clock() + ARGV[6]))
redis.call('RPUSH', KEYS[4], ARGV[5])
return {'OK', whole(redis.call('INCR', KEYS[5]))}
