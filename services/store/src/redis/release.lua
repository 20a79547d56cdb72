-- Gives back the leave of a delivery, if it still has it.
-- KEYS: mark
-- ARGV: the delivery's token
if redis.call('GET', KEYS[1]) == ARGV[1] then
    redis.call('DEL', KEYS[1])
end
