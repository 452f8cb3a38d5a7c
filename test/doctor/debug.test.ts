import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { node } from '../../src/demo/cluster/world/nodes.ts'
import { decide } from '../../src/doctor/decide.ts'
import { execute } from '../../src/doctor/execute.ts'
import { plan } from '../../src/doctor/plan.ts'
import { readPlan } from '../../src/doctor/plans/plan-store.ts'
import { isRefusal } from '../../src/domain/refusal.ts'
import { openWard, pressOn, recordOf, requestFor, type Ward, writesOf } from './ward.ts'

const image = `registry.acme.dev/busybox@sha256:${'a'.repeat(64)}`
let ward: Ward
beforeAll(async () => {
  ward = await openWard({ DOCTOR_DEBUG_IMAGES: image })
  const { store, controllers } = ward.cluster
  store.apply(node(1, '2026-11-20T10:00:00Z'))
  store.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } } as never)
  controllers.tick(1_000)
  store.apply({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web', namespace: 'shop', labels: { app: 'web' } },
    spec: { containers: [{ name: 'app', image: 'reg.dev/web:1' }] },
  } as never)
  controllers.tick(10_000)
  ward.clock.waits = () => ward.cluster.controllers.tick(2_000)
})
afterAll(() => ward.close())

const target = { apiVersion: 'v1', kind: 'Pod', namespace: 'shop', name: 'web' }
const look = async (input: object) => {
  const wish = requestFor('debug-pod', input as never, {
    target,
    requester: { id: 'UREQ', name: 'req' },
    reason: { summary: 'look', evidence: [] },
  })
  const record = recordOf(await plan(ward.doctor, wish))
  ward.clock.offset += 4_000
  for (const user of ['UANA', 'UBEN'].slice(0, record.plan.rule.quorum))
    await decide(ward.doctor, pressOn(record, 'approve', user))
  await execute(ward.doctor, record.plan.id)
  const after = await readPlan(ward.doctor, record.plan.id)
  if (isRefusal(after)) throw new Error(after.reason)
  return after
}
const said = () => JSON.stringify(ward.chat.said.at(-1)?.message)

describe('a look from inside a pod', () => {
  it('asks once, shows what was said, puts its hash on the record, and the container ends by itself', async () => {
    const before = writesOf(ward).length
    const after = await look({ check: { kind: 'tcp', host: 'nobody', port: 5432 } })
    expect(after.life).toMatchObject({
      state: 'verified',
      effect: 'done',
      outcome: { note: 'the answer is no (exit code 1)' },
    })
    expect(writesOf(ward).slice(before)).toMatchObject([
      { method: 'PATCH', path: '/api/v1/namespaces/shop/pods/web/ephemeralcontainers' },
    ])
    expect(said()).toContain('nc: nobody')
    const kept = (await ward.doctor.audit.read({ plan: after.plan.id })).find(
      (entry) => entry.kind === 'transcript.kept',
    )
    expect(kept?.data).toMatchObject({ readable: true, hash: expect.stringMatching(/^[0-9a-f]{64}$/) })
    const again = await look({ check: { kind: 'dns', host: 'nobody' } })
    expect(again.life.state).toBe('verified')
    const pod = ward.cluster.store.get('pods', 'shop', 'web') as unknown as { spec: { ephemeralContainers: object[] } }
    expect(pod.spec.ephemeralContainers).toHaveLength(2)
  })

  it('a container to sit in is there until its time is over, and there is one at a time', async () => {
    const after = await look({ ttl: 120 })
    expect(after.life).toMatchObject({ state: 'verified' })
    const wish = requestFor(
      'debug-pod',
      {},
      {
        target,
        requester: { id: 'UREQ', name: 'req' },
        reason: { summary: 'look', evidence: [] },
      },
    )
    expect(await plan(ward.doctor, wish)).toMatchObject({ code: 'debugged-already' })
    ward.cluster.controllers.tick(200_000)
    expect(await plan(ward.doctor, wish)).not.toHaveProperty('code')
  })
})
