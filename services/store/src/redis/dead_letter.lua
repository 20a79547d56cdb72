-- Moves a message to the dead-letter stream, unless it is not pending any more: then somebody else has decided.
-- KEYS: stream, mark, dead-letter stream
-- ARGV: group, message, the delivery's token, how many dead letters to keep, then the letter's fields
if #redis.call('XPENDING', KEYS[1], ARGV[1], ARGV[2], ARGV[2], 1) == 0 then
    return
end
redis.call('XADD', KEYS[3], 'MAXLEN', '=', ARGV[4], '*', unpack(ARGV, 5))
redis.call('XACK', KEYS[1], ARGV[1], ARGV[2])
redis.call('XDEL', KEYS[1], ARGV[2])
if redis.call('GET', KEYS[2]) == ARGV[3] then
    redis.call('DEL', KEYS[2])
end
