-- Takes a pending message again and returns how often it has been delivered, or nothing if somebody else has it.
-- KEYS: stream
-- ARGV: group, consumer, least idle time, message
local claimed = redis.call('XCLAIM', KEYS[1], ARGV[1], ARGV[2], ARGV[3], ARGV[4])
if #claimed == 0 then
    return false
end
return redis.call('XPENDING', KEYS[1], ARGV[1], ARGV[4], ARGV[4], 1)[1][4]
