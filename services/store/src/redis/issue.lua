-- Stores a challenge and queues its message: both or neither.
-- KEYS: challenge, failures, cooldown, stream
-- ARGV: id, mac, lifetime, cooldown, attempts, backlog limit, then the entry's fields
local wait = redis.call('PTTL', KEYS[3])
if wait > 0 then
    return {'cooldown', wait}
end
local exhausted = tonumber(redis.call('GET', KEYS[2]) or '0') >= tonumber(ARGV[5])
if not exhausted and redis.call('XLEN', KEYS[4]) >= tonumber(ARGV[6]) then
    return {'full', ''}
end

-- The one step that the server can refuse comes first: nothing takes back what a script has written. The times below are
-- no reason to refuse one either: the caller keeps them within what Redis can add to the present.
local message = ''
if not exhausted then
    message = redis.call('XADD', KEYS[4], '*', unpack(ARGV, 7))
end
redis.call('DEL', KEYS[1], KEYS[3])
if tonumber(ARGV[4]) > 0 then
    redis.call('SET', KEYS[3], '1', 'PX', ARGV[4])
end
if exhausted then
    return {'suppressed', ''}
end
redis.call('HSET', KEYS[1], 'id', ARGV[1], 'mac', ARGV[2], 'attempts', '0')
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return {'queued', message}
