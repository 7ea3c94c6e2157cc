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

