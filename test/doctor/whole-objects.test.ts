import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { decide } from '../../src/doctor/decide.ts'
import { execute } from '../../src/doctor/execute.ts'
import { plan } from '../../src/doctor/plan.ts'
import { readPlan } from '../../src/doctor/plans/plan-store.ts'
import { undo } from '../../src/doctor/undo.ts'
import type { PlanRecord } from '../../src/domain/plan-record.ts'
import { isRefusal } from '../../src/domain/refusal.ts'
import { openWard, pressOn, recordOf, requestFor, rolled, seedDeployment, type Ward, writesOf } from './ward.ts'

let ward: Ward
beforeAll(async () => {
  ward = await openWard()
  seedDeployment(ward)
})
afterAll(() => ward.close())

const wisher = { id: 'UREQ', name: 'req' }
const map = (name: string, data: object) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'shop' },
  data,
})
const ask = (action: string, target: object, input: object) =>
  requestFor(action, input as never, {
    target: target as never,
    requester: wisher,
    reason: { summary: 'asked for', evidence: [] },
  })
const apply = (manifest: ReturnType<typeof map>) =>
  plan(
    ward.doctor,
    ask(
      'apply-object',
      { apiVersion: 'v1', kind: manifest.kind, namespace: 'shop', name: manifest.metadata.name },
      { manifest },
    ),
  )
const remove = (name: string, kind = 'ConfigMap', apiVersion = 'v1') =>
  plan(ward.doctor, ask('delete-object', { apiVersion, kind, namespace: 'shop', name }, {}))
const now = async (record: PlanRecord): Promise<PlanRecord> => {
  const read = await readPlan(ward.doctor, record.plan.id)
  if (isRefusal(read)) throw new Error(read.reason)
  return read
}
const approve = async (record: PlanRecord): Promise<void> => {
  ward.clock.offset += 4_000
  for (const user of ['UANA', 'UBEN'].slice(0, record.plan.rule.quorum))
    expect(await decide(ward.doctor, pressOn(record, 'approve', user))).not.toHaveProperty('code')
}
const carriedOut = async (outcome: unknown): Promise<PlanRecord> => {
  const record = recordOf(outcome)
  await approve(record)
  await execute(ward.doctor, record.plan.id)
  return now(record)
}
const stored = (name: string, kind = 'configmaps') =>
  ward.cluster.store.get(kind, 'shop', name) as unknown as
    | { data: object; metadata: { annotations: object } }
    | undefined
const cardOf = (record: PlanRecord) => JSON.stringify(ward.chat.said.find((one) => one.ts === record.card?.ts)?.message)

