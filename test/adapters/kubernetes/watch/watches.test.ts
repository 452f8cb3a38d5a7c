import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { loadContexts } from '../../../../src/adapters/kubernetes/kubeconfig.ts'
import { openReader } from '../../../../src/adapters/kubernetes/reader.ts'
import { watchTimes } from '../../../../src/adapters/kubernetes/watch/times.ts'
import { openWatches, type Watches, type WatchOptions } from '../../../../src/adapters/kubernetes/watch/watches.ts'
import { loadAnalyzers } from '../../../../src/analyzers/load.ts'
import { type SimulatedCluster, startSimulatedCluster } from '../../../../src/demo/cluster/start.ts'
import { diagnose } from '../../../../src/diagnosis/diagnose.ts'
import type { ClusterReader, ResourceType } from '../../../../src/ports.ts'
import { collect } from '../../../../src/snapshot/collect.ts'
import { decodeHeld } from '../../../../src/snapshot/decode-held.ts'
import { type Line, startLine } from './line.ts'

const folder = mkdtempSync(join(tmpdir(), 'doctor-watch-'))
let cluster: SimulatedCluster
let line: Line
let open: Watches[] = []
let reader: ReturnType<typeof openReader>

const context = () => {
  const [found] = loadContexts({ kubeconfig: join(folder, 'reader'), contexts: [], allowExec: false }).contexts
  if (found === undefined) throw new Error('the kubeconfig was refused')
  return found
}
const watches = (options: WatchOptions = {}): Watches => {
  const one = openWatches(context(), decodeHeld, options)
  open.push(one)
  return one
}
const remembering = ({ memory }: Watches): ClusterReader => ({ ...reader, memory })

beforeAll(async () => {
  cluster = await startSimulatedCluster({ name: 'prod-eu1', controllers: false })
  line = await startLine(Number(new URL(cluster.url).port))
  writeFileSync(join(folder, 'reader'), cluster.kubeconfig('reader').replace(cluster.url, line.url))
  reader = openReader(context())
  cluster.store.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } })
})
afterEach(() => {
  for (const one of open) one.close()
  open = []
  cluster.faults.clear()
})
afterAll(async () => {
  reader?.close()
  await line?.close()
  await cluster?.close()
  rmSync(folder, { recursive: true, force: true })
})

const pods: ResourceType = { group: '', version: 'v1', resource: 'pods', kind: 'Pod', namespaced: true }
const configMaps: ResourceType = { ...pods, resource: 'configmaps', kind: 'ConfigMap' }
const accept = 'application/vnd.kubernetes.protobuf, application/json'
const quick = { ...watchTimes, retry: { first: 20, longest: 100 } }

const putConfig = (name: string, value = '1') =>
  cluster.store.apply({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'shop' }, data: { value } })
const held = ({ memory }: Watches, namespace?: string) => {
  const answer = memory.list(configMaps, { accept, namespace })
  return answer?.kind === 'held' ? answer : undefined
}
const namesIn = (kept: Watches) => held(kept, 'shop')?.objects.map(({ metadata }) => metadata.name)
/** Until a watch of that resource, asked for since then, is there. */
const watched = (resource: string, since: number) =>
  expect
    .poll(() =>
      cluster.requests.slice(since).some(({ path, query }) => path.endsWith(resource) && query.includes('watch=true')),
    )
    .toBe(true)
    .then(() => sleep(50))
const named = (kept: Watches, name: string) => held(kept)?.objects.find(({ metadata }) => metadata.name === name)

const isList = (resource: string) => (one: { readonly path: string; readonly query: string }) =>
  one.path.endsWith(`/${resource}`) && !one.query.includes('watch=true')

