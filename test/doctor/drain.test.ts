import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { decide } from '../../src/doctor/decide.ts'
import type { Doctor } from '../../src/doctor/doctor.ts'
import { execute } from '../../src/doctor/execute.ts'
import { plan } from '../../src/doctor/plan.ts'
import { readPlan } from '../../src/doctor/plans/plan-store.ts'
import type { PlanRecord } from '../../src/domain/plan-record.ts'
import { isRefusal } from '../../src/domain/refusal.ts'
import { verifyAudit } from '../../src/memory/verify-audit.ts'
import { Crash, openWard, pressOn, recordOf, requestFor, type Ward, writesOf } from './ward.ts'

let ward: Ward
let number = 0
let node = ''
let before = 0
beforeAll(async () => {
  ward = await openWard()
  ward.cluster.store.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } } as never)
})
afterAll(() => ward.close())
beforeEach(() => {
  number += 1
  node = `worker-${number}`
  Object.assign(ward.clock, { offset: 0, waits: () => {} })
  ward.waiting.length = 0
  ward.cluster.faults.clear()
  ward.cluster.store.apply({ apiVersion: 'v1', kind: 'Node', metadata: { name: node }, spec: {} } as never)
  for (const name of ['a', 'b', 'c'])
    ward.cluster.store.apply({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name: podName(name),
        namespace: 'shop',
        labels: { app: `app-${number}` },
        ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web', uid: 'rs', controller: true }],
      },
      spec: { nodeName: node, terminationGracePeriodSeconds: 0, containers: [{ name: 'app', image: 'x:1' }] },
    } as never)
  before = writesOf(ward).length
})

const podName = (name: string) => `${name}-${number}`
const here = (name: string) => ward.cluster.store.get('pods', 'shop', podName(name)) !== undefined
const cordoned = () =>
  (ward.cluster.store.get('nodes', undefined, node) as { spec?: { unschedulable?: boolean } }).spec?.unschedulable ===
  true
const sent = () =>
  writesOf(ward)
    .slice(before)
    .map((one) => `${one.method} ${one.path.split('/').at(-1) === 'eviction' ? one.path.split('/').at(-2) : 'node'}`)
const now = async (record: PlanRecord): Promise<PlanRecord> => {
  const read = await readPlan(ward.doctor, record.plan.id)
  if (isRefusal(read)) throw new Error(read.reason)
  return read
}
const approved = async (): Promise<PlanRecord> => {
  const target = { apiVersion: 'v1', kind: 'Node', name: node }
  const wish = requestFor(
    'drain-node',
    { within: 60 },
    { target, requester: { id: 'UREQ', name: 'req' }, reason: { summary: 'drain', evidence: [] } },
  )
  const record = recordOf(await plan(ward.doctor, wish))
  ward.clock.offset += 4_000
  for (const user of ['UANA', 'UBEN']) await decide(ward.doctor, pressOn(record, 'approve', user))
  return record
}
/** Works the queue as an executor does, until nothing is left to do for this plan. */
const workedOff = async (record: PlanRecord, doctor: Doctor = ward.doctor): Promise<PlanRecord> => {
  for (let round = 0; round < 60; round += 1) {
    const next = ward.waiting.findIndex(({ job }) => job.kind === 'execute' && job.plan === record.plan.id)
    const [waiting] = next < 0 ? [] : ward.waiting.splice(next, 1)
    if (waiting === undefined) return now(record)
    ward.clock.offset += waiting.delay
    await execute(doctor, record.plan.id).catch((error: unknown) => {
      if (!(error instanceof Crash)) throw error
      ward.waiting.push({ job: { v: 1, kind: 'execute', plan: record.plan.id }, delay: 20_000 })
    })
  }
  throw new Error('it never ended')
}
const kinds = async (record: PlanRecord) =>
  (await ward.doctor.audit.read({ plan: record.plan.id })).map((entry) => `${entry.kind}${entry.data?.['step'] ?? ''}`)
const outcome = (record: PlanRecord) =>
  ward.chat.said.filter((one) => JSON.stringify(one.message).includes(`plan ${record.plan.hash.slice(0, 4)}`)).at(-1)

