import type { Finding } from '../domain/finding.ts'
import { kubectl } from '../domain/kubectl.ts'
import { refOf } from '../domain/kubernetes.ts'
import { quote } from '../domain/log-lines.ts'
import { observe } from '../domain/observe.ts'
import { isPodReady } from '../domain/pod-state.ts'
import { timeOf } from '../domain/time.ts'
import { count } from '../domain/words.ts'
import type { ClusterView } from '../snapshot/view.ts'
import type { Analyzer } from './analyzer.ts'
import {
  byWorkload,
  type Group,
  named,
  podRefs,
  rolloutChange,
  rolloutFacts,
  severityFor,
} from './reading/by-workload.ts'
import { containerFailures } from './reading/container-failures.ts'
import { staleSource } from './reading/stale-source.ts'
import { type SustainedTrouble, sustainedTroubles } from './reading/sustained-troubles.ts'

/** Signs that have a code and a check of their own while a container runs. */
const elsewhere = new Set<string>(['dependency', 'forbidden', 'certificate', 'disk-full'])

/** Errors enough to be a burst: many, or most of what a log says; one line, or a trickle among much, is not. */
const isBurst = (one: SustainedTrouble, alerted: boolean): boolean => {
  const share = one.count / Math.max(1, one.entries)
  const loud = one.entry.level === 'error' || one.entry.level === 'fatal' || one.entry.trace
  if (one.sign !== undefined && elsewhere.has(one.sign.kind)) return false
  if (alerted && loud) return true
  if (!isPodReady(one.pod)) return one.count >= 3 && (loud || share >= 0.3)
  if (loud) return (one.count >= 5 && share >= 0.2) || (one.count >= 20 && share >= 0.05)
  return one.count >= 8 && share >= 0.4
}

/** Whether somebody is alerted for just this workload: then fewer errors are enough. */
const isAlerted = (view: ClusterView, { pod, workload }: SustainedTrouble): boolean =>
  view.alerts.some((alert) => {
    if (alert.status === 'resolved' || (alert.labels['namespace'] ?? workload.ref.namespace) !== workload.ref.namespace)
      return false
    const names = ['pod', 'deployment', 'statefulset', 'daemonset', 'workload', 'service', 'app', 'job'].map(
      (key) => alert.labels[key],
    )
    return (
      names.includes(workload.ref.name) ||
      names.includes(pod.metadata.name) ||
      alert.workload?.name === workload.ref.name
    )
  })

const rateOf = (one: SustainedTrouble): string => {
  const share = Math.round((100 * one.count) / Math.max(1, one.entries))
  return `${count(one.count, 'time')}, ${share} % of ${count(one.entries, 'log entry', 'log entries')}`
}

const credentialsNote = (one: SustainedTrouble): string =>
  one.sign?.kind === 'credentials'
    ? ' (its credentials are refused)'
    : one.sign?.kind === 'permission'
      ? ' (it is denied access)'
      : ''

const findingOf = (view: ClusterView, group: Group<SustainedTrouble>): Finding => {
  const worst = [...group.all].sort((a, b) => b.count - a.count)[0] ?? group.first
  const { workload } = group
  const pods = podRefs(group.all)
  const others = group.all.filter((one) => one !== worst && one.entry.text !== worst.entry.text).slice(0, 2)
  const ready = group.all.every((one) => isPodReady(one.pod))
  const change = rolloutChange(view, workload, worst.unit.name, ['image', 'args', 'env'])
  const at = worst.entry.at
  return {
    code: worst.sign?.kind === 'config' || worst.sign?.kind === 'credentials' ? 'app-config-invalid' : 'app-errors',
    severity: ready ? 'warning' : severityFor(view, workload),
    object: workload.ref,
    summary: `${named(workload)}: container ${worst.unit.name} runs but keeps logging errors${credentialsNote(worst)} (${rateOf(worst)}${pods.length > 1 ? `, ${count(pods.length, 'pod')}` : ''}): ${quote(worst.entry.text)}`,
    evidence: [worst, ...others].map((one) =>
      observe(
        'log',
        refOf(one.pod),
        `${quote(one.entry.text, 300)} (${rateOf(one)})`,
        timeOf(at) === undefined ? undefined : at,
      ),
    ),
    confidence: worst.entry.level === 'error' || worst.entry.level === 'fatal' || worst.entry.trace ? 0.7 : 0.55,
    affects: pods,
    ...(change === undefined ? {} : { change }),
    fix: [
      `Read the log around the first of them: ${kubectl(refOf(worst.pod), 'logs', `-c ${worst.unit.name} --since=1h`)}`,
      ...(change === undefined
        ? []
        : [`If they began with the last rollout: ${kubectl(workload.ref, 'rollout undo')}`]),
    ],
    prevention: ['Alert on the rate of errors (logs or a counter), not on single lines.'],
    facts: { container: worst.unit.name, errors: worst.count, ...rolloutFacts(view, workload, worst.unit.name) },
  }
}

/** Running containers whose log keeps telling of errors, by rate and pattern. Failing containers and errors with a code of their own are left out. */
export const analyzer: Analyzer = {
  id: 'app-errors',
  codes: ['app-errors', 'app-config-invalid'],
  needs: ['pods', 'logs'],
  analyze: (view) => {
    const failing = new Set(
      containerFailures(view).map((one) => `${one.pod.metadata.namespace}/${one.pod.metadata.name}/${one.unit.name}`),
    )
    const bursts = sustainedTroubles(view).filter(
      (one) =>
        isBurst(one, isAlerted(view, one)) &&
        !failing.has(`${one.pod.metadata.namespace}/${one.pod.metadata.name}/${one.unit.name}`) &&
        staleSource(view, one.pod, one.unit, one.sign) === undefined,
    )
    return byWorkload(bursts, (one) => one.unit.name).map((group) => findingOf(view, group))
  },
}
