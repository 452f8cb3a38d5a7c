import { conditionsAt, textAt, trueAt } from '../domain/at.ts'
import { kubectl } from '../domain/kubectl.ts'
import { type KubeObject, type Pod, refOf } from '../domain/kubernetes.ts'
import { refKey } from '../domain/object.ts'
import { earliest, lasted } from '../domain/time.ts'
import { count } from '../domain/words.ts'
import type { ClusterView, Workload } from '../snapshot/view.ts'
import type { Analyzer } from './analyzer.ts'

const queueGates = /^(?:kueue\.x-k8s\.io|topologyaware|scheduling\.volcano\.sh|karmada|.*kueue)/

// Someone queued it on purpose: Kueue (or another queue) holds the gate, and its controller is at work.
const isQueued = (view: ClusterView, workload: Workload, gates: readonly string[]): boolean => {
  if (!gates.every((gate) => queueGates.test(gate))) return false
  const queued = view
    .list('Workload', 'kueue.x-k8s.io')
    .filter((one) => one.metadata.ownerReferences?.some((owner) => owner.name === workload.ref.name))
  const inactive = queued.some((one) =>
    conditionsAt(one).some((condition) => condition.reason === 'Inadmissible' && condition.status === 'False'),
  )
  return !inactive || queued.length === 0
}

const gatesOf = (pod: Pod): readonly string[] => (pod.spec?.schedulingGates ?? []).flatMap((gate) => gate.name ?? [])

const queueNote = (view: ClusterView, workload: Workload): string | undefined => {
  const note = (one: KubeObject): string | undefined =>
    conditionsAt(one).find((condition) => condition.reason === 'Inadmissible')?.message ??
    (trueAt(one, 'spec', 'active') ? undefined : textAt(one, 'status', 'message'))
  return view
    .list('Workload', 'kueue.x-k8s.io')
    .filter((one) => one.metadata.ownerReferences?.some((owner) => owner.name === workload.ref.name))
    .map(note)
    .find((text) => text !== undefined)
}

/** Pods whose scheduling gates nobody removes. A gate of a queue that works is meant, and so is a young one. */
export const analyzer: Analyzer = {
  id: 'scheduling-gated',
  codes: ['scheduling-gated'],
  needs: ['pods'],
  analyze: (view) => {
    const groups = new Map<string, { readonly workload: Workload; readonly pods: Pod[] }>()
    for (const pod of view.all('Pod')) {
      if (gatesOf(pod).length === 0 || pod.metadata.deletionTimestamp !== undefined) continue
      if (!lasted(pod.metadata.creationTimestamp, view.now, 300)) continue
      const workload = view.workloadOf(pod)
      const group = groups.get(refKey(workload.ref))
      if (group === undefined) groups.set(refKey(workload.ref), { workload, pods: [pod] })
      else group.pods.push(pod)
    }
    return [...groups.values()].flatMap(({ workload, pods }) => {
      const gates = [...new Set(pods.flatMap(gatesOf))]
      const [example] = pods
      if (example === undefined || isQueued(view, workload, gates)) return []
      const since = earliest(pods.map((pod) => pod.metadata.creationTimestamp))
      const note = queueNote(view, workload)
      return [
        {
          code: 'scheduling-gated' as const,
          severity: 'warning' as const,
          object: workload.ref,
          summary: `${workload.ref.kind} ${workload.ref.name}: ${count(pods.length, 'pod')} held back by scheduling gate ${gates.join(', ')}, which nobody has removed${note === undefined ? '' : ` (${note})`}`,
          evidence: [
            {
              kind: 'spec' as const,
              about: refOf(example),
              text: `spec.schedulingGates: ${gates.join(', ')}; PodScheduled is False (SchedulingGated)`,
              ...(since === undefined ? {} : { at: since }),
            },
          ],
          confidence: 0.9,
          affects: pods.map(refOf),
          ...(since === undefined ? {} : { since }),
          fix: [
            `Find the controller that owns the gate ${gates[0] ?? ''} and why it does not remove it; look at its pods and logs.`,
            `Where the gate is left over: ${kubectl(refOf(example), 'edit')} and remove it from spec.schedulingGates`,
          ],
          facts: { gate: gates[0] ?? '' },
        },
      ]
    })
  },
}
