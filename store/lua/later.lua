-- later: an outbox member could not be told now; it waits until a moment.
--
-- KEYS 1 outbox or replies  2 lease                    (all of one tag)
-- ARGV 1 member  2 lease as taken  3 moment (ms)
-- returns {OK} | {LOST} the lease is not ours any more, nothing changed
if score(redis.call('ZSCORE', KEYS[2], ARGV[1])) ~= tonumber(ARGV[2]) then
  return {'LOST'}
end
redis.call('ZREM', KEYS[2], ARGV[1])
redis.call('ZADD', KEYS[1], ARGV[3], ARGV[1])
return {'OK'}
