import { describe, expect, it } from 'vitest'
import { loadAnalyzers } from '../../src/analyzers/load.ts'
import { startSimulatedCluster } from '../../src/demo/cluster/start.ts'
import { diagnose, diagnoseInSlices } from '../../src/diagnosis/diagnose.ts'
import { createView } from '../../src/snapshot/create-view.ts'
import { objectFromJson } from '../../src/snapshot/schema/object.ts'
import type { ClusterView } from '../../src/snapshot/view.ts'
import { filledResources, fillWorld } from '../bench/world.ts'

const analyzers = await loadAnalyzers()

/** A view of a cluster with faults, made anew each time: what one diagnosis learned of a view must not help the next. */
const bigView = async (pods: number): Promise<() => ClusterView> => {
  const cluster = await startSimulatedCluster({ name: 'big', controllers: false })
  fillWorld(cluster.store, pods)
  const objects = filledResources
    .flatMap((resource) => cluster.store.list(resource))
    .flatMap((object) => objectFromJson(object) ?? [])
  await cluster.close()
  const kinds = new Set(objects.map(({ kind }) => kind))
  const now = new Date().toISOString()
  return () => createView({ cluster: 'big', now, coverage: { checked: [], unavailable: [] }, read: { kinds }, objects })
}

describe('a diagnosis in slices', () => {
  it('is the same, byte for byte, and lets the event loop turn meanwhile', async () => {
    const view = await bigView(1_500)
    const whole = diagnose(view(), { analyzers })
    let turns = 0
    let watching = true
    const watch = (): void => {
      turns++
      if (watching) setTimeout(watch, 0)
    }
    const sliced = diagnoseInSlices(view(), { analyzers })
    watch()
    const diagnosis = await sliced
    watching = false
    expect(JSON.stringify(diagnosis)).toBe(JSON.stringify(whole))
    expect(new Set(whole.rootCauses.map(({ code }) => code))).toEqual(
      new Set(['image-not-found', 'insufficient-memory', 'quota-exceeded']),
    )
    expect(turns).toBeGreaterThan(2)
  })

  it('ends between two steps when its signal says so', async () => {
    const view = await bigView(50)
    const reason = new Error('the job was cancelled')
    await expect(diagnoseInSlices(view(), { analyzers }, AbortSignal.abort(reason))).rejects.toBe(reason)
  })
})
