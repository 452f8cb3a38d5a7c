import { at, conditionOf, conditionsAt, listAt, textAt, trueAt } from '../domain/at.ts'
import type { Finding } from '../domain/finding.ts'
import { type Condition, type KubeObject, refOf } from '../domain/kubernetes.ts'
import { nearestName } from '../domain/near-name.ts'
import type { ObjectRef } from '../domain/object.ts'
import { observe } from '../domain/observe.ts'
import { lasted } from '../domain/time.ts'
import { short } from '../domain/words.ts'
import type { ClusterView } from '../snapshot/view.ts'
import type { Analyzer } from './analyzer.ts'

const kinds: readonly (readonly [string, string])[] = [
  ['Kustomization', 'kustomize.toolkit.fluxcd.io'],
  ['HelmRelease', 'helm.toolkit.fluxcd.io'],
  ['GitRepository', 'source.toolkit.fluxcd.io'],
  ['OCIRepository', 'source.toolkit.fluxcd.io'],
  ['HelmRepository', 'source.toolkit.fluxcd.io'],
  ['HelmChart', 'source.toolkit.fluxcd.io'],
  ['Bucket', 'source.toolkit.fluxcd.io'],
]
const graceSeconds = 180
const busy = ['Progressing', 'ProgressingWithRetry', 'Unknown']

const sourceRef = (object: KubeObject): ObjectRef | undefined => {
  const spec = object.spec
  const ref = at(spec, 'sourceRef') ?? at(spec, 'chart', 'spec', 'sourceRef') ?? at(spec, 'chartRef')
  const [kind, name] = [textAt(ref, 'kind'), textAt(ref, 'name')]
  const namespace = textAt(ref, 'namespace') ?? object.metadata.namespace
  if (kind === undefined || name === undefined) return undefined
  return { apiVersion: 'source.toolkit.fluxcd.io/v1', kind, ...(namespace === undefined ? {} : { namespace }), name }
}

const dependencies = (object: KubeObject): readonly ObjectRef[] =>
  listAt(object, 'spec', 'dependsOn').flatMap((one) => {
    const name = textAt(one, 'name')
    const namespace = textAt(one, 'namespace') ?? object.metadata.namespace
    return name === undefined
      ? []
      : [{ apiVersion: object.apiVersion, kind: object.kind, ...(namespace === undefined ? {} : { namespace }), name }]
  })

/** Objects that a message names as `Deployment/shop/web` or `Deployment/web`: what a health check waited for. */
const namedObjects = (text: string, own: string | undefined): readonly ObjectRef[] =>
  [
    ...text
      .slice(0, 3000)
      .matchAll(
        /\b(Deployment|StatefulSet|DaemonSet|Job|Pod|Service|PersistentVolumeClaim|Ingress)\/([a-z0-9.-]{1,253})(?:\/([a-z0-9.-]{1,253}))?/g,
      ),
  ]
    .slice(0, 8)
    .map(([, kind = '', a = '', b]) => {
      const apiVersion = ['Deployment', 'StatefulSet', 'DaemonSet'].includes(kind)
        ? 'apps/v1'
        : kind === 'Job'
          ? 'batch/v1'
          : kind === 'Ingress'
            ? 'networking.k8s.io/v1'
            : 'v1'
      const namespace = b === undefined ? own : a
      return { apiVersion, kind, ...(namespace === undefined ? {} : { namespace }), name: b ?? a }
    })

/** The Jobs of Helm hooks that a message says have failed: `post-upgrade hooks failed: … job migrate failed: BackoffLimitExceeded`. */
const failedHooks = (text: string, own: string | undefined): readonly ObjectRef[] =>
  [...text.slice(0, 3000).matchAll(/\bjob ([a-z0-9][a-z0-9.-]{0,252}) failed\b/g)].map(([, name = '']) => ({
    apiVersion: 'batch/v1',
    kind: 'Job',
    ...(own === undefined ? {} : { namespace: own }),
    name,
  }))

const failing = (view: ClusterView, object: KubeObject): Condition | undefined => {
  const conditions = conditionsAt(object)
  const ready = conditionOf(conditions, 'Ready')
  const stalled = conditionOf(conditions, 'Stalled')
  if (trueAt(object, 'spec', 'suspend') || object.metadata.deletionTimestamp !== undefined) return undefined
  if (stalled?.status === 'True') return ready?.status === 'False' ? ready : stalled
  if (ready?.status !== 'False' || busy.includes(ready.reason ?? '')) return undefined
  return lasted(ready.lastTransitionTime, view.now, graceSeconds) ? ready : undefined
}

