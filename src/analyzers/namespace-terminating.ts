import { conditionOf } from '../domain/at.ts'
import type { Finding } from '../domain/finding.ts'
import { type Condition, type KubeObject, type Namespace, refOf } from '../domain/kubernetes.ts'
import type { ObjectRef } from '../domain/object.ts'
import { observe } from '../domain/observe.ts'
import { lasted } from '../domain/time.ts'
import { short, some } from '../domain/words.ts'
import type { ClusterView } from '../snapshot/view.ts'
import type { Analyzer } from './analyzer.ts'
import { refusalsOf, refusedCreations } from './reading/refused-creations.ts'

const telling = [
  'NamespaceDeletionDiscoveryFailure',
  'NamespaceDeletionGroupVersionParsingFailure',
  'NamespaceDeletionContentFailure',
  'NamespaceFinalizersRemaining',
  'NamespaceContentRemaining',
]

const isTelling = (condition: Condition): boolean =>
  condition.status === 'True' && telling.includes(condition.type ?? '')

const heldObjects = (view: ClusterView, name: string): readonly KubeObject[] =>
  view.kinds
    .flatMap((kind) => view.list(kind))
    .filter(
      (one) =>
        one.metadata.namespace === name &&
        one.metadata.deletionTimestamp !== undefined &&
        (one.metadata.finalizers ?? []).length > 0,
    )

// "unable to retrieve the complete list of server APIs: metrics.k8s.io/v1beta1: …"
const brokenApis = (view: ClusterView, message: string): readonly ObjectRef[] =>
  [...message.matchAll(/([a-z0-9.-]+\.[a-z0-9.-]+)\/(v\d\w*)/g)].flatMap(([, group = '', version = '']) => {
    const name = `${version}.${group}`
    const found = view.get('APIService', undefined, name)
    return [found === undefined ? { apiVersion: 'apiregistration.k8s.io/v1', kind: 'APIService', name } : refOf(found)]
  })

const findingOf = (view: ClusterView, namespace: Namespace): Finding | undefined => {
  const { deletionTimestamp, name } = namespace.metadata
  const terminating = namespace.status?.phase === 'Terminating' || deletionTimestamp !== undefined
  const told = (namespace.status?.conditions ?? []).filter(isTelling)
  if (!terminating || !lasted(deletionTimestamp, view.now, told.length > 0 ? 180 : 600)) return undefined
  const discovery = conditionOf(told, 'NamespaceDeletionDiscoveryFailure')
  const apis = brokenApis(view, discovery?.message ?? '')
  const held = heldObjects(view, name)
  const object = refOf(namespace)
  const why =
    discovery !== undefined
      ? `an API does not answer, so its contents cannot be listed (${short(discovery.message ?? '', 200)})`
      : held.length > 0
        ? `held by ${some(held.map((one) => `${one.kind} ${one.metadata.name} (finalizer ${one.metadata.finalizers?.join(', ')})`))}`
        : told.length > 0
          ? short((conditionOf(told, 'NamespaceFinalizersRemaining') ?? told[0])?.message ?? '', 240)
          : `its own finalizers: ${(namespace.spec?.finalizers ?? namespace.metadata.finalizers ?? []).join(', ')}`
  const refused = refusalsOf(refusedCreations(view), 'namespace-terminating').filter(
    (one) => one.refused.namespace === name,
  )
  return {
    code: 'namespace-terminating',
    severity: refused.length > 0 ? 'critical' : 'warning',
    object,
    summary: `Namespace ${name} is stuck Terminating since ${deletionTimestamp ?? '?'}: ${why}`,
    evidence: [
      ...told.map((one) =>
        observe('status', object, `${one.type}: ${one.message ?? one.reason ?? ''}`, one.lastTransitionTime),
      ),
      ...held
        .slice(0, 3)
        .map((one) =>
          observe(
            'status',
            refOf(one),
            `deletionTimestamp ${one.metadata.deletionTimestamp}; finalizers: ${one.metadata.finalizers?.join(', ')}`,
            one.metadata.deletionTimestamp,
          ),
        ),
      ...(told.length + held.length === 0
        ? [
            observe(
              'status',
              object,
              `phase Terminating, deletionTimestamp ${deletionTimestamp ?? '?'}`,
              deletionTimestamp,
            ),
          ]
        : []),
      ...refused.slice(0, 2).map((one) => one.evidence),
    ],
    confidence: told.length > 0 || held.length > 0 ? 0.95 : 0.8,
    affects: [...held.map(refOf), ...refused.map((one) => one.workload)],
    ...(deletionTimestamp === undefined ? {} : { since: deletionTimestamp }),
    ...(apis.length === 0 ? {} : { dependsOn: apis }),
    fix: [
      ...(apis.length > 0
        ? apis.map(
            (api) =>
              `Repair the API or remove it: kubectl get apiservice ${api.name}; kubectl delete apiservice ${api.name} (only if what served it is gone for good)`,
          )
        : []),
      ...held
        .slice(0, 2)
        .map(
          (one) =>
            `Let the controller of ${one.kind} ${one.metadata.name} clear its finalizer; as a last resort: kubectl -n ${name} patch ${one.kind.toLowerCase()} ${one.metadata.name} --type=merge -p '{"metadata":{"finalizers":null}}'`,
        ),
      `See what is left: kubectl api-resources --verbs=list --namespaced -o name | xargs -n1 kubectl -n ${name} get --ignore-not-found --show-kind`,
    ],
    ...(held[0]?.metadata.finalizers?.[0] === undefined
      ? {}
      : { facts: { finalizer: held[0].metadata.finalizers[0] } }),
  }
}

/** Namespaces that do not finish terminating, with the object, finalizer or API that holds them. */
export const analyzer: Analyzer = {
  id: 'namespace-terminating',
  codes: ['namespace-terminating'],
  needs: ['namespaces'],
  analyze: (view) => view.all('Namespace').flatMap((namespace) => findingOf(view, namespace) ?? []),
}
