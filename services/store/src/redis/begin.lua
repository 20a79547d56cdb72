-- Gives one delivery at a time leave to bring about the effect of a message that has not been brought about.
-- KEYS: mark
-- ARGV: the delivery's token, how long the leave lasts
local held = redis.call('GET', KEYS[1])
if held == 'done' then
    return 'done'
end
if held and held ~= ARGV[1] then
    return 'in progress'
end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 'started'
