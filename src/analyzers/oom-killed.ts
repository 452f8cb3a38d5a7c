import type { Observation } from '../domain/evidence.ts'
import type { Finding } from '../domain/finding.ts'
import { kubectl } from '../domain/kubectl.ts'
import { type Pod, refOf, type StateTerminated } from '../domain/kubernetes.ts'
import { leavesText } from '../domain/leaf-changes.ts'
import { observe } from '../domain/observe.ts'
import { containersOf, type PodContainer } from '../domain/pod-containers.ts'
import { isPodReady } from '../domain/pod-state.ts'
import { bytesText, parseQuantity } from '../domain/quantity.ts'
import { within } from '../domain/time.ts'
import { count } from '../domain/words.ts'
import type { ClusterView, Workload } from '../snapshot/view.ts'
import type { Analyzer } from './analyzer.ts'
import {
  byWorkload,
  failingSince,
  type Group,
  named,
  podRefs,
  rolloutChange,
  rolloutFacts,
  severityFor,
} from './reading/by-workload.ts'
import { containerFailures } from './reading/container-failures.ts'
import { unitText } from './reading/failure-text.ts'
import { memoryUse, suggestedLimit } from './reading/memory-use.ts'
import { startFailures } from './reading/start-failures.ts'

type Killed = {
  readonly pod: Pod
  readonly workload: Workload
  readonly unit: PodContainer
  readonly exit?: StateTerminated
  readonly restarts: number
  readonly told: 'status' | 'start' | 'inferred'
}

// A container that runs again after one kill: said for half an hour, because memory seldom kills once.
const survivors = (view: ClusterView, known: ReadonlySet<string>): readonly Killed[] =>
  view
    .all('Pod')
    .filter((pod) => pod.metadata.deletionTimestamp === undefined && pod.status?.phase !== 'Succeeded')
    .flatMap((pod) =>
      containersOf(pod).flatMap((unit) => {
        const exit = unit.status?.lastState?.terminated
        if (
          exit?.reason !== 'OOMKilled' ||
          unit.status?.state?.running === undefined ||
          !within(exit.finishedAt, view.now, 1800)
        )
          return []
        if (known.has(`${pod.metadata.namespace}/${pod.metadata.name}/${unit.name}`)) return []
        return [
          {
            pod,
            workload: view.workloadOf(pod),
            unit,
            exit,
            restarts: unit.status.restartCount ?? 1,
            told: 'status' as const,
          },
        ]
      }),
    )

const killed = (view: ClusterView): readonly Killed[] => {
  const failures = containerFailures(view).filter((one) => one.cause === 'oom')
  const known = new Set(
    failures.map((one) => `${one.pod.metadata.namespace}/${one.pod.metadata.name}/${one.unit.name}`),
  )
  return [
    ...failures.map(({ pod, workload, unit, exit, restarts }) => ({
      pod,
      workload,
      unit,
      restarts,
      told: exit?.reason === 'OOMKilled' ? ('status' as const) : ('inferred' as const),
      ...(exit === undefined ? {} : { exit }),
    })),
    ...startFailures(view)
      .filter((one) => one.problem.kind === 'out-of-memory')
      .map(({ pod, workload, unit }) => ({
        pod,
        workload,
        unit,
        restarts: unit.status?.restartCount ?? 0,
        told: 'start' as const,
      })),
    ...survivors(view, known),
  ]
}

const useText = (
  view: ClusterView,
  one: Killed,
): { readonly text: string; readonly shape?: string; readonly peak?: number } => {
  const use = memoryUse(view, one.pod, one.unit.name)
  if (use.peak === undefined) return { text: '' }
  const peak = `; use peaked at ${bytesText(use.peak)}`
  const shape =
    use.shape === 'leak'
      ? `, growing steadily for ${Math.round(use.minutes ?? 0)} min (a leak, or a cache without bound)`
      : use.shape === 'spike'
        ? ', right after the start (a start-up spike)'
        : ''
  return { text: `${peak}${shape}`, peak: use.peak, ...(use.shape === undefined ? {} : { shape: use.shape }) }
}

