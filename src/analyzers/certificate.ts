import { conditionOf, conditionsAt, textAt } from '../domain/at.ts'
import type { Finding } from '../domain/finding.ts'
import { kubectl } from '../domain/kubectl.ts'
import { type KubeObject, refOf, type Secret } from '../domain/kubernetes.ts'
import { type ObjectRef, refKey } from '../domain/object.ts'
import { observe } from '../domain/observe.ts'
import { timeOf } from '../domain/time.ts'
import { some } from '../domain/words.ts'
import type { ClusterView } from '../snapshot/view.ts'
import type { Analyzer } from './analyzer.ts'
import { certificateFor } from './reading/certificate-holders.ts'

const day = 86_400_000

/** Days until a time; negative when it has passed. */
const daysLeft = (until: string | undefined, now: string): number | undefined => {
  const [end, at] = [timeOf(until), timeOf(now)]
  return end === undefined || at === undefined ? undefined : (end - at) / day
}

const inDays = (left: number): string =>
  left < 0
    ? `${Math.max(1, Math.round(-left))} day${Math.round(-left) > 1 ? 's' : ''} ago`
    : left < 1
      ? `in ${Math.max(1, Math.round(left * 24))} h`
      : `in ${Math.round(left)} day${Math.round(left) > 1 ? 's' : ''}`

/** Who serves with a TLS Secret: Ingresses, Gateways, webhooks' and workloads' pods. */
const usersOf = (view: ClusterView, secret: Secret): readonly ObjectRef[] => {
  const { namespace, name } = secret.metadata
  const ingresses = view
    .all('Ingress')
    .filter(
      (one) => one.metadata.namespace === namespace && (one.spec?.tls ?? []).some((tls) => tls.secretName === name),
    )
    .map(refOf)
  const gateways = view
    .list('Gateway', 'gateway.networking.k8s.io')
    .filter(
      (one) => one.metadata.namespace === namespace && JSON.stringify(one.spec ?? {}).includes(`"name":"${name}"`),
    )
    .map(refOf)
  const pods = view
    .all('Pod')
    .filter(
      (pod) =>
        pod.metadata.namespace === namespace &&
        pod.metadata.deletionTimestamp === undefined &&
        pod.status?.phase === 'Running' &&
        JSON.stringify(pod.spec?.volumes ?? []).includes(`"secretName":"${name}"`),
    )
  const workloads = pods.map((pod) => view.workloadOf(pod).ref)
  return [...new Map([...ingresses, ...gateways, ...workloads].map((ref) => [refKey(ref), ref])).values()]
}

const secretFinding = (view: ClusterView, secret: Secret): Finding | undefined => {
  const until = secret.certificate?.notAfter
  const left = daysLeft(until, view.now)
  if (left === undefined || until === undefined || left > 14) return undefined
  const { namespace, name } = secret.metadata
  const owner = certificateFor(view, namespace, name)
  const users = usersOf(view, secret)
  const renewal = daysLeft(textAt(owner, 'status', 'renewalTime'), view.now)
  const expired = left <= 0
  // cert-manager renews by itself in time; only a renewal that is overdue is worth a word. What nobody uses hurts nobody.
  if (!expired && owner !== undefined && (renewal === undefined || renewal > -0.25)) return undefined
  const soon = !expired && left > 7 && owner === undefined && users.length === 0
  const object = owner === undefined ? refOf(secret) : refOf(owner)
  const names = secret.certificate?.names ?? []
  return {
    code: expired ? 'certificate-expired' : 'certificate-expiring',
    severity: users.length === 0 || soon ? 'info' : expired ? 'critical' : 'warning',
    object,
    summary: `TLS certificate in Secret ${namespace ?? ''}/${name}${names.length === 0 ? '' : ` for ${some(names, 2)}`} ${expired ? 'has expired' : 'expires'} ${inDays(left)} (${until})${users.length === 0 ? '; nothing seen uses it' : `; used by ${some(users.map((ref) => `${ref.kind} ${ref.name}`))}`}`,
    evidence: [
      observe(
        'status',
        refOf(secret),
        `certificate ${secret.certificate?.subject ?? ''} notAfter ${until}`,
        expired ? until : undefined,
      ),
      ...(owner === undefined
        ? []
        : [
            observe(
              'status',
              refOf(owner),
              `Certificate ${owner.metadata.name}: renewalTime ${textAt(owner, 'status', 'renewalTime') ?? 'unknown'}`,
            ),
          ]),
    ],
    confidence: 0.96,
    affects: [refOf(secret), ...users],
    ...(expired ? { since: until } : {}),
    fix:
      owner === undefined
        ? [
            `Issue a new certificate and put it in place: kubectl -n ${namespace ?? 'default'} create secret tls ${name} --cert=FILE --key=FILE --dry-run=client -o yaml | kubectl apply -f -`,
          ]
        : [
            `See why it is not renewed: ${kubectl(refOf(owner), 'describe')}`,
            `Ask for a renewal: cmctl renew -n ${namespace ?? 'default'} ${owner.metadata.name}`,
          ],
    prevention: ['Let cert-manager renew certificates, and alert 21 days before any certificate ends.'],
    facts: { secret: name, notAfter: until },
  }
}

