-- defer: keeps a reply that could not be sent at once.
--
-- KEYS 1 replies  2 payload                            (all of one tag)
-- ARGV 1 member  2 payload (sealed)  3 moment (ms)
-- returns {OK} | {ALREADY}
if redis.call('ZSCORE', KEYS[1], ARGV[1]) then
  return {'ALREADY'}
end
redis.call('SET', KEYS[2], ARGV[2])
redis.call('ZADD', KEYS[1], ARGV[3], ARGV[1])
return {'OK'}
