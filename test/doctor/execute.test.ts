import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { decide } from '../../src/doctor/decide.ts'
import type { Doctor } from '../../src/doctor/doctor.ts'
import { execute, resumePlans } from '../../src/doctor/execute.ts'
import { setFreeze } from '../../src/doctor/freeze.ts'
import { plan } from '../../src/doctor/plan.ts'
import { readPlan } from '../../src/doctor/plans/plan-store.ts'
import { undo } from '../../src/doctor/undo.ts'
import { identityOf } from '../../src/domain/cluster.ts'
import type { PlanRequest } from '../../src/domain/job.ts'
import type { PlanRecord } from '../../src/domain/plan-record.ts'
import { theDoctor } from '../../src/domain/principal.ts'
import { isRefusal } from '../../src/domain/refusal.ts'
import { attemptsFor } from '../../src/memory/attempts.ts'
import { verifyReceipt } from '../../src/memory/receipt.ts'
import { verifyAudit } from '../../src/memory/verify-audit.ts'
import { Crash, openWard, pressOn, recordOf, requestFor, rolled, seedDeployment, type Ward, writesOf } from './ward.ts'

let ward: Ward
let name = ''
let number = 0
let writesBefore = 0

beforeAll(async () => {
  ward = await openWard({ DOCTOR_PLAN_TTL: '60s' })
})
afterAll(() => ward.close())
beforeEach(() => {
  number += 1
  name = `app-${number}`
  seedDeployment(ward, name)
  Object.assign(ward.clock, { offset: 0, waits: () => rolled(ward, name) })
  ward.cluster.faults.clear()
  writesBefore = writesOf(ward).length
})

const target = () => ({ apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name })
const wish = (action = 'rollback-rollout', input = {}, more: Partial<PlanRequest> = {}) =>
  requestFor(action, input, { target: target(), ...more })
const planned = async (action?: string, input?: object, more?: Partial<PlanRequest>) =>
  recordOf(await plan(ward.doctor, wish(action, input, more)))
const approved = async (action?: string, input?: object, more?: Partial<PlanRequest>): Promise<PlanRecord> => {
  const record = await planned(action, input, more)
  const decided = await decide(ward.doctor, pressOn(record, 'approve', 'UANA'))
  if (isRefusal(decided)) throw new Error(decided.reason)
  return decided.record
}
const now = async (record: PlanRecord): Promise<PlanRecord> => {
  const read = await readPlan(ward.doctor, record.plan.id)
  if (isRefusal(read)) throw new Error(read.reason)
  return read
}
const effects = () => writesOf(ward).slice(writesBefore)
const kinds = async (record: PlanRecord) =>
  (await ward.doctor.audit.read({ plan: record.plan.id })).map((entry) => entry.kind)
const image = () => {
  const object = ward.cluster.store.get('deployments.apps', 'shop', name) as unknown as {
    spec: { replicas: number; template: { spec: { containers: { image: string }[] } } }
  }
  return object.spec.template.spec.containers[0]?.image
}
const annotate = (labels: object, annotations: object = {}) =>
  ward.cluster.store.patch('deployments.apps', 'shop', name, { metadata: { labels, annotations } } as never)

