-- take: leases one outbox member (an announcement or a reply) and returns
-- what it is made from.
--
-- KEYS 1 outbox or replies  2 lease  3 tries  4 order record or payload
--                                                      (all of one tag)
-- ARGV 1 member  2 lease (ms)  3 clock offset (ms)
-- returns {OK, lease end (ms), tries before this one, record}
--       | {BUSY} leased, or not due yet  | {MISSING} nothing to tell
--
-- The member's score becomes the end of the lease: whoever announces it anew
-- in the meantime changes the score, and the acknowledgement sees it.
local at = score(redis.call('ZSCORE', KEYS[1], ARGV[1]))
if not at then
  return {'MISSING'}
end
local real = clock()
local lease = score(redis.call('ZSCORE', KEYS[2], ARGV[1]))
if lease and lease > real then
  return {'BUSY'}
end
if at > real + ARGV[3] then
  return {'BUSY'}
end
local record = redis.call('GET', KEYS[4])
if not record then
  redis.call('ZREM', KEYS[1], ARGV[1])
  redis.call('ZREM', KEYS[2], ARGV[1])
  redis.call('HDEL', KEYS[3], ARGV[1])
  return {'MISSING'}
end

local ends = whole(real + ARGV[2])
redis.call('ZADD', KEYS[1], ends, ARGV[1])
redis.call('ZADD', KEYS[2], ends, ARGV[1])
local tries = redis.call('HINCRBY', KEYS[3], ARGV[1], '1') - 1
return {'OK', ends, whole(tries), record}
