import { conditionOf } from '../domain/at.ts'
import { kubectl } from '../domain/kubectl.ts'
import { type Deployment, refOf } from '../domain/kubernetes.ts'
import { observe } from '../domain/observe.ts'
import { lasted, latest } from '../domain/time.ts'
import type { ClusterView } from '../snapshot/view.ts'
import type { Analyzer } from './analyzer.ts'

const shape = (template: unknown): string =>
  JSON.stringify(template, (key, value) => (key === 'pod-template-hash' || value === null ? undefined : value))

// The template differs from what the newest ReplicaSet runs, so the pause holds back a change that somebody made.
const heldBack = (view: ClusterView, owner: Deployment): boolean | undefined => {
  const sets = view
    .all('ReplicaSet')
    .filter(
      (set) =>
        set.metadata.namespace === owner.metadata.namespace &&
        set.metadata.ownerReferences?.some((one) => one.kind === 'Deployment' && one.name === owner.metadata.name),
    )
  if (sets.length === 0) return undefined
  const wanted = shape(owner.spec?.template?.spec)
  return !sets.some((set) => shape(set.spec?.template?.spec) === wanted && (set.spec?.replicas ?? 0) > 0)
}

const mentioned = (view: ClusterView, owner: Deployment): boolean =>
  view.alerts.some((alert) => Object.values(alert.labels).includes(owner.metadata.name))

/** Paused Deployments with a change waiting, or too few pods. A pause with nothing behind it is silent. */
export const analyzer: Analyzer = {
  id: 'rollout-paused',
  codes: ['rollout-paused'],
  needs: ['deployments', 'replicasets'],
  analyze: (view) =>
    view.all('Deployment').flatMap((owner) => {
      if (owner.spec?.paused !== true || (owner.spec.replicas ?? 1) === 0) return []
      const condition = conditionOf(owner.status?.conditions, 'Progressing')
      const { updatedReplicas = 0, unavailableReplicas = 0, replicas = 0 } = owner.status ?? {}
      const wanted = owner.spec.replicas ?? 1
      const waiting = heldBack(view, owner) ?? updatedReplicas < wanted
      const behind = updatedReplicas < Math.min(wanted, replicas)
      if (!waiting && !behind && unavailableReplicas === 0) return []
      const since = condition?.reason === 'DeploymentPaused' ? condition.lastTransitionTime : undefined
      if (!lasted(since, view.now, 300)) return []
      const object = refOf(owner)
      const change = latest(
        (owner.metadata.managedFields ?? []).filter((one) => one.subresource !== 'status').map((one) => one.time),
      )
      return [
        {
          code: 'rollout-paused' as const,
          severity: unavailableReplicas > 0 ? ('critical' as const) : ('warning' as const),
          object,
          summary: `Deployment ${object.name} is paused (spec.paused) while a change waits: ${updatedReplicas} of ${wanted} pods are of the current template`,
          evidence: [
            observe('spec', object, `spec.paused: true; updatedReplicas ${updatedReplicas} of ${wanted}`, since),
            ...(condition === undefined
              ? []
              : [
                  observe(
                    'status',
                    object,
                    `Progressing: ${condition.reason ?? ''} ${condition.message ?? ''}`,
                    condition.lastTransitionTime,
                  ),
                ]),
          ],
          confidence: mentioned(view, owner) ? 0.95 : 0.85,
          ...(since === undefined ? {} : { since }),
          ...(change === undefined ? {} : { change: { what: 'last change of the Deployment', at: change, object } }),
          fix: [kubectl(object, 'rollout resume'), 'Ask first who paused it and why, if it was not you.'],
          facts: { replicas: wanted },
        },
      ]
    }),
}
