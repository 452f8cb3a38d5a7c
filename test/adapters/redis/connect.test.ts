import { existsSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Redis } from 'ioredis'
import { afterAll, describe, expect, it } from 'vitest'
import { openRedis, productionProblems, type RedisServer } from '../../../src/adapters/redis/connect.ts'
import { describePlace, redisOptions } from '../../../src/adapters/redis/options.ts'
import { loadSealKey } from '../../../src/adapters/redis/seal.ts'
import { StoreUnavailable } from '../../../src/ports.ts'
import { temporaryFolder } from './redis.ts'

const folder = temporaryFolder()
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const ready = async (server: RedisServer): Promise<Redis> => {
  const client = server.connect('commands')
  await new Promise((done) => client.once('ready', done))
  return client
}

describe('a private Redis', () => {
  it('keeps what it was told over a restart, on a socket that only we can open', async () => {
    const first = await openRedis({ dataDir: folder })
    if (first.place.kind !== 'socket') throw new Error('no socket')
    expect(statSync(first.place.path).mode & 0o077).toBe(0)
    const client = await ready(first)
    await client.set('kept', 'yes')
    expect(await productionProblems(client)).toEqual([])
    client.disconnect()
    await first.stop()
    const second = await openRedis({ dataDir: folder })
    const again = await ready(second)
    expect(await again.get('kept')).toBe('yes')
    again.disconnect()
    await second.stop()
  })

  it('is shared by processes of one data folder, and outlives the one that joined', async () => {
    const owner = await openRedis({ dataDir: folder })
    const guest = await openRedis({ dataDir: folder })
    await guest.stop()
    const client = await ready(owner)
    expect(await client.ping()).toBe('PONG')
    client.disconnect()
    await owner.stop()
  })

  it('works in a folder whose path is too long for a socket', async () => {
    const server = await openRedis({ dataDir: join(folder, 'x'.repeat(60), 'y'.repeat(60)) })
    const client = await ready(server)
    expect(await client.ping()).toBe('PONG')
    client.disconnect()
    await server.stop()
  })

  it('throws away what was only for a test', async () => {
    const server = await openRedis({})
    if (server.place.kind !== 'socket') throw new Error('no socket')
    const { path } = server.place
    const client = await ready(server)
    expect((await productionProblems(client)).join()).toMatch(/CONFIG SET appendonly yes/)
    await client.config('SET', 'maxmemory-policy', 'allkeys-lru')
    expect((await productionProblems(client)).join()).toMatch(/CONFIG SET maxmemory-policy noeviction/)
    client.disconnect()
    await server.stop()
    for (let tries = 0; tries < 50 && existsSync(path); tries += 1) await sleep(20)
    expect(existsSync(path)).toBe(false)
  })
})

describe('a Redis of others', () => {
  it('is refused with one line, without the password, when it does not answer or does not speak Redis', async () => {
    const silent = createServer((socket) => socket.on('error', () => undefined).end('HTTP/1.1 400\r\n\r\n'))
    await new Promise<void>((listening) => silent.listen(0, '127.0.0.1', listening))
    const { port } = silent.address() as { port: number }
    for (const url of [
      'redis://:p%40ss@127.0.0.1:1/0',
      `redis://:p%40ss@127.0.0.1:${port}`,
      `rediss://:p%40ss@127.0.0.1:${port}`,
    ]) {
      const problem = await openRedis({ url }).catch((error: unknown) => error)
      expect(problem).toBeInstanceOf(StoreUnavailable)
      expect((problem as Error).message).not.toMatch(/p@ss|p%40ss|\n/)
    }
    silent.close()
  })

  it('is addressed with user, password and database as the URL says', () => {
    const options = redisOptions({ kind: 'url', url: 'rediss://me:p%25%40ss@redis.example:6380/3' }, 'worker')
    expect(options).toMatchObject({
      host: 'redis.example',
      port: 6380,
      username: 'me',
      password: 'p%@ss',
      db: 3,
      tls: { servername: 'redis.example' },
    })
    expect(options.maxRetriesPerRequest).toBeNull()
    expect(redisOptions({ kind: 'url', url: 'redis://h' }, 'commands')).toMatchObject({
      enableOfflineQueue: false,
      port: 6379,
    })
    expect(describePlace({ kind: 'url', url: 'redis://me:secret@h:1/2' })).toBe('redis://h:1/2')
  })
})

describe('the seal key', () => {
  it('is made once, for us alone, and never replaced when it is broken', () => {
    const made = loadSealKey(folder)
    expect(loadSealKey(folder).equals(made)).toBe(true)
    expect(statSync(join(folder, 'seal.key')).mode & 0o077).toBe(0)
    writeFileSync(join(folder, 'seal.key'), 'not a key')
    expect(() => loadSealKey(folder)).toThrow(/not a seal key/)
  })
})