describe('a whole object', () => {
  it('is made once, with the plan’s mark, verified, and taken away again by undo', async () => {
    const made = await carriedOut(await apply(map('fresh', { mode: 'fast' })))
    expect(made.life).toMatchObject({ state: 'verified', effect: 'done' })
    expect(made.plan).toMatchObject({ fingerprint: 'absent', target: { uid: '' } })
    expect(stored('fresh')).toMatchObject({
      data: { mode: 'fast' },
      metadata: { annotations: { 'cluster-doctor.dev/plan': made.plan.id.slice(0, 12) } },
    })
    expect(cardOf(made)).toContain('Create ConfigMap shop/fresh')
    expect(cardOf(made)).not.toMatch(/null|absent/)
    const asked = await undo(ward.doctor, pressOn(made, 'undo', 'UANA'))
    if (isRefusal(asked)) throw new Error(asked.reason)
    const back = await carriedOut(await plan(ward.doctor, { ...asked, requester: wisher }))
    expect(back.life.state).toBe('verified')
    expect(stored('fresh')).toBeUndefined()
  })

  it('is changed by its next manifest, which takes away what it leaves out, and set back by undo', async () => {
    await carriedOut(await apply(map('twice', { mode: 'slow', extra: '1' })))
    const second = await carriedOut(await apply(map('twice', { mode: 'fast' })))
    expect(second.life.state).toBe('verified')
    expect(stored('twice')?.data).toEqual({ mode: 'fast' })
    expect(cardOf(second)).toContain('takes away what the last apply set: data.extra')
    const asked = await undo(ward.doctor, pressOn(second, 'undo', 'UANA'))
    if (isRefusal(asked)) throw new Error(asked.reason)
    await carriedOut(await plan(ward.doctor, { ...asked, requester: wisher }))
    expect(stored('twice')?.data).toEqual({ mode: 'slow', extra: '1' })
    expect(await apply(map('twice', { mode: 'slow', extra: '1' }))).toMatchObject({ code: 'already-there' })
  })

  it('is never taken from who set it: a conflict is a refusal that names the owner', async () => {
    ward.cluster.store.apply(map('theirs', { mode: 'slow' }) as never, { manager: 'kubectl' })
    const refused = await apply(map('theirs', { mode: 'fast' }))
    expect(refused).toMatchObject({ code: 'dry-run-rejected' })
    expect(JSON.stringify(refused)).toContain('kubectl')
  })

  it('that somebody else made meanwhile is left alone', async () => {
    const record = recordOf(await apply(map('raced', { mode: 'fast' })))
    await approve(record)
    ward.cluster.store.apply(map('raced', { mode: 'theirs' }) as never, { manager: 'kubectl' })
    await execute(ward.doctor, record.plan.id)
    expect((await now(record)).life).toMatchObject({ state: 'stale', effect: 'none' })
    expect(stored('raced')?.data).toEqual({ mode: 'theirs' })
  })

  it('that would be made with a field that its kind has not is refused before anyone is asked', async () => {
    const outcome = await apply({ ...map('odd', {}), spec: { x: 1 } } as never)
    expect(outcome).toMatchObject({ code: 'dry-run-rejected' })
  })

  it('is deleted by its uid and resourceVersion after a rehearsal that deleted nothing, and made again by undo', async () => {
    ward.cluster.store.apply(map('gone', { mode: 'slow' }) as never, { manager: 'kubectl' })
    const record = recordOf(await remove('gone'))
    expect(stored('gone')).toBeDefined()
    expect(record.plan.rule.quorum).toBe(2)
    expect(cardOf(record)).toContain('data.mode: slow')
    await approve(record)
    const before = writesOf(ward).length
    await execute(ward.doctor, record.plan.id)
    expect((await now(record)).life).toMatchObject({ state: 'verified' })
    expect(writesOf(ward).slice(before)).toMatchObject([{ method: 'DELETE', dryRun: false }])
    const asked = await undo(ward.doctor, pressOn(await now(record), 'undo', 'UANA'))
    if (isRefusal(asked)) throw new Error(asked.reason)
    await carriedOut(await plan(ward.doctor, { ...asked, requester: wisher }))
    expect(stored('gone')?.data).toEqual({ mode: 'slow' })
  })

  it('that was replaced by a namesake is not deleted', async () => {
    ward.cluster.store.apply(map('again', { mode: 'slow' }) as never)
    const record = recordOf(await remove('again'))
    await approve(record)
    ward.cluster.store.delete('configmaps', 'shop', 'again')
    ward.cluster.store.apply(map('again', { mode: 'slow' }) as never)
    await execute(ward.doctor, record.plan.id)
    expect((await now(record)).life).toMatchObject({ state: 'stale', effect: 'none' })
    expect(stored('again')).toBeDefined()
  })

  it.each(['apply', 'delete'])('whose answer was lost is settled by reading: %s, once', async (what) => {
    const name = `lost-${what}`
    if (what === 'delete') ward.cluster.store.apply(map(name, { mode: 'slow' }) as never)
    const record = recordOf(await (what === 'apply' ? apply(map(name, { mode: 'fast' })) : remove(name)))
    await approve(record)
    const before = writesOf(ward).length
    // The rehearsal goes first and is answered; what comes after arming is not.
    const crashpoint = (point: string) => {
      if (point === 'execute.armed')
        ward.cluster.faults.fail({
          method: what === 'apply' ? 'PATCH' : 'DELETE',
          effect: { kind: 'apply-then-drop' },
          times: 1,
        })
    }
    await execute({ ...ward.doctor, crashpoint }, record.plan.id)
    expect((await now(record)).life).toMatchObject({ state: 'verified', effect: 'done' })
    expect(writesOf(ward).slice(before)).toHaveLength(1)
  })

  it('of pods: the card of a delete counts what goes with it', async () => {
    const record = recordOf(await remove('checkout', 'Deployment', 'apps/v1'))
    expect(cardOf(record)).toContain('takes 2 ReplicaSets with it')
    await decide(ward.doctor, pressOn(record, 'deny', 'UANA'))
    rolled(ward)
  })

  it.each([
    ['Secret', 'v1', 'Delete is never for a Secret: a Secret would pass through chat and stored plans'],
    ['ClusterRole', 'rbac.authorization.k8s.io/v1', 'Delete is never for a ClusterRole: it decides what people'],
    ['Node', 'v1', 'Delete is never for a Node: nodes are made by kubelets'],
    ['Widget', 'acme.dev/v1', 'Delete is not for a Widget. It is for ConfigMap, Service, Pod'],
  ])(
    'of a kind that is not in the table, a %s, is refused before anything of it is read',
    async (kind, version, said) => {
      const before = ward.cluster.requests.length
      const refused = await remove('anything', kind, version)
      expect(refused).toMatchObject({ kind: 'refused', code: 'kind-not-supported' })
      expect(isRefusal(refused) ? refused.reason : '').toContain(said)
      expect(ward.cluster.requests.slice(before).map(({ path }) => path)).toEqual([])
    },
  )
})
