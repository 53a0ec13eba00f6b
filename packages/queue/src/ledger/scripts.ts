// Over 220 lines: each script is made from the same first part, and reads with it; `model.ts` mirrors them in this order.
/** Scripts of the ledger. Redis runs each of them whole, by its own clock. `model.ts` says the same in TypeScript. */

/**
 * What all scripts of a row share. `KEYS[1]` is its hash, `ARGV[1]` what all names of the queue start with. The names of
 * totals and events of other runs are made from it: the braces in it keep them in the slot of the row.
 */
const rowScript = `
local prefix = ARGV[1]
local name = KEYS[1]
local row = {}
local flat = redis.call('HGETALL', name)
for at = 1, #flat, 2 do row[flat[at]] = flat[at + 1] end

local function set(field, value)
  if value == nil then
    if row[field] then redis.call('HDEL', name, field) end
  else
    redis.call('HSET', name, field, value)
    value = tostring(value)
  end
  row[field] = value
end

local function now()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

-- Replaces what the current attempt counts in its run: first reserved, then spent.
local function pay(reserved, spent)
  if not row.run then return end
  local totals = prefix .. ':totals:' .. row.run
  redis.call('HINCRBY', totals, 'reserved', reserved - (tonumber(row.reserved) or 0))
  redis.call('HINCRBY', totals, 'spent', spent - (tonumber(row.spent) or 0))
  set('reserved', reserved)
  set('spent', spent)
end

local function mostOf(given)
  if given ~= '' then return tonumber(given) end
  return math.max(tonumber(row.reserved) or 0, tonumber(row.spent) or 0)
end

-- Counts how the row ended in a run, and reports it in the stream. Without an end it is not counted.
local function count(run, ending)
  local field = 'counted:' .. run
  local before = row[field]
  if before == ending then return end
  local totals = prefix .. ':totals:' .. run
  if before then redis.call('HINCRBY', totals, before, -1) end
  if ending then redis.call('HINCRBY', totals, ending, 1) end
  set(field, ending)
  redis.call('XADD', prefix .. ':events:' .. run, 'MAXLEN', '~', MAX_EVENTS, '*',
    'key', string.sub(name, #prefix + 6), 'end', ending or 'again', 'code', row.code or '',
    'message', row.message or '', 'usd', row.usd or '', 'files', row.files or '', 'usage', row.usage or '', 'requestId', row.requestId or '',
    'worker', row.worker or '')
end

-- Every run that has counted the row counts its new end.
local function countAll(ending)
  local runs = {}
  for field in pairs(row) do
    if string.sub(field, 1, 8) == 'counted:' then runs[#runs + 1] = string.sub(field, 9) end
  end
  for _, run in ipairs(runs) do count(run, ending) end
end

local detailNames = {'usd', 'code', 'message', 'files', 'usage', 'requestId'}

local function finish(ending, details)
  set('end', ending)
  for _, field in ipairs(detailNames) do set(field, details[field]) end
end

local function isCounted()
  for field in pairs(row) do
    if string.sub(field, 1, 8) == 'counted:' then return true end
  end
  return false
end

local function takeBack()
  pay(0, 0)
  set('sentAt', nil)
  set('task', nil)
  if not isCounted() then return finish(nil, {}) end
  -- The delivery that called it unknown has ended its job: without an end, nothing would say that the row was not sent.
  -- An attempt before it may be billed.
  local ending = row.earlier and 'unknown' or 'failed'
  finish(ending, {code = 'not_started', message = NOT_SENT})
  countAll(ending)
end
`;

