-- book: postings that belong to no order, once by their id.
--
-- KEYS 1 booked  2 ledger                              (all of one tag)
-- ARGV 1 id  2 ledger line
-- returns {OK} | {ALREADY}
if redis.call('SISMEMBER', KEYS[1], ARGV[1]) == 1 then
  return {'ALREADY'}
end

redis.call('SADD', KEYS[1], ARGV[1])
redis.call('RPUSH', KEYS[2], ARGV[2])
return {'OK'}
