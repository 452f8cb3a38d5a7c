import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { loadContexts } from '../../src/adapters/kubernetes/kubeconfig.ts'
import { openReader } from '../../src/adapters/kubernetes/reader.ts'
import { watchTimes } from '../../src/adapters/kubernetes/watch/times.ts'
import { openWatches, type Watches, type WatchOptions } from '../../src/adapters/kubernetes/watch/watches.ts'
import type { ClusterReader } from '../../src/ports.ts'
import { collect } from '../../src/snapshot/collect.ts'
import { decodeHeld } from '../../src/snapshot/decode-held.ts'
import type { ClusterView } from '../../src/snapshot/view.ts'
import { type Line, startLine } from '../adapters/kubernetes/watch/line.ts'
import { assets, type ControlPlane, kubeconfigOf, startControlPlane } from './control-plane.ts'

const manifests = join(import.meta.dirname, '../../manifests')

/** Without what Go leaves out of JSON and the protobuf of a list writes anyway: empty text, zero, false, empty lists and objects. */
const sparse = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.length === 0 ? undefined : value.map((item) => sparse(item) ?? null)
  if (typeof value !== 'object' || value === null)
    return value === '' || value === 0 || value === false ? undefined : value
  const entries = Object.entries(value).flatMap(([key, item]) => {
    const kept = sparse(item)
    return kept === undefined ? [] : [[key, kept] as const]
  })
  return entries.length === 0 ? undefined : Object.fromEntries(entries)
}
const all = (view: ClusterView) => view.kinds.map((kind) => [kind, view.list(kind).map(sparse)])

const onlyList = `
apiVersion: v1
kind: ServiceAccount
metadata: { name: lister, namespace: cluster-doctor }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: lister }
rules: [{ apiGroups: ["*"], resources: ["*"], verbs: [get, list] }]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: { name: lister }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: lister }
subjects: [{ kind: ServiceAccount, name: lister, namespace: cluster-doctor }]
`

describe.runIf(assets !== undefined)('watches of a real API server', () => {
  const folder = mkdtempSync(join(tmpdir(), 'doctor-watch-'))
  let plane: ControlPlane
  let line: Line
  const open: { close(): void }[] = []

  const kubectl = async (args: readonly string[], input?: string): Promise<string> => {
    const done = await plane.kubectl(args, input)
    if (done.code !== 0) throw new Error(done.stderr)
    return done.stdout
  }
  beforeAll(async () => {
    plane = await startControlPlane()
    line = await startLine(Number(new URL(plane.url).port))
    for (const file of ['namespace', 'rbac-reader']) await kubectl(['apply', '-f', join(manifests, `${file}.yaml`)])
    await kubectl(['apply', '-f', '-'], onlyList)
    await kubectl(['create', 'namespace', 'shop'])
    const objects = readFileSync(new URL('../snapshot/rich-objects.yaml', import.meta.url), 'utf8')
    // References (namespace, class, account) must be there before what names them.
    await plane.kubectl(['apply', '--server-side', '-f', '-'], objects)
    await kubectl(['apply', '--server-side', '-f', '-'], objects)
  }, 120_000)
  afterEach(() => {
    for (const one of open.splice(0)) one.close()
  })
  afterAll(async () => {
    await line?.close()
    await plane?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  /** A reader with a memory, with the rights of an account, over the line. */
  const remembering = async (account: string, options: WatchOptions = {}) => {
    const token = await kubectl(['create', 'token', account, '-n', 'cluster-doctor', '--duration=1h'])
    const ca = readFileSync(join(plane.directory, 'pki/ca.crt'), 'utf8')
    const kubeconfig = join(folder, account)
    writeFileSync(kubeconfig, kubeconfigOf('real', line.url, ca, { token: token.trim() }))
    const [context] = loadContexts({ kubeconfig, contexts: [], allowExec: false }).contexts
    if (context === undefined) throw new Error('the kubeconfig was refused')
    const direct = openReader(context)
    const watches: Watches = openWatches(context, decodeHeld, options)
    open.push(direct, watches)
    const reader: ClusterReader = { ...direct, memory: watches.memory }
    return reader
  }
  const same = async (reader: ClusterReader) => {
    const [kept, read] = [await collect(reader), await collect(reader, { fresh: true })]
    expect(kept.coverage.asOf).toBeDefined()
    expect(kept.coverage.checked).toEqual(read.coverage.checked)
    expect(kept.coverage.unavailable).toEqual(read.coverage.unavailable)
    expect(all(kept)).toEqual(all(read))
  }
  const keptAll = (reader: ClusterReader, said: readonly string[]) =>
    expect.poll(async () => (await collect(reader)).coverage.asOf !== undefined && said.length > 0).toBe(true)

  it('keep with the shipped rights what a diagnosis reads, and the same that lists say, whatever changes', async () => {
    const said: string[] = []
    const reader = await remembering('doctor-reader', {
      stoodDown: (source, reason) => said.push(`${source} ${reason}`),
    })
    await collect(reader)
    await keptAll(reader, said)
    await kubectl(['-n', 'shop', 'create', 'configmap', 'fresh', '--from-literal=a=1'])
    await kubectl(['-n', 'rich', 'label', 'pods', '--all', 'turn=1'])
    await kubectl(['-n', 'rich', 'annotate', 'deployments', '--all', 'turn=1'])
    await kubectl(['-n', 'rich', 'delete', 'networkpolicies', '--all'])
    await expect.poll(() => same(reader).then(() => 'same', String)).toBe('same')
    // Every kind that may be listed may be watched too.
    expect(said.filter((one) => !one.startsWith('secrets '))).toEqual([])
  })

  it('go on where they were after the line was cut, and after silence', async () => {
    const said: string[] = ['none']
    const times = { ...watchTimes, silent: 3_000, retry: { first: 50, longest: 500 } }
    const reader = await remembering('doctor-reader', { times })
    await collect(reader)
    await keptAll(reader, said)
    line.cut()
    await kubectl(['-n', 'shop', 'create', 'configmap', 'after-cut', '--from-literal=a=1'])
    await expect.poll(() => same(reader).then(() => 'same', String)).toBe('same')
    line.freeze()
    await kubectl(['-n', 'shop', 'delete', 'configmap', 'after-cut'])
    // Only what watches keep is asked: other connections that lay idle are as dead as theirs.
    const configMaps = { group: '', version: 'v1', resource: 'configmaps', kind: 'ConfigMap', namespaced: true }
    const there = () => {
      const held = reader.memory?.list(configMaps, { accept: 'application/json', namespace: 'shop' })
      return held?.kind !== 'held' || held.objects.some(({ metadata }) => metadata.name === 'after-cut')
    }
    await expect.poll(there, { timeout: 20_000 }).toBe(false)
  })

  it('leave to lists what may be listed and not watched', async () => {
    const said: string[] = []
    const reader = await remembering('lister', { stoodDown: (source, reason) => said.push(`${source} ${reason}`) })
    await collect(reader)
    await expect.poll(() => said.length).toBeGreaterThan(15)
    expect(said).toContain('pods the API server answered the watch with 403')
    const view = await collect(reader)
    expect(view.coverage.asOf).toBeUndefined()
    expect(view.complete('Pod')).toBe(true)
    expect(view.all('Pod').length).toBeGreaterThan(0)
  })
})
