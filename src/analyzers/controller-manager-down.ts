import { numberAt } from '../domain/at.ts'
import { type KubeObject, refOf } from '../domain/kubernetes.ts'
import type { ObjectRef } from '../domain/object.ts'
import { refText } from '../domain/object.ts'
import { observe } from '../domain/observe.ts'
import { earliest, lasted, latest } from '../domain/time.ts'
import { count, some } from '../domain/words.ts'
import type { ClusterView } from '../snapshot/view.ts'
import type { Analyzer } from './analyzer.ts'
import { controlPlanePods, leaseLapsed, troubleOf } from './reading/control-plane.ts'

const kinds = ['Deployment', 'ReplicaSet', 'StatefulSet', 'DaemonSet'] as const

type Ignored = { readonly object: KubeObject; readonly text: string; readonly since?: string }

// A spec that was changed minutes ago and that its controller has not even looked at.
const ignored = (view: ClusterView): readonly Ignored[] =>
  kinds.flatMap((kind) =>
    view.all(kind).flatMap((object): readonly Ignored[] => {
      const { generation, creationTimestamp, managedFields, deletionTimestamp } = object.metadata
      const observed = numberAt(object, 'status', 'observedGeneration') ?? 0
      if (generation === undefined || observed >= generation || deletionTimestamp !== undefined) return []
      const changed = latest(
        (managedFields ?? [])
          .filter((one) => one.subresource === undefined || one.subresource === '')
          .map((one) => one.time),
      )
      const since = changed ?? (observed === 0 ? creationTimestamp : undefined)
      if (since !== undefined && !lasted(since, view.now, 180)) return []
      return [
        {
          object,
          text: `generation ${generation}, observedGeneration ${observed === 0 ? 'none' : observed}`,
          ...(since === undefined ? {} : { since }),
        },
      ]
    }),
  )

const component: ObjectRef = {
  apiVersion: 'v1',
  kind: 'Component',
  namespace: 'kube-system',
  name: 'kube-controller-manager',
}

/** Specs that change while nothing reacts, over several objects: the controller manager is down or stuck. */
export const analyzer: Analyzer = {
  id: 'controller-manager-down',
  codes: ['controller-manager-down'],
  needs: ['deployments', 'replicasets', 'pods'],
  analyze: (view) => {
    const stale = ignored(view)
    const instances = controlPlanePods(view, 'kube-controller-manager')
    const troubles = instances.flatMap((pod) => troubleOf(pod) ?? [])
    const lapsed = leaseLapsed(view, 'kube-controller-manager')
    const down = (instances.length > 0 && troubles.length === instances.length) || lapsed !== undefined
    if (stale.length === 0 || (stale.length < 2 && !down)) return []
    const [instance] = instances
    const trouble = troubles[0] ?? (lapsed === undefined ? undefined : `its Lease was last renewed at ${lapsed}`)
    const since = earliest(stale.map((one) => one.since))
    return [
      {
        code: 'controller-manager-down' as const,
        severity: 'critical' as const,
        object: instance === undefined ? component : refOf(instance),
        summary: `kube-controller-manager does not react: ${count(stale.length, 'object')} changed and nothing happened (${some(stale.map((one) => refText(refOf(one.object))))})${down && trouble !== undefined ? `; ${trouble}` : ''}`,
        evidence: [
          ...(down && trouble !== undefined
            ? [observe('status', instance === undefined ? component : refOf(instance), trouble)]
            : []),
          ...stale.slice(0, 4).map((one) => observe('status', refOf(one.object), one.text, one.since)),
        ],
        confidence: down ? 0.95 : 0.8,
        affects: stale.map((one) => refOf(one.object)),
        ...(since === undefined ? {} : { since }),
        fix: [
          'kubectl -n kube-system get pods -l component=kube-controller-manager -o wide',
          'kubectl -n kube-system logs -l component=kube-controller-manager --tail=50',
          'kubectl -n kube-system get lease kube-controller-manager -o yaml (who leads, when it was last renewed)',
        ],
      },
    ]
  },
}