describe('an approved plan', () => {
  it('is written once, verified, receipted, remembered, and leaves a sound record with the intent first', async () => {
    const record = await approved()
    await execute(ward.doctor, record.plan.id)
    const after = await now(record)
    expect(after.life).toMatchObject({ state: 'verified', effect: 'done' })
    expect(image()).toBe(`acme/${name}:1`)
    expect(effects()).toHaveLength(1)
    expect(await kinds(record)).toEqual([
      'plan.proposed',
      'plan.approved',
      'effect.intended',
      'effect.done',
      'effect.verified',
    ])
    expect(await verifyAudit(join(ward.folder, 'audit'))).toMatchObject({ sound: true })
    const receipt = JSON.parse(await readFile(join(ward.folder, 'receipts', `${record.plan.id}.json`), 'utf8'))
    expect(verifyReceipt(receipt)).toBeUndefined()
    expect(receipt.body).toMatchObject({ verdict: 'verified', planHash: record.plan.hash })
    expect(await attemptsFor(ward.doctor.store, 'prod-eu1', target())).toMatchObject([{ outcome: 'verified' }])
    const card = JSON.stringify(ward.chat.said.find((one) => one.ts === after.card?.ts)?.message)
    expect(card).toContain('doctor.undo')
    expect(card).not.toContain('doctor.approve')
  })

  it('sends on the wire exactly the method, path and body that the intent names', async () => {
    const record = await approved('scale-workload', { replicas: 4 })
    await execute(ward.doctor, record.plan.id)
    const [write] = effects()
    const intent = (await ward.doctor.audit.read({ plan: record.plan.id })).find((e) => e.kind === 'effect.intended')
    const { sha256 } = await import('../../src/domain/canonical.ts')
    expect(intent?.data).toMatchObject({
      method: write?.method,
      path: write?.path,
      bodyHash: sha256(write?.body ?? ''),
    })
  })

  it('can be undone by a plan of its own', async () => {
    const record = await approved()
    await execute(ward.doctor, record.plan.id)
    const asked = await undo(ward.doctor, pressOn(await now(record), 'undo', 'UANA'))
    if (isRefusal(asked)) throw new Error(asked.reason)
    expect(asked.requester).toEqual(theDoctor)
    const back = recordOf(await plan(ward.doctor, asked))
    await decide(ward.doctor, pressOn(back, 'approve', 'UBEN'))
    await execute(ward.doctor, back.plan.id)
    expect((await now(back)).life.state).toBe('verified')
    expect(image()).toBe(`acme/${name}:2`)
  })

  it('is said not to look right where the success check fails, and undo stays on offer', async () => {
    ward.clock.waits = () => {}
    const record = await approved()
    await execute(ward.doctor, record.plan.id)
    const after = await now(record)
    expect(after.life).toMatchObject({ state: 'failed', effect: 'done' })
    expect(JSON.stringify(ward.chat.said)).toContain('does not look right')
    expect(await attemptsFor(ward.doctor.store, 'prod-eu1', target())).toMatchObject([{ outcome: 'failed' }])
  })

  it('is not verified by counters alone while its pods restart', async () => {
    let restarts = 0
    const pod = `${name}-pod`
    ward.cluster.store.apply({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: pod, namespace: 'shop', labels: { app: name } },
      spec: { containers: [{ name: 'app', image: 'x:1' }] },
    })
    ward.clock.waits = () => {
      rolled(ward, name)
      restarts += 1
      ward.cluster.store.patchStatus('pods', 'shop', pod, {
        status: {
          containerStatuses: [{ name: 'app', image: 'x:1', imageID: '', ready: true, restartCount: restarts }],
        },
      })
    }
    const record = await approved('restart-rollout')
    await execute(ward.doctor, record.plan.id)
    expect((await now(record)).life.state).toBe('failed')
  })
})

