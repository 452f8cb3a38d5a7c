import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadActions } from '../../src/actions/load.ts'
import { loadContexts } from '../../src/adapters/kubernetes/kubeconfig.ts'
import { openReader } from '../../src/adapters/kubernetes/reader.ts'
import { openWriter } from '../../src/adapters/kubernetes/writer.ts'
import { openRedis, type RedisServer } from '../../src/adapters/redis/connect.ts'
import { redisStore } from '../../src/adapters/redis/store.ts'
import { defaultLimits } from '../../src/config/limits.ts'
import { loadConfig } from '../../src/config.ts'
import { type SimulatedCluster, startSimulatedCluster } from '../../src/demo/cluster/start.ts'
import type { Doctor, Log } from '../../src/doctor/doctor.ts'
import type { Job, PlanRequest } from '../../src/domain/job.ts'
import type { PlanRecord } from '../../src/domain/plan-record.ts'
import { theDoctor } from '../../src/domain/principal.ts'
import { isRefusal } from '../../src/domain/refusal.ts'
import { openAuditLog } from '../../src/memory/audit-log.ts'
import { openReceipts } from '../../src/memory/receipt.ts'
import { loadPolicy } from '../../src/policy/load-policy.ts'
import type { Chat, ChatMessage, ChatUser } from '../../src/ports.ts'

/** A message as the chat of a test holds it. */
export type Said = {
  readonly channel: string
  readonly ts: string
  readonly thread?: string
  readonly to?: string
  message: ChatMessage
  edits: number
}

/** The Chat port in memory: a directory of people, and everything that was said. */
export type TestChat = Chat & {
  readonly said: Said[]
  readonly people: Map<string, ChatUser>
  groups: Map<string, string[]>
}

export const person = (id: string, more: Partial<ChatUser> = {}): ChatUser => ({
  id,
  name: id.toLowerCase(),
  email: `${id.toLowerCase()}@acme.dev`,
  deleted: false,
  bot: false,
  guest: false,
  stranger: false,
  team: 'T1',
  ...more,
})

const testChat = (): TestChat => {
  const said: Said[] = []
  const keys = new Map<string, Said>()
  const people = new Map(['UANA', 'UBEN', 'UCAT', 'UREQ', 'UOUT'].map((id) => [id, person(id)]))
  const groups = new Map<string, string[]>()
  return {
    said,
    people,
    groups,
    post: async (channel, message, options = {}) => {
      const known = options.key === undefined ? undefined : keys.get(options.key)
      if (known !== undefined) return known
      const one: Said = {
        channel,
        ts: `1700000000.${String(said.length).padStart(6, '0')}`,
        message,
        edits: 0,
        ...(options.thread === undefined ? {} : { thread: options.thread }),
      }
      said.push(one)
      if (options.key !== undefined) keys.set(options.key, one)
      return { channel, ts: one.ts }
    },
    update: async (_, ts, message) => {
      const one = said.find((item) => item.ts === ts)
      if (one === undefined) throw new Error('message_not_found')
      one.message = message
      one.edits += 1
    },
    ephemeral: async (channel, user, message) => {
      said.push({ channel, ts: `e${said.length}`, to: user, message, edits: 0 })
    },
    respond: async () => {},
    permalink: async () => undefined,
    user: async (id) => {
      const value = people.get(id)
      return value === undefined ? { kind: 'absent' } : { kind: 'ok', value }
    },
    groupMembers: async (id) => {
      const value = groups.get(id)
      return value === undefined ? { kind: 'absent' } : { kind: 'ok', value }
    },
    openView: async () => {},
    publishHome: async () => {},
  }
}

/** A job that waits, in the order it was added; `delay` in ms. */
export type Waiting = { readonly job: Job; readonly delay: number }

/** Everything a plan needs, real but for Slack: Redis, a Kubernetes API over TLS, the record on disk. */
export type Ward = {
  readonly doctor: Doctor
  readonly chat: TestChat
  readonly cluster: SimulatedCluster
  readonly waiting: Waiting[]
  readonly folder: string
  /** Moves the clock of the process; the store's stays. `waits` is called whenever the process sleeps. */
  readonly clock: { offset: number; waits: () => void }
  crash: string | undefined
  close(): Promise<void>
}

export const silent: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }

/** Thrown at a crash point: the process is gone. */
export class Crash extends Error {}

