import { conditionOf } from '../domain/at.ts'
import type { Finding } from '../domain/finding.ts'
import { kubectl } from '../domain/kubectl.ts'
import { type Pod, refOf } from '../domain/kubernetes.ts'
import { decidingSign, type LogSign } from '../domain/log-sign.ts'
import type { ObjectRef } from '../domain/object.ts'
import { observe, observeEvent } from '../domain/observe.ts'
import { probeAllowance, probeFailure, probePort, probeText } from '../domain/probe.ts'
import { lasted } from '../domain/time.ts'
import { count, short } from '../domain/words.ts'
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
import { behind, targetOf } from './reading/dependency-target.ts'
import { listeningPorts } from './reading/listening-ports.ts'
import { currentLog, digestOf, endedLog } from './reading/logs.ts'
import { type ProbeTrouble, probeTroubles } from './reading/probe-troubles.ts'

type Why = { readonly text: string; readonly fix: string; readonly suggestedPort?: number; readonly sure: boolean }

/** The port that the process really serves, where log, other probes or the declaration tell of one that the probe does not ask. */
const servedPort = (
  view: ClusterView,
  one: ProbeTrouble,
  asked: number,
): { readonly port: number; readonly proof: string } | undefined => {
  const { logged, declared } = listeningPorts(view, one.pod)
  if (logged.some(({ port }) => port === asked)) return undefined
  const [heard] = logged
  if (heard !== undefined) return { port: heard.port, proof: `its log says "${short(heard.line, 80)}"` }
  const own = (one.unit.container?.ports ?? []).flatMap((port) => port.containerPort ?? [])
  const others = own.length > 0 ? own : declared
  if (others.includes(asked)) return undefined
  const [first] = others
  return first === undefined ? undefined : { port: first, proof: `the container declares port ${others.join(', ')}` }
}

const refused = (view: ClusterView, one: ProbeTrouble, asked: number | undefined, edit: string): Why => {
  const served = asked === undefined ? undefined : servedPort(view, one, asked)
  if (served !== undefined) {
    return {
      text: `nothing listens on port ${asked}: ${served.proof}`,
      fix: `Let the ${one.which} probe ask port ${served.port}: ${edit}`,
      suggestedPort: served.port,
      sure: true,
    }
  }
  const allowance = probeAllowance(one.probe)
  const early = one.which !== 'readiness' && one.unit.container?.startupProbe === undefined
  return {
    text: `nothing listens there${early ? `; it has ${allowance} s from its start before it is killed, which a slow start does not make` : ' (yet)'}`,
    fix: early
      ? `Give a slow start time with a startupProbe (failureThreshold × periodSeconds above the longest start): ${edit}`
      : `See what the process does instead of listening: ${kubectl(refOf(one.pod), 'logs', `-c ${one.unit.name}`)}`,
    sure: false,
  }
}

/** What an HTTP answer other than success says about a probe. */
const answered = (one: ProbeTrouble, status: number, edit: string): Why => {
  const { container } = one.unit
  const path = one.probe?.httpGet?.path ?? '/'
  if (status === 404) {
    const other =
      one.which === 'readiness' ? container?.livenessProbe?.httpGet?.path : container?.readinessProbe?.httpGet?.path
    return {
      text: `path ${path} does not exist (404)${other === undefined || other === path ? '' : `; the other probe asks ${other}`}`,
      fix: `Set httpGet.path to one that the process serves: ${edit}`,
      sure: true,
    }
  }
  if (status === 401 || status === 403)
    return {
      text: `path ${path} wants authentication (${status})`,
      fix: `Probe a path that needs no login: ${edit}`,
      sure: true,
    }
  if (status >= 300 && status < 500)
    return {
      text: `path ${path} answers ${status}`,
      fix: `Probe a path that answers 200, with the scheme (HTTP or HTTPS) that the process speaks: ${edit}`,
      sure: true,
    }
  return {
    text: `the process itself says that it is not well (${status} on ${path})`,
    fix: `Read why in its log: ${kubectl(refOf(one.pod), 'logs', `-c ${one.unit.name}`)}`,
    sure: false,
  }
}

