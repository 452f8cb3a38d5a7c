import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { decide } from '../../../src/doctor/decide.ts'
import type { Doctor } from '../../../src/doctor/doctor.ts'
import { execute } from '../../../src/doctor/execute.ts'
import { follow } from '../../../src/doctor/follow/follow-merge.ts'
import { readFollow } from '../../../src/doctor/follow/follow-store.ts'
import { pressMerge } from '../../../src/doctor/follow/press-merge.ts'
import { plan } from '../../../src/doctor/plan.ts'
import { readPlan } from '../../../src/doctor/plans/plan-store.ts'
import type { Change } from '../../../src/domain/change.ts'
import type { PlanRecord } from '../../../src/domain/plan-record.ts'
import type { PullRequestView } from '../../../src/domain/pull-request.ts'
import { isRefusal } from '../../../src/domain/refusal.ts'
import { createGitOps } from '../../../src/gitops/git-ops.ts'
import { defaultPolicy } from '../../../src/policy/default-policy.ts'
import { loadPolicy } from '../../../src/policy/load-policy.ts'
import type { GitHost } from '../../../src/ports.ts'
import { noIssues } from '../no-issues.ts'
import { Crash, openWard, person, pressOn, recordOf, requestFor, seedDeployment, type Ward } from '../ward.ts'

const repository = 'acme/deploy'
const sha = (letter: string) => letter.repeat(40)
const ready: PullRequestView = {
  number: 7,
  url: 'https://git/acme/deploy/pull/7',
  state: 'open',
  checks: { passed: 2, failed: 0, running: 0, failing: [] },
  approvedBy: ['mara'],
  changesAskedBy: [],
  head: sha('c'),
  base: 'main',
  mergeable: 'clean',
  headApproved: true,
}
const permitMerges = `
@id("merges")
@because("What passed review may be merged with one approval.")
permit (principal, action == Doctor::Action::"merge-pull-request", resource);
`

let ward: Ward
let merging: Doctor['policy']
beforeAll(async () => {
  ward = await openWard()
  const folder = mkdtempSync(join(tmpdir(), 'doctor-policy-'))
  writeFileSync(join(folder, 'own.cedar'), `${defaultPolicy}\n${permitMerges}`)
  const { approvers } = ward.doctor.config
  const loaded = loadPolicy({ approvers, actions: [...ward.doctor.actions.keys()], folder })
  rmSync(folder, { recursive: true })
  if (loaded.kind === 'invalid') throw new Error(JSON.stringify(loaded.problems))
  merging = loaded.policy
})
afterAll(() => ward.close())
beforeEach(() => {
  ward.waiting.length = 0
  ward.crash = undefined
})

type Merge = Extract<Change, { kind: 'merge' }>
type Host = { view: PullRequestView; readonly merges: Merge[]; answer: 'done' | 'lost' | 'refused' }

const gitHost = (host: Host, text: string): GitHost => ({
  ...noIssues,
  readFile: async () => ({ kind: 'ok', value: { text, sha: sha('a') } }),
  listFiles: async () => ({ kind: 'ok', value: ['shop/web.yaml'] }),
  headOf: async () => ({ kind: 'ok', value: sha('a') }),
  defaultBranch: async () => ({ kind: 'ok', value: 'main' }),
  openChange: async (permit) => {
    permit.spend(Date.now())
    return { kind: 'done', number: 7, url: ready.url }
  },
  findChange: async () => ({ kind: 'ok', value: { number: 7, url: ready.url, state: host.view.state } }),
  viewChange: async () => ({ kind: 'ok', value: host.view }),
  contains: async (_, commit, revision) => ({ kind: 'ok', value: commit === revision }),
  mergeChange: async (permit) => {
    host.merges.push(permit.spend(Date.now()) as Merge)
    if (host.answer === 'refused') return { kind: 'rejected', message: 'GitHub said no (405)' }
    host.view = { ...host.view, state: 'merged', mergeCommit: sha('d'), by: 'cluster-doctor' }
    return host.answer === 'lost' ? { kind: 'unknown', message: 'no answer' } : { kind: 'done', commit: sha('d') }
  },
})

type Case = { readonly doctor: Doctor; readonly record: PlanRecord; readonly host: Host }