const certificateFinding = (
  view: ClusterView,
  certificate: KubeObject,
  told: ReadonlySet<string>,
): Finding | undefined => {
  const until = textAt(certificate, 'status', 'notAfter')
  const left = daysLeft(until, view.now)
  const ready = conditionOf(conditionsAt(certificate), 'Ready')
  const expired = (left !== undefined && left <= 0) || (ready?.status === 'False' && ready.reason === 'Expired')
  const renewal = daysLeft(textAt(certificate, 'status', 'renewalTime'), view.now)
  const overdue = left !== undefined && left > 0 && left <= 14 && (renewal === undefined || renewal < -0.25)
  if (told.has(refKey(refOf(certificate))) || (!expired && !overdue)) return undefined
  const issuing = conditionOf(conditionsAt(certificate), 'Issuing')
  return {
    code: expired ? 'certificate-expired' : 'certificate-expiring',
    severity: expired ? 'critical' : 'warning',
    object: refOf(certificate),
    summary: `Certificate ${certificate.metadata.namespace ?? ''}/${certificate.metadata.name} ${expired ? 'has expired' : 'expires'} ${left === undefined ? '' : inDays(left)}${until === undefined ? '' : ` (${until})`} and was not renewed${issuing?.message === undefined ? '' : `: ${issuing.message}`}`,
    evidence: [
      observe(
        'status',
        refOf(certificate),
        `notAfter ${until ?? '?'}, renewalTime ${textAt(certificate, 'status', 'renewalTime') ?? '?'}; Ready ${ready?.status ?? '?'} ${ready?.reason ?? ''}: ${ready?.message ?? ''}`,
        ready?.lastTransitionTime,
      ),
    ],
    confidence: 0.96,
    affects: [
      {
        apiVersion: 'v1',
        kind: 'Secret',
        ...(certificate.metadata.namespace === undefined ? {} : { namespace: certificate.metadata.namespace }),
        name: textAt(certificate, 'spec', 'secretName') ?? certificate.metadata.name,
      },
    ],
    ...(expired && until !== undefined ? { since: until } : {}),
    // Where renewal itself was tried and failed, or hangs, the issuer's check says why.
    ...((issuing?.status === 'False' && issuing.reason === 'Failed') || issuing?.status === 'True'
      ? { symptom: true }
      : {}),
    fix: [
      `See why it is not renewed: ${kubectl(refOf(certificate), 'describe')}`,
      `Ask for a renewal: cmctl renew -n ${certificate.metadata.namespace ?? 'default'} ${certificate.metadata.name}`,
    ],
    prevention: ['Alert on certmanager_certificate_expiration_timestamp_seconds well before the end.'],
    facts: { ...(until === undefined ? {} : { notAfter: until }), certificate: certificate.metadata.name },
  }
}

/** Certificates in TLS Secrets and of cert-manager that have ended or end within days without a renewal on its way. */
export const analyzer: Analyzer = {
  id: 'certificate',
  codes: ['certificate-expired', 'certificate-expiring'],
  needs: ['secrets'],
  analyze: (view) => {
    const secrets = view.all('Secret').flatMap((secret) => secretFinding(view, secret) ?? [])
    const told = new Set(secrets.map((one) => refKey(one.object)))
    return [
      ...secrets,
      ...view.list('Certificate', 'cert-manager.io').flatMap((one) => certificateFinding(view, one, told) ?? []),
    ]
  },
}
