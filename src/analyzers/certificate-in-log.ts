import type { Finding } from '../domain/finding.ts'
import { kubectl } from '../domain/kubectl.ts'
import { type Pod, refOf } from '../domain/kubernetes.ts'
import { dependencyIn } from '../domain/log-dependency.ts'
import { quote } from '../domain/log-lines.ts'
import type { LogSign } from '../domain/log-sign.ts'
import type { ObjectRef } from '../domain/object.ts'
import { observe } from '../domain/observe.ts'
import type { PodContainer } from '../domain/pod-containers.ts'
import { count } from '../domain/words.ts'
import type { ClusterView, Workload } from '../snapshot/view.ts'
import type { Analyzer } from './analyzer.ts'
import { byWorkload, failingSince, type Group, named, podRefs, severityFor } from './reading/by-workload.ts'
import { certificateFor, hasEnded, holderOf, tlsSecretsOf } from './reading/certificate-holders.ts'
import { containerFailures } from './reading/container-failures.ts'
import { targetOf } from './reading/dependency-target.ts'
import { endText } from './reading/failure-text.ts'
import { sustainedTroubles } from './reading/sustained-troubles.ts'

type CertificateSign = LogSign & { readonly kind: 'certificate' }
type Seen = {
  readonly pod: Pod
  readonly workload: Workload
  readonly unit: PodContainer
  readonly sign: CertificateSign
  readonly times: number
  readonly ended?: string
}

const seen = (view: ClusterView): readonly Seen[] => [
  ...containerFailures(view).flatMap((one): Seen[] =>
    one.cause === 'certificate' && one.sign?.kind === 'certificate'
      ? [{ pod: one.pod, workload: one.workload, unit: one.unit, sign: one.sign, times: 1, ended: endText(one) }]
      : [],
  ),
  ...sustainedTroubles(view).flatMap((one): Seen[] =>
    one.sign?.kind === 'certificate' && one.count >= 2
      ? [{ pod: one.pod, workload: one.workload, unit: one.unit, sign: one.sign, times: one.count }]
      : [],
  ),
]

type Holder = {
  readonly object: ObjectRef
  readonly peer?: string
  readonly sure: boolean
  readonly users: readonly ObjectRef[]
}

// A client that is shown an expired certificate tells of its peer; a server that checks its own tells of itself.
const holder = (view: ClusterView, one: Seen): Holder => {
  const host = one.sign.host ?? peerNamedIn(one.sign.entry.text)
  const target = host === undefined ? undefined : targetOf(view, one.pod, { how: 'refused', host })
  if (target?.kind === 'service') {
    const selector = target.service.spec?.selector
    const pods =
      selector === undefined
        ? []
        : view.podsSelected(target.service.metadata.namespace ?? '', { matchLabels: selector })
    for (const pod of pods) {
      const ended = tlsSecretsOf(view, pod).find((secret) => hasEnded(secret, view.now))
      if (ended !== undefined)
        return {
          object: owned(view, refOf(ended)),
          ...(host === undefined ? {} : { peer: host }),
          sure: true,
          users: [refOf(target.service), view.workloadOf(pod).ref],
        }
    }
    const [pod] = pods
    return {
      object: pod === undefined ? refOf(target.service) : view.workloadOf(pod).ref,
      ...(host === undefined ? {} : { peer: host }),
      sure: false,
      users: [refOf(target.service)],
    }
  }
  if (host !== undefined && target?.kind !== 'own-pod')
    return { object: one.workload.ref, peer: host, sure: false, users: [] }
  const own = holderOf(view, one.pod, one.unit)
  return own === undefined
    ? { object: one.workload.ref, sure: false, users: [] }
    : { object: owned(view, own), sure: true, users: [] }
}

// The two instants that such a message compares look like addresses with a port.
const peerNamedIn = (line: string): string | undefined =>
  dependencyIn(`${line.replace(/\d{4}-\d{2}-\d{2}[T ][\d:.]+(?:Z|[+-]\d{2}:?\d{2})?/g, '')} connection refused`)?.host

const owned = (view: ClusterView, ref: ObjectRef): ObjectRef => {
  const certificate = ref.kind === 'Secret' ? certificateFor(view, ref.namespace, ref.name) : undefined
  return certificate === undefined ? ref : refOf(certificate)
}

