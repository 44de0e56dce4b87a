// What takes more than one command of Redis runs as a script there, and so as one step for all instances. Only commands
// that Redis has had since 6.0. Lengths of time are measured by the clock of Redis, as lengths.

import { createHash } from 'node:crypto';

export interface RedisScript {
  readonly text: string;
  readonly sha1: string;
}

function script(text: string): RedisScript {
  return { text, sha1: createHash('sha1').update(text).digest('hex') };
}

/** KEYS: the key. @returns its value. */
export const TAKE = script(`
local value = redis.call('GET', KEYS[1])
if value then redis.call('DEL', KEYS[1]) end
return value`);

/** KEYS: the counter. ARGV: what is added, length of the window. @returns the count, and the milliseconds left. */
export const COUNT = script(`
local by = tonumber(ARGV[1])
local left = redis.call('PTTL', KEYS[1])
if left < 0 then
  if by <= 0 then return {0, 0} end
  redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
  return {by, tonumber(ARGV[2])}
end
local count = redis.call('INCRBY', KEYS[1], ARGV[1])
if count < 0 then
  redis.call('SET', KEYS[1], '0', 'KEEPTTL')
  count = 0
end
return {count, left}`);

/**
 * KEYS: the stream, its generation. ARGV: entry, milliseconds it is kept, a new generation, channel, message. A stream that
 * is made anew after all was lost gets another generation, so that a cursor of the old one is not compared with its ids.
 * What is added comes first: Redis lets a script that has written something go on although its memory is full.
 */
export const APPEND = script(`
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local kept = tonumber(ARGV[2])
local left = math.max(kept, redis.call('PTTL', KEYS[1]))
local exists = redis.call('EXISTS', KEYS[1]) == 1 and redis.call('EXISTS', KEYS[2]) == 1
redis.call('XADD', KEYS[1], '*', 'entry', ARGV[1], 'until', string.format('%.0f', now + kept))
if not exists then redis.call('SET', KEYS[2], ARGV[3]) end
for round = 1, 100 do
  local oldest = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1)[1]
  if not oldest or tonumber(oldest[2][4]) > now then break end
  redis.call('XDEL', KEYS[1], oldest[1])
end
local ends = string.format('%.0f', now + left)
redis.call('PEXPIREAT', KEYS[1], ends)
redis.call('PEXPIREAT', KEYS[2], ends)
redis.pcall('PUBLISH', ARGV[4], ARGV[5])
return 1`);

/**
 * KEYS: the stream, its generation. ARGV: generation and id of the cursor, most entries.
 * @returns the generation, the id of the last entry, and the entries; nothing where there is no stream.
 */
export const READ = script(`
local generation = redis.call('GET', KEYS[2])
if not generation then return {} end
local from = ARGV[2]
if generation ~= ARGV[1] then from = '0' end
local found = redis.call('XREAD', 'COUNT', ARGV[3], 'STREAMS', KEYS[1], from)
local reply = {generation, from}
if found then
  for _, item in ipairs(found[1][2]) do
    reply[2] = item[1]
    reply[#reply + 1] = item[2][2]
  end
end
return reply`);
