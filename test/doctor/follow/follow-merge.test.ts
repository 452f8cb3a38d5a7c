import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { decide } from '../../../src/doctor/decide.ts'
import type { Doctor } from '../../../src/doctor/doctor.ts'
import { execute } from '../../../src/doctor/execute.ts'
import { follow } from '../../../src/doctor/follow/follow-merge.ts'
import { readFollow, resumeFollows } from '../../../src/doctor/follow/follow-store.ts'
import { hearOfChange } from '../../../src/doctor/follow/hear-of-change.ts'
import { readIncident } from '../../../src/doctor/incident/incident-store.ts'
import { plan } from '../../../src/doctor/plan.ts'
import { readPlan } from '../../../src/doctor/plans/plan-store.ts'
import { wayBack } from '../../../src/doctor/undo.ts'
import type { Incident } from '../../../src/domain/incident.ts'
import type { PlanRecord } from '../../../src/domain/plan-record.ts'
import type { PullRequestView } from '../../../src/domain/pull-request.ts'
import type { TimelineKind } from '../../../src/domain/timeline.ts'
import { createGitOps } from '../../../src/gitops/git-ops.ts'
import type { GitHost } from '../../../src/ports.ts'
import { noIssues } from '../no-issues.ts'
import { openWard, pressOn, recordOf, requestFor, rolled, seedDeployment, type Ward } from '../ward.ts'

const repository = 'acme/deploy'
const sha = (letter: string) => letter.repeat(40)
const open: PullRequestView = {
  number: 7,
  url: 'https://git/acme/deploy/pull/7',
  state: 'open',
  checks: { passed: 2, failed: 1, running: 0, failing: ['kubeconform'] },
  approvedBy: ['mara'],
  changesAskedBy: [],
}
const merged: PullRequestView = { ...open, state: 'merged', mergeCommit: sha('b'), by: 'jon' }

let ward: Ward
beforeAll(async () => {
  ward = await openWard()
})
afterAll(() => ward.close())
beforeEach(() => {
  ward.waiting.length = 0
  ward.clock.waits = () => {}
  ward.clock.offset = 0
})

type Case = {
  readonly doctor: Doctor
  readonly record: PlanRecord
  readonly incident: string
  /** The Git host as it is now; what is set here is what the next look sees. */
  readonly git: { view: PullRequestView; away: boolean; text: string }
  look(turn?: number): Promise<void>
  kinds(kinds: readonly TimelineKind[]): Promise<readonly string[]>
  state(): Promise<string | undefined>
  end(): Promise<string | undefined>
}

const gitHost = (git: Case['git']): GitHost => ({
  ...noIssues,
  readFile: async () => ({ kind: 'ok', value: { text: git.text, sha: sha('a') } }),
  listFiles: async () => ({ kind: 'ok', value: ['shop/web.yaml'] }),
  headOf: async () => ({ kind: 'ok', value: sha('a') }),
  defaultBranch: async () => ({ kind: 'ok', value: 'main' }),
  openChange: async (permit) => {
    permit.spend(Date.now())
    return { kind: 'done', number: 7, url: open.url }
  },
  findChange: async () => ({ kind: 'ok', value: { number: 7, url: open.url, state: 'open' } }),
  viewChange: async () =>
    git.away ? { kind: 'unreadable', reason: 'unreachable', message: 'no' } : { kind: 'ok', value: git.view },
  contains: async (_, commit, revision) => ({ kind: 'ok', value: commit === revision || revision === sha('c') }),
})

const application = (name: string, revision: string, sync: string, health: string, more: object = {}) =>
  ward.cluster.store.apply({
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: { name, namespace: 'argocd' },
    spec: {
      source: { repoURL: `https://github.com/${repository}`, path: 'shop', targetRevision: 'main' },
      syncPolicy: { automated: {} },
    },
    status: { sync: { status: sync, revision }, health: { status: health }, ...more },
  })

