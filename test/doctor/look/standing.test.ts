import { afterAll, beforeAll, expect, it } from 'vitest'
import { loadContexts } from '../../../src/adapters/kubernetes/kubeconfig.ts'
import { openWatches, type Watches } from '../../../src/adapters/kubernetes/watch/watches.ts'
import { loadAnalyzers } from '../../../src/analyzers/load.ts'
import { diagnose } from '../../../src/diagnosis/diagnose.ts'
import { observe } from '../../../src/doctor/look/observe.ts'
import type { ClusterReader } from '../../../src/ports.ts'
import { decodeHeld } from '../../../src/snapshot/decode-held.ts'
import type { ClusterView } from '../../../src/snapshot/view.ts'
import { openWard, seedDeployment, type Ward } from '../ward.ts'

let ward: Ward
let watches: Watches
let reader: ClusterReader
const analyzers = await loadAnalyzers()
beforeAll(async () => {
  ward = await openWard()
  seedDeployment(ward)
  const [context] = loadContexts({ kubeconfig: `${ward.folder}/reader`, contexts: [], allowExec: false }).contexts
  const direct = ward.doctor.readers.get('prod-eu1')
  if (context === undefined || direct === undefined) throw new Error('no reader')
  watches = openWatches(context, decodeHeld)
  reader = { ...direct, memory: watches.memory }
})
afterAll(async () => {
  watches?.close()
  await ward?.close()
})

const whole = (more: { readonly fresh?: boolean } = {}): Promise<ClusterView> =>
  observe(reader, undefined, Date.now(), AbortSignal.timeout(20_000), undefined, { analyzers, ...more })
const names = (view: ClusterView) => view.all('ConfigMap').map(({ metadata }) => metadata.name)

it('gives one view to all who ask while nothing changes, and makes it anew by itself when something does', async () => {
  // Until everything is kept, and what was made of that stands.
  await expect
    .poll(async () => {
      const [before, asked] = [await whole(), ward.cluster.requests.length]
      return (await whole()) === before && ward.cluster.requests.length === asked && before.coverage.asOf !== undefined
    })
    .toBe(true)
  ward.cluster.store.apply({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'fresh', namespace: 'shop' } })
  await expect.poll(async () => names(await whole()), { interval: 200 }).toContain('fresh')
  expect((await whole()).coverage.asOf).toBeDefined()
})

it('never stands in for the server where that is to be read', async () => {
  const first = await whole()
  const fresh = await whole({ fresh: true })
  expect(fresh).not.toBe(first)
  expect(fresh.coverage.asOf).toBeUndefined()
})

it('concludes the same from a view that was analysed ahead, whatever is asked about it', async () => {
  const view = await whole()
  // A view of its own, of which nothing is concluded yet.
  const another = (): ClusterView => ({
    ...view,
    get workloads() {
      return view.workloads
    },
  })
  for (const asked of [
    {},
    { namespace: 'shop' },
    { focus: 'Deployment/checkout' },
    { question: 'what is with checkout?' },
  ])
    expect(diagnose(view, { analyzers, ...asked })).toEqual(diagnose(another(), { analyzers, ...asked }))
})

it('gives out nothing that is old where the server is away, and says that nothing could be read', async () => {
  watches.close()
  ward.cluster.faults.fail({ effect: { kind: 'status', code: 403 } })
  const before = await whole()
  const gone = await observe(
    { ...reader, memory: { ...watches.memory, revision: () => Math.random() } },
    undefined,
    Date.now(),
    AbortSignal.timeout(20_000),
    undefined,
    { analyzers },
  )
  expect(gone).not.toBe(before)
  expect(gone.coverage.checked).not.toContain('pods')
  expect(diagnose(gone, { analyzers }).verdict).toBe('inconclusive')
  await expect(
    observe({ ...reader }, undefined, Date.now(), AbortSignal.abort(new Error('enough')), undefined, { analyzers }),
  ).rejects.toThrow('enough')
})