const why = (view: ClusterView, one: ProbeTrouble): Why => {
  const { container } = one.unit
  const { port, undeclared } = probePort(container, one.probe)
  const edit = kubectl(one.workload.ref, 'edit')
  const failure = one.event === undefined ? undefined : probeFailure(one.event.note ?? '')
  if (undeclared !== undefined)
    return {
      text: `it names port ${undeclared}, which the container does not declare`,
      fix: `Declare the port name ${undeclared}, or use the number: ${edit}`,
      sure: true,
    }
  switch (failure?.kind) {
    case 'refused':
      return refused(view, one, port, edit)
    case 'status':
      return answered(one, failure.status ?? 0, edit)
    case 'timeout':
      return {
        text: `it does not answer within ${one.probe?.timeoutSeconds ?? 1} s`,
        fix: `Raise timeoutSeconds, and look at CPU limits and what the process waits for: ${edit}`,
        sure: false,
      }
    case 'exec':
    case 'grpc':
      return {
        text:
          short((one.event?.note ?? '').replace(/^\w+ probe (?:failed|errored)[^:]*: ?/i, ''), 120) ||
          'its command fails',
        fix: `Run it by hand: ${kubectl(refOf(one.pod), 'exec', `-c ${one.unit.name} -- ${(one.probe?.exec?.command ?? ['COMMAND']).join(' ')}`)}`,
        sure: false,
      }
    default:
      return {
        text: one.event === undefined ? 'it has not succeeded since the start' : short(one.event.note ?? '', 120),
        fix: `See the kubelet's words: ${kubectl(refOf(one.pod), 'describe')}`,
        sure: false,
      }
  }
}

const signFor = (view: ClusterView, one: ProbeTrouble): LogSign | undefined => {
  const log =
    one.which === 'readiness'
      ? currentLog(view, one.pod, one.unit.name)
      : (endedLog(view, one.pod, one.unit.name, true) ?? currentLog(view, one.pod, one.unit.name))
  return log === undefined ? undefined : decidingSign(digestOf(log))
}

const codes = {
  liveness: 'liveness-probe-failing',
  readiness: 'readiness-probe-failing',
  startup: 'startup-probe-failing',
} as const

const effect = (one: ProbeTrouble): string =>
  one.which === 'readiness' ? 'runs but is never ready' : `is killed by the kubelet (${count(one.restarts, 'restart')})`

const findingOf = (view: ClusterView, group: Group<ProbeTrouble>): Finding => {
  const { first, workload, all } = group
  const told = why(view, first)
  const sign = told.sure ? undefined : signFor(view, first)
  const depends: readonly ObjectRef[] =
    sign?.kind === 'dependency'
      ? behind(view, first.pod, targetOf(view, first.pod, sign.dependency, sign.entry.text), sign.dependency.how)
      : []
  const explained =
    sign !== undefined &&
    (sign.kind === 'dependency' ||
      sign.kind === 'credentials' ||
      sign.kind === 'certificate' ||
      sign.kind === 'config' ||
      sign.kind === 'forbidden')
  const since = failingSince(
    view,
    all.map((one) => one.pod),
    ['Unhealthy', 'Killing'],
  )
  const change = rolloutChange(view, workload, first.unit.name, [`${first.which}Probe`, 'image', 'args', 'env'])
  const asked = probePort(first.unit.container, first.probe).port
  return {
    code: codes[first.which],
    severity: severityFor(view, workload),
    object: workload.ref,
    summary: `${named(workload)}: container ${first.unit.name} ${effect(first)}: its ${first.which} probe (${probeText(first.unit.container, first.probe)}) fails: ${told.text}${all.length > 1 ? ` (${count(podRefs(all).length, 'pod')})` : ''}`,
    evidence: [
      ...all.slice(0, 3).flatMap((one) => (one.event === undefined ? [] : [observeEvent(refOf(one.pod), one.event)])),
      observe(
        'status',
        refOf(first.pod),
        `container ${first.unit.name}: ready ${String(first.unit.status?.ready ?? false)}, ${count(first.restarts, 'restart')}`,
      ),
      ...(sign === undefined ? [] : [observe('log', refOf(first.pod), sign.entry.text)]),
    ],
    confidence: told.sure ? 0.9 : first.event === undefined ? 0.65 : 0.8,
    affects: podRefs(all),
    ...(since === undefined ? {} : { since }),
    ...(explained ? { symptom: true } : {}),
    ...(depends.length === 0 ? {} : { dependsOn: depends }),
    ...(change === undefined ? {} : { change }),
    fix: [told.fix, ...(change === undefined ? [] : [`Or go back: ${kubectl(workload.ref, 'rollout undo')}`])],
    prevention: [
      'Use a startupProbe for slow starts, keep liveness free of dependencies, and test probes in CI with the real image.',
    ],
    facts: {
      container: first.unit.name,
      probe: first.which,
      ...(asked === undefined ? {} : { port: asked }),
      ...(told.suggestedPort === undefined ? {} : { suggestedPort: told.suggestedPort }),
      ...rolloutFacts(view, workload, first.unit.name),
    },
  }
}

