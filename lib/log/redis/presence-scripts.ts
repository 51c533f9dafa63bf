/**
 * Who follows what: `p:<topic>` has for each stream, named by its node and its id, what is told of it; `n:<node>` has for
 * each stream of a node the topics where it stands; `nodes` has the nodes by when they were last there, in milliseconds.
 */

const CLOCK = `
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local function leave(key, channel, field)
  local left = redis.call('HGET', key, field)
  if not left then return end
  redis.call('HDEL', key, field)
  redis.call('SPUBLISH', channel, '-' .. left)
end
`;

/**
 * `KEYS`: the nodes, the node's streams, the topics. `ARGV`: the node, milliseconds after which a node that is not heard
 * of is gone, milliseconds for which keys are kept that nobody touches; how many streams have changed, and for each its
 * id and its topics ('' where it is over); then for each stream and topic the place of that among the keys, its channel,
 * the stream's id and what is told of it ('' where it has left). Answers with whether the node was unknown (1), and the
 * nodes that are gone.
 */
export const ATTEND = `${CLOCK}
local node, gone_after, kept = ARGV[1], tonumber(ARGV[2]), ARGV[3]
local is_new = redis.call('ZADD', KEYS[1], now, node)
local place = 5
for _ = 1, tonumber(ARGV[4]) do
  if ARGV[place + 1] == '' then redis.call('HDEL', KEYS[2], ARGV[place])
  else redis.call('HSET', KEYS[2], ARGV[place], ARGV[place + 1]) end
  place = place + 2
end
while place <= #ARGV do
  local key, channel, field, told = KEYS[tonumber(ARGV[place])], ARGV[place + 1], node .. ' ' .. ARGV[place + 2], ARGV[place + 3]
  if told == '' then leave(key, channel, field)
  else
    if redis.call('HSET', key, field, told) == 1 then redis.call('SPUBLISH', channel, '+' .. told) end
    redis.call('PEXPIRE', key, kept)
  end
  place = place + 4
end
redis.call('PEXPIRE', KEYS[1], kept)
redis.call('PEXPIRE', KEYS[2], kept)
local answer = redis.call('ZRANGE', KEYS[1], '-inf', now - gone_after, 'BYSCORE', 'LIMIT', 0, 4)
table.insert(answer, 1, is_new)
return answer
`;

/**
 * `KEYS`: the nodes, the streams of a node. `ARGV`: the node, and milliseconds after which it is gone, or 0 where it says
 * so itself. Answers with some of its streams, each with its topics; with nothing where it is not gone.
 */
export const DEPARTED = `${CLOCK}
local last = tonumber(redis.call('ZSCORE', KEYS[1], ARGV[1]) or 0)
if last > now - tonumber(ARGV[2]) then return {} end
return redis.call('HSCAN', KEYS[2], 0, 'COUNT', 100)[2]
`;

/**
 * `KEYS`: the nodes, the streams of a node, topics. `ARGV`: the node, and milliseconds after which it is gone; how many
 * streams, and their ids; then for each stream and topic the place of that among the keys, its channel and the stream's
 * id. Takes them away, and the node where nothing is left of it.
 */
export const FORGET = `${CLOCK}
local node = ARGV[1]
local last = tonumber(redis.call('ZSCORE', KEYS[1], node) or 0)
if last > now - tonumber(ARGV[2]) then return 0 end
local place = 4
for _ = 1, tonumber(ARGV[3]) do
  redis.call('HDEL', KEYS[2], ARGV[place])
  place = place + 1
end
while place <= #ARGV do
  leave(KEYS[tonumber(ARGV[place])], ARGV[place + 1], node .. ' ' .. ARGV[place + 2])
  place = place + 3
end
if redis.call('HLEN', KEYS[2]) == 0 then redis.call('ZREM', KEYS[1], node) end
return 1
`;

/**
 * `KEYS`: the nodes, a topic. `ARGV`: milliseconds after which a node is gone, and where to go on. Answers with where to
 * go on ('0' at the end), the nodes that are there, and some of the topic's streams.
 */
export const PRESENT = `${CLOCK}
local found = redis.call('HSCAN', KEYS[2], ARGV[2], 'COUNT', 1000)
local nodes = redis.call('ZRANGE', KEYS[1], '(' .. string.format('%.0f', now - tonumber(ARGV[1])), '+inf', 'BYSCORE')
return { found[1], nodes, found[2] }
`;