/** A Git-owned Deployment whose rollback was approved, and whose pull request is open and followed. */
const opened = async (name: string, view: PullRequestView = ready, policy = merging): Promise<Case> => {
  seedDeployment(ward, name)
  ward.cluster.store.patch('deployments.apps', 'shop', name, {
    metadata: { annotations: { 'argocd.argoproj.io/tracking-id': `${name}:apps/Deployment:shop/${name}` } },
  } as never)
  if (ward.cluster.store.get('namespaces', undefined, 'argocd') === undefined)
    ward.cluster.store.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'argocd' } })
  ward.cluster.store.apply({
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: { name, namespace: 'argocd' },
    spec: { source: { repoURL: `https://github.com/${repository}`, path: 'shop', targetRevision: 'main' } },
    status: { sync: { status: 'Synced', revision: sha('a') }, health: { status: 'Degraded' } },
  })
  const host: Host = { view, merges: [], answer: 'done' }
  const text = `apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: ${name}}\nspec:\n  template:\n    spec:\n      containers:\n      - name: app\n        image: acme/${name}:2\n`
  const git = gitHost(host, text)
  const doctor: Doctor = { ...ward.doctor, policy, git, gitOps: createGitOps(git, ward.doctor.readers) }
  const target = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name }
  const record = recordOf(await plan(doctor, requestFor('rollback-rollout', {}, { target })))
  await decide(doctor, pressOn(record, 'approve', 'UANA'))
  await execute(doctor, record.plan.id)
  const stored = (await readPlan(doctor, record.plan.id)) as PlanRecord
  await follow(doctor, record.plan.id, 0, AbortSignal.timeout(10_000))
  return { doctor, record: stored, host }
}

const shown = async ({ doctor, record }: Case) => {
  const message = (await readFollow(doctor, record.plan.id))?.message
  const said = ward.chat.said.find(({ ts }) => ts === message?.ts)
  return { message, buttons: JSON.stringify(said?.message).includes('doctor.merge') }
}

const press = async (one: Case, user = 'UBEN', more: { readonly message?: string } = {}) => {
  const { message } = await shown(one)
  return pressMerge(one.doctor, {
    action: 'doctor.merge',
    value: one.record.plan.id,
    user: { id: user, name: user },
    channel: message?.channel ?? '',
    message: message?.ts ?? '',
    ...more,
  } as never)
}

const planned = async (one: Case) => {
  const job = ward.waiting.map(({ job }) => job).findLast(({ kind }) => kind === 'plan')
  if (job?.kind !== 'plan') throw new Error('no plan was asked for')
  return plan(one.doctor, job.request)
}

