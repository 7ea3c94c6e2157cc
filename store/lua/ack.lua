-- ack: an outbox member was told. It goes, unless it was announced anew
-- since it was taken: then only the lease goes.
--
-- KEYS 1 outbox or replies  2 lease  3 tries  4 payload (replies only)
--                                                      (all of one tag)
-- ARGV 1 member  2 lease as taken
-- returns {OK} | {LOST} the lease is not ours any more, nothing changed
local lease = tonumber(ARGV[2])
if score(redis.call('ZSCORE', KEYS[2], ARGV[1])) ~= lease then
  return {'LOST'}
end
redis.call('ZREM', KEYS[2], ARGV[1])
if score(redis.call('ZSCORE', KEYS[1], ARGV[1])) == lease then
  redis.call('ZREM', KEYS[1], ARGV[1])
  redis.call('HDEL', KEYS[3], ARGV[1])
  if KEYS[4] then
    redis.call('DEL', KEYS[4])
  end
end
return {'OK'}
