-- hurry: everything that waits to be told to one chat is due now.
--
-- KEYS 1 outbox  2 lease                               (all of one tag)
-- ARGV 1 how its members end (":<chat>")  2 clock offset (ms)
-- returns {OK}
--
-- What is under lease stays as it is: a changed score would count as announced
-- anew, and it would be told twice.
local real = clock()
local now = real + ARGV[2]
local waiting = {}
local all = redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. whole(now), '+inf')
for i = 1, #all do
  if string.sub(all[i], -#ARGV[1]) == ARGV[1] then
    local lease = score(redis.call('ZSCORE', KEYS[2], all[i]))
    if not lease or lease <= real then
      waiting[#waiting + 1] = all[i]
    end
  end
end

for i = 1, #waiting do
  redis.call('ZADD', KEYS[1], whole(now), waiting[i])
end
return {'OK'}
