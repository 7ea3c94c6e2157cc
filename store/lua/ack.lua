-- ack: an outbox member was told, and goes.
--
-- KEYS 1 outbox or replies  2 lease  3 tries  4 payload (replies only)
--                                                      (all of one tag)
-- ARGV 1 member  2 lease as taken
-- returns {OK} | {STALE} the lease is not ours any more, or the member was
--         announced anew since it was taken: nothing changed
--
-- A member that is gone is STALE as well: another sender, who took it after
-- our lease, may have told something newer.
local lease = tonumber(ARGV[2])
if score(redis.call('ZSCORE', KEYS[2], ARGV[1])) ~= lease or score(redis.call('ZSCORE', KEYS[1], ARGV[1])) ~= lease then
  return {'STALE'}
end

redis.call('ZREM', KEYS[2], ARGV[1])
redis.call('ZREM', KEYS[1], ARGV[1])
redis.call('HDEL', KEYS[3], ARGV[1])
if KEYS[4] then
  redis.call('DEL', KEYS[4])
end
return {'OK'}
