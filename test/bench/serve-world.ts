import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type SimulatedCluster, startSimulatedCluster } from '../../src/demo/cluster/start.ts'
import type { KubeObject } from '../../src/demo/cluster/types.ts'
import { assets, type ControlPlane, startControlPlane } from '../kube/control-plane.ts'
import { filledResources, fillWorld } from './world.ts'

/**
 * A process of its own that serves a big cluster until it is told to end: a real kube-apiserver where KUBEBUILDER_ASSETS says
 * where one is, else the simulated one. Says over IPC which, and the kubeconfig to reach it.
 */
export type Served = { readonly server: 'kube-apiserver' | 'simulated'; readonly kubeconfig: string }

/** Where etcd keeps what a resource holds; namespaced ones below their namespace. */
const etcdFolders: Readonly<Record<(typeof filledResources)[number], string>> = {
  namespaces: 'namespaces',
  nodes: 'minions',
  'deployments.apps': 'deployments',
  'replicasets.apps': 'replicasets',
  services: 'services/specs',
  pods: 'pods',
  events: 'events',
}

const base64 = (text: string): string => Buffer.from(text).toString('base64')

const entryOf = (folder: string, object: KubeObject) => {
  const { namespace, name } = object.metadata
  const { resourceVersion: _, ...metadata } = object.metadata
  const place = namespace === undefined ? name : `${namespace}/${name}`
  return {
    requestPut: { key: base64(`/registry/${folder}/${place}`), value: base64(JSON.stringify({ ...object, metadata })) },
  }
}

/** Restores objects into etcd as a backup would: with their status, in seconds, without a controller. */
const restore = async (plane: ControlPlane, resource: keyof typeof etcdFolders, objects: readonly KubeObject[]) => {
  const own = (object: KubeObject) => resource === 'namespaces' && /^(?:default|kube-.*)$/.test(object.metadata.name)
  const entries = objects.filter((object) => !own(object)).map((object) => entryOf(etcdFolders[resource], object))
  for (let at = 0; at < entries.length; at += 100) {
    const body = JSON.stringify({ success: entries.slice(at, at + 100) })
    const answer = await fetch(`${plane.etcd}/v3/kv/txn`, { method: 'POST', body })
    if (!answer.ok) throw new Error(`etcd answered ${answer.status}: ${(await answer.text()).slice(0, 200)}`)
  }
}

/** Waits until the API server's watch cache, which answers lists, holds what was restored. */
const caughtUp = async (plane: ControlPlane, last: readonly (readonly [string, KubeObject])[]): Promise<void> => {
  for (const [resource, { metadata }] of last) {
    const plural = resource.split('.')[0] ?? resource
    const root = resource.endsWith('.apps') ? '/apis/apps/v1' : '/api/v1'
    const inside = metadata.namespace === undefined ? '' : `/namespaces/${metadata.namespace}`
    const path = `${root}${inside}/${plural}/${metadata.name}?resourceVersion=0`
    for (let attempt = 0; ; attempt += 1) {
      const { code, stderr } = await plane.kubectl(['get', '--raw', path])
      if (code === 0) break
      if (attempt > 60) throw new Error(`the API server does not show ${path}: ${stderr}`)
      await sleep(250)
    }
  }
}

/** So many pods, from all over the cluster, as a kubelet would change them. */
const touched = (cluster: Pick<SimulatedCluster, 'store'>, count: number): readonly KubeObject[] => {
  const all = cluster.store.list('pods')
  const step = Math.max(1, Math.floor(all.length / count))
  turn += 1
  return Array.from({ length: count }, (_, index) => all[(index * step + turn) % all.length] as KubeObject).map(
    (pod) => ({
      ...pod,
      metadata: { ...pod.metadata, annotations: { ...pod.metadata.annotations, 'bench/turn': String(turn) } },
    }),
  )
}
let turn = 0

const simulated = (cluster: SimulatedCluster) => {
  const folder = mkdtempSync(join(tmpdir(), 'bench-world-'))
  const kubeconfig = join(folder, 'kubeconfig')
  writeFileSync(kubeconfig, cluster.kubeconfig('reader'), { mode: 0o600 })
  const stop = async () => {
    await cluster.close()
    rmSync(folder, { recursive: true, force: true })
  }
  const touch = async (count: number) => {
    for (const pod of touched(cluster, count)) cluster.store.load('pods', pod as never)
  }
  return { server: 'simulated' as const, kubeconfig, stop, touch }
}

const serve = async (
  pods: number,
  manyFaults: boolean,
): Promise<Served & { readonly stop: () => Promise<void>; readonly touch: (count: number) => Promise<void> }> => {
  const cluster = await startSimulatedCluster({ name: 'simulated', controllers: false })
  fillWorld(cluster.store, pods, manyFaults)
  if (assets === undefined) return simulated(cluster)
  const plane = await startControlPlane()
  const last: [string, KubeObject][] = []
  for (const resource of filledResources) {
    const objects = cluster.store.list(resource)
    await restore(plane, resource, objects)
    const end = objects.at(-1)
    if (end !== undefined) last.push([resource, end])
  }
  await cluster.close()
  await caughtUp(plane, last)
  const touch = (count: number) => restore(plane, 'pods', touched(cluster, count))
  return { server: 'kube-apiserver', kubeconfig: plane.kubeconfig, stop: plane.stop, touch }
}

/** Asks for so many pods to be changed; the answer is 'touched'. */
export type Touch = { readonly touch: number }

const { stop, touch, ...served } = await serve(Number(process.argv[2] ?? 5000), process.argv[3] === 'many-faults')
process.on('message', ({ touch: count }: Touch) => void touch(count).then(() => process.send?.('touched')))
process.send?.(served)
process.once('disconnect', () => void stop().then(() => process.exit(0)))
