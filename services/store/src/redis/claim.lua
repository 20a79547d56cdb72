-- Uses up a challenge, if it still is the one that was compared.
-- KEYS: challenge, failures
-- ARGV: id, mac
local held = redis.call('HMGET', KEYS[1], 'id', 'mac')
if held[1] ~= ARGV[1] or held[2] ~= ARGV[2] then
    return 0
end
redis.call('DEL', KEYS[1], KEYS[2])
return 1
