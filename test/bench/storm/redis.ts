import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { redisStore } from '../../../src/adapters/redis/store.ts'
import type { Incident } from '../../../src/domain/incident.ts'
import { freePort } from '../../free-port.ts'

/** A Redis as production wants it, that can be killed as a machine kills it, and started again on the same data and port. */
export type KillableRedis = {
  readonly url: string
  kill(): void
  start(): Promise<void>
  /** Every incident that an app with this seal key (hex) stored. */
  incidents(sealKey: string): Promise<readonly Incident[]>
  stop(): Promise<void>
}

/** Starts one in `folder`. */
export const startRedis = async (folder: string): Promise<KillableRedis> => {
  const dir = join(folder, 'redis')
  mkdirSync(dir, { recursive: true })
  const port = await freePort()
  const url = `redis://127.0.0.1:${port}`
  let child: ChildProcess | undefined
  const start = async () => {
    const where = ['--port', String(port), '--bind', '127.0.0.1', '--dir', dir, '--save', '']
    const keeps = ['--appendonly', 'yes', '--appendfsync', 'everysec', '--maxmemory-policy', 'noeviction']
    child = spawn('redis-server', [...where, ...keeps], { stdio: 'ignore' })
    await answers(url)
  }
  await start()
  return {
    url,
    start,
    kill: () => void child?.kill('SIGKILL'),
    incidents: async (sealKey) => {
      const redis = new Redis(url)
      try {
        const stored = await redisStore(redis, Buffer.from(sealKey, 'hex')).list<Incident>('incident', 50_000)
        return stored.map(({ value }) => value)
      } finally {
        redis.disconnect()
      }
    },
    stop: async () => {
      child?.kill('SIGTERM')
      await new Promise<void>((resolve) => (child?.exitCode === null ? child.once('exit', () => resolve()) : resolve()))
    },
  }
}

const answers = async (url: string): Promise<void> => {
  for (let tries = 0; tries < 200; tries += 1) {
    const redis = new Redis(url, { lazyConnect: true, retryStrategy: () => null })
    redis.on('error', () => undefined)
    const pong = await redis.connect().then(
      () => redis.ping(),
      () => '',
    )
    redis.disconnect()
    if (pong === 'PONG') return
    await sleep(25)
  }
  throw new Error('redis-server did not start')
}