type Gated = { readonly pod: Pod; readonly workload: Workload; readonly gate: string; readonly since?: string }

// Containers are ready, but a readiness gate that something outside should set is not True.
const gated = (view: ClusterView): readonly Gated[] =>
  view.all('Pod').flatMap((pod) => {
    const ready = conditionOf(pod.status?.conditions, 'Ready')
    if (
      pod.metadata.deletionTimestamp !== undefined ||
      ready?.reason !== 'ReadinessGatesNotReady' ||
      !lasted(ready.lastTransitionTime, view.now, 300)
    )
      return []
    const gate = (pod.spec?.readinessGates ?? [])
      .flatMap((one) => one.conditionType ?? [])
      .find((type) => conditionOf(pod.status?.conditions, type)?.status !== 'True')
    return gate === undefined
      ? []
      : [
          {
            pod,
            workload: view.workloadOf(pod),
            gate,
            ...(ready.lastTransitionTime === undefined ? {} : { since: ready.lastTransitionTime }),
          },
        ]
  })

const gateFinding = (view: ClusterView, group: Group<Gated>): Finding => ({
  code: 'readiness-probe-failing',
  severity: severityFor(view, group.workload),
  object: group.workload.ref,
  summary: `${named(group.workload)}: ${count(group.all.length, 'pod')} not ready: readiness gate ${group.first.gate} is not True, though all containers are ready`,
  evidence: [
    observe(
      'status',
      refOf(group.first.pod),
      `Ready is False (ReadinessGatesNotReady); condition ${group.first.gate}: ${conditionOf(group.first.pod.status?.conditions, group.first.gate)?.message ?? 'not set'}`,
      group.first.since,
    ),
  ],
  confidence: 0.85,
  affects: podRefs(group.all),
  ...(group.first.since === undefined ? {} : { since: group.first.since }),
  fix: [
    `Find the controller that sets ${group.first.gate} (a load balancer or mesh controller) and read its log; remove the gate where nothing sets it.`,
  ],
  facts: { gate: group.first.gate },
})

/** Probes that fail for long enough to hurt; blips at the start, and what is ready again, are silent. */
export const analyzer: Analyzer = {
  id: 'probes',
  codes: ['liveness-probe-failing', 'readiness-probe-failing', 'startup-probe-failing'],
  needs: ['pods', 'events'],
  analyze: (view) => [
    ...byWorkload(probeTroubles(view), (one) => `${one.unit.name} ${one.which}`).map((group) => findingOf(view, group)),
    ...byWorkload(gated(view), (one) => one.gate).map((group) => gateFinding(view, group)),
  ],
}
