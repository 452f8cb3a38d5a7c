import type { Finding } from '../domain/finding.ts'
import { kubectl } from '../domain/kubectl.ts'
import { refOf } from '../domain/kubernetes.ts'
import { quote } from '../domain/log-lines.ts'
import type { ObjectRef } from '../domain/object.ts'
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
import { isServer, refusedClients } from './reading/refused-clients.ts'
import { staleSource } from './reading/stale-source.ts'
import { type SustainedTrouble, sustainedTroubles } from './reading/sustained-troubles.ts'

/** Signs that have a code and a check of their own while a container runs. */
const elsewhere = new Set<string>(['dependency', 'forbidden', 'certificate'])

/** A full disk is that of a claim, where the pod has one; else it is the container's own. */
const isOfClaim = ({ pod, sign }: SustainedTrouble): boolean =>
  sign?.kind === 'disk-full' && (pod.spec?.volumes ?? []).some((one) => one.persistentVolumeClaim !== undefined)

/** Errors enough to be a burst: many, or most of what a log says; one line, or a trickle among much, is not. */
const isBurst = (one: SustainedTrouble, alerted: boolean): boolean => {
  const share = one.count / Math.max(1, one.entries)
  const loud = one.entry.level === 'error' || one.entry.level === 'fatal' || one.entry.trace
  if (isOfClaim(one) || (one.sign !== undefined && elsewhere.has(one.sign.kind))) return false
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

/** A caller that passes on what it was told has no trouble of its own: `rpc error: code = Unknown desc = …`. */
const passedOn =
  /rpc error: code = (?!Unauthenticated|PermissionDenied)|code = (?:Unknown|Internal|Unavailable) desc = /

const flagNamed = (text: string): string | undefined => /feature ?flag[^:]{0,30}: ?['"]?([\w.-]{3,80})/i.exec(text)?.[1]

const ownCredentials = (one: SustainedTrouble): boolean =>
  one.sign?.kind === 'credentials' && !passedOn.test(one.entry.text) && flagNamed(one.entry.text) === undefined

const credentialsNote = (one: SustainedTrouble): string =>
  /shared memory|\/dev\/shm/.test(one.entry.text)
    ? ' (/dev/shm of the pod is full: it is 64 MiB unless an emptyDir with medium Memory is mounted there)'
    : flagNamed(one.entry.text) !== undefined
      ? ` (feature flag ${flagNamed(one.entry.text)} is on)`
      : ownCredentials(one)
        ? ' (its credentials are refused)'
        : one.sign?.kind === 'permission'
          ? ' (it is denied access)'
          : ''

/** What a server says of those whom it refuses. */
const refusal =
  /(?:database|role|user) "?[\w.-]{1,80}"? does not exist|no pg_hba\.conf entry|auth(?:entication|orization) (?:failed|failure|error)|not authorized|access denied|unauthorized/i

/** The length of the longest stretch that two messages share. */
const sharedText = (a: string, b: string): number => {
  const [x, y] = [a.slice(0, 400), b.slice(0, 400)]
  let [longest, row] = [0, new Uint16Array(y.length + 1)]
  for (let i = 1; i <= x.length; i++) {
    const next = new Uint16Array(y.length + 1)
    for (let j = 1; j <= y.length; j++) {
      next[j] = x[i - 1] === y[j - 1] ? (row[j - 1] ?? 0) + 1 : 0
      longest = Math.max(longest, next[j] ?? 0)
    }
    row = next
  }
  return longest
}

/** The end that two messages share, where it is long enough to be one and the same message. */
const sameEnd = (a: string, b: string): boolean => {
  const [x, y] = [a.replace(/\W+$/, ''), b.replace(/\W+$/, '')]
  let length = 0
  while (length < Math.min(x.length, y.length) && x.at(-1 - length) === y.at(-1 - length)) length++
  return length >= 30
}

/** The workloads of the namespace whose error this one only passes on: a callee's, or a data store's about its statements. */
const originsOf = (one: SustainedTrouble, bursts: readonly SustainedTrouble[]): readonly ObjectRef[] =>
  passedOn.test(one.entry.text)
    ? bursts
        .filter(
          (other) =>
            other.workload !== one.workload &&
            other.workload.ref.namespace === one.workload.ref.namespace &&
            !passedOn.test(other.entry.text) &&
            sameEnd(one.entry.text, other.entry.text),
        )
        .map((other) => other.workload.ref)
    : bursts
        .filter(
          (other) =>
            other.workload !== one.workload &&
            other.workload.ref.namespace === one.workload.ref.namespace &&
            isServer(other.pod) &&
            !isServer(one.pod) &&
            sharedText(one.entry.text, other.entry.text) >= 30,
        )
        .map((other) => other.workload.ref)

/** What a running process cannot parse may be any input; it is a setting where a setting or a file is named. */
const isOfConfig = (sign: SustainedTrouble['sign']): boolean =>
  sign?.kind === 'config' && !(sign.problem.kind === 'file' && sign.problem.name === undefined)

const findingOf = (view: ClusterView, group: Group<SustainedTrouble>, bursts: readonly SustainedTrouble[]): Finding => {
  const worst = [...group.all].sort((a, b) => b.count - a.count)[0] ?? group.first
  const { workload } = group
  const pods = podRefs(group.all)
  const others = group.all.filter((one) => one !== worst && one.entry.text !== worst.entry.text).slice(0, 2)
  const ready = group.all.every((one) => isPodReady(one.pod))
  const change = rolloutChange(view, workload, worst.unit.name, ['image', 'args', 'env'])
  const at = worst.entry.at
  const clients =
    worst.sign?.kind === 'credentials' || refusal.test(worst.entry.text)
      ? refusedClients(view, worst.pod, workload)
      : []
  const behind = [...clients, ...originsOf(worst, bursts)]
  return {
    code:
      clients.length === 0 && (isOfConfig(worst.sign) || ownCredentials(worst)) ? 'app-config-invalid' : 'app-errors',
    ...(clients.length > 0 ? { symptom: true } : {}),
    ...(behind.length === 0 ? {} : { dependsOn: behind }),
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
    return byWorkload(bursts, (one) => one.unit.name).map((group) => findingOf(view, group, bursts))
  },
}