/** With `files` the reader and the writer are those of another cluster: kubeconfigs of one context. */
export const openWard = async (
  env: Readonly<Record<string, string>> = {},
  files?: { readonly reader: string; readonly writer: string },
): Promise<Ward> => {
  const folder = mkdtempSync(join(tmpdir(), 'doctor-ward-'))
  const [redis, cluster]: [RedisServer, SimulatedCluster] = await Promise.all([
    openRedis({}),
    startSimulatedCluster({ name: 'prod-eu1', controllers: false }),
  ])
  for (const user of ['reader', 'writer', 'admin'] as const) writeFileSync(join(folder, user), cluster.kubeconfig(user))
  const context = (user: 'reader' | 'writer') => {
    const kubeconfig = files?.[user] ?? join(folder, user)
    const [one] = loadContexts({ kubeconfig, contexts: [], allowExec: false }).contexts
    if (one === undefined) throw new Error('the kubeconfig of the simulation was refused')
    return one
  }
  const reader = openReader(context('reader'))
  const writer = openWriter(context('writer'))
  const connection = redis.connect('commands')
  if (connection.status !== 'ready') await new Promise((ready) => connection.once('ready', ready))
  const loaded = loadConfig({ DOCTOR_DATA_DIR: folder, DOCTOR_APPROVERS: 'UANA,UBEN,UREQ', ...env })
  if (loaded.kind === 'invalid') throw new Error(JSON.stringify(loaded.problems))
  const actions = await loadActions()
  const policy = loadPolicy({ approvers: loaded.config.approvers, actions: [...actions.keys()] })
  if (policy.kind === 'invalid') throw new Error(JSON.stringify(policy.problems))
  const audit = await openAuditLog(join(folder, 'audit'))
  const receipts = await openReceipts(folder)
  const chat = testChat()
  const waiting: Waiting[] = []
  const clock = { offset: 0, waits: () => {} }
  const ward: Ward = {
    chat,
    cluster,
    waiting,
    folder,
    clock,
    crash: undefined,
    doctor: {
      config: loaded.config,
      limits: {
        ...defaultLimits,
        perNamespace: { effects: 100, seconds: 600 },
        perCluster: { effects: 100, seconds: 600 },
      },
      readers: new Map([[reader.name, reader]]),
      writers: new Map([[writer.name, writer]]),
      chat,
      store: redisStore(connection, Buffer.alloc(32, 7)),
      jobs: {
        add: async (job, options = {}) => {
          waiting.push({ job, delay: options.delay ?? 0 })
        },
      },
      audit,
      receipts,
      policy: policy.policy,
      analyzers: [],
      runbooks: [],
      actions,
      clock: {
        now: () => Date.now() + clock.offset,
        sleep: async (ms) => {
          clock.offset += ms
          clock.waits()
        },
      },
      log: silent,
      crashpoint: (name) => {
        if (ward.crash === name) {
          ward.crash = undefined
          throw new Crash(name)
        }
      },
    },
    close: async () => {
      await audit.close()
      reader.close()
      writer.close()
      connection.disconnect()
      await Promise.all([cluster.close(), redis.stop()])
      rmSync(folder, { recursive: true, force: true })
    },
  }
  return ward
}

/** A Deployment with two revisions, as its controller would keep them, all ready. */
export const seedDeployment = (
  { cluster }: Pick<Ward, 'cluster'>,
  name = 'checkout',
  namespace = 'shop',
  more: object = {},
): void => {
  const { store } = cluster
  if (store.get('namespaces', undefined, namespace) === undefined)
    store.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } })
  const template = (image: string, hash?: string) => ({
    metadata: { labels: { app: name, ...(hash === undefined ? {} : { 'pod-template-hash': hash }) } },
    spec: {
      containers: [{ name: 'app', image, resources: { requests: { memory: '64Mi' }, limits: { memory: '128Mi' } } }],
    },
  })
  const deployment = store.apply({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace, annotations: { 'deployment.kubernetes.io/revision': '2' }, ...more },
    spec: { replicas: 2, selector: { matchLabels: { app: name } }, template: template(`acme/${name}:2`) },
  })
  for (const revision of [1, 2])
    store.apply({
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      metadata: {
        name: `${name}-${revision}`,
        namespace,
        labels: { app: name, 'pod-template-hash': `h${revision}` },
        annotations: { 'deployment.kubernetes.io/revision': String(revision) },
        ownerReferences: [
          {
            apiVersion: 'apps/v1',
            kind: 'Deployment',
            name,
            uid: (deployment.metadata as { uid: string }).uid,
            controller: true,
          },
        ],
      },
      spec: {
        replicas: revision === 2 ? 2 : 0,
        selector: { matchLabels: { app: name, 'pod-template-hash': `h${revision}` } },
        template: template(`acme/${name}:${revision}`, `h${revision}`),
      },
    })
  rolled({ cluster }, name, namespace)
}

/** What the Deployment controller and kubelets do in the end: every pod of the newest template ready. */
export const rolled = ({ cluster }: Pick<Ward, 'cluster'>, name = 'checkout', namespace = 'shop'): void => {
  const now = cluster.store.get('deployments.apps', namespace, name) as unknown as {
    spec: { replicas: number }
    metadata: { generation: number }
  }
  const { replicas } = now.spec
  cluster.store.patchStatus('deployments.apps', namespace, name, {
    status: {
      observedGeneration: now.metadata.generation,
      replicas,
      updatedReplicas: replicas,
      readyReplicas: replicas,
      availableReplicas: replicas,
    },
  })
}

/** A request as a runbook makes it, or, with `by`, a person. */
export const requestFor = (
  action: string,
  input: Readonly<Record<string, unknown>> = {},
  more: Partial<PlanRequest> = {},
): PlanRequest => ({
  cluster: 'prod-eu1',
  action,
  target: { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'checkout' },
  input,
  requester: theDoctor,
  reason: { summary: 'checkout is crash looping', code: 'app-crash', evidence: [{ id: 'e1', text: 'panic: boom' }] },
  replyTo: { channel: 'CONCALL', user: 'UREQ', thread: '1.1' },
  ...more,
})

/** The record of an outcome, or a failed test that says why there is none. */
export const recordOf = (outcome: unknown): PlanRecord => {
  if (isRefusal(outcome)) throw new Error(`refused: ${outcome.code}: ${outcome.reason}`)
  return (outcome as { readonly record: PlanRecord }).record
}

/** The writes that reached the API server, dry runs and reads left out. */
export const writesOf = ({ cluster }: Pick<Ward, 'cluster'>) =>
  cluster.requests.filter(
    (one) => !one.dryRun && !['GET', 'HEAD'].includes(one.method) && !one.path.includes('accessreviews'),
  )

/** A press of a button on the card of a plan. */
export const pressOn = (record: PlanRecord, button: 'approve' | 'deny' | 'undo', user: string) => ({
  button,
  plan: record.plan.id,
  user,
  channel: record.card?.channel ?? '',
  message: record.card?.ts ?? '',
})
