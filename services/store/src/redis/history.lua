-- Delivers again what this consumer had not finished.
-- KEYS: stream
-- ARGV: group, consumer, how many, after which id
-- Returns the id to go on from (or an empty text), the messages with their delivery counts, how many are lost.
local reply = redis.call('XREADGROUP', 'GROUP', ARGV[1], ARGV[2], 'COUNT', ARGV[3], 'STREAMS', KEYS[1], ARGV[4])
local last, messages, lost = '', {}, 0
for _, entry in ipairs(reply and reply[1][2] or {}) do
    last = entry[1]
    if entry[2] then
        local count = redis.call('XPENDING', KEYS[1], ARGV[1], last, last, 1)[1][4]
        messages[#messages + 1] = {entry, count}
    else
        -- Removed from the stream, but still pending.
        redis.call('XACK', KEYS[1], ARGV[1], last)
        lost = lost + 1
    end
end
return {last, messages, lost}
