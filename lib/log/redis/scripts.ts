import { ATTEND, DEPARTED, FORGET, PRESENT } from './presence-scripts.js';

/**
 * What runs in the server, each in one atomic step. All keys have the hub's prefix in braces in front, so that a Cluster
 * has them in one slot; and each script is told all keys that it touches, so that a slot on the move stops it before it
 * has begun:
 *
 * - `meta`: the epoch, the offset at which it began, the last one, the floor, the bytes in use, and the epochs before
 * - `topics`: what is known of each topic, its records left aside
 * - `e:<topic>`: its records, a list: the offset, `x` for one with an id of its own or of several topics and `-` for all
 *   others, and the text. A stream takes 4 KiB for the first of them, which many private topics do not get beyond
 * - `i:<topic>`: the offset of the first retained record that has an own id
 * - `order`: what was appended by one call, with the topics; the same text that nodes are notified with
 * - `oldest:t`, `oldest:u`: public and private topics by their oldest record, or less
 * - `due`: topics by when to look for what is too old
 * - `k:<idempotency key>`: the offset that was answered
 *
 * An offset is the server's time in microseconds, or one more than the last where that is not behind it.
 */

const PRELUDE = `
local META, TOPICS, ORDER, DUE = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local OLDEST_OF = { t = KEYS[5], u = KEYS[6] }
local P = string.sub(META, 1, -5)
local list_of, ids_of = {}, {}
local RECORD_BYTES, TOPIC_BYTES, EPOCHS = 48, 640, 16
-- Messages that are kept for nodes that have missed them, and their bytes, where they are as long as the last one.
local ORDER_LENGTH, ORDER_BYTES = 65536, 16777216
-- What is known of a topic: how many records it has and their bytes; up to where they are gone, and how many are; whether
-- another topic may still have one of those; the first record that it ever had, the newest and the oldest retained; up to
-- where it may have had others that nobody remembers; how long records are kept, in milliseconds, or -1; when its keys
-- were last told to expire; the id of the newest record, of the one that went last, and since when that had been the id.
local N, BYTES, UPTO, GONE, SHARED, FIRST, NEWEST, OLDEST, FLOOR, AGE, EXPIRES, NEWEST_ID, GONE_ID, GONE_ID_SINCE =
  1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14

local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local now_ms = math.floor(now / 1000)

local function text(number) return string.format('%.0f', number) end
local function offset_of(entry) return tonumber(string.match(entry, '^%d+')) end

local found = redis.call('HMGET', META, 'epoch', 'last', 'floor', 'used:t', 'used:u', 'epochs', 'since')
local epoch, last, floor = found[1], tonumber(found[2] or 0), tonumber(found[3] or 0)
local used = { t = tonumber(found[4] or 0), u = tonumber(found[5] or 0) }
local epochs, since = found[6] or '', tonumber(found[7] or 0)

local function save_meta()
  redis.call('HSET', META, 'epoch', epoch, 'last', text(last), 'floor', text(floor),
    'used:t', text(used.t), 'used:u', text(used.u), 'epochs', epochs, 'since', text(since))
end

local function budget_of(key) return string.sub(key, 1, 1) == 'u' and 'u' or 't' end

local states, touched, is_changed = {}, {}, false

local function touch(key)
  touched[key] = true
  is_changed = true
end

-- The topics that are asked about, and where their keys are.
local function know(key, place)
  list_of[key], ids_of[key] = KEYS[place], KEYS[place + 1]
end

local function state_of(key)
  local state = states[key]
  if state ~= nil then return state end
  local packed = redis.call('HGET', TOPICS, key)
  if packed then state = cmsgpack.unpack(packed)
  else
    state = false
    -- Where the server has taken the whole hash for want of memory, nobody knows what any topic had.
    if last > 0 and redis.call('HSETNX', TOPICS, '', '') == 1 and floor < last then
      floor, is_changed = last, true
    end
  end
  states[key] = state
  return state
end

local function create(key)
  local state = { 0, 0, floor, 0, false, 0, 0, 0, floor, -1, 0, false, false, 0 }
  states[key] = state
  local budget = budget_of(key)
  used[budget] = used[budget] + TOPIC_BYTES + #key
  redis.call('DEL', list_of[key], ids_of[key])
  return state
end

local function save()
  if not is_changed then return end
  for key in pairs(touched) do
    local state = states[key]
    if state then redis.call('HSET', TOPICS, key, cmsgpack.pack(state)) end
  end
  save_meta()
end

local function forget(key, state)
  if state[UPTO] > floor then floor = state[UPTO] end
  local budget = budget_of(key)
  used[budget] = used[budget] - TOPIC_BYTES - #key - state[BYTES]
  redis.call('HDEL', TOPICS, key)
  redis.call('ZREM', OLDEST_OF[budget], key)
  redis.call('ZREM', DUE, key)
  redis.call('DEL', list_of[key], ids_of[key])
  states[key], touched[key], is_changed = false, nil, true
end

-- The text of a record in a topic, its own id, and whether other topics have it too.
local function fields_of(entry)
  local place = string.find(entry, ' ', 1, true)
  local record = string.sub(entry, place + 3)
  if string.sub(entry, place + 1, place + 1) == '-' then return record, false, false end
  local fields = cjson.decode(record)
  return record, fields[3] ~= 0 and fields[3], type(fields[4]) == 'table'
end

-- The server has taken the topic's records itself, for want of memory or because they had expired.
local function lose_all(key, state)
  local budget = budget_of(key)
  used[budget] = used[budget] - state[BYTES]
  state[GONE], state[SHARED], state[UPTO] = state[GONE] + state[N], true, state[NEWEST]
  state[GONE_ID], state[GONE_ID_SINCE] = false, state[NEWEST]
  state[N], state[BYTES], state[OLDEST] = 0, 0, 0
  redis.call('DEL', list_of[key], ids_of[key])
  redis.call('ZADD', OLDEST_OF[budget], 0, key)
end

-- Takes the oldest records away, so many and up to this offset at the most.
local function evict(key, state, most, bound)
  touch(key)
  local list, ids, budget = list_of[key], ids_of[key], budget_of(key)
  local heads = redis.call('LRANGE', list, 0, most)
  if #heads == 0 then return lose_all(key, state) end
  local gone = 0
  for place = 1, math.min(most, #heads) do
    local offset = offset_of(heads[place])
    if offset > bound then break end
    local body, id, shared = fields_of(heads[place])
    local bytes = RECORD_BYTES + #body + (id and 2 * #id or 0)
    state[N], state[BYTES], state[GONE] = state[N] - 1, state[BYTES] - bytes, state[GONE] + 1
    used[budget] = used[budget] - bytes
    state[SHARED] = state[SHARED] or shared
    state[UPTO] = offset
    if not id or id ~= state[GONE_ID] then state[GONE_ID_SINCE] = offset end
    state[GONE_ID] = id
    if id then
      local following = heads[place + 1]
      local _, following_id = false, false
      if following then _, following_id = fields_of(following) end
      if following_id == id then redis.call('HSET', ids, id, text(offset_of(following)))
      else redis.call('HDEL', ids, id) end
    end
    gone = place
  end
  if gone == 0 then return end
  redis.call('LTRIM', list, gone, -1)
  local following = heads[gone + 1]
  state[OLDEST] = following and offset_of(following) or 0
  if not following then redis.call('ZADD', OLDEST_OF[budget], 0, key) end
end

-- The place of the first record behind an offset: most of those who ask have nearly everything.
local function place_after(key, state, after)
  local function is_behind(place)
    local entry = redis.call('LINDEX', list_of[key], place)
    return not entry or offset_of(entry) > after
  end
  if after < state[OLDEST] then return 0 end
  local low, high, step = 0, state[N], 1
  while step <= high and is_behind(high - step) do
    high = high - step
    step = 2 * step
  end
  low = math.max(0, high - step)
  while low < high do
    local middle = math.floor((low + high) / 2)
    if is_behind(middle) then high = middle else low = middle + 1 end
  end
  return low
end

local function evict_expired(key, state)
  if state[AGE] < 0 then return end
  local bound = now - state[AGE] * 1000
  while state[N] > 0 and state[OLDEST] <= bound do evict(key, state, 100, bound) end
end

local function notify(prev, pieces)
  local message = '["' .. epoch .. '",' .. text(prev) .. ',' .. text(last) .. pieces .. ']'
  local most = math.max(512, math.min(ORDER_LENGTH, math.floor(ORDER_BYTES / #message)))
  redis.call('XADD', ORDER, 'MAXLEN', '~', most, text(last) .. '-0', 'm', message)
  redis.call('SPUBLISH', P .. 'tail', message)
end

-- Ends an epoch at an offset; what follows lies behind everything that anybody has seen.
local function fork(ended, at, seen, candidate)
  local pairs_of = {}
  for each in string.gmatch(epochs .. ' ' .. ended .. ' ' .. text(at), '%S+ %S+') do
    table.insert(pairs_of, each)
    if #pairs_of > EPOCHS then table.remove(pairs_of, 1) end
  end
  epochs = table.concat(pairs_of, ' ')
  epoch = candidate
  local prev = last
  last = math.max(last + 1, seen + 1, now)
  since = last
  notify(prev, '')
  save_meta()
end

local function is_known(earlier)
  for each in string.gmatch(epochs, '(%S+) %S+') do
    if each == earlier then return true end
  end
  return false
end

-- Whether what a node has seen is this history: 'same', 'behind', 'trimmed' where it is so far behind that nobody knows,
-- or 'forked' where it was not, or is of an earlier epoch.
local function compare(seen_epoch, seen, candidate)
  if not epoch then
    redis.call('DEL', TOPICS, ORDER, DUE, OLDEST_OF.t, OLDEST_OF.u)
    redis.call('HSET', TOPICS, '', '')
    epoch = candidate
    if seen_epoch ~= '' then
      fork(seen_epoch, 0, seen, candidate)
      return 'forked'
    end
    save_meta()
    return 'same'
  end
  if seen_epoch == '' then return 'same' end
  if seen_epoch ~= epoch then
    if not is_known(seen_epoch) then fork(seen_epoch, last, seen, candidate) end
    return 'forked'
  end
  if seen == last then return 'same' end
  if seen > last then
    fork(epoch, last, seen, candidate)
    return 'forked'
  end
  local at = text(seen) .. '-0'
  if seen > 0 and #redis.call('XRANGE', ORDER, at, at) > 0 then return 'behind' end
  local head = redis.call('XRANGE', ORDER, '-', '+', 'COUNT', 1)[1]
  if seen == 0 and head and cjson.decode(head[2][2])[2] == 0 then return 'behind' end
  if not head or offset_of(head[1]) > seen then return 'trimmed' end
  fork(epoch, last, seen, candidate)
  return 'forked'
end
`;

