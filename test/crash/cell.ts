import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { openRedis } from '../../src/adapters/redis/connect.ts'
import { openJobs } from '../../src/adapters/redis/jobs.ts'
import { loadSealKey } from '../../src/adapters/redis/seal.ts'
import { redisStore } from '../../src/adapters/redis/store.ts'
import { type SimulatedCluster, startSimulatedCluster } from '../../src/demo/cluster/start.ts'
import { type LocalSlack, startLocalSlack } from '../../src/demo/slack/start.ts'
import { ended } from '../../src/domain/plan-life.ts'
import type { PlanRecord } from '../../src/domain/plan-record.ts'
import { theDoctor } from '../../src/domain/principal.ts'
import { verifyAudit } from '../../src/memory/verify-audit.ts'
import type { Jobs, Store } from '../../src/ports.ts'
import { writesOf } from '../doctor/ward.ts'
import { type Action, afterLostAnswer, type Point, rollOut } from './cells.ts'

/** What came of killing the app at one point of one action. `problems` is empty when all promises were kept. */
export type Outcome = {
  readonly action: string
  readonly point: Point
  readonly writes: number
  /** Seconds from the kill until the effect was settled by the process that came after. */
  readonly resumed: number
  readonly problems: readonly string[]
}

const channel = 'C0ONCALL'

type Scene = {
  readonly folder: string
  readonly env: Readonly<Record<string, string>>
  readonly slack: LocalSlack
  readonly cluster: SimulatedCluster
  readonly store: Store
  readonly jobs: Jobs
  readonly close: () => Promise<void>
}

/** Kills the app with SIGKILL at `point` of `action`, starts it again, and looks at what reached the API server. */
export const runCell = async (action: Action, point: Point): Promise<Outcome> => {
  const scene = await openScene(action)
  const children: ChildProcess[] = []
  try {
    return await play(scene, action, point, children)
  } catch (error) {
    const problems = [error instanceof Error ? error.message : String(error)]
    return { action: action.id, point, writes: writesOf(scene).length, resumed: 0, problems }
  } finally {
    for (const child of children) child.kill('SIGKILL')
    await scene.close()
  }
}

const play = async (scene: Scene, action: Action, point: Point, children: ChildProcess[]): Promise<Outcome> => {
  const goOn = afterLostAnswer.has(point) ? join(scene.folder, 'go') : undefined
  const first = await startChild(scene, children, { point, ...(goOn === undefined ? {} : { goOn }) }, (line) => {
    if (goOn === undefined || !line.includes('"armed"')) return
    scene.cluster.faults.fail({ method: action.method, effect: { kind: 'apply-then-drop' }, times: 1 })
    writeFileSync(goOn, '')
  })
  await scene.jobs.add({ v: 1, kind: 'plan', request: requestOf(action) })
  await Promise.race([first.died, pressUntil(scene, first.died, 60_000)])
  const killedAt = Date.now()
  if ((await first.died) !== 'SIGKILL') throw new Error('the process was not killed at this point')
  const second = await startChild(scene, children, {})
  const settledAt = pressUntil(scene, second.died, 110_000)
  const life = (await settledAt).life
  const resumed = (Date.now() - killedAt) / 1000
  const { life: end } = await until(scene, (record) => ended(record.life), 150_000)
  const writes = writesOf(scene)
  const { sound } = await verifyAudit(join(scene.folder, 'data', 'audit'))
  const problems = [
    ...(writes.length === 1 ? [] : [`${writes.length} writes on the wire`]),
    ...(end.state === 'verified' ? [] : [`ended ${end.state}: ${end.outcome?.note ?? ''}`]),
    ...(action.holds(scene.cluster) ? [] : ['the cluster is not as the plan said']),
    ...(sound ? [] : ['the record does not verify']),
    ...(resumed < 60 ? [] : [`resumed only after ${resumed.toFixed(0)} s`]),
    ...(life.effect === 'done' ? [] : [`effect ${life.effect}`]),
  ]
  return { action: action.id, point, writes: writes.length, resumed, problems }
}

const requestOf = (action: Action) => ({
  cluster: 'prod-eu1',
  action: action.id,
  target: action.target,
  input: action.input,
  requester: theDoctor,
  reason: { summary: 'checkout is crash looping', code: 'app-crash', evidence: [{ id: 'e1', text: 'panic: boom' }] },
  replyTo: { channel, user: 'U0CARA' },
})

