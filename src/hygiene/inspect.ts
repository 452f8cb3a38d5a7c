import type { HygieneFinding, HygieneReport } from '../domain/hygiene.ts'
import { type KindMap, type KubeObject, refOf } from '../domain/kubernetes.ts'
import { compareRefs, type ObjectRef } from '../domain/object.ts'
import { redact } from '../domain/redact.ts'
import type { ClusterView } from '../snapshot/view.ts'
import type { Check } from './check.ts'
import { judged } from './reading/specs.ts'
import { isBuiltIn, isKept, isReadOtherwise, isSystemNamespace } from './reading/system.ts'
import { countedKinds, placeOf, scoreOf } from './score.ts'

/** An object or its whole namespace is left alone by some checks (comma-separated ids) or by all (`*`). */
export const ignoreAnnotation = 'clusterdoctor.dev/hygiene-ignore'

/** What to inspect: one namespace (a system one too), or all but the system's. */
export type InspectOptions = { readonly checks: readonly Check[]; readonly namespace?: string }

/**
 * What could hurt one day: pure, equal input gives equal output. Never mixed with what is broken now, and a check whose kinds
 * were not read is named in `notJudged`, never taken for clean.
 */
export const inspect = (view: ClusterView, { checks, namespace }: InspectOptions): HygieneReport => {
  const notJudged: { check: string; reason: string }[] = []
  const findings: HygieneFinding[] = []
  for (const check of checks) {
    const missing = unreadBy(check, view)
    if (missing.length > 0) {
      notJudged.push({ check: check.id, reason: `not read: ${missing.join(', ')}` })
      continue
    }
    try {
      for (const said of check.look(view)) findings.push({ check: check.id, ...said, summary: redact(said.summary) })
    } catch (error) {
      notJudged.push({
        check: check.id,
        reason: `failed: ${error instanceof Error ? error.message.slice(0, 120) : '?'}`,
      })
    }
  }
  const inScope = (ref: ObjectRef): boolean =>
    namespace === undefined ? !isSystemNamespace(placeOf(ref)) : placeOf(ref) === namespace
  const shown = findings
    .filter(({ check, object }) => inScope(object) && !isIgnored(view, check, object))
    .toSorted(compareFindings)
  const objects = counted(view).filter(inScope)
  const total = scoreOf(objects, shown)
  return {
    version: 1,
    cluster: view.cluster,
    at: view.now,
    ...(total === undefined ? {} : { total }),
    namespaces: byNamespace(objects, shown),
    findings: shown,
    notJudged,
    unavailable: view.coverage.unavailable,
  }
}

/** The kinds that a check cannot do without and that were not, or not wholly, read. */
const unreadBy = ({ reads, needs = [], needsCustom }: Check, view: ClusterView): readonly string[] => {
  const unread = (kind: keyof KindMap) => view.coverage.unavailable.some(({ source }) => source === pluralOf(kind))
  const unseen = (kind: keyof KindMap) => view.presence(kind, undefined, ' ') !== 'absent'
  // Kubernetes' own further groups (metrics) name no ConfigMaps; those of other makers do.
  const custom = view.coverage.unavailable
    .map(({ source }) => source)
    .filter((source) => source === 'custom resources' || (source.includes('.') && !source.endsWith('k8s.io')))
  return [
    ...new Set([...reads, ...needs].filter(unread).concat(needs.filter(unseen))),
    ...(needsCustom === true ? custom.slice(0, 3) : []),
  ]
}

const pluralOf = (kind: string): string => {
  const lower = kind.toLowerCase()
  return lower.endsWith('y') ? `${lower.slice(0, -1)}ies` : lower.endsWith('s') ? `${lower}es` : `${lower}s`
}

const isIgnored = (view: ClusterView, check: string, ref: ObjectRef): boolean => {
  const own = view.find(ref)?.metadata.annotations?.[ignoreAnnotation]
  const whole =
    ref.namespace === undefined
      ? undefined
      : view.get('Namespace', undefined, ref.namespace)?.metadata.annotations?.[ignoreAnnotation]
  return [own, whole].some((text) => (text ?? '').split(',').some((id) => ['*', 'true', check].includes(id.trim())))
}

/** The objects whose share the score is: those that a person keeps. */
const counted = (view: ClusterView): readonly ObjectRef[] => [
  ...judged(view).map(({ ref }) => ref),
  ...countedKinds
    .filter((kind) => !workloadKinds.has(kind))
    .flatMap((kind) => view.list(kind).filter(isCounted).map(refOf)),
]

const workloadKinds = new Set(['Deployment', 'StatefulSet', 'DaemonSet', 'Rollout', 'CronJob', 'Job', 'Pod'])

const isCounted = (object: KubeObject): boolean =>
  !isBuiltIn(object) &&
  !isKept(object) &&
  !((object.kind === 'ConfigMap' || object.kind === 'Secret') && isReadOtherwise(object)) &&
  !(object.kind === 'ServiceAccount' && object.metadata.name === 'default') &&
  !(object.kind === 'Service' && object.metadata.name === 'kubernetes' && object.metadata.namespace === 'default')

const byNamespace = (
  objects: readonly ObjectRef[],
  findings: readonly HygieneFinding[],
): HygieneReport['namespaces'] => {
  const names = [...new Set([...objects.map(placeOf), ...findings.map(({ object }) => placeOf(object))])].sort()
  return names.flatMap((namespace) => {
    const score = scoreOf(
      objects.filter((ref) => placeOf(ref) === namespace),
      findings.filter(({ object }) => placeOf(object) === namespace),
    )
    return score === undefined ? [] : [{ namespace, ...score }]
  })
}

const compareFindings = (a: HygieneFinding, b: HygieneFinding): number =>
  (a.severity === b.severity ? 0 : a.severity === 'warn' ? -1 : 1) ||
  (a.check < b.check ? -1 : a.check > b.check ? 1 : 0) ||
  compareRefs(a.object, b.object) ||
  (a.summary < b.summary ? -1 : a.summary > b.summary ? 1 : 0)