const expiredFinding = (view: ClusterView, group: Group<Seen>): Finding => {
  const { first, workload, all } = group
  const held = holder(view, first)
  const since = failingSince(
    view,
    all.map((one) => one.pod),
    ['BackOff', 'Unhealthy'],
  )
  const whose = held.peer === undefined ? 'a certificate that it uses' : `the certificate of ${held.peer}`
  const where =
    held.object.kind === workload.ref.kind && held.object.name === workload.ref.name
      ? ''
      : ` (held by ${held.object.kind} ${held.object.name})`
  return {
    code: 'certificate-expired',
    severity: severityFor(view, workload),
    object: held.object,
    summary: `${named(workload)}: container ${first.unit.name} ${first.ended === undefined ? `fails (${count(first.times, 'time')} in its log)` : `ends (${first.ended})`} because ${whose} has expired${first.sign.until === undefined ? '' : ` (${first.sign.until})`}${where}: ${quote(first.sign.entry.text)}`,
    evidence: all.slice(0, 3).map((one) => observe('log', refOf(one.pod), quote(one.sign.entry.text, 300))),
    confidence: held.sure ? 0.88 : 0.78,
    affects: [...podRefs(all), workload.ref, ...held.users],
    ...(since === undefined ? {} : { since }),
    fix: [
      held.object.kind === 'Certificate'
        ? `Renew it: cmctl renew -n ${held.object.namespace ?? 'default'} ${held.object.name}`
        : `Issue a new certificate and replace the old one in ${held.object.kind} ${held.object.name}`,
      `Restart what read the old one: ${kubectl(workload.ref, 'rollout restart')}`,
      'Do not switch certificate verification off: it hides the fault and opens the connection to anyone.',
    ],
    prevention: ['Let cert-manager renew certificates, and alert 21 days before any certificate ends.'],
    facts: {
      container: first.unit.name,
      configObject: `${held.object.kind}/${held.object.name}`,
      ...(first.sign.until === undefined ? {} : { notAfter: first.sign.until }),
      ...(held.peer === undefined ? {} : { host: held.peer }),
    },
  }
}

// A running process that does not trust its peer: configuration of trust or names, not of time.
const distrustFinding = (view: ClusterView, group: Group<Seen>): Finding | undefined => {
  const { first, workload, all } = group
  if (first.ended !== undefined) return undefined
  const peer = first.sign.host ?? 'its peer'
  const why =
    first.sign.problem === 'untrusted'
      ? `does not trust the certificate of ${peer} (unknown authority)`
      : first.sign.problem === 'wrong-name'
        ? `calls ${peer} by a name that the certificate does not cover`
        : `finds the certificate of ${peer} not valid yet`
  return {
    code: 'app-config-invalid',
    severity: severityFor(view, workload),
    object: workload.ref,
    summary: `${named(workload)}: container ${first.unit.name} ${why} (${count(first.times, 'time')} in its log): ${quote(first.sign.entry.text)}`,
    evidence: all.slice(0, 3).map((one) => observe('log', refOf(one.pod), quote(one.sign.entry.text, 300))),
    confidence: 0.72,
    affects: podRefs(all),
    fix: [
      first.sign.problem === 'untrusted'
        ? 'Mount the CA that issued the certificate and point the process at it; do not switch verification off.'
        : 'Use a host name that the certificate covers, or issue one with this name.',
    ],
    prevention: [
      'Distribute CAs with trust-manager or a shared ConfigMap, and test TLS between services before a rollout.',
    ],
    facts: { container: first.unit.name },
  }
}

/** Certificates that the log of a process says are expired, with the object that holds them; distrust and wrong names apart. */
export const analyzer: Analyzer = {
  id: 'certificate-in-log',
  codes: ['certificate-expired', 'app-config-invalid'],
  needs: ['pods', 'logs'],
  analyze: (view) =>
    byWorkload(seen(view), (one) => `${one.unit.name} ${one.sign.problem}`).flatMap((group) =>
      group.first.sign.problem === 'expired' ? [expiredFinding(view, group)] : (distrustFinding(view, group) ?? []),
    ),
}