describe('what watches keep', () => {
  it('vouches for nothing until it was read, then follows what is added, changed and removed, each in its place', async () => {
    putConfig('m')
    const asked = cluster.requests.length
    const kept = watches()
    expect(kept.memory.list(configMaps, { accept })).toBeUndefined()
    await expect.poll(() => namesIn(kept)).toContain('m')
    putConfig('a')
    putConfig('z')
    putConfig('m', '2')
    await expect.poll(() => namesIn(kept)?.filter((name) => name.length === 1)).toEqual(['a', 'm', 'z'])
    await expect.poll(() => (named(kept, 'm') as { data?: { value?: string } }).data?.value).toBe('2')
    cluster.store.delete('configmaps', 'shop', 'a')
    await expect.poll(() => namesIn(kept)?.includes('a')).toBe(false)
    // All of it was told by one watch, not found by listing again.
    expect(cluster.requests.slice(asked).filter(isList('configmaps'))).toHaveLength(1)
  })

  it('keeps an object the same object until it changes, also when all is listed anew', async () => {
    putConfig('still')
    const kept = watches({ times: { ...quick, relist: 300 } })
    await expect.poll(() => namesIn(kept)).toContain('still')
    const find = () => named(kept, 'still')
    const [before, asked] = [find(), cluster.requests.length]
    await expect.poll(() => cluster.requests.slice(asked).filter(isList('configmaps')).length).toBeGreaterThan(1)
    await sleep(50)
    expect(find()).toBe(before)
  })

  it('heals within its relist time where a watch goes on and says nothing', async () => {
    const asked = cluster.requests.length
    const kept = watches({ times: { ...quick, relist: 700 } })
    kept.memory.list(configMaps, { accept })
    await expect.poll(() => namesIn(kept)).toBeDefined()
    await watched('configmaps', asked)
    line.freeze()
    putConfig('unheard')
    await sleep(150)
    expect(namesIn(kept)).not.toContain('unheard')
    await expect.poll(() => namesIn(kept), { timeout: 3_000 }).toContain('unheard')
  })

  it('shows the age of what a silent watch kept, and vouches for it no longer than a watch may be silent', async () => {
    const kept = watches({ times: { ...quick, silent: 400, alone: 50 } })
    kept.memory.list(configMaps, { accept })
    await expect.poll(() => namesIn(kept)).toBeDefined()
    line.freeze()
    const stop = cluster.faults.fail({ path: /configmaps$/, effect: { kind: 'status', code: 503 } })
    await sleep(250)
    expect(Date.now() - (held(kept)?.heardAt ?? 0)).toBeGreaterThan(200)
    await expect.poll(() => namesIn(kept), { timeout: 2_000 }).toBeUndefined()
    putConfig('after-silence')
    stop()
    await expect.poll(() => namesIn(kept), { timeout: 5_000 }).toContain('after-silence')
  })

  it('lists anew where its version is too old, and loses nothing of what happened meanwhile', async () => {
    const kept = watches({ times: quick })
    putConfig('gone-meanwhile')
    kept.memory.list(configMaps, { accept })
    await expect.poll(() => namesIn(kept)).toContain('gone-meanwhile')
    const stop = cluster.faults.fail({ path: /configmaps$/, effect: { kind: 'status', code: 503 } })
    line.cut()
    await sleep(50)
    putConfig('while-away')
    cluster.store.delete('configmaps', 'shop', 'gone-meanwhile')
    cluster.store.compact()
    stop()
    await expect.poll(() => namesIn(kept), { timeout: 5_000 }).toContain('while-away')
    expect(namesIn(kept)).not.toContain('gone-meanwhile')
  })

  it('stands down where a kind may not be read, says so once, and leaves the others alone', async () => {
    const said: string[] = []
    const kept = watches({ times: quick, stoodDown: (source, reason) => said.push(`${source}: ${reason}`) })
    cluster.faults.fail({ path: /\/pods$/, effect: { kind: 'status', code: 403 } })
    kept.memory.list(pods, { accept })
    kept.memory.list(configMaps, { accept })
    await expect.poll(() => said).toHaveLength(1)
    await expect.poll(() => namesIn(kept)).toBeDefined()
    expect(kept.memory.list(pods, { accept })).toMatchObject({ kind: 'unreadable', reason: 'forbidden' })
    expect(said[0]).toMatch(/^pods: /)
  })

  it('stands down where a list is too big to keep', async () => {
    const said: string[] = []
    const kept = watches({ mostBytes: 10, stoodDown: (source, reason) => said.push(`${source}: ${reason}`) })
    kept.memory.list(configMaps, { accept })
    await expect.poll(() => said).toEqual(['configmaps: too big to keep in memory'])
    expect(kept.memory.list(configMaps, { accept })).toBeUndefined()
  })
})

describe('a diagnosis over what watches keep', () => {
  it('needs no request, says how old it is, and comes to the very same findings', async () => {
    const kept = watches()
    const warm = remembering(kept)
    await collect(warm)
    const analyzers = await loadAnalyzers()
    await expect
      .poll(async () => {
        const before = cluster.requests.length
        await collect(warm)
        return cluster.requests.length - before
      })
      .toBe(0)
    const [cold, fromMemory] = [await collect(reader), await collect(warm)]
    const now = cold.now
    expect(fromMemory.coverage.asOf).toBeDefined()
    const told = (view: typeof cold) => {
      const { coverage: _, ...rest } = diagnose(
        {
          ...view,
          now,
          get workloads() {
            return view.workloads
          },
        },
        { analyzers },
      )
      return rest
    }
    expect(told(fromMemory)).toEqual(told(cold))
    expect(fromMemory.coverage.checked).toEqual(cold.coverage.checked)
  })

  it('asks the server all the same where it is told to read afresh', async () => {
    const warm = remembering(watches())
    await collect(warm)
    await sleep(200)
    const before = cluster.requests.length
    const view = await collect(warm, { fresh: true })
    expect(cluster.requests.slice(before).filter(isList('pods'))).toHaveLength(1)
    expect(view.coverage.asOf).toBeUndefined()
  })

  it('reads the log of a container that crashed once a minute while its pod does not change, and tells its age', async () => {
    cluster.store.apply({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'crashes', namespace: 'shop' },
      spec: { containers: [{ name: 'app', image: 'acme/crashes:1' }] },
    })
    const waits = { ready: false, restartCount: 3, state: { waiting: { reason: 'CrashLoopBackOff' } } }
    const crashed = (restartCount: number) =>
      cluster.store.patchStatus('pods', 'shop', 'crashes', {
        status: {
          phase: 'Running',
          containerStatuses: [{ name: 'app', image: 'acme/crashes:1', imageID: '', ...waits, restartCount }],
        },
      })
    crashed(3)
    const warm = remembering(watches())
    const logsIn = async (look: () => Promise<unknown>) => {
      const before = cluster.requests.length
      await look()
      return cluster.requests.slice(before).filter(({ path }) => path.endsWith('/log')).length
    }
    await expect.poll(async () => (await collect(warm)).coverage.asOf).toBeDefined()
    await sleep(100)
    expect(await logsIn(() => collect(warm))).toBe(0)
    expect(await logsIn(() => collect(warm, { fresh: true }))).toBeGreaterThan(0)
    expect(await logsIn(() => collect(warm, { focus: 'Pod/crashes' }))).toBeGreaterThan(0)
    crashed(4)
    await expect.poll(async () => logsIn(() => collect(warm)), { interval: 20 }).toBeGreaterThan(0)
    expect(await logsIn(() => collect(warm))).toBe(0)
  })
})