describe('a drain', () => {
  it('cordons, evicts one pod after the other, each with its own intent and check, and ends verified', async () => {
    const record = await workedOff(await approved())
    expect(record.life).toMatchObject({ state: 'verified', effect: 'done', step: 3 })
    expect(sent()).toEqual(['PATCH node', `POST ${podName('a')}`, `POST ${podName('b')}`, `POST ${podName('c')}`])
    expect(cordoned()).toBe(true)
    expect(await kinds(record)).toEqual([
      'plan.proposed',
      'plan.approved',
      'plan.approved',
      ...[0, 1, 2].flatMap((step) => [`effect.intended${step}`, `effect.done${step}`, `effect.step-verified${step}`]),
      'effect.intended3',
      'effect.done3',
      'effect.verified',
    ])
    expect(await verifyAudit(join(ward.folder, 'audit'))).toMatchObject({ sound: true })
  })

  it('waits for a PodDisruptionBudget, never deletes instead, and says what is done and what is not', async () => {
    ward.cluster.store.apply({
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: { name: `pdb-${number}`, namespace: 'shop' },
      spec: { minAvailable: 3, selector: { matchLabels: { app: `app-${number}` } } },
    } as never)
    const ready = { status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] } }
    for (const name of ['a', 'b', 'c']) ward.cluster.store.patchStatus('pods', 'shop', podName(name), ready as never)
    const allow = (disruptionsAllowed: number) =>
      ward.cluster.store.patchStatus('poddisruptionbudgets.policy', 'shop', `pdb-${number}`, {
        status: { disruptionsAllowed, currentHealthy: 3, desiredHealthy: 3, expectedPods: 3, observedGeneration: 1 },
      } as never)
    allow(1)
    const record = await workedOff(await approved())
    expect(sent()).toEqual(['PATCH node', `POST ${podName('a')}`])
    expect([here('a'), here('b'), here('c')]).toEqual([false, true, true])
    expect(record.life).toMatchObject({ state: 'refused', effect: 'done', outcome: { code: 'budget-holds' } })
    const said = JSON.stringify(outcome(record)?.message)
    expect(said).toContain(`*Done:* Cordon Node ${node}, Evict Pod shop/${podName('a')}`)
    expect(said).toContain(`*Not done:* Evict Pod shop/${podName('b')}, Evict Pod shop/${podName('c')}`)
    expect(said).not.toContain('Nothing was done')
    const card = JSON.stringify(ward.chat.said.find((one) => one.ts === record.card?.ts)?.message)
    expect(card).toContain('doctor.undo')
  })

  it('is one at a time in a cluster: another one waits, and says for what', async () => {
    const first = await approved()
    await execute(ward.doctor, first.plan.id)
    const busy = node
    node = `${busy}-b`
    ward.cluster.store.apply({ apiVersion: 'v1', kind: 'Node', metadata: { name: node }, spec: {} } as never)
    const second = await approved()
    await execute(ward.doctor, second.plan.id)
    expect((await now(second)).life).toMatchObject({ state: 'approved', effect: 'none' })
    const card = ward.chat.said.find((one) => one.ts === second.card?.ts)
    expect(JSON.stringify(card?.message)).toContain(`waiting: Node ${busy} is being drained`)
    await workedOff(first)
    expect((await workedOff(second)).life).toMatchObject({ state: 'verified' })
  })

  it('stops when somebody denies it on its way, and skips a pod that went by itself', async () => {
    const record = await approved()
    ward.cluster.store.delete('pods', 'shop', podName('a'))
    const doctor: Doctor = {
      ...ward.doctor,
      crashpoint: (point) => {
        if (point === 'verify.next' && !here('b')) throw new Crash(point)
      },
    }
    await expect(
      (async () => {
        for (let round = 0; round < 10; round += 1) await execute(doctor, record.plan.id)
      })(),
    ).rejects.toThrow(Crash)
    expect((await now(record)).life).toMatchObject({ state: 'approved', effect: 'done' })
    await decide(ward.doctor, pressOn(await now(record), 'deny', 'UCAT'))
    const denied = await decide(ward.doctor, pressOn(await now(record), 'deny', 'UANA'))
    expect(isRefusal(denied) ? denied.code : denied.kind).toMatch(/denied/)
    const after = await workedOff(record)
    expect(after.life).toMatchObject({ state: 'denied', effect: 'done' })
    expect(after.life.outcome?.note).toContain('It stopped there')
    expect(sent()).toEqual(['PATCH node', `POST ${podName('b')}`])
    expect(here('c')).toBe(true)
  })

  it('stops when the node was uncordoned meanwhile', async () => {
    const record = await approved()
    await execute(ward.doctor, record.plan.id)
    expect(cordoned()).toBe(true)
    ward.cluster.store.patch('nodes', undefined, node, { spec: { unschedulable: null } } as never)
    const after = await workedOff(record)
    expect(after.life).toMatchObject({ state: 'stale', effect: 'done' })
    expect(sent()).toEqual(['PATCH node'])
  })

  it.each(['execute.intended', 'execute.armed', 'execute.sent', 'execute.applied', 'verify.next'])(
    'killed at %s of any step goes on, and each step is done once',
    async (point) => {
      const record = await approved()
      let count = 0
      const doctor: Doctor = {
        ...ward.doctor,
        crashpoint: (name) => {
          if (name !== point) return
          count += 1
          if (count % 2 === 1) throw new Crash(name)
        },
      }
      const after = await workedOff(record, doctor)
      expect(after.life).toMatchObject({ state: 'verified', effect: 'done' })
      expect(sent()).toEqual(['PATCH node', `POST ${podName('a')}`, `POST ${podName('b')}`, `POST ${podName('c')}`])
    },
  )

  it('a lost answer on its way is read back, not repeated', async () => {
    const record = await approved()
    let armed = 0
    const doctor: Doctor = {
      ...ward.doctor,
      crashpoint: (name) => {
        if (name !== 'execute.armed') return
        armed += 1
        if (armed === 3) ward.cluster.faults.fail({ method: 'POST', effect: { kind: 'apply-then-drop' }, times: 1 })
      },
    }
    const after = await workedOff(record, doctor)
    expect(after.life).toMatchObject({ state: 'verified' })
    expect(sent()).toHaveLength(4)
    expect(await kinds(record)).toContain('effect.unknown')
  })
})
