-- answer: a replica has worked its journal off under a freeze.
--
-- KEYS 1 freeze
-- ARGV 1 id  2 field of the replica  3 what it took from its journal
-- returns {OK} | {STALE} another freeze stands, or none
if redis.call('HGET', KEYS[1], 'id') ~= ARGV[1] or redis.call('HGET', KEYS[1], 'stands') ~= '1' then
  return {'STALE'}
end
redis.call('HSETNX', KEYS[1], ARGV[2], ARGV[3])
return {'OK'}
