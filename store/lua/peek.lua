-- peek: what is due on one shard and not under lease, and what comes next.
-- Reads only.
--
-- KEYS 1 lease  2… sorted sets to look into            (all of one tag)
-- ARGV 1 clock offset (ms)  2 most members per set
-- returns one list per set: {next moment (ms, 0 = none), score, member, …},
--         the longest waiting first
--
-- Due moments are told by the clock with its offset, leases by the clock of
-- Redis alone; a lease that hides a due member ends at "next".
local real = clock()
local now = whole(real + ARGV[1])
local most = tonumber(ARGV[2])
local window = most + redis.call('ZCARD', KEYS[1])
local all = {}
for k = 2, #KEYS do
  local out = {'0'}
  local due = redis.call('ZRANGEBYSCORE', KEYS[k], '-inf', now, 'WITHSCORES', 'LIMIT', '0', window)
  local next_at = 0
  for i = 1, #due, 2 do
    local lease = score(redis.call('ZSCORE', KEYS[1], due[i]))
    if lease and lease > real then
      local free = lease + ARGV[1]
      if next_at == 0 or free < next_at then
        next_at = free
      end
    elseif #out < 1 + 2 * most then
      out[#out + 1] = whole(score(due[i + 1]))
      out[#out + 1] = due[i]
    end
  end
  local later = redis.call('ZRANGEBYSCORE', KEYS[k], '(' .. now, '+inf', 'WITHSCORES', 'LIMIT', '0', '1')
  if later[2] and (next_at == 0 or score(later[2]) < next_at) then
    next_at = score(later[2])
  end
  out[1] = whole(next_at)
  all[#all + 1] = out
end
return all