describe('what changed between approval and execution stops the write', () => {
  const stops = async (record: PlanRecord, state: string, code: string) => {
    await execute(ward.doctor, record.plan.id)
    const after = await now(record)
    expect(after.life).toMatchObject({ state, effect: 'none', outcome: { code } })
    expect(effects()).toEqual([])
    expect(await kinds(record)).not.toContain('effect.done')
  }

  it('an annotation: stale, with a fresh plan asked for', async () => {
    const record = await approved()
    annotate({}, { 'somebody.dev/was': 'here' })
    ward.waiting.length = 0
    await stops(record, 'stale', 'target-changed')
    const fresh = ward.waiting.find((one) => one.job.kind === 'plan')
    expect(fresh?.job).toMatchObject({ request: { action: 'rollback-rollout', target: target() } })
  })

  it('another scale: stale', async () => {
    const record = await approved('restart-rollout')
    ward.cluster.store.patch('deployments.apps', 'shop', name, { spec: { replicas: 5 } } as never)
    await stops(record, 'stale', 'target-changed')
  })

  it('Argo CD took the object over: stale', async () => {
    const record = await approved()
    annotate({}, { 'argocd.argoproj.io/tracking-id': `app:apps/Deployment:shop/${name}` })
    await stops(record, 'stale', 'target-changed')
  })

  it('another object of that name: stale', async () => {
    const record = await approved()
    ward.cluster.store.delete('deployments.apps', 'shop', name)
    for (const revision of [1, 2]) ward.cluster.store.delete('replicasets.apps', 'shop', `${name}-${revision}`)
    seedDeployment(ward, name)
    await stops(record, 'stale', 'target-replaced')
  })

  it('gone: stale', async () => {
    const record = await approved()
    ward.cluster.store.delete('deployments.apps', 'shop', name)
    await stops(record, 'stale', 'target-gone')
  })

  it('only its status: not stopped, for a broken object flaps all the time', async () => {
    const record = await approved()
    ward.cluster.store.patchStatus('deployments.apps', 'shop', name, { status: { readyReplicas: 0 } } as never)
    await execute(ward.doctor, record.plan.id)
    expect((await now(record)).life.state).toBe('verified')
  })

  it('a freeze, until it is lifted: refused', async () => {
    const record = await approved()
    await setFreeze(ward.doctor, '*', true, theDoctor, 'change freeze')
    try {
      await stops(record, 'refused', 'frozen')
      expect(await plan(ward.doctor, wish())).toMatchObject({ kind: 'refused', code: 'frozen' })
    } finally {
      await setFreeze(ward.doctor, '*', false, theDoctor, 'over')
    }
  })

  it('a freeze that cannot be read: refused', async () => {
    const record = await approved()
    const { store } = ward.doctor
    const get = ((kind: string, id: string) =>
      kind === 'freeze' ? Promise.reject(new Error('no answer')) : store.get(kind, id)) as typeof store.get
    await execute({ ...ward.doctor, store: { ...store, get } }, record.plan.id)
    expect((await now(record)).life).toMatchObject({ state: 'refused', outcome: { code: 'frozen' } })
    expect(effects()).toEqual([])
  })

  it('the approver is deactivated: refused', async () => {
    const record = await approved()
    const ana = ward.chat.people.get('UANA')!
    ward.chat.people.set('UANA', { ...ana, deleted: true })
    try {
      await stops(record, 'refused', 'approval-withdrawn')
    } finally {
      ward.chat.people.set('UANA', ana)
    }
  })

  it('the plan expired in the queue: nothing is written', async () => {
    const record = await approved()
    ward.clock.offset = 61_000
    await execute(ward.doctor, record.plan.id)
    expect((await now(record)).life).toMatchObject({ state: 'expired', effect: 'none' })
    expect(effects()).toEqual([])
  })

  it('clocks that are minutes apart: refused', async () => {
    const record = await approved()
    ward.clock.offset = -200_000
    await stops(record, 'refused', 'clock-skew')
  })

  it('the cluster is another one: refused, and locked until a person unlocks it', async () => {
    const record = await approved()
    const writer = ward.doctor.writers.get('prod-eu1')!
    const identify = async () =>
      identityOf('prod-eu1', [
        { name: 'kube-system-uid', origin: 'data', value: 'another' },
        { name: 'api-server-url', origin: 'transport', value: 'https://another' },
      ])
    const doctor: Doctor = { ...ward.doctor, writers: new Map([['prod-eu1', { ...writer, identify }]]) }
    await execute(doctor, record.plan.id)
    expect((await now(record)).life).toMatchObject({ state: 'refused', outcome: { code: 'identity-mismatch' } })
    expect(effects()).toEqual([])
    expect(await plan(ward.doctor, wish())).toMatchObject({ code: 'frozen' })
    await setFreeze(ward.doctor, 'prod-eu1', false, theDoctor, 'checked', 'cluster-lock')
    expect(isRefusal(await plan(ward.doctor, wish()))).toBe(false)
  })

  it('the budget of the namespace is used up: refused', async () => {
    const record = await approved()
    const limits = { ...ward.doctor.limits, perNamespace: { effects: 0, seconds: 600 } }
    await execute({ ...ward.doctor, limits }, record.plan.id)
    expect((await now(record)).life).toMatchObject({ state: 'refused', outcome: { code: 'budget-namespace' } })
    expect(effects()).toEqual([])
  })

  it('the record cannot be written: nothing is armed', async () => {
    const record = await approved()
    const audit = { ...ward.doctor.audit, append: () => Promise.reject(new Error('ENOSPC')) }
    await expect(execute({ ...ward.doctor, audit }, record.plan.id)).rejects.toThrow('ENOSPC')
    expect((await now(record)).life).toMatchObject({ state: 'approved', token: 0 })
    expect(effects()).toEqual([])
  })
})