const openScene = async (action: Action): Promise<Scene> => {
  const folder = mkdtempSync(join(tmpdir(), 'doctor-crash-'))
  const dataDir = join(folder, 'data')
  mkdirSync(dataDir)
  const [redis, slack, cluster] = await Promise.all([
    openRedis({ dataDir }),
    startLocalSlack({ retryDelaysMs: [50, 100, 200] }),
    startSimulatedCluster({ name: 'prod-eu1', controllers: false }),
  ])
  for (const user of ['reader', 'writer'] as const) writeFileSync(join(folder, user), cluster.kubeconfig(user))
  action.seed(cluster)
  const rolling = setInterval(() => rollOut(cluster), 50)
  const connection = redis.connect('commands')
  const key = loadSealKey(dataDir)
  const jobs = await openJobs(connection, key)
  return {
    folder,
    slack,
    cluster,
    jobs,
    store: redisStore(connection, key),
    env: {
      PORT: '0',
      DOCTOR_DATA_DIR: dataDir,
      KUBECONFIG: join(folder, 'reader'),
      DOCTOR_WRITER_KUBECONFIG: join(folder, 'writer'),
      SLACK_BOT_TOKEN: slack.botToken,
      SLACK_API_URL: slack.apiUrl,
      SLACK_CHANNEL: channel,
      SLACK_SIGNING_SECRET: slack.signingSecret,
      DOCTOR_APPROVERS: 'U0ANA,U0DAN',
    },
    close: async () => {
      clearInterval(rolling)
      await jobs.close()
      connection.disconnect()
      await Promise.all([slack.close(), cluster.close(), redis.stop()])
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

type Child = { readonly died: Promise<NodeJS.Signals | null> }

const startChild = async (
  scene: Scene,
  children: ChildProcess[],
  told: { readonly point?: Point; readonly goOn?: string },
  hear: (line: string) => void = () => undefined,
): Promise<Child> => {
  const file = join(import.meta.dirname, 'child.ts')
  const child = spawn(process.execPath, [file, JSON.stringify({ env: scene.env, ...told })], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  children.push(child)
  let errors = ''
  child.stderr.on('data', (chunk: Buffer) => {
    errors = `${errors}${chunk}`.slice(-2_000)
  })
  const died = new Promise<NodeJS.Signals | null>((resolve) => child.once('exit', (_, signal) => resolve(signal)))
  const url = await new Promise<string>((resolve, reject) => {
    const late = setTimeout(() => reject(new Error('the app did not start in 60 s')), 60_000)
    child.stdout.on('data', (chunk: Buffer) => {
      const line = chunk.toString()
      hear(line)
      const found = /"url":"([^"]+)"/.exec(line)?.[1]
      if (found !== undefined) {
        clearTimeout(late)
        resolve(found)
      }
    })
    child.once('exit', () => reject(new Error(`the app did not start: ${errors}`)))
  })
  // The first process may die at the very first job, before Slack has checked its address.
  await scene.slack.connect(`${url}/slack/events`).catch(() => undefined)
  return { died }
}

const planOf = async ({ store }: Scene): Promise<PlanRecord | undefined> =>
  (await store.list<PlanRecord>('plan', 10)).map(({ value }) => value).at(0)

/** Both approvers press whenever the card waits for them, until the effect is settled or the process is gone. */
const pressUntil = async (scene: Scene, died: Child['died'], ms: number): Promise<PlanRecord> => {
  let gone = false
  void died.then(() => {
    gone = true
  })
  const end = Date.now() + ms
  while (!gone && Date.now() < end) {
    const record = await planOf(scene)
    if (record !== undefined && record.life.effect === 'done') return record
    if (record?.life.state === 'pending' && record.card !== null) await press(scene, record)
    await sleep(200)
  }
  const last = await planOf(scene)
  throw new Error(gone ? 'the process is gone' : `the plan is still ${last?.life.state ?? 'not there'}`)
}

const press = async ({ slack }: Scene, { card, life }: PlanRecord): Promise<void> => {
  if (card === null) return
  const user = life.approvals.length === 0 ? 'U0ANA' : 'U0DAN'
  await slack
    .as(user)
    .press(card.ts, card.channel, 'doctor.approve')
    .catch(() => undefined)
}

const until = async (scene: Scene, holds: (record: PlanRecord) => boolean, ms: number): Promise<PlanRecord> => {
  const end = Date.now() + ms
  for (;;) {
    const record = await planOf(scene)
    if (record !== undefined && holds(record)) return record
    if (Date.now() > end) throw new Error(`the plan is still ${record?.life.state ?? 'not there'}`)
    await sleep(100)
  }
}