/** A Git-owned Deployment whose rollback was approved and whose pull request is open. */
const opened = async (name: string): Promise<Case> => {
  seedDeployment(ward, name)
  ward.cluster.store.patch('deployments.apps', 'shop', name, {
    metadata: { annotations: { 'argocd.argoproj.io/tracking-id': `${name}:apps/Deployment:shop/${name}` } },
  } as never)
  if (ward.cluster.store.get('namespaces', undefined, 'argocd') === undefined)
    ward.cluster.store.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'argocd' } })
  application(name, sha('a'), 'Synced', 'Degraded')
  const text = `apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: ${name}}\nspec:\n  template:\n    spec:\n      containers:\n      - name: app\n        image: acme/${name}:2 # released\n`
  const git: Case['git'] = { view: open, away: false, text }
  const host = gitHost(git)
  const doctor: Doctor = { ...ward.doctor, git: host, gitOps: createGitOps(host, ward.doctor.readers) }
  const at = new Date().toISOString()
  const incident: Incident = {
    id: `i-${name}`,
    fingerprint: name,
    state: 'investigating',
    title: `${name} is down`,
    severity: 'critical',
    cluster: 'prod-eu1',
    source: 'alertmanager',
    openedBy: 'x',
    openedAt: at,
    updatedAt: at,
    seen: 1,
    thread: { channel: 'CONCALL', ts: `9.${name}` },
    plans: [],
    attempts: [],
  }
  await doctor.store.put('incident', incident.id, incident, 0)
  const target = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name }
  const reason = { summary: `${name} crashes`, code: 'app-crash', object: target, evidence: [] }
  const request = requestFor('rollback-rollout', {}, { target, reason, incident: incident.id })
  const record = recordOf(await plan(doctor, request))
  await decide(doctor, pressOn(record, 'approve', 'UANA'))
  await execute(doctor, record.plan.id)
  const stored = (await readPlan(doctor, record.plan.id)) as PlanRecord
  expect(stored.life.state).toBe('verified')
  const entries = (kinds: readonly TimelineKind[]) => doctor.audit.read({ plan: record.plan.id, kinds })
  return {
    doctor,
    record: stored,
    incident: incident.id,
    git,
    look: (turn) => follow(doctor, record.plan.id, turn, AbortSignal.timeout(20_000)),
    kinds: async (kinds) => (await entries(kinds)).map(({ kind }) => kind),
    state: async () => (await readIncident(doctor, incident.id))?.value.state,
    end: async () => (await readFollow(doctor, record.plan.id))?.outcome,
  }
}

const thread = (one: Case) =>
  ward.chat.said
    .filter(({ thread: ts }) => ts === `9.${one.record.plan.target.name}`)
    .map(({ message }) => message.text)
const delivered = (one: Case, revision = sha('b')) => {
  const { name } = one.record.plan.target
  ward.cluster.store.patch('deployments.apps', 'shop', name, {
    spec: { template: { spec: { containers: [{ name: 'app', image: `acme/${name}:1` }] } } },
  } as never)
  rolled(ward, name)
  application(name, revision, 'Synced', 'Healthy')
}

it('waits with its reviewers and shows their checks in one message', async () => {
  const one = await opened('review')
  expect(ward.waiting.map(({ job }) => job)).toContainEqual({ v: 1, kind: 'follow', plan: one.record.plan.id, turn: 0 })
  await one.look(0)
  expect(thread(one).at(-1)).toContain('waits for review and merge')
  expect(JSON.stringify(ward.chat.said.at(-1)?.message)).toContain('1 failed (kubeconform), 2 passed')
  const before = ward.chat.said.length
  one.git.view = { ...open, checks: { passed: 3, failed: 0, running: 0, failing: [] } }
  await one.look(1)
  expect(ward.chat.said).toHaveLength(before)
  expect(JSON.stringify(ward.chat.said.at(-1)?.message)).toContain('Checks: 3 passed')
  expect(await one.state()).toBe('awaiting-approval')
})

it('follows a merge to Synced and Healthy, proves it, and resolves the incident', async () => {
  const one = await opened('whole')
  expect(one.record.plan.success).toMatchObject({ afterMerge: { owner: { name: 'whole' } } })
  one.git.view = merged
  let looks = 0
  ward.clock.waits = () => {
    looks += 1
    if (looks === 3) delivered(one, sha('c'))
  }
  for (let turn = 0; turn < 8 && (await one.end()) === undefined; turn += 1) await one.look(turn)
  expect(await one.end()).toBe('verified')
  expect(looks).toBeGreaterThan(3)
  expect(await one.state()).toBe('resolved')
  expect(await one.kinds(['pull-request.merged', 'delivery.verified', 'delivery.failed'])).toEqual([
    'pull-request.merged',
    'delivery.verified',
  ])
  expect(thread(one).filter((text) => text.startsWith('Deployment shop/'))).toHaveLength(1)
  const card = (await readPlan(one.doctor, one.record.plan.id)) as PlanRecord
  expect(card.steps).toEqual(
    expect.arrayContaining(['merged by jon', 'delivered: Argo CD', 'Synced and Healthy, verified']),
  )
})

it('counts a merge as delivered only when the commit is applied and the live field is as merged', async () => {
  const one = await opened('notyet')
  one.git.view = merged
  application('notyet', sha('b'), 'Synced', 'Healthy')
  await one.look()
  expect((await readFollow(one.doctor, one.record.plan.id))?.note).toContain('image is not as merged yet')
  delivered(one, sha('a'))
  await one.look()
  expect(await readFollow(one.doctor, one.record.plan.id)).toMatchObject({
    phase: 'delivery',
    note: expect.stringContaining('the merge is not among what it applied yet'),
  })
})