/** `KEYS`: row, run, totals, rate. `ARGV`: prefix, run, worker, token, attempt, most in micro-dollars or nothing. */
const start = `${rowScript}
local run, worker, token, attempt, most = ARGV[2], ARGV[3], ARGV[4], tonumber(ARGV[5]), ARGV[6]
if row['end'] == 'saved' then return {'saved'} end
if row.sentAt then
  if row['end'] == 'failed' or row['end'] == 'unwritten' then return {row['end']} end
  if row['end'] or row.token ~= token then return {'unknown', row.sentAt, row.worker or ''} end
  -- The reply to this very call was lost, and the caller asks again.
  if tonumber(row.attempt) >= attempt then return {'go', row.sentAt} end
  -- The client tries again only what was refused; that this was taken back has not arrived.
  takeBack()
end

local settings = redis.call('GET', KEYS[2])
local budget = settings and cjson.decode(settings).maxUsd
if type(budget) == 'number' then
  local limit = math.floor(budget * 1000000 + 0.5)
  if most == '' then return {'unpriced', limit} end
  local money = redis.call('HMGET', KEYS[3], 'reserved', 'spent')
  local sum = (tonumber(money[1]) or 0) + (tonumber(money[2]) or 0)
  if sum + tonumber(most) > limit then return {'over-budget', sum, limit} end
end

local rate = redis.call('HMGET', KEYS[4], 'interval', 'last', 'heldUntil', 'paused', 'heldAt')
if rate[4] then return {'paused'} end
local at = now()
local interval, last, heldUntil = tonumber(rate[1]) or 0, tonumber(rate[2]), tonumber(rate[3]) or 0
-- A clock that was set back, as of another machine that took over, must not hold the queue until it catches up.
local heldAt = tonumber(rate[5]) or 0
if heldAt > at then
  heldUntil = at + heldUntil - heldAt
  redis.call('HSET', KEYS[4], 'heldAt', at, 'heldUntil', heldUntil)
end
if last and last > at then
  last = at
  redis.call('HSET', KEYS[4], 'last', at)
end
local from = math.max(last and last + interval or at, heldUntil)
if at < from then return {'wait', from - at} end

redis.call('HSET', KEYS[4], 'last', at)
finish(nil, {})
set('task', nil)
set('past', row.past or 0)
set('reserved', 0)
set('spent', 0)
set('run', run)
set('worker', worker)
set('token', token)
set('attempt', attempt)
set('sentAt', at)
pay(tonumber(most) or 0, 0)
return {'go', at}
`;

/** `KEYS`: row. `ARGV`: prefix, token, attempt or nothing. */
const takeBack = `${rowScript}
if ARGV[3] ~= '' and row.attempt ~= ARGV[3] then return 0 end
if not row.sentAt or row.token ~= ARGV[2] then return 0 end
if row['end'] == 'saved' then
  -- The image of an earlier attempt came meanwhile. What this one has reserved is free; what was spent stays.
  pay(0, tonumber(row.spent) or 0)
  return 1
end
if row['end'] and row['end'] ~= 'unknown' then return 0 end
takeBack()
return 1
`;

/** `KEYS`: row. `ARGV`: prefix, run, token, end, micro-dollars or nothing, code, message, files and usage as JSON, id, task as JSON. */
const end = `${rowScript}
local run, token, ending, usd = ARGV[2], ARGV[3], ARGV[4], ARGV[5]
-- What another delivery has sent, which is not known, has an empty token.
local isOwn = row.sentAt ~= nil and token ~= '' and row.token == token
local before, hadTask = row['end'], row.task ~= nil
local details = {}
for at, field in ipairs(detailNames) do
  if ARGV[at + 4] ~= '' then details[field] = ARGV[at + 4] end
end

local isRejected = ending == 'failed'
-- What another delivery has sent may be billed, whatever this one knows of itself.
if (ending == 'failed' or ending == 'unwritten') and row.sentAt and not isOwn then ending = 'unknown' end
-- So may an attempt before this one.
if ending == 'failed' and row.earlier then ending = 'unknown' end

local isNews
if before == 'saved' then isNews = false
elseif ending == 'saved' then isNews = true
elseif ending == 'unknown' then
  -- The delivery that sent it knows better why.
  isNews = before == nil or (before == 'unknown' and isOwn) or (before == 'failed' and not row.sentAt)
else isNews = isOwn or before == nil or before == 'failed' end

if isOwn and (isNews or (before == 'saved' and tonumber(row.reserved) > 0)) then
  local cost = 0
  if not isRejected then cost = mostOf(usd) end
  pay(0, cost)
elseif isNews and ending == 'unknown' and row.sentAt then
  pay(0, mostOf(''))
end
if isNews then
  if (ending == 'unknown' or ending == 'unwritten') and not row.sentAt then
    -- No delivery can take back what was sent somewhere else, nor send it again.
    set('sentAt', now())
    set('token', '')
  end
  -- Another delivery knows nothing of the task, unless it brings the images.
  if isOwn or ending == 'saved' then set('task', ending == 'unknown' and ARGV[11] ~= '' and ARGV[11] or nil) end
  finish(ending, details)
  countAll(ending)
end
count(run, row['end'])
if hadTask and not row.task then
  -- The long value has made a table of the hash, which stays one of 1.1 kB although it would be half as large.
  local fields = {}
  for field, value in pairs(row) do
    fields[#fields + 1] = field
    fields[#fields + 1] = value
  end
  redis.call('DEL', name)
  redis.call('HSET', name, unpack(fields))
end
return 1
`;

