-- freeze: spending stops for all replicas.
--
-- KEYS 1 freeze
-- ARGV 1 id  2 why  3 at (ms)  4 replica
-- returns {OK}
--
-- A freeze that stands is replaced: what was answered under it has to be
-- answered again.
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 'id', ARGV[1], 'why', ARGV[2], 'at', ARGV[3], 'by', ARGV[4], 'stands', '1')
return {'OK'}
