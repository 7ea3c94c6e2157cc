-- floor: how far a shard was when this Redis was first met.
--
-- KEYS 1 floor  2 seq                                  (all of one tag)
-- ARGV 1 replication id
-- returns {OK, seq}
--
-- It is asked for on a new connection, before anything else is said there: what
-- is written afterwards cannot hide that something is missing.
local met = redis.call('HGET', KEYS[1], ARGV[1])
if not met then
  met = redis.call('GET', KEYS[2]) or '0'
  redis.call('DEL', KEYS[1])
  redis.call('HSET', KEYS[1], ARGV[1], met)
end
return {'OK', met}
