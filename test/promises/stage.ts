import { createHmac } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { RequestRecord } from '../../src/demo/cluster/http/server.ts'
import type { PlanRequest } from '../../src/domain/job.ts'
import { ended } from '../../src/domain/plan-life.ts'
import type { PlanRecord } from '../../src/domain/plan-record.ts'
import { theDoctor } from '../../src/domain/principal.ts'
import type { AuditEntry } from '../../src/domain/timeline.ts'
import { verifyAudit } from '../../src/memory/verify-audit.ts'
import { rolled, seedDeployment } from '../doctor/ward.ts'
import { channel, hurriedClock, startWorld, type World } from '../flows/world.ts'

/** The whole app over the wire, and Deployments of two revisions that a card about a way back appears for in a moment. */
export type Stage = World & {
  /** What happens at a crash point of the write path, by its name. */
  readonly at: Map<string, () => void>
  /** A fresh Deployment in a namespace of its own, so that no budget or open card of another test is in the way. */
  workload(): Workload
  /** Asks for a plan as a runbook would, and waits for its card; throws with what was said where there is none. */
  card(workload: Workload, more?: Partial<PlanRequest>): Promise<Shown>
  press(card: Shown, user: string, button?: Button): Promise<void>
  /** A press, signed, as bytes that can be sent again or changed. */
  signed(body: string, at?: number): Promise<Response>
  pressBody(card: Shown, user: string, more?: object): string
  record(card: Shown): Promise<PlanRecord>
  /** The stored plan once this holds; throws with what it is after `ms`. */
  until(card: Shown, holds: (record: PlanRecord) => boolean, ms?: number): Promise<PlanRecord>
  settled(card: Shown): Promise<PlanRecord>
  /** The private answers that a person got, oldest first. */
  told(user: string): readonly string[]
  /** The writes that reached the API server in a workload's namespace. */
  writes(workload?: Workload): readonly RequestRecord[]
  entries(card: Shown): Promise<readonly AuditEntry[]>
  kinds(card: Shown): Promise<readonly string[]>
  sound(): Promise<boolean>
}

export type Workload = { readonly namespace: string; readonly name: string }
export type Shown = { readonly id: string; readonly ts: string; readonly channel: string }
export type Button = 'doctor.approve' | 'doctor.deny' | 'doctor.undo' | 'doctor.details'

/** Opens the stage. The controllers of the cluster are a timer here: what is written rolls out within moments. */
export const openStage = async (options: Parameters<typeof startWorld>[0] = {}): Promise<Stage> => {
  const at = new Map<string, () => void>()
  const world = await startWorld({
    ...options,
    cluster: { controllers: false, ...options.cluster },
    overrides: { clock: hurriedClock(200), crashpoint: (name) => at.get(name)?.(), ...options.overrides },
  })
  const workloads: Workload[] = []
  const roll = setInterval(() => {
    for (const { name, namespace } of workloads) if (isBehind(world, namespace, name)) rolled(world, name, namespace)
  }, 20)
  const record = async (card: Shown): Promise<PlanRecord> => {
    const stored = await world.app.doctor.store.get<PlanRecord>('plan', card.id)
    if (stored === undefined) throw new Error('there is no such plan')
    return stored.value
  }
  const until: Stage['until'] = async (card, holds, ms = 8_000) => {
    const end = Date.now() + ms
    for (;;) {
      const found = await record(card)
      if (holds(found)) return found
      if (Date.now() > end) throw new Error(`the plan is still ${JSON.stringify(found.life)}`)
      await sleep(10)
    }
  }
  const entries = (card: Shown) => world.app.doctor.audit.read({ plan: card.id })
  const signed: Stage['signed'] = (body, at = Date.now()) => {
    const timestamp = String(Math.floor(at / 1000))
    const hash = createHmac('sha256', world.slack.signingSecret).update(`v0:${timestamp}:${body}`).digest('hex')
    return fetch(`${world.app.url}/slack/events`, {
      method: 'POST',
      body,
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        'x-slack-request-timestamp': timestamp,
        'x-slack-signature': `v0=${hash}`,
      },
    })
  }
  return {
    ...world,
    at,
    workload: () => {
      const workload = { namespace: `shop-${workloads.length + 1}`, name: 'checkout' }
      seedDeployment(world, workload.name, workload.namespace)
      workloads.push(workload)
      return workload
    },
    card: (workload, more) => showCard(world, workload, more),
    press: async (card, user, button = 'doctor.approve') => {
      await world.slack.as(user).press(card.ts, card.channel, button)
    },
    signed,
    pressBody,
    record,
    until,
    settled: (card) => until(card, ({ life }) => ended(life)),
    told: (user) =>
      world.slack
        .messages(channel)
        .filter((message) => message.ephemeral_to === user)
        .map((message) => message.text),
    writes: (workload) => writesOf(world, workload),
    entries,
    kinds: async (card) => (await entries(card)).map((entry) => entry.kind),
    sound: async () => (await verifyAudit(join(world.dataDir, 'audit'))).sound,
    close: async () => {
      clearInterval(roll)
      await world.close()
    },
  }
}

