-- Takes over what any consumer has left alone for too long.
-- KEYS: stream
-- ARGV: group, consumer, how many, from which id, least idle time
-- Returns the id to go on from (or an empty text), the messages with their delivery counts, how many are lost.
local reply = redis.call('XAUTOCLAIM', KEYS[1], ARGV[1], ARGV[2], ARGV[5], ARGV[4], 'COUNT', ARGV[3])
local messages = {}
for _, entry in ipairs(reply[2]) do
    local count = redis.call('XPENDING', KEYS[1], ARGV[1], entry[1], entry[1], 1)[1][4]
    messages[#messages + 1] = {entry, count}
end
local next = reply[1]
if next == '0-0' then
    next = ''
end
return {next, messages, #reply[3]}
