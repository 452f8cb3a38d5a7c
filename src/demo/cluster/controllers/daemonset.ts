import { ApiError } from '../registry/errors.ts'
import { copy, type Fields, type KubeObject } from '../types.ts'
import type { Controller } from './control-loops.ts'
import { controllerRef, type Hands, keyOf, ownedBy, ownerOf, splitKey } from './hands.ts'
import { type DaemonSet, isAvailable, isReady, type Node, type Pod, type Toleration } from './objects.ts'
import { matchesNode, toleratesTaints } from './placement.ts'
import { podFromTemplate } from './pod-template.ts'
import { templateHash } from './template-hash.ts'

const resource = 'daemonsets.apps'
const source = { component: 'daemonset-controller' }
const hashLabel = 'controller-revision-hash'

const tolerated: readonly Toleration[] = [
  { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute' },
  { key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute' },
  { key: 'node.kubernetes.io/disk-pressure', operator: 'Exists', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/memory-pressure', operator: 'Exists', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/pid-pressure', operator: 'Exists', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/unschedulable', operator: 'Exists', effect: 'NoSchedule' },
]

/** One pod of each DaemonSet on every node that may run it. */
export function daemonSetController(hands: Hands): Controller {
  const all = (): string[] => hands.list(resource).map(keyOf)
  return {
    name: 'daemonset',
    watches: {
      [resource]: (object) => [keyOf(object)],
      nodes: (_node, change) =>
        change?.type === 'MODIFIED' && sameScheduling(change.previous as Node, change.object as Node) ? [] : all(),
      pods: (pod) => {
        const owner = ownerOf(pod)
        return owner?.kind === 'DaemonSet' ? [`${pod.metadata.namespace}/${owner.name}`] : []
      },
    },
    reconcile: (key) => {
      const set = hands.get<DaemonSet>(resource, ...splitKey(key))
      if (set === undefined) return undefined
      const hash = templateHash(set.spec.template)
      keepRevision(hands, set, hash)
      const failed = set.metadata.deletionTimestamp === undefined && manage(hands, set, hash)
      writeStatus(hands, key, hash)
      return failed ? hands.pace(5_000) : undefined
    },
  }
}

const sameScheduling = (a: Node, b: Node): boolean =>
  JSON.stringify([a.spec?.taints, a.metadata.labels, a.spec?.unschedulable]) ===
  JSON.stringify([b.spec?.taints, b.metadata.labels, b.spec?.unschedulable])

function keepRevision(hands: Hands, set: DaemonSet, hash: string): void {
  const { namespace, name } = set.metadata
  const revisions = ownedBy(hands.list<KubeObject & { revision: number }>('controllerrevisions.apps', namespace), set)
  if (revisions.some((entry) => entry.metadata.name === `${name}-${hash}`)) return
  hands.create('controllerrevisions.apps', namespace, {
    metadata: {
      name: `${name}-${hash}`,
      labels: { ...set.spec.template.metadata?.labels, [hashLabel]: hash },
      ownerReferences: [controllerRef(set)],
    },
    data: { spec: { template: { ...copy(set.spec.template), $patch: 'replace' } } },
    revision: Math.max(0, ...revisions.map((entry) => entry.revision)) + 1,
  })
}

/** The node a pod of a DaemonSet is meant for, placed or not. */
function nodeOf(pod: Pod): string | undefined {
  const terms = pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms
  return pod.spec.nodeName ?? terms?.[0]?.matchFields?.[0]?.values?.[0]
}

function wantedOn(hands: Hands, set: DaemonSet): Node[] {
  const spec = { ...set.spec.template.spec, tolerations: [...(set.spec.template.spec.tolerations ?? []), ...tolerated] }
  return hands
    .list<Node>('nodes')
    .filter(
      (node) =>
        matchesNode(spec, node) && toleratesTaints(spec.tolerations, node, ['NoSchedule', 'NoExecute']).length === 0,
    )
}

/** Returns whether a pod was refused. */
function manage(hands: Hands, set: DaemonSet, hash: string): boolean {
  const pods = ownedBy(hands.list<Pod>('pods', set.metadata.namespace), set)
  const nodes = wantedOn(hands, set)
  const names = new Set(nodes.map((node) => node.metadata.name))
  for (const pod of pods) {
    const misplaced = !names.has(nodeOf(pod) ?? '')
    if ((misplaced || pod.status.phase === 'Failed') && pod.metadata.deletionTimestamp === undefined)
      remove(hands, set, pod)
  }
  for (const node of nodes) {
    if (pods.some((pod) => nodeOf(pod) === node.metadata.name)) continue
    if (!place(hands, set, node.metadata.name, hash)) return true
  }
  roll(
    hands,
    set,
    pods.filter((pod) => pod.metadata.deletionTimestamp === undefined),
    hash,
    nodes.length,
  )
  return false
}

function roll(hands: Hands, set: DaemonSet, pods: readonly Pod[], hash: string, nodes: number): void {
  if (set.spec.updateStrategy.type !== 'RollingUpdate') return
  const outdated = pods.filter((pod) => pod.metadata.labels?.[hashLabel] !== hash)
  const limit = Number(set.spec.updateStrategy.rollingUpdate?.maxUnavailable ?? 1)
  const down = nodes - pods.filter(isReady).length
  const broken = outdated.filter((pod) => !isReady(pod))
  const room = Math.max(0, limit - (down - broken.length))
  for (const pod of [...broken, ...outdated.filter(isReady)].slice(0, Math.max(broken.length > 0 ? 1 : 0, room)))
    remove(hands, set, pod)
}

function remove(hands: Hands, set: DaemonSet, pod: Pod): void {
  hands.remove('pods', pod)
  hands.event(set, { type: 'Normal', reason: 'SuccessfulDelete', message: `Deleted pod: ${pod.metadata.name}` }, source)
}

function place(hands: Hands, set: DaemonSet, node: string, hash: string): boolean {
  const pod = podFromTemplate(set.spec.template, set, `${set.metadata.name}-`, {
    [hashLabel]: hash,
    'pod-template-generation': String(set.metadata.generation ?? 1),
  })
  const spec = pod['spec'] as Fields & { tolerations?: Toleration[] }
  spec['affinity'] = {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: [node] }] }],
      },
    },
  }
  spec.tolerations = [...(spec.tolerations ?? []), ...tolerated.map((toleration) => ({ ...toleration }))]
  try {
    const created = hands.create('pods', set.metadata.namespace, pod)
    hands.event(
      set,
      { type: 'Normal', reason: 'SuccessfulCreate', message: `Created pod: ${created.metadata.name}` },
      source,
    )
    return true
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    hands.event(set, { type: 'Warning', reason: 'FailedCreate', message: `Error creating: ${error.message}` }, source)
    return false
  }
}

function writeStatus(hands: Hands, key: string, hash: string): void {
  const set = hands.get<DaemonSet>(resource, ...splitKey(key))
  if (set === undefined) return
  const pods = ownedBy(hands.list<Pod>('pods', set.metadata.namespace), set).filter(
    (pod) => pod.metadata.deletionTimestamp === undefined,
  )
  const nodes = wantedOn(hands, set)
  const now = hands.clock.now()
  const available = pods.filter((pod) => isAvailable(pod, set.spec.minReadySeconds ?? 0, now)).length
  const count = (value: number, name: string): Fields => (value === 0 ? {} : { [name]: value })
  hands.status(resource, set, {
    currentNumberScheduled: pods.length,
    numberMisscheduled: 0,
    desiredNumberScheduled: nodes.length,
    numberReady: pods.filter(isReady).length,
    observedGeneration: set.metadata.generation ?? 1,
    ...count(pods.filter((pod) => pod.metadata.labels?.[hashLabel] === hash).length, 'updatedNumberScheduled'),
    ...count(available, 'numberAvailable'),
    ...count(Math.max(0, nodes.length - available), 'numberUnavailable'),
  })
}
