-- Remembers that the effect of a message has happened, and removes the message.
-- KEYS: stream, mark
-- ARGV: group, message, how long to remember
redis.call('SET', KEYS[2], 'done', 'PX', ARGV[3])
redis.call('XACK', KEYS[1], ARGV[1], ARGV[2])
redis.call('XDEL', KEYS[1], ARGV[2])
