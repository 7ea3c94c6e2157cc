-- session: saves one person's session and remembers the update it came from.
--
-- KEYS 1 session
-- ARGV 1 version it was made from (0 = none)  2 version it becomes
--      3 update (4 bytes, '' = none)  4 body  5 most updates remembered
-- returns {OK} | {DUP, record} the update was handled before
--       | {STALE, record or ''} somebody saved in between
--
-- The record is "<version> <count><updates, 4 bytes each, newest first><body>",
-- the count as one character from 'A' (0) on.
local found = redis.call('GET', KEYS[1])
local version, seen = '0', ''
if found then
  local space = string.find(found, ' ', 1, true)
  version = string.sub(found, 1, space - 1)
  local count = string.byte(found, space + 1) - 65
  seen = string.sub(found, space + 2, space + 1 + 4 * count)
  if ARGV[3] ~= '' then
    for i = 1, #seen, 4 do
      if string.sub(seen, i, i + 3) == ARGV[3] then
        return {'DUP', found}
      end
    end
  end
end
if version ~= ARGV[1] then
  return {'STALE', found or ''}
end

seen = string.sub(ARGV[3] .. seen, 1, 4 * ARGV[5])
redis.call('SET', KEYS[1], ARGV[2] .. ' ' .. string.char(65 + #seen / 4) .. seen .. ARGV[4])
return {'OK'}
