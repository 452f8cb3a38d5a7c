import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { decide } from '../../src/doctor/decide.ts'
import { execute } from '../../src/doctor/execute.ts'
import { plan } from '../../src/doctor/plan.ts'
import { readPlan } from '../../src/doctor/plans/plan-store.ts'
import { undo } from '../../src/doctor/undo.ts'
import { recordName } from '../../src/domain/helm/revision.ts'
import type { KubeObject } from '../../src/domain/kubernetes.ts'
import type { PlanRecord } from '../../src/domain/plan-record.ts'
import { isRefusal } from '../../src/domain/refusal.ts'
import { isRolledBack, seedRelease, wholeObjects } from '../crash/whole-objects.ts'
import { openWard, person, pressOn, recordOf, requestFor, type Ward, writesOf } from './ward.ts'

describe('a Helm rollback, from the wish to the record', () => {
  let ward: Ward
  beforeAll(async () => {
    ward = await openWard()
    for (const id of ['UANA', 'UBEN']) ward.chat.people.set(id, person(id))
  })
  afterAll(() => ward?.close())

  const wanted = async (cell: number): Promise<PlanRecord> => {
    seedRelease(ward.cluster, cell)
    const target = wholeObjects.find(({ id }) => id === 'helm-rollback')?.target(cell)
    if (target === undefined) throw new Error('there is no such action to play')
    return recordOf(await plan(ward.doctor, requestFor('helm-rollback', {}, { target, requester: person('UREQ') })))
  }
  const now = async ({ plan: { id } }: PlanRecord) => {
    const read = await readPlan(ward.doctor, id)
    if (isRefusal(read)) throw new Error(read.reason)
    return read
  }
  const approve = async (record: PlanRecord) => {
    ward.clock.offset += 3_200
    for (const user of ['UANA', 'UBEN']) await decide(ward.doctor, pressOn(await now(record), 'approve', user))
  }
  const through = async (record: PlanRecord) => {
    for (let step = 0; step < 6; step += 1) await execute(ward.doctor, record.plan.id)
    return now(record)
  }

  it('makes each of its requests once and in order, and is verified by all that it promised', async () => {
    const record = await wanted(1)
    const before = writesOf(ward).length
    await approve(record)
    const after = await through(record)
    expect(`${after.life.state}: ${after.life.outcome?.note}`).toBe('verified: all 3 checks hold for 20 s')
    expect(isRolledBack(ward.cluster, 1)).toBe(true)
    expect(
      writesOf(ward)
        .slice(before)
        .map(({ method, path }) => `${method} ${path.replace(/.*\//, '').replace(/\?.*/, '')}`),
    ).toEqual(['PATCH settings', 'DELETE extra', `PATCH ${recordName('web', 3)}`, `PATCH ${recordName('web', 2)}`])
  })

  it('shows each object by its name, and never what a record holds', async () => {
    const { preview } = (await wanted(2)).plan
    const shown = preview.kind === 'previewed' ? preview.diff.map(({ op, text }) => `${op} ${text}`) : []
    expect(shown).toEqual(
      expect.arrayContaining(['  Change ConfigMap shop-2/settings:', '- data.mode: fast', '+ data.mode: slow']),
    )
    expect(shown).toContain('+ data.release: (not shown)')
  })

  it('stops where Helm made a revision meanwhile, and says what was done', async () => {
    const record = await wanted(3)
    await approve(record)
    await execute(ward.doctor, record.plan.id)
    ward.cluster.store.apply({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: recordName('web', 3), namespace: 'shop-3' },
    } as never)
    const { life } = await through(record)
    expect(life).toMatchObject({ state: 'stale', effect: 'done', outcome: { code: 'release-moved' } })
    expect(life.outcome?.note).toContain('It stopped there; the step before it is done.')
  })

  it('is taken back from where it stopped: by its undo, and Helm is told', async () => {
    const record = await wanted(4)
    await approve(record)
    await execute(ward.doctor, record.plan.id)
    await execute(ward.doctor, record.plan.id)
    expect((await now(record)).life).toMatchObject({ state: 'approved', step: 2, effect: 'done' })
    await decide(ward.doctor, pressOn(await now(record), 'deny', 'UANA'))
    expect((await now(record)).life).toMatchObject({ state: 'denied', effect: 'done' })
    const back = await undo(ward.doctor, pressOn(await now(record), 'undo', 'UANA'))
    if (isRefusal(back)) throw new Error(back.reason)
    const second = recordOf(await plan(ward.doctor, { ...back, requester: person('UREQ') }))
    await approve(second)
    expect((await through(second)).life.state).toBe('verified')
    const map = (name: string) => ward.cluster.store.get('configmaps', 'shop-4', name) as unknown as { data: object }
    expect([map('settings').data, map('extra').data]).toEqual([{ mode: 'fast' }, { mode: 'x' }])
    const labels = (version: number) =>
      (ward.cluster.store.get('secrets', 'shop-4', recordName('web', version)) as unknown as KubeObject).metadata.labels
    expect([labels(2)?.['status'], labels(3)?.['status']]).toEqual(['superseded', 'deployed'])
  })
})