/**
 * `KEYS`: behind those of the hub, the list and the ids of each topic, and then the idempotency keys. `ARGV`: what the
 * node knows (epoch, the highest end), an epoch for where a new one begins, the idempotency window; how many topics, and
 * for each its name and its retention (count, age, bytes; -1 for no limit); for each event how many topics it has and
 * their places in that list, its own id, the place of its idempotency key among the keys or 0, and the record. Answers
 * with the epoch, the bytes in use by public and by private topics, the end of the log, and for each event its offset, or
 * -1 where its own id is reused.
 */
const APPEND = `
compare(ARGV[1], tonumber(ARGV[2]), ARGV[3])
local topics, place = {}, 6
for index = 1, tonumber(ARGV[5]) do
  topics[index] = { key = ARGV[place], count = tonumber(ARGV[place + 1]), age = tonumber(ARGV[place + 2]),
    bytes = tonumber(ARGV[place + 3]), messages = {} }
  know(ARGV[place], 5 + 2 * index)
  place = place + 4
end
local answers, pieces, prev = { epoch, 0, 0, 0 }, {}, last

while place <= #ARGV do
  local targets = {}
  for index = 1, tonumber(ARGV[place]) do targets[index] = topics[tonumber(ARGV[place + index])] end
  place = place + #targets + 1
  local id, idempotency_key, record = ARGV[place], KEYS[tonumber(ARGV[place + 1])], ARGV[place + 2]
  place = place + 3
  local answer = idempotency_key and redis.call('GET', idempotency_key)
  if answer then answer = tonumber(answer)
  elseif id ~= '' then
    for _, topic in ipairs(targets) do
      local state = state_of(topic.key)
      if state and id ~= state[NEWEST_ID] and redis.call('HEXISTS', ids_of[topic.key], id) == 1 then answer = -1 end
    end
  end
  if not answer then
    last = math.max(last + 1, now)
    answer = last
    local offset, keys = text(last), {}
    for _, topic in ipairs(targets) do
      local key = topic.key
      local state = state_of(key) or create(key)
      touch(key)
      if id ~= '' then redis.call('HSETNX', ids_of[key], id, offset) end
      redis.call('RPUSH', list_of[key], offset .. ((id ~= '' or #targets > 1) and ' x ' or ' - ') .. record)
      local budget = budget_of(key)
      local bytes = RECORD_BYTES + #record + 2 * #id
      used[budget] = used[budget] + bytes
      if state[N] == 0 then
        state[OLDEST] = last
        redis.call('ZADD', OLDEST_OF[budget], offset, key)
        if topic.age >= 0 then redis.call('ZADD', DUE, now_ms + topic.age, key) end
      end
      if state[FIRST] == 0 then state[FIRST] = last end
      state[N], state[BYTES], state[NEWEST], state[AGE] = state[N] + 1, state[BYTES] + bytes, last, topic.age
      state[NEWEST_ID] = id ~= '' and id
      table.insert(topic.messages, offset .. ' ' .. record)
      table.insert(keys, key)
    end
    if idempotency_key then redis.call('SET', idempotency_key, offset, 'PX', ARGV[4]) end
    table.insert(pieces, ',[' .. offset .. ',' .. string.sub(cjson.encode(keys), 2))
    -- Not after each event: the oldest are taken away a few at a time.
    for _, topic in ipairs(targets) do
      local state, count = state_of(topic.key), topic.count
      if count >= 0 and state[N] > count + math.min(64, math.floor(count / 8)) then
        evict(topic.key, state, state[N] - count, last)
      end
      while topic.bytes >= 0 and state[BYTES] > topic.bytes and state[N] > 0 do
        evict(topic.key, state, 1 + math.floor(state[N] / 16), last)
      end
    end
  end
  table.insert(answers, answer)
end

if last > prev then
  for _, topic in ipairs(topics) do
    local key, state = topic.key, states[topic.key]
    if #topic.messages > 0 then
      evict_expired(key, state)
      -- Keys that nobody looks after any more go by themselves.
      if topic.age < 0 and state[EXPIRES] > 0 then
        state[EXPIRES] = 0
        redis.call('PERSIST', list_of[key])
        redis.call('PERSIST', ids_of[key])
      elseif topic.age >= 0 and now_ms - state[EXPIRES] > topic.age / 4 then
        state[EXPIRES] = now_ms
        redis.call('PEXPIRE', list_of[key], text(2 * topic.age + 60000))
        redis.call('PEXPIRE', ids_of[key], text(2 * topic.age + 60000))
      end
      redis.call('SPUBLISH', P .. 'c:' .. key, table.concat(topic.messages, '\\n'))
    end
  end
  notify(prev, table.concat(pieces))
end
save()
answers[2], answers[3], answers[4] = used.t, used.u, last
return answers
`;