describe('a write whose answer is lost', () => {
  it('that happened is found by reading back: one effect, verified', async () => {
    const record = await approved()
    const writer = ward.doctor.writers.get('prod-eu1')!
    const write: typeof writer.write = async (permit) => {
      await writer.write(permit)
      return { kind: 'unknown', message: 'the connection broke' }
    }
    await execute({ ...ward.doctor, writers: new Map([['prod-eu1', { ...writer, write }]]) }, record.plan.id)
    expect((await now(record)).life).toMatchObject({ state: 'verified', effect: 'done' })
    expect(effects()).toHaveLength(1)
    expect(await kinds(record)).toContain('effect.unknown')
  })

  it('that did not happen is made again only when it can no longer land', async () => {
    const record = await approved()
    const writer = ward.doctor.writers.get('prod-eu1')!
    const write: typeof writer.write = async () => ({ kind: 'unknown', message: 'the connection broke' })
    ward.waiting.length = 0
    await execute({ ...ward.doctor, writers: new Map([['prod-eu1', { ...writer, write }]]) }, record.plan.id)
    expect((await now(record)).life).toMatchObject({ state: 'unknown', effect: 'maybe' })
    const again = ward.waiting.find((one) => one.job.kind === 'execute')
    expect(again?.delay).toBeGreaterThan(10_000)
    await execute(ward.doctor, record.plan.id)
    expect(effects()).toEqual([])
    ward.clock.offset = 15_000
    await execute(ward.doctor, record.plan.id)
    expect((await now(record)).life.state).toBe('verified')
    expect(effects()).toHaveLength(1)
  })

  it('is settled as not done where a gate closed meanwhile', async () => {
    const record = await approved()
    const writer = ward.doctor.writers.get('prod-eu1')!
    const write: typeof writer.write = async () => ({ kind: 'unknown', message: 'the connection broke' })
    await execute({ ...ward.doctor, writers: new Map([['prod-eu1', { ...writer, write }]]) }, record.plan.id)
    annotate({}, { 'somebody.dev/was': 'here' })
    ward.clock.offset = 15_000
    await execute(ward.doctor, record.plan.id)
    expect((await now(record)).life).toMatchObject({
      state: 'failed',
      effect: 'none',
      outcome: { code: 'not-applied' },
    })
    expect(effects()).toEqual([])
  })

  const lateWriter = async (moment: 'the gates' | 'the second try') => {
    const writer = ward.doctor.writers.get('prod-eu1')!
    const kept: Parameters<typeof writer.write>[0][] = []
    // The first request stays on its way for longer than any should, and lands just before what is asked next.
    const late = { ...writer }
    late.write = async (permit) => {
      if (kept.length === 0) {
        kept.push(permit)
        return { kind: 'unknown', message: 'the connection broke' }
      }
      if (moment === 'the second try' && kept[0] !== undefined) await writer.write(kept[0])
      return writer.write(permit)
    }
    late.canI = async (access, signal) => {
      if (moment === 'the gates' && kept[0] !== undefined) await writer.write(kept[0])
      return writer.canI(access, signal)
    }
    return { ...ward.doctor, writers: new Map([['prod-eu1', late]]) }
  }

  it.each(['the gates', 'the second try'] as const)(
    'that lands much too late, during %s, is still told as done, once',
    async (moment) => {
      const record = await approved()
      const doctor = await lateWriter(moment)
      await execute(doctor, record.plan.id)
      expect(effects()).toEqual([])
      ward.clock.offset = 15_000
      await execute(doctor, record.plan.id)
      const { life } = await now(record)
      expect(life).toMatchObject({ state: 'verified', effect: 'done' })
      expect(effects().filter((write) => write.status < 300)).toHaveLength(1)
      expect(await kinds(record)).not.toContain('effect.failed')
    },
  )
})

