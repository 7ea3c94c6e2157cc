-- sign: a replica says that it misses nothing of what it has seen, and that it
-- is there.
--
-- KEYS 1 replicas
-- ARGV 1 replica  2 the Redis it has compared
-- returns {OK, now (ms)}
local now = whole(clock())
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2] .. ' ' .. now)
return {'OK', now}