const sourceHint = (view: ClusterView, source: ObjectRef | undefined, condition: Condition): string => {
  if (
    source === undefined ||
    view.find(source) !== undefined ||
    !view.complete(source.kind) ||
    !/not found/i.test(condition.message ?? '')
  )
    return ''
  const near = nearestName(
    source.name,
    view.list(source.kind).map((one) => one.metadata.name),
  )
  return near === undefined ? '' : `; did you mean ${source.kind} ${near}?`
}

const fixFor = (object: KubeObject, condition: Condition): string => {
  const text = condition.message ?? ''
  if (/authentication|unauthorized|permission denied|401|403|credentials/i.test(text))
    return 'Renew the credentials in the Secret that spec.secretRef names.'
  if (
    /couldn't find remote ref|unable to resolve|no '.*' chart with version|reference not found|no chart version/i.test(
      text,
    )
  )
    return 'Correct the branch, tag or version: it does not exist in the source.'
  if (/kustomize build|kustomization path not found|decoding|yaml/i.test(text))
    return 'Correct the path or the manifests in Git (flux build kustomization …).'
  if (/dry-run failed|is invalid|forbidden|immutable/i.test(text))
    return 'Correct the manifest that the message names, in Git.'
  if (/health check|timeout waiting/i.test(text))
    return 'Repair the workload that did not become ready; Flux tries again by itself.'
  return `flux reconcile ${object.kind.toLowerCase()} ${object.metadata.name} -n ${object.metadata.namespace ?? ''} (after the correction)`
}

const check = (view: ClusterView, object: KubeObject): Finding | undefined => {
  const condition = failing(view, object)
  if (condition === undefined) return undefined
  const ref = refOf(object)
  const text = condition.message ?? ''
  const source = sourceRef(object)
  const broken = source === undefined ? undefined : view.find(source)
  const sourceFails = broken !== undefined && failing(view, broken) !== undefined
  const waits = condition.reason === 'DependencyNotReady'
  const space = textAt(object, 'spec', 'targetNamespace') ?? object.metadata.namespace
  const hooks = failedHooks(text, space)
  const unhealthy = hooks.length > 0 || /health check|timeout waiting|not ready|InProgress|context deadline/i.test(text)
  const named = [...namedObjects(text, space), ...hooks]
  const event = view.eventsFor(ref).findLast((one) => one.type === 'Warning')
  return {
    code: 'flux-reconcile-failed',
    severity: 'critical',
    object: ref,
    summary: `Flux ${object.kind} ${object.metadata.name} fails (${condition.reason ?? ''}): ${short(text, 240)}${sourceHint(view, source, condition)}`,
    evidence: [
      observe(
        'status',
        ref,
        `${condition.type ?? ''} is ${condition.status ?? ''} (${condition.reason ?? ''}): ${text}`,
        condition.lastTransitionTime,
      ),
      ...(event === undefined
        ? []
        : [observe('event', ref, `${event.reason ?? ''}: ${event.note ?? ''}`, event.lastSeen)]),
    ],
    confidence: 0.95,
    affects: unhealthy ? [] : named,
    ...(condition.lastTransitionTime === undefined ? {} : { since: condition.lastTransitionTime }),
    ...(sourceFails || waits || (unhealthy && named.length > 0) ? { symptom: true } : {}),
    dependsOn: [
      ...(source === undefined ? [] : [source]),
      ...(waits ? dependencies(object) : []),
      ...(unhealthy ? named : []),
    ],
    fix: [
      fixFor(object, condition),
      `kubectl -n ${object.metadata.namespace ?? ''} describe ${object.kind.toLowerCase()} ${object.metadata.name}`,
    ],
    facts: { reason: condition.reason ?? '' },
  }
}

/** Flux objects (sources, Kustomizations, HelmReleases) that fail to reconcile. Suspended ones are silent. */
export const analyzer: Analyzer = {
  id: 'flux',
  codes: ['flux-reconcile-failed'],
  needs: [],
  analyze: (view) =>
    kinds.flatMap(([kind, group]) => view.list(kind, group)).flatMap((object) => check(view, object) ?? []),
}