/**
 * `KEYS`: behind those of the hub, the list and the ids of each topic. `ARGV`: how many bytes of records, about, or -1
 * for all; then for each topic its name and where to read behind. Answers with the epoch, the end, and for each topic up to
 * where it has lost something (0 for nothing), how much (-1 where that is not known), whether there may be more (1), and
 * its records.
 */
const READ = `
local answer, topics = { epoch or '', 0 }, (#ARGV - 1) / 2
local limit = tonumber(ARGV[1])
for index = 1, topics do
  local key, after = ARGV[2 * index], tonumber(ARGV[2 * index + 1])
  know(key, 5 + 2 * index)
  local state = state_of(key)
  local up_to, count, more, records = floor, -1, 0, {}
  if state then
    evict_expired(key, state)
    if state[N] > 0 and state[NEWEST] > after then
      local from, most = place_after(key, state, after), 0
      if limit >= 0 then most = 8 + math.ceil(limit / topics / (state[BYTES] / state[N])) end
      records = redis.call('LRANGE', list_of[key], from, most == 0 and -1 or from + most - 1)
      if most > 0 and #records == most then more = 1 end
      if #records == 0 then
        touch(key)
        lose_all(key, state)
      end
    end
    up_to = state[UPTO]
    if after >= state[FLOOR] and after < state[FIRST] and not state[SHARED] then count = state[GONE] end
  end
  if up_to <= after then up_to = 0 end
  table.insert(answer, up_to)
  table.insert(answer, count)
  table.insert(answer, more)
  table.insert(answer, records)
end
save()
answer[2] = last
return answer
`;

