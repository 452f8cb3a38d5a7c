import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { openRedis } from '../../src/adapters/redis/connect.ts'
import { openJobs } from '../../src/adapters/redis/jobs.ts'
import { loadSealKey } from '../../src/adapters/redis/seal.ts'
import { redisStore } from '../../src/adapters/redis/store.ts'
import { type SimulatedCluster, startSimulatedCluster } from '../../src/demo/cluster/start.ts'
import { type LocalSlack, startLocalSlack } from '../../src/demo/slack/start.ts'
import type { Jobs, Store } from '../../src/ports.ts'
import type { Told } from './child.ts'

/** Where cards appear. */
export const channel = 'C0ONCALL'

/** One run of the app as a process. */
export type Run = {
  readonly died: Promise<NodeJS.Signals | null>
  /** Says where it has to die; resolves once it knows. `armed` is called when it waits at an armed plan. */
  tell(told: Told, armed?: () => void): Promise<void>
}

/**
 * A cluster, a Slack, a Redis and a data folder that outlive the app, and the run of the app that is alive. Each kill ends
 * one run; the one that comes after it serves the next kill too.
 */
export type Lane = {
  readonly folder: string
  readonly slack: LocalSlack
  readonly cluster: SimulatedCluster
  readonly store: Store
  readonly jobs: Jobs
  /** The run that is alive, started where there is none. */
  run(): Promise<Run>
  /** After a run died. */
  restart(): Promise<Run>
  close(): Promise<void>
}

/** Opens a lane; nothing of the app runs yet. */
export const openLane = async (): Promise<Lane> => {
  const folder = mkdtempSync(join(tmpdir(), 'doctor-crash-'))
  const dataDir = join(folder, 'data')
  mkdirSync(dataDir)
  const [redis, slack, cluster] = await Promise.all([
    openRedis({ dataDir }),
    startLocalSlack({ retryDelaysMs: [50, 100, 200] }),
    startSimulatedCluster({ name: 'prod-eu1', controllers: false }),
  ])
  for (const user of ['reader', 'writer'] as const) writeFileSync(join(folder, user), cluster.kubeconfig(user))
  const env = {
    PORT: '0',
    DOCTOR_DATA_DIR: dataDir,
    KUBECONFIG: join(folder, 'reader'),
    DOCTOR_WRITER_KUBECONFIG: join(folder, 'writer'),
    SLACK_BOT_TOKEN: slack.botToken,
    SLACK_API_URL: slack.apiUrl,
    SLACK_CHANNEL: channel,
    SLACK_SIGNING_SECRET: slack.signingSecret,
    DOCTOR_APPROVERS: 'U0ANA,U0DAN',
  }
  const connection = redis.connect('commands')
  const key = loadSealKey(dataDir)
  const jobs = await openJobs(connection, key)
  const children: ChildProcess[] = []
  let current: Promise<Run> | undefined
  const restart = () => {
    current = startRun(env, slack, children)
    return current
  }
  return {
    folder,
    slack,
    cluster,
    jobs,
    store: redisStore(connection, key),
    run: () => current ?? restart(),
    restart,
    close: async () => {
      for (const child of children) child.kill('SIGKILL')
      await jobs.close()
      connection.disconnect()
      await Promise.all([slack.close(), cluster.close(), redis.stop()])
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** What is compiled once serves every run; most of a start is compiling. */
const compiled = join(tmpdir(), 'doctor-crash-compiled')

/** A start keeps a core busy; more at a time than there are cores only make each other slow. */
let starting = 0
const most = availableParallelism() + 1
const startRun = async (env: object, slack: LocalSlack, children: ChildProcess[]): Promise<Run> => {
  while (starting >= most) await sleep(20)
  starting += 1
  try {
    return await spawnRun(env, slack, children)
  } finally {
    starting -= 1
  }
}

const spawnRun = async (env: object, slack: LocalSlack, children: ChildProcess[]): Promise<Run> => {
  const file = join(import.meta.dirname, 'child.ts')
  const child = spawn(process.execPath, [file, JSON.stringify({ env })], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: { ...process.env, NODE_COMPILE_CACHE: compiled },
  })
  children.push(child)
  const ears = new Set<(line: Record<string, unknown>) => void>()
  let rest = ''
  child.stdout?.on('data', (chunk: Buffer) => {
    const lines = `${rest}${chunk}`.split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) for (const ear of ears) ear(JSON.parse(line) as Record<string, unknown>)
  })
  let errors = ''
  child.stderr?.on('data', (chunk: Buffer) => {
    errors = `${errors}${chunk}`.slice(-2_000)
  })
  const died = new Promise<NodeJS.Signals | null>((resolve) => child.once('exit', (_, signal) => resolve(signal)))
  const heard = (field: string): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`the app did not say ${field} in 90 s`)), 90_000)
      const ear = (line: Record<string, unknown>) => {
        if (line[field] === undefined) return
        clearTimeout(late)
        ears.delete(ear)
        resolve(line[field])
      }
      ears.add(ear)
      child.once('exit', () => {
        clearTimeout(late)
        reject(new Error(`the app ended before it said ${field}: ${errors}`))
      })
    })
  await slack.connect(`${await heard('url')}/slack/events`)
  return {
    died,
    tell: async (told, armed) => {
      if (armed !== undefined) void heard('armed').then(armed, () => undefined)
      const known = heard('told')
      child.send(told)
      await known
    },
  }
}
