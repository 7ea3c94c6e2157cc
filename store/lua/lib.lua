-- lib: stands in front of every script.

-- clock returns the time of Redis in milliseconds.
local function clock()
  local t = redis.call('TIME')
  return t[1] * 1000 + math.floor(t[2] / 1000)
end

-- whole writes milliseconds without an exponent.
local function whole(n)
  return string.format('%.0f', tonumber(n))
end

-- score reads the score of a sorted set member as milliseconds, nil if there
-- is none. Redis may write 4000000000000 as 4e+12, which not every Lua reads.
local function score(text)
  if not text then
    return nil
  end
  local digits, exponent = string.match(text, '^(.-)e%+?(%d+)$')
  if digits then
    return math.floor(digits * 10 ^ exponent + 0.5)
  end
  return tonumber(text)
end


-- uncovered compares a buyer's credit (micros, none is 0) with the value the
-- caller computed from, '' if credit has no part in it. It returns what stands
-- there when that is another, or when the caller found no next value.
local function uncovered(key, read, next)
  if read == '' then
    return nil
  end
  local found = redis.call('GET', key) or '0'
  if found ~= read or next == '' then
    return found
  end
  return nil
end

-- move_credit writes a buyer's next balance and what led to it, one line per
-- movement.
local function move_credit(balance, movements, next, lines, now)
  if next == '' then
    return
  end
  redis.call('SET', balance, next)
  for line in string.gmatch(lines, '[^\n]+') do
    redis.call('RPUSH', movements, now .. '|' .. line)
  end
end

-- send_off notes what is on its way to other buyers: "posting key|what" lines.
local function send_off(transit, lines)
  for key, what in string.gmatch(lines, '([^|\n]+)|([^\n]+)') do
    redis.call('HSET', transit, key, what)
  end
end

-- wait_held keeps since when an order waits for a person.
local function wait_held(held, number, is, now)
  if is == '1' then
    redis.call('ZADD', held, 'NX', now, number)
  else
    redis.call('ZREM', held, number)
  end
end