const isBehind = (world: World, namespace: string, name: string): boolean => {
  const object = world.cluster.store.get('deployments.apps', namespace, name) as
    | { metadata: { generation?: number }; status?: { observedGeneration?: number } }
    | undefined
  return object !== undefined && object.metadata.generation !== object.status?.observedGeneration
}

const showCard = async (world: World, workload: Workload, more: Partial<PlanRequest> = {}): Promise<Shown> => {
  const { doctor } = world.app
  const before = new Set((await doctor.store.list<PlanRecord>('plan', 500)).map((stored) => stored.value.plan.id))
  const said = world.slack.messages(channel).length
  const request: PlanRequest = {
    cluster: 'prod-eu1',
    action: 'rollback-rollout',
    target: { apiVersion: 'apps/v1', kind: 'Deployment', ...workload },
    input: {},
    requester: theDoctor,
    reason: { summary: 'checkout is crash looping', code: 'app-crash', evidence: [{ id: 'e1', text: 'panic: boom' }] },
    replyTo: { channel, user: 'U0CARA' },
    ...more,
  }
  await doctor.jobs.add({ v: 1, kind: 'plan', request })
  const end = Date.now() + 5_000
  while (Date.now() < end) {
    for (const { value } of await doctor.store.list<PlanRecord>('plan', 500))
      if (!before.has(value.plan.id) && value.card !== null && value.plan.target.namespace === workload.namespace)
        return { id: value.plan.id, ...value.card }
    const refusal = world.slack
      .messages(channel)
      .slice(said)
      .find((message) => message.text.startsWith('No plan for') && message.text.includes(workload.namespace))
    if (refusal !== undefined) throw new Error(refusal.text)
    await sleep(10)
  }
  throw new Error('no card came, and nobody was told why')
}

let presses = 0

/** What Slack sends for a press of Approve; `more` replaces parts of the payload. */
const pressBody = (card: Shown, user: string, more: object = {}): string => {
  presses += 1
  const payload = {
    type: 'block_actions',
    team: { id: 'T0LOCAL', domain: 'local-workspace' },
    user: { id: user, username: user.toLowerCase(), name: user.toLowerCase(), team_id: 'T0LOCAL' },
    api_app_id: 'A0DOCTOR',
    token: 'x',
    trigger_id: `t-${presses}`,
    container: { type: 'message', message_ts: card.ts, channel_id: card.channel, is_ephemeral: false },
    channel: { id: card.channel, name: 'payments-oncall' },
    message: { type: 'message', ts: card.ts, user: 'U0DOC', text: 'card' },
    actions: [
      { type: 'button', action_id: 'doctor.approve', block_id: 'b', value: card.id, action_ts: `${presses}.1` },
    ],
    ...more,
  }
  return new URLSearchParams({ payload: JSON.stringify(payload) }).toString()
}

const writesOf = (world: World, workload?: Workload): readonly RequestRecord[] =>
  world.cluster.requests.filter(
    (one) =>
      !one.dryRun &&
      !['GET', 'HEAD'].includes(one.method) &&
      !one.path.includes('accessreviews') &&
      (workload === undefined || one.path.includes(`/namespaces/${workload.namespace}/`)),
  )
