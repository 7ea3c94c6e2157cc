-- heard: a list that was owed since a freeze has answered.
--
-- KEYS 1 freeze
-- ARGV 1 id of the freeze  2 field of the gateway's list
-- returns {OK} | {STALE} another freeze came after that one
if redis.call('HGET', KEYS[1], 'id') ~= ARGV[1] then
  return {'STALE'}
end
redis.call('HDEL', KEYS[1], ARGV[2])
return {'OK'}
