-- release: frees a lock and books which vendor order belongs to its owner.
--
-- KEYS 1 locks  2 owners of vendor orders              (all of one tag)
-- ARGV 1 lock  2 owner  3 the vendor's order id ('' = none)
-- returns {OK} | {OWNED, owner} the vendor order belongs to somebody else,
--         nothing changed
local held = redis.call('HGET', KEYS[1], ARGV[1])
local owner = held and string.match(held, '^%d+ (.*)$')
local booked = ARGV[3] ~= '' and redis.call('HGET', KEYS[2], ARGV[3])
if booked and booked ~= ARGV[2] then
  return {'OWNED', booked}
end

if owner == ARGV[2] then
  redis.call('HDEL', KEYS[1], ARGV[1])
end
if ARGV[3] ~= '' and not booked then
  redis.call('HSET', KEYS[2], ARGV[3], ARGV[2])
end
return {'OK'}
