-- lift: spending goes on.
--
-- KEYS 1 freeze  2 replicas                            (all of one tag)
-- ARGV 1 id  2 what came out of it  3… replicas that did not answer
-- returns {OK} | {STALE} another freeze stands, or none
--
-- The record stays: whoever remembers the freeze has to see that it ended.
if redis.call('HGET', KEYS[1], 'id') ~= ARGV[1] or redis.call('HGET', KEYS[1], 'stands') ~= '1' then
  return {'STALE'}
end
redis.call('HSET', KEYS[1], 'stands', '0', 'healed', ARGV[2])
for i = 3, #ARGV do
  redis.call('HDEL', KEYS[2], ARGV[i])
end
return {'OK'}
