import type { Observation } from '../domain/evidence.ts'
import type { Finding } from '../domain/finding.ts'
import { kubectl } from '../domain/kubectl.ts'
import { type Pod, refOf, type Service } from '../domain/kubernetes.ts'
import type { Dependency, Unreachable } from '../domain/log-dependency.ts'
import { quote } from '../domain/log-lines.ts'
import type { LogSign } from '../domain/log-sign.ts'
import { type ObjectRef, refText } from '../domain/object.ts'
import { observe } from '../domain/observe.ts'
import type { PodContainer } from '../domain/pod-containers.ts'
import { isPodReady } from '../domain/pod-state.ts'
import { lacksPort } from '../domain/service-port.ts'
import { count } from '../domain/words.ts'
import type { ClusterView, Workload } from '../snapshot/view.ts'
import type { Analyzer } from './analyzer.ts'
import { byWorkload, failingSince, type Group, named, podRefs, severityFor } from './reading/by-workload.ts'
import { containerFailures, isUnwellBySelf } from './reading/container-failures.ts'
import { behind, peerFromEnv, peerFromLog, type Target, targetOf } from './reading/dependency-target.ts'
import { endText } from './reading/failure-text.ts'
import { staleSource } from './reading/stale-source.ts'
import { sustainedTroubles } from './reading/sustained-troubles.ts'

/** One container that cannot reach something, by its log: it ended over it, or keeps saying so. */
type Need = {
  readonly pod: Pod
  readonly workload: Workload
  readonly unit: PodContainer
  readonly dependency: Dependency
  readonly line: string
  readonly ended?: string
  readonly times: number
  /** True where the peer stands in an earlier line of the log, as the setting that the process had read. */
  readonly heard?: true
  /** The environment variable that told the host, where the log did not. */
  readonly variable?: string
}

type DependencySign = LogSign & { readonly kind: 'dependency' }

const need = (
  view: ClusterView,
  base: Pick<Need, 'pod' | 'workload' | 'unit'>,
  sign: DependencySign,
  times: number,
  ended?: string,
  before: readonly string[] = [],
): Need => {
  const guess = sign.dependency.host === undefined ? peerFromEnv(view, base.pod, base.unit.container) : undefined
  const heard =
    guess === undefined && sign.dependency.host === undefined ? peerFromLog(view, base.pod, before) : undefined
  const dependency =
    heard !== undefined
      ? { ...heard, how: sign.dependency.how }
      : guess === undefined
        ? sign.dependency
        : { ...guess, how: sign.dependency.how }
  return {
    pod: base.pod,
    workload: base.workload,
    unit: base.unit,
    dependency,
    line: quote(sign.entry.text),
    times,
    ...(ended === undefined ? {} : { ended }),
    ...(heard === undefined ? {} : { heard: true as const }),
    ...(guess === undefined ? {} : { variable: guess.variable }),
  }
}

const needs = (view: ClusterView): readonly Need[] => [
  ...containerFailures(view).flatMap((one) =>
    one.sign?.kind === 'dependency' && (one.cause === 'dependency' || isUnwellBySelf(one))
      ? [
          need(
            view,
            one,
            one.sign,
            1,
            endText(one),
            (one.log?.entries ?? []).map((entry) => entry.text),
          ),
        ]
      : [],
  ),
  ...sustainedTroubles(view).flatMap((one) => {
    const { sign } = one
    if (sign?.kind !== 'dependency') return []
    // A ready pod says so often and lately before it counts; one that is not ready needs less.
    const enough = one.count >= (isPodReady(one.pod) ? 4 : 2)
    return enough && staleSource(view, one.pod, one.unit, sign) === undefined ? [need(view, one, sign, one.count)] : []
  }),
]

const how: Readonly<Record<Unreachable, string>> = {
  name: 'its name does not resolve',
  refused: 'the connection is refused',
  timeout: 'the connection times out',
  reset: 'the connection is cut',
  'no-route': 'there is no route to it',
  answered: 'it does not serve',
}