/**
 * `KEYS` as for reading. `ARGV`: `earliest`, `last` or `id`; how many, or the id; then the topics. Answers with the epoch,
 * where to begin behind, whether the id is found (1), not known (0), or the first of a topic that had others (-1), and for
 * each topic up to where it has lost something.
 */
const LOCATE = `
local answer, oldest, offsets = { epoch or '', 0, 0 }, last + 1, {}
local first, earlier_gone = false, false
for index = 1, #ARGV - 2 do
  local key = ARGV[index + 2]
  know(key, 5 + 2 * index)
  local state = state_of(key)
  if state then
    evict_expired(key, state)
    if state[N] > 0 then oldest = math.min(oldest, state[OLDEST]) end
    if ARGV[1] == 'last' and ARGV[2] ~= '0' and state[N] > 0 then
      for _, entry in ipairs(redis.call('LRANGE', list_of[key], -tonumber(ARGV[2]), -1)) do
        offsets[offset_of(entry)] = true
      end
    elseif ARGV[1] == 'id' then
      local at = state[GONE_ID] == ARGV[2] and state[GONE_ID_SINCE] or redis.call('HGET', ids_of[key], ARGV[2])
      if at then
        at = tonumber(at)
        earlier_gone = earlier_gone or (at == state[FIRST] and state[FLOOR] > 0)
        first = math.min(first or at, at)
      end
    end
  end
  table.insert(answer, state and state[UPTO] or floor)
end
save()
answer[2] = oldest - 1
if ARGV[1] == 'last' then
  local sorted = {}
  for offset in pairs(offsets) do table.insert(sorted, offset) end
  table.sort(sorted)
  local at = sorted[math.max(1, #sorted - tonumber(ARGV[2]) + 1)]
  answer[2] = at and at - 1 or last
elseif first and not earlier_gone then answer[2], answer[3] = first, 1
elseif earlier_gone then answer[3] = -1 end
return answer
`;