describe('the merge of a pull request', () => {
  it('has no button and no plan under the shipped policy', async () => {
    const one = await opened('shipped', ready, ward.doctor.policy)
    expect((await shown(one)).buttons).toBe(false)
    expect(await press(one)).toContain('not waiting for a merge')
    const asked = await plan(one.doctor, {
      ...requestFor('merge-pull-request', { merges: one.record.plan.id }),
      target: one.record.plan.target,
    })
    expect(asked).toMatchObject({ kind: 'refused', code: 'not-permitted' })
    expect(one.host.merges).toEqual([])
  })

  it('is asked for by a button, approved for one head on a card of its own, and recorded before it is made', async () => {
    const one = await opened('merged')
    expect((await shown(one)).buttons).toBe(true)
    expect(await press(one)).toContain('being planned')
    const record = recordOf(await planned(one))
    expect(record.plan).toMatchObject({ action: 'merge-pull-request', risk: 'medium', rule: { quorum: 1 } })
    expect(JSON.stringify(ward.chat.said.at(-1)?.message)).toContain(sha('c'))
    expect(JSON.stringify(ward.chat.said.at(-1)?.message)).not.toContain('server dry run')
    await execute(one.doctor, record.plan.id)
    expect(one.host.merges).toEqual([])
    expect(isRefusal(await decide(one.doctor, pressOn(record, 'approve', 'UOUT')))).toBe(true)
    await decide(one.doctor, pressOn(record, 'approve', 'UBEN'))
    await execute(one.doctor, record.plan.id)
    expect(one.host.merges).toEqual([
      {
        kind: 'merge',
        repository,
        number: 7,
        branch: `doctor/${one.record.plan.id.slice(0, 12)}`,
        base: 'main',
        head: sha('c'),
        method: 'merge',
      },
    ])
    const entries = await one.doctor.audit.read({
      plan: record.plan.id,
      kinds: ['effect.intended', 'effect.done', 'effect.verified'],
    })
    expect(entries.map(({ kind }) => kind)).toEqual(['effect.intended', 'effect.done', 'effect.verified'])
    expect(entries[0]?.data).toMatchObject({ method: 'PUT', path: '/repos/acme/deploy/pulls/7/merge', sha: sha('c') })
    expect(((await readPlan(one.doctor, record.plan.id)) as PlanRecord).life.state).toBe('verified')
    // Who follows the pull request goes on with its delivery.
    await follow(one.doctor, one.record.plan.id, undefined, AbortSignal.timeout(10_000))
    expect((await readFollow(one.doctor, one.record.plan.id))?.phase).toBe('delivery')
    expect((await shown(one)).buttons).toBe(false)
  })

  it('is asked for only from the message that shows it, by people of the workspace', async () => {
    const one = await opened('elsewhere')
    expect(await press(one, 'UBEN', { message: '1.1' })).toContain('does not work any more')
    ward.chat.people.set('UGUEST', person('UGUEST', { guest: true }))
    expect(await press(one, 'UGUEST')).not.toContain('being planned')
    expect(ward.waiting.filter(({ job }) => job.kind === 'plan')).toEqual([])
  })

  it.each<[string, Partial<PullRequestView>]>([
    ['another head', { head: sha('e') }],
    ['a check that failed since', { checks: { passed: 1, failed: 1, running: 0, failing: ['lint'] } }],
    ['a review that was taken back', { headApproved: false }],
    ['protection that holds it back', { mergeable: 'blocked' }],
    ['another base', { base: 'release' }],
    ['a close', { state: 'closed' }],
  ])('is not made after %s, although it was approved', async (name, change) => {
    const one = await opened(name.replaceAll(' ', '-'))
    await press(one)
    const record = recordOf(await planned(one))
    await decide(one.doctor, pressOn(record, 'approve', 'UANA'))
    one.host.view = { ...one.host.view, ...change }
    await execute(one.doctor, record.plan.id)
    expect(one.host.merges).toEqual([])
    const { life } = (await readPlan(one.doctor, record.plan.id)) as PlanRecord
    expect(life.effect).toBe('none')
    expect(['stale', 'refused']).toContain(life.state)
  })

  it('has no button while a check runs, and none that is not approved', async () => {
    const running = await opened('running', { ...ready, checks: { passed: 1, failed: 0, running: 1, failing: [] } })
    expect((await shown(running)).buttons).toBe(false)
    running.host.view = ready
    await follow(running.doctor, running.record.plan.id, undefined, AbortSignal.timeout(10_000))
    expect((await shown(running)).buttons).toBe(true)
  })

  it('is made once where its answer was lost or the process died with it, and says so where GitHub refused it', async () => {
    for (const [name, answer, crash] of [
      ['lost', 'lost', undefined],
      ['died', 'done', 'execute.sent'],
    ] as const) {
      const one = await opened(name)
      await press(one)
      const record = recordOf(await planned(one))
      await decide(one.doctor, pressOn(record, 'approve', 'UANA'))
      one.host.answer = answer
      ward.crash = crash
      await execute(one.doctor, record.plan.id).catch((error: unknown) => expect(error).toBeInstanceOf(Crash))
      ward.clock.offset += 60_000
      await execute(one.doctor, record.plan.id)
      expect(one.host.merges).toHaveLength(1)
      expect(((await readPlan(one.doctor, record.plan.id)) as PlanRecord).life).toMatchObject({
        effect: 'done',
        state: 'verified',
      })
      ward.clock.offset = 0
    }
    const refused = await opened('refused')
    await press(refused)
    const record = recordOf(await planned(refused))
    await decide(refused.doctor, pressOn(record, 'approve', 'UANA'))
    refused.host.answer = 'refused'
    await execute(refused.doctor, record.plan.id)
    expect(((await readPlan(refused.doctor, record.plan.id)) as PlanRecord).life).toMatchObject({
      state: 'failed',
      effect: 'none',
    })
  })
})
