/**
 * The atomic steps of the store. Every key begins with `{doctor}:`, so that all of them live in one slot of a Redis Cluster.
 * Records are hashes: v (version), d (text), s (seal); q marks one that was put aside.
 */

/** KEYS: record, index, expiries. ARGV: expected version, text, seal, ttl ms (0: none), id. Returns 1, 0, or -1 for put aside. */
export const putScript = `
local kind = redis.call('TYPE', KEYS[1]).ok
if kind ~= 'none' and kind ~= 'hash' then return -1 end
if redis.call('HEXISTS', KEYS[1], 'q') == 1 then return -1 end
local current = tonumber(redis.call('HGET', KEYS[1], 'v') or '0')
if current ~= tonumber(ARGV[1]) then return 0 end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('HSET', KEYS[1], 'v', current + 1, 'd', ARGV[2], 's', ARGV[3])
redis.call('ZADD', KEYS[2], now, ARGV[5])
if tonumber(ARGV[4]) > 0 then
  redis.call('PEXPIRE', KEYS[1], ARGV[4])
  redis.call('ZADD', KEYS[3], now + tonumber(ARGV[4]), ARGV[5])
else
  redis.call('PERSIST', KEYS[1])
  redis.call('ZREM', KEYS[3], ARGV[5])
end
local gone = redis.call('ZRANGEBYSCORE', KEYS[3], '-inf', now, 'LIMIT', 0, 50)
for _, id in ipairs(gone) do
  redis.call('ZREM', KEYS[2], id)
  redis.call('ZREM', KEYS[3], id)
end
return 1`

/** KEYS: record, quarantine. ARGV: reason. Keeps the bytes for 30 days and leaves a mark, so that the place never reads as absent. */
export const putAsideScript = `
if redis.call('EXISTS', KEYS[1]) == 1 then redis.call('RENAME', KEYS[1], KEYS[2]) end
redis.call('PEXPIRE', KEYS[2], 2592000000)
redis.call('HSET', KEYS[1], 'q', ARGV[1])
redis.call('PEXPIRE', KEYS[1], 2592000000)
return 1`

/** KEYS: counter. ARGV: ttl ms. */
export const countScript = `
local n = redis.call('INCR', KEYS[1])
if n == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return n`

/** KEYS: lock, fence. ARGV: owner, ttl ms. Returns the fencing token, or 0 when held elsewhere. */
export const lockScript = `
if redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then return redis.call('INCR', KEYS[2]) end
return 0`

/** KEYS: lock. ARGV: owner, ttl ms (0: release). Returns 1 when it was still ours. */
export const holdScript = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
if tonumber(ARGV[2]) > 0 then redis.call('PEXPIRE', KEYS[1], ARGV[2]) else redis.call('DEL', KEYS[1]) end
return 1`