/**
 * `ARGV`: what the node has been told (epoch, offset; '' for a node that begins), an epoch for where a new one begins, how
 * many messages at the most, for how many milliseconds the keys of the hub are kept when nobody comes any more (-1 for
 * ever), and the highest end that the node knows of. Answers with how the node's history compares to this one, the epoch,
 * the end, the epochs before, and the messages behind what the node has been told.
 */
const TAIL = `
local seen = tonumber(ARGV[2])
local status = compare(ARGV[1], tonumber(ARGV[6]), ARGV[3])
if status == 'same' and ARGV[1] ~= '' and seen < last then status = 'behind' end
for place = 1, 6 do
  if ARGV[5] == '-1' then redis.call('PERSIST', KEYS[place]) else redis.call('PEXPIRE', KEYS[place], ARGV[5]) end
end
local messages = {}
if status == 'behind' then
  for _, entry in ipairs(redis.call('XRANGE', ORDER, '(' .. text(seen) .. '-0', '+', 'COUNT', ARGV[4])) do
    table.insert(messages, entry[2][2])
  end
end
return { status, epoch, last, epochs, messages }
`;

/**
 * `ARGV`: the epoch and the offset of a position, and an epoch for where a new one begins. A position is an event's, one
 * less, or the end of a call; where it is neither, this history is not the one in which it was given. Answers with the
 * epoch, which is another one then.
 */
