import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { ended } from '../../src/domain/plan-life.ts'
import type { PlanRecord } from '../../src/domain/plan-record.ts'
import { theDoctor } from '../../src/domain/principal.ts'
import { verifyAudit } from '../../src/memory/verify-audit.ts'
import { writesOf } from '../doctor/ward.ts'
import { type Action, afterLostAnswer, type Point, rollOut } from './cells.ts'
import { channel, type Lane, type Run } from './lane.ts'

/** What came of killing the app at one point of one action. `problems` is empty when all promises were kept. */
export type Outcome = {
  readonly action: string
  readonly point: Point
  readonly writes: number
  /** Seconds from the kill until the effect was settled by the process that came after. */
  readonly resumed: number
  readonly problems: readonly string[]
  /** Nothing is wrong but that it took too long. */
  readonly onlyLate?: boolean
}

/** How long it may take from the kill until the effect is settled, in seconds. */
const bar = 60

/** Kills the app with SIGKILL at `point` of `action`, starts it again, and looks at what reached the API server. */
export const runCell = async (lane: Lane, action: Action, point: Point, cell: number): Promise<Outcome> => {
  const before = writesOf(lane).length
  const rolling = setInterval(() => {
    rollOut(lane.cluster, cell)
    action.play?.(lane.cluster, cell)
  }, 50)
  try {
    return await play({ lane, action, cell, before }, point)
  } catch (error) {
    const problems = [error instanceof Error ? error.message : String(error)]
    return { action: action.title ?? action.id, point, writes: writesOf(lane).length - before, resumed: 0, problems }
  } finally {
    clearInterval(rolling)
  }
}

type Cell = { readonly lane: Lane; readonly action: Action; readonly cell: number; readonly before: number }

const play = async (scene: Cell, point: Point): Promise<Outcome> => {
  const { lane, action, cell, before } = scene
  const first = await lane.run()
  action.seed(lane.cluster, cell)
  if (afterLostAnswer.has(point)) await loseTheAnswer(scene, first, point)
  else await first.tell({ point, ...(action.pass === undefined ? {} : { pass: action.pass }) })
  await lane.jobs.add({ v: 1, kind: 'plan', request: requestOf(action, cell) })
  await Promise.race([first.died, pressUntil(scene, first.died, 60_000)])
  const killedAt = Date.now()
  if ((await first.died) !== 'SIGKILL') throw new Error('the process was not killed at this point')
  const second = await lane.restart()
  const { life } = await pressUntil(scene, second.died, 110_000)
  const resumed = (Date.now() - killedAt) / 1000
  const { life: end } = await until(scene, (record) => ended(record.life), 60_000)
  const writes = writesOf(lane).length - before
  const { sound } = await verifyAudit(join(lane.folder, 'data', 'audit'))
  const problems = [
    ...(writes === (action.writes ?? 1) ? [] : [`${writes} writes on the wire`]),
    ...(end.state === 'verified' ? [] : [`ended ${end.state}: ${end.outcome?.note ?? ''}`]),
    ...(action.holds(lane.cluster, cell) ? [] : ['the cluster is not as the plan said']),
    ...(sound ? [] : ['the record does not verify']),
    ...(life.effect === 'done' ? [] : [`effect ${life.effect}`]),
  ]
  const late = resumed < bar ? [] : [`resumed only after ${resumed.toFixed(0)} s`]
  const onlyLate = late.length > 0 && problems.length === 0
  return { action: action.title ?? action.id, point, writes, resumed, problems: [...problems, ...late], onlyLate }
}

/** The server writes, and closes the connection before it answers. */
const loseTheAnswer = ({ lane, action, cell }: Cell, run: Run, point: Point): Promise<void> => {
  const goOn = join(lane.folder, `go-${cell}`)
  return run.tell({ point, goOn }, () => {
    lane.cluster.faults.fail({ method: action.method, effect: { kind: 'apply-then-drop' }, times: 1 })
    writeFileSync(goOn, '')
  })
}

const requestOf = (action: Action, cell: number) => ({
  cluster: 'prod-eu1',
  action: action.id,
  target: action.target(cell),
  input: typeof action.input === 'function' ? action.input(cell) : action.input,
  requester: theDoctor,
  reason: { summary: 'checkout is crash looping', code: 'app-crash', evidence: [{ id: 'e1', text: 'panic: boom' }] },
  replyTo: { channel, user: 'U0CARA' },
})

const planOf = async ({ lane, action, cell }: Cell): Promise<PlanRecord | undefined> => {
  const { namespace, name } = action.target(cell)
  return (await lane.store.list<PlanRecord>('plan', 200))
    .map(({ value }) => value)
    .find(({ plan }) => plan.target.namespace === namespace && plan.target.name === name)
}

/** Both approvers press whenever the card waits for them, until the effect is settled or the process is gone. */
const pressUntil = async (scene: Cell, died: Run['died'], ms: number): Promise<PlanRecord> => {
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

const press = async ({ lane }: Cell, { card, life }: PlanRecord): Promise<void> => {
  if (card === null) return
  const user = life.approvals.length === 0 ? 'U0ANA' : 'U0DAN'
  await lane.slack
    .as(user)
    .press(card.ts, card.channel, 'doctor.approve')
    .catch(() => undefined)
}

const until = async (scene: Cell, holds: (record: PlanRecord) => boolean, ms: number): Promise<PlanRecord> => {
  const end = Date.now() + ms
  for (;;) {
    const record = await planOf(scene)
    if (record !== undefined && holds(record)) return record
    if (Date.now() > end) throw new Error(`the plan is still ${record?.life.state ?? 'not there'}`)
    await sleep(100)
  }
}
