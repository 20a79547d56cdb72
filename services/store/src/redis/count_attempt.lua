-- Counts an attempt on a live challenge and returns the MAC to compare with.
-- The phone's count outlives a replaced challenge, the challenge's own count outlives a forgotten count of the phone.
-- KEYS: challenge, failures
-- ARGV: id, attempts, window
local held = redis.call('HMGET', KEYS[1], 'id', 'mac', 'attempts')
if held[1] ~= ARGV[1] then
    return false
end
local limit = tonumber(ARGV[2])
local failures = tonumber(redis.call('GET', KEYS[2]) or '0')
if failures >= limit or tonumber(held[3]) >= limit then
    return false
end
redis.call('HINCRBY', KEYS[1], 'attempts', 1)
redis.call('SET', KEYS[2], failures + 1, 'PX', ARGV[3])
return held[2]