const VERIFY = `
local offset = tonumber(ARGV[2])
-- What lies before the epoch may be the place of a node in a history that is lost.
if epoch ~= ARGV[1] or offset <= since then return { epoch or '' } end
local entry = redis.call('XRANGE', ORDER, text(offset) .. '-0', '+', 'COUNT', 1)[1]
if entry then
  local message = cjson.decode(entry[2][2])
  local previous, call_end, first = message[2], message[3], message[4] and message[4][1]
  local is_given = offset == call_end or (first and offset >= first - 1) or offset <= previous
  if not is_given then fork(epoch, last, offset, ARGV[3]) end
end
return { epoch }
`;

/**
 * `KEYS` as for reading. `ARGV`: the limits of both budgets (-1 for none), and the topics to look at. Takes away what is
 * too old in these and, while a budget is exceeded, the oldest; and answers with the topics to look at next.
 */
const SWEEP = `
local limits = { t = tonumber(ARGV[1]), u = tonumber(ARGV[2]) }
local function is_over(budget) return limits[budget] >= 0 and used[budget] > limits[budget] end

for index = 1, #ARGV - 2 do
  local key = ARGV[index + 2]
  know(key, 5 + 2 * index)
  local state, budget = state_of(key), budget_of(key)
  if not state then
    redis.call('ZREM', OLDEST_OF[budget], key)
    redis.call('ZREM', DUE, key)
  else
    evict_expired(key, state)
    local expires = math.floor((state[N] > 0 and state[OLDEST] or state[NEWEST]) / 1000) + state[AGE]
    if state[AGE] < 0 then redis.call('ZREM', DUE, key)
    -- A topic that keeps nothing is remembered as long as an event would be, so that its losses stay its own.
    elseif state[N] == 0 and expires <= now_ms then forget(key, state)
    else redis.call('ZADD', DUE, text(expires), key) end
  end
end
for budget, set in pairs(OLDEST_OF) do
  for _ = 1, 512 do
    if not is_over(budget) then break end
    local heads = redis.call('ZRANGE', set, 0, 1, 'WITHSCORES')
    local key, score = heads[1], tonumber(heads[2])
    if not key or not list_of[key] then break end
    local state = state_of(key)
    if not state then redis.call('ZREM', set, key)
    elseif state[N] == 0 then forget(key, state)
    elseif state[OLDEST] > score then redis.call('ZADD', set, text(state[OLDEST]), key)
    else
      evict(key, state, 16, heads[4] and tonumber(heads[4]) or last)
      if state[N] > 0 then redis.call('ZADD', set, text(state[OLDEST]), key) end
    end
  end
end
save()

local following = redis.call('ZRANGE', DUE, '-inf', now_ms, 'BYSCORE', 'LIMIT', 0, 32)
for budget, set in pairs(OLDEST_OF) do
  if is_over(budget) then
    for _, key in ipairs(redis.call('ZRANGE', set, 0, 15)) do table.insert(following, key) end
  end
end
return following
`;

export const SCRIPTS = {
  append: PRELUDE + APPEND,
  read: PRELUDE + READ,
  locate: PRELUDE + LOCATE,
  tail: PRELUDE + TAIL,
  verify: PRELUDE + VERIFY,
  sweep: PRELUDE + SWEEP,
  attend: ATTEND,
  departed: DEPARTED,
  forget: FORGET,
  present: PRESENT,
} as const;

export type ScriptName = keyof typeof SCRIPTS;
