-- defer: keeps a reply that could not be sent at once.
--
-- KEYS 1 replies  2 payload  3 tries                   (all of one tag)
-- ARGV 1 member  2 payload (sealed)  3 moment (ms)
-- returns {OK}
--
-- In place of one that waits, with tries of its own: it is the newer one. One
-- that is being sent right now is sent once more.
redis.call('SET', KEYS[2], ARGV[2])
redis.call('ZADD', KEYS[1], ARGV[3], ARGV[1])
redis.call('HDEL', KEYS[3], ARGV[1])
return {'OK'}
