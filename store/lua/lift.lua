-- lift: spending goes on.
--
-- KEYS 1 freeze  2 replicas                            (all of one tag)
-- ARGV 1 id  2 what came out of it  3 how many lists are owed
--      4… their fields  … replicas that did not answer
-- returns {OK} | {STALE} another freeze stands, or none
--
-- The record stays: whoever remembers the freeze has to see that it ended, and
-- whoever serves which lists are owed.
if redis.call('HGET', KEYS[1], 'id') ~= ARGV[1] or redis.call('HGET', KEYS[1], 'stands') ~= '1' then
  return {'STALE'}
end
redis.call('HSET', KEYS[1], 'stands', '0', 'healed', ARGV[2])
local owed = tonumber(ARGV[3])
for i = 4, 3 + owed do
  redis.call('HSET', KEYS[1], ARGV[i], '1')
end
for i = 4 + owed, #ARGV do
  redis.call('HDEL', KEYS[2], ARGV[i])
end
return {'OK'}