const peerText = ({ host, port }: Dependency): string =>
  host === undefined ? 'something it needs' : `${host}${port === undefined ? '' : `:${port}`}`

const evidenceOf = (group: Group<Need>): readonly Observation[] =>
  group.all
    .slice(0, 3)
    .flatMap((one) => [
      observe('log', refOf(one.pod), `${one.line}${one.times > 1 ? ` (${one.times} times)` : ''}`),
      ...(one.ended === undefined
        ? []
        : [observe('status', refOf(one.pod), `container ${one.unit.name} ended with ${one.ended}`)]),
      ...(one.variable === undefined
        ? []
        : [
            observe(
              'spec',
              refOf(one.pod),
              `environment variable ${one.variable} of container ${one.unit.name} names ${peerText(one.dependency)}`,
            ),
          ]),
    ])

const base = (view: ClusterView, group: Group<Need>) => {
  const since = failingSince(
    view,
    group.all.map((one) => one.pod),
    ['BackOff', 'Unhealthy', 'BackoffLimitExceeded'],
  )
  const { first } = group
  const crashed = group.all.some((one) => one.ended !== undefined)
  return {
    severity:
      crashed || !group.all.every((one) => isPodReady(one.pod))
        ? severityFor(view, group.workload)
        : ('warning' as const),
    evidence: evidenceOf(group),
    affects: [...podRefs(group.all), group.workload.ref],
    ...(since === undefined ? {} : { since }),
    facts: {
      container: first.unit.name,
      ...(first.dependency.host === undefined ? {} : { host: first.dependency.host }),
      ...(first.dependency.port === undefined ? {} : { port: first.dependency.port }),
    },
  }
}

const missingService = (
  view: ClusterView,
  group: Group<Need>,
  target: Target & { readonly kind: 'missing-service' },
): Finding => {
  const { first, workload } = group
  const { ref, near, elsewhere } = target
  const hint =
    near !== undefined
      ? `; did you mean ${near}?`
      : elsewhere === undefined
        ? ''
        : `; a Service ${ref.name} exists in namespace ${elsewhere}: ${ref.name}.${elsewhere}`
  const shared = base(view, group)
  return {
    code: 'missing-service',
    object: ref,
    summary: `${named(workload)} needs ${peerText(first.dependency)}, but there is no Service ${ref.name} in namespace ${ref.namespace ?? ''}${hint}: ${first.line}`,
    confidence: first.dependency.how === 'name' || first.dependency.how === 'answered' ? 0.88 : 0.8,
    ...shared,
    evidence: [
      ...shared.evidence,
      observe('computed', ref, `no Service ${ref.name} in namespace ${ref.namespace ?? ''}`),
    ],
    fix: [
      ...(near === undefined && elsewhere === undefined
        ? []
        : [
            `Correct the host name that ${named(workload)} is configured with (${near ?? `${ref.name}.${elsewhere ?? ''}`}): ${kubectl(workload.ref, 'edit')}`,
          ]),
      `Create the Service${first.dependency.port === undefined ? '' : ` with port ${first.dependency.port}`}, or deploy what it should stand for: kubectl -n ${ref.namespace ?? 'default'} get svc,deploy,statefulset`,
    ],
    prevention: [
      'Deploy what a workload needs before it, and check its host names against the Services of the cluster.',
    ],
    facts: { ...shared.facts, service: ref.name, ...(near === undefined ? {} : { nearestName: near }) },
  }
}

const objectFor = (workload: Workload, target: Target): ObjectRef => {
  if (target.kind === 'service') return refOf(target.service)
  return workload.ref
}

/** A Service of type ExternalName is only a name for another: that one has to exist and answer. */
const aliasText = ({ spec }: Service): string =>
  spec?.type === 'ExternalName' && spec.externalName !== undefined ? `, another name for ${spec.externalName}` : ''

const targetText = (target: Target): string => {
  switch (target.kind) {
    case 'service':
      return ` (${refText(refOf(target.service))}${aliasText(target.service)})`
    case 'pod':
      return ` (${refText(refOf(target.pod))})`
    case 'own-pod':
      return ' in its own pod'
    case 'outside':
      return ' outside the cluster'
    default:
      return ''
  }
}

