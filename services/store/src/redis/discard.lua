-- Removes a message that is worth nothing any more.
-- KEYS: stream, mark
-- ARGV: group, message, the delivery's token
redis.call('XACK', KEYS[1], ARGV[1], ARGV[2])
redis.call('XDEL', KEYS[1], ARGV[2])
if redis.call('GET', KEYS[2]) == ARGV[3] then
    redis.call('DEL', KEYS[2])
end
