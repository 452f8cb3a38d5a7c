import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { decide } from '../../src/doctor/decide.ts'
import type { Doctor } from '../../src/doctor/doctor.ts'
import { execute } from '../../src/doctor/execute.ts'
import { plan } from '../../src/doctor/plan.ts'
import { withinLimits } from '../../src/doctor/plans/auto.ts'
import { replan } from '../../src/doctor/plans/end-plan.ts'
import { compareObservations, observations, reportAgreement } from '../../src/doctor/plans/observed.ts'
import { readPlan } from '../../src/doctor/plans/plan-store.ts'
import type { Job, PlanRequest } from '../../src/domain/job.ts'
import type { Undo } from '../../src/domain/plan.ts'
import type { PlanRecord } from '../../src/domain/plan-record.ts'
import { isRefusal } from '../../src/domain/refusal.ts'
import type { Runbook } from '../../src/domain/runbook.ts'
import { openWard, pressOn, recordOf, requestFor, rolled, seedDeployment, type Ward, writesOf } from './ward.ts'

let ward: Ward
beforeAll(async () => {
  ward = await openWard({
    SLACK_BOT_TOKEN: 'xoxb-1',
    SLACK_SIGNING_SECRET: 'secret-of-slack',
    SLACK_CHANNEL: 'CONCALL',
  })
})
afterAll(() => ward.close())

const mode = (namespace: string, value: string) =>
  ward.cluster.store.patch('namespaces', undefined, namespace, {
    metadata: { labels: { 'cluster-doctor.dev/mode': value } },
  } as never)
const target = (namespace: string, name: string) => ({ apiVersion: 'apps/v1', kind: 'Deployment', namespace, name })
const hour = 3_600_000

describe('where the policy only observes', () => {
  const wish = (name: string, action: string, input: object = {}, more: Partial<PlanRequest> = {}) =>
    plan(ward.doctor, requestFor(action, input as never, { target: target('quiet', name), ...more }))
  const told = () => ward.chat.said.filter((one) => one.message.text.includes('Observing only'))

  beforeAll(() => {
    for (const name of ['web', 'api', 'cart', 'gone']) seedDeployment(ward, name, 'quiet')
    mode('quiet', 'observe')
  })

  it('says what would have been proposed, with its diff and without a button, and puts it on the record once', async () => {
    const before = writesOf(ward).length
    for (const _ of [1, 2])
      expect(await wish('web', 'scale-workload', { replicas: 3 })).toMatchObject({ code: 'observed' })
    expect(told()).toHaveLength(1)
    const message = JSON.stringify(told()[0]?.message)
    expect(message).toContain('+ spec.replicas: 3')
    expect(message).toContain('It would have needed one approval')
    expect(message).not.toContain('doctor.approve')
    expect(await ward.doctor.audit.read({ kinds: ['plan.observed'] })).toHaveLength(1)
    expect(writesOf(ward)).toHaveLength(before)
  })

  it('tells a person who asks that it is only observed, and counts nothing', async () => {
    const answer = await wish('web', 'restart-rollout', {}, { requester: { id: 'UREQ', name: 'Req' } })
    expect(answer).toMatchObject({ code: 'observe-only' })
    expect(ward.chat.said.at(-1)?.to).toBe('UREQ')
    expect(await observations(ward.doctor)).toHaveLength(1)
  })

  it('compares with what people did: the same, something else, nothing after a day; the rest is not told', async () => {
    await wish('api', 'restart-rollout')
    await wish('cart', 'set-image', { image: 'acme/cart:1' })
    await wish('gone', 'scale-workload', { replicas: 5 })
    ward.clock.offset += 30 * 60_000
    await compareObservations(ward.doctor)
    expect((await observations(ward.doctor)).every(({ people }) => people === undefined)).toBe(true)
    const { store } = ward.cluster
    const restarted = {
      template: { metadata: { annotations: { 'kubectl.kubernetes.io/restartedAt': '2026-11-21T09:00:00Z' } } },
    }
    store.patch('deployments.apps', 'quiet', 'web', { spec: { replicas: 3 } } as never)
    store.patch('deployments.apps', 'quiet', 'api', { spec: restarted } as never)
    store.patch('deployments.apps', 'quiet', 'cart', { spec: { replicas: 0 } } as never)
    ward.clock.offset += hour
    await compareObservations(ward.doctor)
    const did = async () =>
      Object.fromEntries((await observations(ward.doctor)).map((one) => [one.target.name, one.people?.did]))
    expect(await did()).toEqual({ web: 'same', api: 'same', cart: 'different', gone: undefined })
    ward.clock.offset += 24 * hour
    await compareObservations(ward.doctor)
    expect(await did()).toMatchObject({ gone: 'nothing' })
    await reportAgreement(ward.doctor, '2026-W47')
    await reportAgreement(ward.doctor, '2026-W47')
    const reports = ward.chat.said.filter((one) => one.message.text.includes('what people did'))
    expect(reports).toHaveLength(1)
    expect(reports[0]?.message.text).toContain('People did the same in 2 of 4 (50 %)')
  })
})

