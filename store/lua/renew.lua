-- renew: prolongs a lease that has not run out.
--
-- KEYS 1 lease
-- ARGV 1 member  2 lease (ms)
-- returns {OK} | {BUSY}
local real = clock()
local lease = score(redis.call('ZSCORE', KEYS[1], ARGV[1]))
if not lease or lease <= real then
  return {'BUSY'}
end
redis.call('ZADD', KEYS[1], whole(real + ARGV[2]), ARGV[1])
return {'OK'}