it('says everything once although the process dies after each thing that it does', async () => {
  const one = await opened('crash')
  one.git.view = merged
  delivered(one)
  for (const point of ['seen-delivery', 'told-delivery', 'seen-proof', 'told-proof', 'seen-ended', 'told-ended']) {
    ward.crash = `follow.${point}`
    await one.look().catch((error: Error) => expect(error.message).toBe(`follow.${point}`))
  }
  ward.crash = undefined
  await one.look()
  expect(await one.end()).toBe('verified')
  expect(await one.kinds(['pull-request.merged', 'delivery.verified'])).toHaveLength(2)
  expect(thread(one).filter((text) => text.startsWith('Deployment shop/'))).toHaveLength(1)
  const said = ward.chat.said.length
  await one.look()
  expect(ward.chat.said).toHaveLength(said)
})

it('says that it was closed, once, and leaves the incident to people', async () => {
  const one = await opened('closed')
  one.git.view = { ...open, state: 'closed' }
  await one.look(0)
  await one.look(1)
  expect(await one.end()).toBe('closed')
  expect(await one.state()).toBe('escalated')
  expect(await one.kinds(['pull-request.closed'])).toHaveLength(1)
  expect(thread(one).filter((text) => text.includes('closed and not merged'))).toHaveLength(1)
})

it('proposes the revert, with its own approval, where the merge made nothing well', async () => {
  const one = await opened('worse')
  one.git.view = merged
  delivered(one)
  ward.cluster.store.patchStatus('deployments.apps', 'shop', 'worse', {
    status: {
      availableReplicas: 0,
      conditions: [{ type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded' }],
    },
  })
  application('worse', sha('b'), 'Synced', 'Degraded')
  for (let turn = 0; turn < 4; turn += 1) await one.look(turn)
  expect(await one.end()).toBe('failed')
  expect(await one.state()).toBe('escalated')
  const asked = ward.waiting.flatMap(({ job }) => (job.kind === 'plan' ? [job.request] : []))
  expect(asked).toMatchObject([{ action: 'open-pull-request', input: { reverts: one.record.plan.id } }])
  // Meanwhile somebody else changed another line of the file.
  one.git.text = `# reviewed\n${one.git.text.replace(':2', ':1')}`
  const back = recordOf(await plan(one.doctor, asked[0] as never))
  expect(back.plan.change).toMatchObject({
    kind: 'pull-request',
    edits: [{ after: expect.stringContaining('worse:2 # rel') }],
  })
  expect(back.plan.change).toMatchObject({ edits: [{ after: expect.stringContaining('# reviewed') }] })
  expect(back.life.state).toBe('pending')
})

it('takes a merged pull request back at the wish of who may decide, and none that is open', async () => {
  const one = await opened('regret')
  const back = () => wayBack(one.doctor, one.record, 'UANA', { channel: 'CONCALL', user: 'UANA' })
  await one.look(0)
  expect(await back()).toMatchObject({ kind: 'refused', code: 'no-way-back' })
  one.git.view = merged
  await one.look(1)
  expect(await back()).toMatchObject({ action: 'open-pull-request', input: { reverts: one.record.plan.id } })
})

it('goes on after a Git host that was away, an old job, and news from a webhook', async () => {
  const one = await opened('news')
  one.git.away = true
  await one.look(0)
  expect((await readFollow(one.doctor, one.record.plan.id))?.note).toContain('GitHub could not be read')
  one.git.away = false
  one.git.view = merged
  await one.look(0)
  expect((await readFollow(one.doctor, one.record.plan.id))?.phase).toBe('review')
  ward.waiting.length = 0
  const { change } = one.record.plan
  const branch = change.kind === 'pull-request' ? change.branch : ''
  expect(await hearOfChange(one.doctor)({ repository: 'acme/other', branch })).toBe(false)
  expect(await hearOfChange(one.doctor)({ repository: 'Acme/Deploy', branch })).toBe(true)
  expect(ward.waiting.map(({ job }) => job)).toEqual([{ v: 1, kind: 'follow', plan: one.record.plan.id }])
  expect(await resumeFollows(one.doctor)).toBeGreaterThan(0)
})

it('brings a pull request to mind once, after the time that is set, and gives it up after a month', async () => {
  const one = await opened('slow')
  await one.look(0)
  const nudges = () => thread(one).filter((text) => text.includes('still waits for a reviewer')).length
  expect(nudges()).toBe(0)
  ward.clock.offset += one.doctor.config.reviewReminderSeconds * 1000 + 1_000
  await one.look(1)
  await one.look(2)
  expect(nudges()).toBe(1)
  ward.clock.offset += 30 * 86_400_000
  await one.look(3)
  expect(await one.end()).toBe('lost')
})

it('says once that a merge is late in the cluster, and goes on looking', async () => {
  const one = await opened('late')
  one.git.view = merged
  await one.look()
  ward.clock.offset += 16 * 60_000
  application('late', sha('a'), 'OutOfSync', 'Healthy')
  await one.look()
  await one.look()
  expect(thread(one).filter((text) => text.includes('not in the cluster yet'))).toHaveLength(1)
  delivered(one)
  for (let turn = 0; turn < 4 && (await one.end()) === undefined; turn += 1) await one.look()
  expect(await one.end()).toBe('verified')
})
