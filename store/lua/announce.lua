-- announce: something is to be told about an order, without a change of it.
--
-- KEYS 1 order  2 outbox                               (all of one tag)
-- ARGV 1 member  2 clock offset (ms)
-- returns {OK} | {MISSING}
--
-- One that is being told right now is told once more: what it shows may be
-- older than what made somebody ask.
if redis.call('EXISTS', KEYS[1]) == 0 then
  return {'MISSING'}
end
redis.call('ZADD', KEYS[2], whole(clock() + ARGV[2]), ARGV[1])
return {'OK'}