describe('a crash at any point', () => {
  const points = [
    'execute.gates-passed',
    'execute.intended',
    'execute.armed',
    'execute.sent',
    'execute.done-recorded',
    'execute.applied',
    'verify.decided',
  ]
  const wishes: readonly (readonly [string, object])[] = [
    ['rollback-rollout', {}],
    ['restart-rollout', {}],
    ['scale-workload', { replicas: 3 }],
    ['set-image', { image: 'acme/other:9' }],
    ['set-resources', { limits: { memory: '256Mi' } }],
  ]
  for (const point of points)
    it(`${point}: every action is done exactly once after the restart`, async () => {
      for (const [action, input] of wishes) {
        number += 1
        name = `app-${number}`
        seedDeployment(ward, name)
        Object.assign(ward.clock, { offset: 0, waits: () => rolled(ward, name) })
        writesBefore = writesOf(ward).length
        const record = await planned(action, input)
        ward.clock.offset = 3_100
        for (const user of ['UANA', 'UBEN'].slice(0, record.plan.rule.quorum))
          await decide(ward.doctor, pressOn(record, 'approve', user))
        ward.crash = point
        await expect(execute(ward.doctor, record.plan.id)).rejects.toThrow(Crash)
        expect(await resumePlans(ward.doctor)).toBeGreaterThan(0)
        await execute(ward.doctor, record.plan.id)
        ward.clock.offset = Math.max(ward.clock.offset, 50_000)
        await execute(ward.doctor, record.plan.id)
        expect((await now(record)).life.state, `${action} at ${point}`).toBe('verified')
        expect(effects(), `${action} at ${point}`).toHaveLength(1)
        const recorded = await kinds(record)
        expect(recorded.indexOf('effect.intended')).toBeLessThan(recorded.indexOf('effect.done'))
      }
    })
})

describe('pods and nodes', () => {
  it('a pod is evicted once, by its uid, also when the answer is lost', async () => {
    const pod = ward.cluster.store.apply({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name: `${name}-pod`,
        namespace: 'shop',
        labels: { app: name },
        ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: `${name}-2`, uid: 'x', controller: true }],
      },
      spec: { containers: [{ name: 'app', image: 'x:1' }], terminationGracePeriodSeconds: 0 },
    })
    const ref = { apiVersion: 'v1', kind: 'Pod', namespace: 'shop', name: `${name}-pod` }
    const record = await approved('evict-pod', {}, { target: ref })
    expect(record.plan.target.uid).toBe(pod.metadata.uid)
    ward.crash = 'execute.sent'
    await expect(execute(ward.doctor, record.plan.id)).rejects.toThrow(Crash)
    await execute(ward.doctor, record.plan.id)
    expect((await now(record)).life).toMatchObject({ state: 'verified' })
    expect(effects().map((write) => write.path)).toEqual([`/api/v1/namespaces/shop/pods/${name}-pod/eviction`])
  })

  it('a node is cordoned, and uncordoned by its undo', async () => {
    ward.cluster.store.apply({ apiVersion: 'v1', kind: 'Node', metadata: { name: `worker-${number}` }, spec: {} })
    const ref = { apiVersion: 'v1', kind: 'Node', name: `worker-${number}` }
    const cordoned = () =>
      (ward.cluster.store.get('nodes', undefined, ref.name) as unknown as { spec: { unschedulable?: boolean } }).spec
        .unschedulable
    ward.clock.waits = () => {}
    const record = await approved('cordon-node', {}, { target: ref })
    await execute(ward.doctor, record.plan.id)
    expect((await now(record)).life.state).toBe('verified')
    expect(cordoned()).toBe(true)
    const asked = await undo(ward.doctor, pressOn(await now(record), 'undo', 'UANA'))
    if (isRefusal(asked)) throw new Error(asked.reason)
    const back = recordOf(await plan(ward.doctor, asked))
    await decide(ward.doctor, pressOn(back, 'approve', 'UBEN'))
    await execute(ward.doctor, back.plan.id)
    expect((await now(back)).life.state).toBe('verified')
    expect(cordoned()).toBeUndefined()
  })
})

describe('two replicas with one plan', () => {
  it('make one effect', async () => {
    const record = await approved()
    await Promise.all([1, 2, 3, 4].map(() => execute(ward.doctor, record.plan.id)))
    expect(effects()).toHaveLength(1)
    expect((await now(record)).life.state).toBe('verified')
  })
})