/** `KEYS`: row. `ARGV`: prefix, token that the row has. */
const allowAgain = `${rowScript}
if (row.token or '') ~= ARGV[2] then return 0 end
-- It may have come since the person looked: its images are had without paying twice.
if row.task then return 0 end
if row['end'] == 'saved' or not (row['end'] or row.sentAt) then return 0 end
if not row['end'] then pay(0, mostOf('')) end
if row['end'] ~= 'failed' then set('earlier', 1) end
set('past', (tonumber(row.past) or 0) + (tonumber(row.spent) or 0))
set('spent', 0)
-- An attempt in flight still belongs to its worker: if its images arrive, they win.
set('sentAt', nil)
set('token', nil)
set('task', nil)
finish(nil, {})
countAll(nil)
return 1
`;

/** `KEYS`: row. `ARGV`: prefix, token, task as JSON. */
const task = `${rowScript}
if not row.sentAt or row.token ~= ARGV[2] then return 0 end
if row['end'] and row['end'] ~= 'unknown' then return 0 end
set('task', ARGV[3])
return 1
`;

/** `KEYS`: rate. `ARGV`: milliseconds, worker, server. */
const hold = `
local time = redis.call('TIME')
local at = time[1] * 1000 + math.floor(time[2] / 1000)
local held = redis.call('HMGET', KEYS[1], 'heldUntil', 'heldAt')
local heldUntil, heldAt = tonumber(held[1]) or 0, tonumber(held[2]) or 0
if heldAt > at then heldUntil = at + heldUntil - heldAt end
-- What people read is of the response that holds for longest.
if at + tonumber(ARGV[1]) > heldUntil then
  heldUntil = at + tonumber(ARGV[1])
  redis.call('HSET', KEYS[1], 'heldSince', at, 'heldBy', ARGV[2], 'heldServer', ARGV[3])
end
redis.call('HSET', KEYS[1], 'heldAt', at, 'heldUntil', heldUntil)
return 1
`;

/** Says of a row that was called unknown that it was not sent after all. */
export const notSentMessage = "The row was not sent, although it was called unknown. Run the manifest again.";

/** Entries that the stream of a run keeps; its totals also count what was not read in time. */
const maxEvents = 100_000;
const withLimit = (lua: string) =>
  lua.replaceAll("MAX_EVENTS", String(maxEvents)).replaceAll("NOT_SENT", JSON.stringify(notSentMessage));

/** The scripts as `defineCommand` of ioredis takes them. */
export const scripts = {
  retouchStart: { numberOfKeys: 4, lua: withLimit(start) },
  retouchTakeBack: { numberOfKeys: 1, lua: withLimit(takeBack) },
  retouchEnd: { numberOfKeys: 1, lua: withLimit(end) },
  retouchAllowAgain: { numberOfKeys: 1, lua: withLimit(allowAgain) },
  retouchTask: { numberOfKeys: 1, lua: withLimit(task) },
  retouchHold: { numberOfKeys: 1, lua: hold },
} as const;