const evidenceOf = (view: ClusterView, group: Group<Killed>, text: string): readonly Observation[] => [
  ...group.all
    .slice(0, 3)
    .map((one) =>
      observe(
        'status',
        refOf(one.pod),
        `${unitText(one.unit)}: ${one.told === 'start' ? 'its init process was OOM-killed at start' : `terminated with ${one.exit?.reason ?? 'SIGKILL'}, exit code ${one.exit?.exitCode ?? 137}`}, ${count(one.restarts, 'restart')}`,
        one.exit?.finishedAt,
      ),
    ),
  observe(
    'spec',
    refOf(group.first.pod),
    `resources of ${group.first.unit.name}: ${leavesText(group.first.unit.container?.resources)}`,
  ),
  ...(text === ''
    ? []
    : [observe('metric', refOf(group.first.pod), `memory working set of ${group.first.unit.name}${text}`, view.now)]),
]

const findingOf = (view: ClusterView, group: Group<Killed>): Finding => {
  const { first, workload, all } = group
  const resources = first.unit.container?.resources
  const limitText = resources?.limits?.['memory']
  const limit = parseQuantity(limitText)
  const use = useText(view, first)
  const suggested = limit === undefined ? undefined : suggestedLimit(limit, use.peak)
  const since = failingSince(
    view,
    all.map((one) => one.pod),
    ['BackOff', 'OOMKilling'],
  )
  const change = rolloutChange(view, workload, first.unit.name, ['resources', 'image', 'args', 'env'])
  const node = first.pod.spec?.nodeName
  const recovered = all.every((one) => isPodReady(one.pod)) && all.every((one) => one.restarts < 3)
  const against =
    limitText === undefined
      ? 'it has no memory limit, so the node itself ran out of memory'
      : `its memory limit is ${limitText}`
  return {
    code: 'oom-killed',
    severity: recovered ? 'warning' : severityFor(view, workload),
    object: workload.ref,
    summary: `${named(workload)}: ${unitText(first.unit)} is OOMKilled (out of memory; ${count(Math.max(...all.map((one) => one.restarts)), 'restart')}${all.length > 1 ? `, ${count(podRefs(all).length, 'pod')}` : ''}): ${against}${use.text}`,
    evidence: evidenceOf(view, group, use.text),
    confidence: first.told === 'inferred' ? 0.7 : 0.97,
    affects: podRefs(all),
    ...(since === undefined ? {} : { since }),
    ...(limitText === undefined && node !== undefined
      ? { dependsOn: [{ apiVersion: 'v1', kind: 'Node', name: node }] }
      : {}),
    ...(change === undefined ? {} : { change }),
    fix: [
      ...(suggested === undefined
        ? [
            `Give it a memory request and limit that fit its use: ${kubectl(workload.ref, 'set resources', `-c ${first.unit.name} --requests=memory=AMOUNT --limits=memory=AMOUNT`)}`,
          ]
        : [
            `Raise the memory limit to ${suggested}: ${kubectl(workload.ref, 'set resources', `-c ${first.unit.name} --limits=memory=${suggested}`)}`,
          ]),
      use.shape === 'leak'
        ? 'A leak comes back with any limit: take a heap profile of a pod that has run for a while.'
        : 'Check that the runtime heap (JVM, Node.js, Go GOMEMLIMIT) is set below the limit.',
    ],
    prevention: ['Set memory limits from the measured peak of two weeks plus 15 %, and alert at 90 % of the limit.'],
    facts: {
      container: first.unit.name,
      restarts: Math.max(...all.map((one) => one.restarts)),
      ...(limitText === undefined ? {} : { memoryLimit: limitText }),
      ...(suggested === undefined ? {} : { suggestedMemoryLimit: suggested }),
      ...(resources?.requests?.['memory'] === undefined ? {} : { memoryRequest: resources.requests['memory'] }),
      ...(use.shape === undefined ? {} : { shape: use.shape }),
      ...(node === undefined ? {} : { node }),
      ...rolloutFacts(view, workload, first.unit.name),
    },
  }
}

/** Containers that the kernel killed for memory, in their state or between back-offs; limit against use, leak and spike told apart. */
export const analyzer: Analyzer = {
  id: 'oom-killed',
  codes: ['oom-killed'],
  needs: ['pods'],
  analyze: (view) => byWorkload(killed(view), (one) => one.unit.name).map((group) => findingOf(view, group)),
}