const fixes = (group: Group<Need>, target: Target): readonly string[] => {
  const { pod, dependency, workload } = group.first
  const ns = pod.metadata.namespace ?? 'default'
  const peer = dependency.host ?? 'HOST'
  if (target.kind === 'service') {
    const { name, namespace = 'default' } = target.service.metadata
    return [
      `See whether anything serves it: kubectl -n ${namespace} get svc,endpointslices -l kubernetes.io/service-name=${name}; kubectl -n ${namespace} describe svc ${name}`,
      `Try from the same namespace: kubectl -n ${ns} run try --rm -it --image=busybox --restart=Never -- nc -zv ${peer} ${dependency.port ?? 'PORT'}`,
    ]
  }
  if (target.kind === 'own-pod')
    return [
      `Check the container that should listen on ${peerText(dependency)}: ${kubectl(refOf(pod), 'describe')}`,
      `If the peer runs elsewhere, configure its Service name instead of localhost: ${kubectl(workload.ref, 'edit')}`,
    ]
  return [
    `Check the name or address that ${named(workload)} is configured with: ${kubectl(workload.ref, 'edit')}`,
    dependency.how === 'name'
      ? `Look it up as the pod does: kubectl -n ${ns} run try --rm -it --image=busybox --restart=Never -- nslookup ${peer}`
      : `Try it as the pod does: kubectl -n ${ns} run try --rm -it --image=busybox --restart=Never -- nc -zv ${peer} ${dependency.port ?? 'PORT'}`,
  ]
}

const findingOf = (view: ClusterView, group: Group<Need>): Finding => {
  const { first, workload, all } = group
  const target = targetOf(view, first.pod, first.dependency, first.line)
  if (target.kind === 'missing-service') return missingService(view, group, target)
  const depends = behind(view, first.pod, target, first.dependency.how)
  // Asked at a port that the Service does not have: the client's own setting is at fault.
  const { port } = first.dependency
  const wrongPort = target.kind === 'service' && port !== undefined && lacksPort(target.service, port)
  const has = target.kind === 'service' ? (target.service.spec?.ports ?? []).flatMap((one) => one.port ?? []) : []
  const own = wrongPort && first.heard === true
  const ends =
    first.ended === undefined ? `keeps failing (${count(first.times, 'time')} in its log)` : `ends (${first.ended})`
  return {
    code: own ? 'app-config-invalid' : 'dependency-unreachable',
    object: own ? workload.ref : objectFor(workload, target),
    summary: `${named(workload)}: container ${first.unit.name} ${ends} because it cannot reach ${peerText(first.dependency)}${targetText(target)}: ${wrongPort ? `the Service has no port ${port}, only ${has.join(', ')}` : how[first.dependency.how]}${all.length > 1 ? ` (${count(podRefs(all).length, 'pod')})` : ''}: ${first.line}`,
    confidence: first.variable !== undefined ? 0.6 : first.dependency.host === undefined ? 0.6 : 0.78,
    ...base(view, group),
    ...(wrongPort && !own ? { symptom: true } : {}),
    ...(own || (depends.length === 0 && !wrongPort)
      ? {}
      : { dependsOn: wrongPort ? [...depends, workload.ref] : depends }),
    fix: fixes(group, target),
    prevention: [
      'Let start-up retry what it needs with back-off instead of ending, and alert on the dependency itself.',
    ],
  }
}

/** Processes that cannot reach what they need, by their log; the Service is named where it is in the cluster, or missing from it. */
export const analyzer: Analyzer = {
  id: 'dependency-unreachable',
  codes: ['dependency-unreachable', 'missing-service', 'app-config-invalid'],
  needs: ['pods', 'services', 'logs'],
  analyze: (view) =>
    byWorkload(needs(view), (one) => `${one.unit.name} ${one.dependency.host ?? ''}`).map((group) =>
      findingOf(view, group),
    ),
}
