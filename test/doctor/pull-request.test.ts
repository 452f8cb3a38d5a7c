import { afterAll, beforeAll, expect, it } from 'vitest'
import { decide } from '../../src/doctor/decide.ts'
import type { Doctor } from '../../src/doctor/doctor.ts'
import { execute } from '../../src/doctor/execute.ts'
import { plan } from '../../src/doctor/plan.ts'
import { readPlan } from '../../src/doctor/plans/plan-store.ts'
import type { PlanRecord } from '../../src/domain/plan-record.ts'
import type { PullRequestView } from '../../src/domain/pull-request.ts'
import type { GitHost } from '../../src/ports.ts'
import { noIssues } from './no-issues.ts'
import { openWard, pressOn, recordOf, requestFor, seedDeployment, type Ward, writesOf } from './ward.ts'

let ward: Ward
beforeAll(async () => {
  ward = await openWard()
})
afterAll(() => ward.close())

const openView: PullRequestView = {
  number: 318,
  url: 'https://git/pull/318',
  state: 'open',
  approvedBy: [],
  changesAskedBy: [],
}

/** A repository with one file; a pull request is kept by its branch, as a Git host does. */
const repository = (file: { text: string }, view: () => PullRequestView) => {
  const opened: string[] = []
  const git: GitHost = {
    ...noIssues,
    readFile: async () => ({ kind: 'ok', value: { text: file.text, sha: 'a'.repeat(40) } }),
    listFiles: async () => ({ kind: 'ok', value: ['web.yaml'] }),
    headOf: async () => ({ kind: 'ok', value: 'a'.repeat(40) }),
    defaultBranch: async () => ({ kind: 'ok', value: 'main' }),
    openChange: async (permit) => {
      const change = permit.spend(Date.now())
      if (change.kind !== 'pull-request') throw new Error('not a pull request')
      opened.push(change.branch)
      return { kind: 'done', number: 318, url: 'https://git/pull/318' }
    },
    findChange: async (_, branch) =>
      opened.includes(branch)
        ? { kind: 'ok', value: { number: 318, url: 'https://git/pull/318', state: 'open' } }
        : { kind: 'absent' },
    viewChange: async () => ({ kind: 'ok', value: view() }),
    contains: async (_, commit, revision) => ({ kind: 'ok', value: commit === revision }),
  }
  return { git, opened }
}

const start = async (name: string, file: { text: string }) => {
  seedDeployment(ward, name)
  ward.cluster.store.patch('deployments.apps', 'shop', name, {
    metadata: { annotations: { 'argocd.argoproj.io/tracking-id': `shop:apps/Deployment:shop/${name}` } },
  } as never)
  const { git, opened } = repository(file, () => openView)
  const doctor: Doctor = {
    ...ward.doctor,
    git,
    gitOps: {
      editsFor: async (wish) => ({
        repository: 'acme/deploy',
        base: 'main',
        baseSha: 'a'.repeat(40),
        title: wish.draft.summary,
        body: wish.reason.summary,
        edits: [{ path: 'web.yaml', before: file.text, after: file.text.replace('2', '1') }],
      }),
    },
  }
  const target = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name }
  const record = recordOf(await plan(doctor, requestFor('rollback-rollout', {}, { target })))
  await decide(doctor, pressOn(record, 'approve', 'UANA'))
  const life = async () => ((await readPlan(doctor, record.plan.id)) as PlanRecord).life
  return { doctor, record, opened, life }
}

it('what Git owns is changed by one pull request, never live', async () => {
  const before = writesOf(ward).length
  const { doctor, record, opened, life } = await start('one', { text: 'image: one:2\n' })
  expect(record.plan).toMatchObject({ action: 'open-pull-request', change: { kind: 'pull-request' } })
  expect(JSON.stringify(ward.chat.said)).toContain('+ image: one:1')
  await execute(doctor, record.plan.id)
  expect(await life()).toMatchObject({ state: 'verified', after: '318' })
  expect(opened).toEqual([`doctor/${record.plan.id.slice(0, 12)}`])
  expect(writesOf(ward)).toHaveLength(before)
  const entries = await doctor.audit.read({ plan: record.plan.id })
  expect(entries.find((entry) => entry.kind === 'effect.intended')?.data).toMatchObject({
    method: 'POST',
    path: '/repos/acme/deploy/pulls',
  })
})

it('is stale once the file was changed in the meantime', async () => {
  const file = { text: 'image: two:2\n' }
  const { doctor, record, opened, life } = await start('two', file)
  file.text = 'image: two:3\n'
  await execute(doctor, record.plan.id)
  expect(await life()).toMatchObject({ state: 'stale', outcome: { code: 'base-moved' } })
  expect(opened).toEqual([])
  // The same wish is asked for again, against what the base is now.
  expect(ward.waiting.flatMap(({ job }) => (job.kind === 'plan' ? [job.request] : []))).toContainEqual(
    expect.objectContaining({
      action: 'open-pull-request',
      input: { wish: { action: 'rollback-rollout', input: {} } },
    }),
  )
})

it('is stale once the base has moved on, although the file reads as before', async () => {
  const { doctor, record, opened, life } = await start('moved', { text: 'image: moved:2\n' })
  const git = { ...doctor.git, headOf: async () => ({ kind: 'ok', value: 'b'.repeat(40) }) } as GitHost
  await execute({ ...doctor, git }, record.plan.id)
  expect(await life()).toMatchObject({ state: 'stale', outcome: { code: 'base-moved' } })
  expect(opened).toEqual([])
})

it('is opened once although the process died after opening it', async () => {
  const { doctor, record, opened, life } = await start('three', { text: 'image: three:2\n' })
  ward.crash = 'execute.sent'
  await expect(execute(doctor, record.plan.id)).rejects.toThrow('execute.sent')
  await execute(doctor, record.plan.id)
  expect(await life()).toMatchObject({ state: 'verified' })
  expect(opened).toHaveLength(1)
})
