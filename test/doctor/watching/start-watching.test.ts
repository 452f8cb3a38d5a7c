import { afterEach, beforeEach, expect, it } from 'vitest'
import { createLookOver } from '../../../src/doctor/watching/start-watching.ts'
import type { Incident } from '../../../src/domain/incident.ts'
import { openWard, rolled, seedDeployment, type Ward } from '../ward.ts'

let ward: Ward
beforeEach(async () => {
  ward = await openWard({ DOCTOR_WATCH_INCIDENTS: 'on' })
  seedDeployment(ward)
})
afterEach(() => ward?.close())

/** A new process each time: what is known must come from the store. */
const lookAfter = async (seconds: number): Promise<void> => {
  ward.clock.offset += seconds * 1000
  const reader = ward.doctor.readers.get('prod-eu1')
  if (reader === undefined) throw new Error('no reader')
  await createLookOver(ward.doctor)(reader, AbortSignal.timeout(10_000))
}
const breakIt = () =>
  ward.cluster.store.patchStatus('deployments.apps', 'shop', 'checkout', { status: { availableReplicas: 0 } })
const incidents = async () => (await ward.doctor.store.list<Incident>('incident')).map(({ value }) => value)

it('opens one incident for what lasts, over restarts, and ends it with the trouble', async () => {
  await lookAfter(0)
  breakIt()
  await lookAfter(60)
  expect(await incidents()).toEqual([])
  await lookAfter(60)
  await lookAfter(60)
  const [incident, ...more] = await incidents()
  expect(more).toEqual([])
  expect(incident).toMatchObject({
    source: 'watch',
    cluster: 'prod-eu1',
    namespace: 'shop',
    focus: { kind: 'Deployment', name: 'checkout' },
    severity: 'critical',
    title: 'Deployment shop/checkout: none of its 2 pods is available',
  })
  expect(ward.waiting.map(({ job, delay }) => [job.kind, delay])).toEqual([
    ['announce', 0],
    ['investigate', 0],
  ])
  // What cannot be read is not well.
  const stop = ward.cluster.faults.fail({ path: /deployments$/, effect: { kind: 'status', code: 403 } })
  await lookAfter(120)
  expect((await incidents())[0]?.endedAt).toBeUndefined()
  stop()
  rolled(ward)
  await lookAfter(60)
  await lookAfter(61)
  const [over] = await incidents()
  expect(over?.endedAt ?? over?.quietSince).toBeDefined()
})

it('leaves a workload to the incident that is about it already', async () => {
  breakIt()
  await lookAfter(0)
  const { store } = ward.doctor
  await lookAfter(130)
  const [first] = await incidents()
  if (first === undefined) throw new Error('no incident was opened')
  // As if another source had told of it, and the watch did not know.
  await store.remove('watched', 'prod-eu1')
  await store.remove('fingerprint', first.fingerprint)
  const stored = await store.get<Incident>('incident', first.id)
  const other = { ...first, fingerprint: 'another' }
  expect(await store.put('incident', first.id, other, stored?.version ?? 0)).toBe(true)
  await lookAfter(60)
  await lookAfter(130)
  await lookAfter(60)
  expect(await incidents()).toHaveLength(1)
})

it('tells of an Argo CD Application where Argo CD itself does not', async () => {
  const { store } = ward.cluster
  store.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'argocd' } })
  store.apply({
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: { name: 'shop', namespace: 'argocd' },
    spec: { project: 'default', destination: { namespace: 'shop' }, source: { repoURL: 'https://git.example/shop' } },
    status: { health: { status: 'Degraded' }, sync: { status: 'Synced' } },
  })
  await lookAfter(0)
  await lookAfter(130)
  expect(await incidents()).toMatchObject([{ source: 'watch', title: 'Argo CD application shop is Degraded' }])
})
