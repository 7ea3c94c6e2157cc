-- renew: prolongs a lease that has not run out.
--
-- KEYS 1 lease
-- ARGV 1 member  2 lease (ms)
-- returns {OK} | {BUSY}
local t = redis.call('TIME')
local real = t[1] * 1000 + math.floor(t[2] / 1000)
local lease = redis.call('ZSCORE', KEYS[1], ARGV[1])
if not lease or tonumber(lease) <= real then
  return {'BUSY'}
end
redis.call('ZADD', KEYS[1], string.format('%.0f', real + ARGV[2]), ARGV[1])
return {'OK'}