describe('where a low risk needs nobody', () => {
  let number = 0
  let doctor: Doctor
  // Hours pass here, for the store as well.
  beforeAll(() => {
    const now = async () => ward.doctor.clock.now()
    doctor = { ...ward.doctor, store: { ...ward.doctor.store, now } }
  })
  const auto = async (name: string, more: Partial<PlanRequest> = {}, namespace = `auto-${number}`) => {
    if (ward.cluster.store.get('deployments.apps', namespace, name) === undefined) seedDeployment(ward, name, namespace)
    mode(namespace, 'auto')
    return recordOf(await plan(doctor, requestFor('restart-rollout', {}, { target: target(namespace, name), ...more })))
  }
  const life = async (record: PlanRecord) => {
    const read = await readPlan(doctor, record.plan.id)
    if (isRefusal(read)) throw new Error(read.reason)
    return read.life
  }
  const next = () => {
    number += 1
    ward.clock.offset += 2 * hour
  }

  it('announces it with a way to stop it, waits, and does it', async () => {
    next()
    const record = await auto('web')
    expect(record.plan.rule.quorum).toBe(0)
    const card = JSON.stringify(ward.chat.said.find((one) => one.ts === record.card?.ts)?.message)
    expect(card).toContain('automatic by policy')
    expect(card).toContain('doctor.deny')
    expect(card).not.toContain('doctor.approve')
    expect(ward.waiting.at(-1)).toMatchObject({ job: { kind: 'execute', plan: record.plan.id } })
    expect(ward.waiting.at(-1)?.delay).toBeGreaterThan(25_000)
    const before = writesOf(ward).length
    await execute(doctor, record.plan.id)
    expect((await life(record)).state).toBe('approved')
    expect(writesOf(ward)).toHaveLength(before)
    ward.clock.offset += 30_000
    ward.clock.waits = () => rolled(ward, 'web', record.plan.target.namespace)
    await execute(doctor, record.plan.id)
    expect(await life(record)).toMatchObject({ state: 'verified', approvals: [] })
    expect(writesOf(ward)).toHaveLength(before + 1)
  })

  it('is stopped by a no, and then never done by itself again', async () => {
    next()
    const record = await auto('web')
    expect(await decide(doctor, pressOn(record, 'deny', 'UBEN'))).toMatchObject({ kind: 'denied' })
    const before = writesOf(ward).length
    ward.clock.offset += 31_000
    await execute(doctor, record.plan.id)
    expect(writesOf(ward)).toHaveLength(before)
    ward.clock.offset += 2 * hour
    const again = await auto('web')
    expect(again.plan.rule).toMatchObject({ quorum: 1 })
    expect(again.plan.rule.determining).toContain('not-automatic:denied-before')
  })

  it('waits for people after two in an hour', async () => {
    next()
    const quorums = []
    for (const name of ['a', 'b', 'c']) quorums.push((await auto(name)).plan.rule.quorum)
    expect(quorums).toEqual([0, 0, 1])
    ward.clock.offset += hour
    expect((await auto('d')).plan.rule.quorum).toBe(0)
  })

  it('waits for people where a person wishes for it, and where it answers no cause', async () => {
    next()
    const wished = await auto('web', { requester: { id: 'UREQ', name: 'Req' } })
    expect(wished.plan.rule.quorum).toBe(1)
    const calm = await auto('api', { reason: { summary: 'to be sure', evidence: [] } })
    expect(calm.plan.rule.quorum).toBe(1)
  })

  it('waits for people where a model came up with it, or people were asked about it before', async () => {
    next()
    expect((await auto('web', { proposedBy: 'model' })).plan.rule.quorum).toBe(1)
    mode(`auto-${number}`, 'assist')
    seedDeployment(ward, 'api', `auto-${number}`)
    const asked = recordOf(
      await plan(doctor, requestFor('restart-rollout', {}, { target: target(`auto-${number}`, 'api') })),
    )
    await decide(doctor, pressOn(asked, 'deny', 'UBEN'))
    await doctor.store.remove('plan', asked.plan.id)
    await replan(doctor, asked)
    const again = ward.waiting.at(-1)?.job as Extract<Job, { kind: 'plan' }>
    mode(`auto-${number}`, 'auto')
    expect(recordOf(await plan(doctor, again.request)).plan.rule.quorum).toBe(1)
  })

  it('waits for as many people as a runbook asks for', async () => {
    next()
    const step = { kind: 'action', action: 'restart-rollout' }
    const careful = { codes: ['app-crash'], approvals: 2, steps: [step] } as unknown as Runbook
    const kept = doctor
    doctor = { ...doctor, runbooks: [careful] }
    expect((await auto('web')).plan.rule.quorum).toBe(2)
    doctor = { ...kept, runbooks: [{ ...careful, approvals: 1 }] }
    expect((await auto('api')).plan.rule.quorum).toBe(0)
    doctor = kept
  })

  it('stops where the namespace no longer says so when it is due', async () => {
    next()
    const record = await auto('web')
    mode(record.plan.target.namespace ?? '', 'assist')
    const before = writesOf(ward).length
    ward.clock.offset += 31_000
    await execute(doctor, record.plan.id)
    expect((await life(record)).state).toBe('stale')
    expect(writesOf(ward)).toHaveLength(before)
  })
})

describe('what a policy lets pass', () => {
  const allowed = (approvers: readonly string[]) =>
    ({ kind: 'allow', rule: { quorum: 0, approvers, policyVersion: 'v', determining: ['auto'] } }) as const
  const asked = (action: string, undo: Undo) => ({ cluster: 'prod-eu1', action, target: target('none', 'web'), undo })
  const back: Undo = { kind: 'action', action: 'set-image', target: target('none', 'web'), input: {}, summary: '' }
  const none: Undo = { kind: 'none', reason: 'because' }
  const kindOf = async (action: string, undo: Undo, approvers = ['UANA']) =>
    (await withinLimits(ward.doctor, asked(action, undo), allowed(approvers), Date.now())).kind

  it('waits for people where it cannot be put back, or where nobody could stop it', async () => {
    expect(await kindOf('set-image', back)).toBe('allow')
    expect(await kindOf('restart-rollout', none)).toBe('allow')
    expect(await kindOf('set-image', none)).toBe('needs-approval')
    expect(await kindOf('set-image', back, [])).toBe('needs-approval')
  })
})
