-- later: an outbox member could not be told now, or has to be told again; it
-- waits until a moment.
--
-- KEYS 1 outbox or replies  2 lease  3 order (only what may be told twice)
--                                                      (all of one tag)
-- ARGV 1 member  2 lease as taken  3 moment (ms)
-- returns {OK} | {ANEW} the lease was not ours any more, announced anew
--       | {LOST} the same, nothing changed
--
-- What was announced anew since it was taken keeps its moment: it is not the
-- newer state that could not be told.
-- Without the lease, whoever asks may have shown something older than what
-- another sender has told since, or is telling now: it is told once more.
-- What waits already shows the newest state anyway.
local lease = score(redis.call('ZSCORE', KEYS[2], ARGV[1]))
local at = score(redis.call('ZSCORE', KEYS[1], ARGV[1]))
if lease == tonumber(ARGV[2]) then
  redis.call('ZREM', KEYS[2], ARGV[1])
  if at == lease then
    redis.call('ZADD', KEYS[1], ARGV[3], ARGV[1])
  end
  return {'OK'}
end
if not KEYS[3] or redis.call('EXISTS', KEYS[3]) == 0 then
  return {'LOST'}
end
if at and at ~= lease then
  return {'LOST'}
end
redis.call('ZADD', KEYS[1], ARGV[3], ARGV[1])
return {'ANEW'}
