import { conditionOf, conditionsAt, textAt } from '../domain/at.ts'
import type { Observation } from '../domain/evidence.ts'
import type { Finding } from '../domain/finding.ts'
import { type KubeObject, refOf } from '../domain/kubernetes.ts'
import { nearestName } from '../domain/near-name.ts'
import { type ObjectRef, refKey, refText } from '../domain/object.ts'
import { observe } from '../domain/observe.ts'
import { lasted } from '../domain/time.ts'
import { count, short, some } from '../domain/words.ts'
import type { ClusterView } from '../snapshot/view.ts'
import type { Analyzer } from './analyzer.ts'

const group = 'cert-manager.io'
const acme = 'acme.cert-manager.io'
const graceSeconds = 300
/** A renewal that goes on for longer than this, with a link of it that says why, fails however valid the old one still is. */
const renewalSeconds = 3600

type Link = {
  readonly object: KubeObject | undefined
  readonly about: ObjectRef
  readonly text: string
  readonly at?: string
  readonly sure: boolean
}

const ownedBy = (view: ClusterView, kind: string, from: string, owner: KubeObject): readonly KubeObject[] =>
  view
    .list(kind, from)
    .filter(
      (one) =>
        one.metadata.namespace === owner.metadata.namespace &&
        (one.metadata.ownerReferences ?? []).some(
          (ref) =>
            (ref.uid !== undefined && ref.uid === owner.metadata.uid) ||
            (ref.kind === owner.kind && ref.name === owner.metadata.name),
        ),
    )
    .sort((a, b) => (b.metadata.creationTimestamp ?? '').localeCompare(a.metadata.creationTimestamp ?? ''))

const requestsOf = (view: ClusterView, certificate: KubeObject): readonly KubeObject[] => {
  const owned = ownedBy(view, 'CertificateRequest', group, certificate)
  if (owned.length > 0) return owned
  return view
    .list('CertificateRequest', group)
    .filter(
      (one) =>
        one.metadata.namespace === certificate.metadata.namespace &&
        one.metadata.annotations?.['cert-manager.io/certificate-name'] === certificate.metadata.name,
    )
}

const issuerRef = (certificate: KubeObject): ObjectRef | undefined => {
  const name = textAt(certificate, 'spec', 'issuerRef', 'name')
  const kind = textAt(certificate, 'spec', 'issuerRef', 'kind') ?? 'Issuer'
  const from = textAt(certificate, 'spec', 'issuerRef', 'group') ?? group
  const namespace = kind === 'ClusterIssuer' ? undefined : certificate.metadata.namespace
  return name === undefined
    ? undefined
    : { apiVersion: `${from}/v1`, kind, ...(namespace === undefined ? {} : { namespace }), name }
}

const issuerLink = (view: ClusterView, ref: ObjectRef): Link | undefined => {
  const issuer = view.find(ref)
  if (issuer === undefined) {
    const known = view.list(ref.kind, group).filter((one) => one.metadata.namespace === ref.namespace)
    const otherKind = ref.kind === 'Issuer' ? 'ClusterIssuer' : 'Issuer'
    const other = view.list(otherKind, group).find((one) => one.metadata.name === ref.name)
    const near = nearestName(
      ref.name,
      known.map((one) => one.metadata.name),
    )
    if (known.length === 0 && other === undefined) return undefined
    const hint =
      other !== undefined ? `; a ${otherKind} of that name exists` : near === undefined ? '' : `; did you mean ${near}?`
    return { object: undefined, about: ref, text: `${refText(ref)} does not exist${hint}`, sure: true }
  }
  const ready = conditionOf(conditionsAt(issuer), 'Ready')
  if (ready?.status !== 'False') return undefined
  return {
    object: issuer,
    about: refOf(issuer),
    text: `${refText(ref)} is not ready (${ready.reason ?? ''}): ${ready.message ?? ''}`,
    ...(ready.lastTransitionTime === undefined ? {} : { at: ready.lastTransitionTime }),
    sure: true,
  }
}

const requestLink = (request: KubeObject): Link | undefined => {
  const conditions = conditionsAt(request)
  const bad =
    conditions.find((one) => (one.type === 'Denied' || one.type === 'InvalidRequest') && one.status === 'True') ??
    conditions.find((one) => one.type === 'Ready' && one.status === 'False')
  if (bad === undefined) return undefined
  return {
    object: request,
    about: refOf(request),
    text: `CertificateRequest ${request.metadata.name} (${bad.reason ?? bad.type ?? ''}): ${bad.message ?? ''}`,
    ...(bad.lastTransitionTime === undefined ? {} : { at: bad.lastTransitionTime }),
    sure: bad.reason !== 'Pending',
  }
}

const stateLink = (object: KubeObject): Link | undefined => {
  const [state, reason] = [textAt(object, 'status', 'state'), textAt(object, 'status', 'reason')]
  if (state === 'valid' || (reason === undefined && !['invalid', 'errored', 'expired'].includes(state ?? '')))
    return undefined
  const host = textAt(object, 'spec', 'dnsName')
  const kind = textAt(object, 'spec', 'type')
  const text = `${object.kind} ${object.metadata.name}${host === undefined ? '' : ` for ${host}`}${kind === undefined ? '' : ` (${kind})`} is ${state ?? 'pending'}: ${reason ?? ''}`
  return { object, about: refOf(object), text, sure: true }
}

/** Certificate → Issuer, CertificateRequest → Order → Challenge, as far as they stand; the deepest that says why comes last. */
const chainOf = (view: ClusterView, certificate: KubeObject): readonly Link[] => {
  const ref = issuerRef(certificate)
  const [request] = requestsOf(view, certificate)
  const [order] = request === undefined ? [] : ownedBy(view, 'Order', acme, request)
  const challenges = order === undefined ? [] : ownedBy(view, 'Challenge', acme, order)
  const links = [
    request === undefined ? undefined : requestLink(request),
    order === undefined ? undefined : stateLink(order),
    ...challenges.map(stateLink),
    ref === undefined ? undefined : issuerLink(view, ref),
  ]
  return links.flatMap((link) => link ?? [])
}

const fixFor = (text: string): string => {
  if (
    /404|wrong status code|propagation.{0,40}http|connection refused|timeout/i.test(text) &&
    /http-?01|challenge/i.test(text)
  )
    return 'Make http://<host>/.well-known/acme-challenge/ reachable from outside: DNS record, load balancer, ingress class of the solver, no forced redirect.'
  if (/nxdomain|dns problem|dns-?01|txt record|no such host/i.test(text))
    return 'Create the DNS record, or correct zone and credentials of the DNS-01 solver.'
  if (/ratelimit|too many certificates|429/i.test(text))
    return 'Wait for the rate limit to pass; use the staging issuer while testing.'
  if (/does not exist|not found/i.test(text))
    return 'Correct spec.issuerRef of the Certificate, or create the issuer or Secret that is named.'
  if (/caa/i.test(text)) return 'Allow the authority in the CAA record of the domain.'
  if (/denied/i.test(text)) return 'See why the approver denied the request (policy), and correct the Certificate.'
  return 'Correct what the last line says; cert-manager tries again by itself (cmctl renew <certificate> to hurry).'
}

type Failing = {
  readonly certificate: KubeObject
  readonly links: readonly Link[]
  readonly message: string
  readonly since?: string
  readonly issuer?: ObjectRef
  readonly issuerFails: boolean
}

const lapsed = (view: ClusterView, certificate: KubeObject): boolean => {
  const end = textAt(certificate, 'status', 'notAfter')
  return end !== undefined && lasted(end, view.now, 0)
}

const failingOf = (view: ClusterView, certificate: KubeObject): Failing | undefined => {
  const conditions = conditionsAt(certificate)
  const ready = conditionOf(conditions, 'Ready')
  const issuing = conditionOf(conditions, 'Issuing')
  const renewalFails = issuing?.status === 'False' && issuing.reason === 'Failed'
  const renewalHangs =
    ready?.status === 'True' &&
    issuing?.status === 'True' &&
    lasted(issuing.lastTransitionTime, view.now, renewalSeconds)
  const begun = ready?.lastTransitionTime ?? certificate.metadata.creationTimestamp
  if (
    certificate.metadata.deletionTimestamp !== undefined ||
    (ready?.status === 'True' && !renewalFails && !renewalHangs)
  )
    return undefined
  const links = chainOf(view, certificate)
  if (renewalHangs && !links.some((link) => link.sure)) return undefined
  // An expired certificate without any sign of a failed issue is told by the check of certificates.
  if (ready?.reason === 'Expired' && !renewalFails && !links.some((link) => link.sure)) return undefined
  const since = renewalFails || renewalHangs ? issuing.lastTransitionTime : begun
  // That it has run out is another check's to say; here only why it is not renewed.
  if (links.length === 0 && (ready?.reason === 'Expired' || lapsed(view, certificate))) return undefined
  if (!lasted(since, view.now, graceSeconds) || (ready === undefined && links.length === 0)) return undefined
  const issuer = issuerRef(certificate)
  return {
    certificate,
    links,
    message: (renewalFails || renewalHangs ? issuing.message : ready?.message) ?? 'not issued',
    ...(since === undefined ? {} : { since }),
    ...(issuer === undefined ? {} : { issuer }),
    issuerFails:
      issuer !== undefined && links.some((link) => link.about.kind === issuer.kind && link.about.name === issuer.name),
  }
}

const findingOf = (object: ObjectRef, all: readonly Failing[]): Finding | undefined => {
  const [first] = all
  if (first === undefined) return undefined
  const deepest = first.links.findLast((link) => link.sure) ?? first.links.at(-1)
  const why = deepest?.text ?? first.message
  const certificates = all.map((one) => refOf(one.certificate))
  const evidence: readonly Observation[] = [
    ...(deepest === undefined ? [] : [observe('status', deepest.about, deepest.text, deepest.at)]),
    ...first.links.filter((link) => link !== deepest).map((link) => observe('status', link.about, link.text, link.at)),
    ...all
      .slice(0, 3)
      .map((one) =>
        observe('status', refOf(one.certificate), `Ready is not True, or a renewal hangs: ${one.message}`, one.since),
      ),
  ]
  const many = all.length > 1
  const issuer = first.issuer
  return {
    code: 'certificate-issuer-failing',
    severity: 'critical',
    object,
    summary: many
      ? `${count(all.length, 'Certificate')} (${some(certificates.map((ref) => ref.name))}) cannot be issued: ${short(why, 240)}`
      : `Certificate ${first.certificate.metadata.name} cannot be issued: ${short(why, 260)}`,
    evidence,
    confidence: deepest?.sure === true ? 0.95 : 0.82,
    affects: [
      ...(many ? certificates : []),
      ...all.flatMap((one) => {
        const name = textAt(one.certificate, 'spec', 'secretName')
        const namespace = one.certificate.metadata.namespace
        return name === undefined
          ? []
          : [{ apiVersion: 'v1', kind: 'Secret', ...(namespace === undefined ? {} : { namespace }), name }]
      }),
    ],
    ...(first.since === undefined ? {} : { since: first.since }),
    dependsOn: issuer === undefined || many ? [] : [issuer],
    fix: [
      fixFor(why),
      `kubectl -n ${first.certificate.metadata.namespace ?? ''} describe certificate ${first.certificate.metadata.name}`,
      `cmctl -n ${first.certificate.metadata.namespace ?? ''} status certificate ${first.certificate.metadata.name}`,
    ],
    prevention: [
      'Alert on certmanager_certificate_ready_status, and try new issuers against the staging authority first.',
    ],
    facts: { ...(issuer === undefined ? {} : { issuer: `${issuer.kind}/${issuer.name}` }) },
  }
}

/** cert-manager Certificates that are not issued, followed to the reason. Several behind one failing issuer are one finding, on the issuer. */
export const analyzer: Analyzer = {
  id: 'certificate-issuer',
  codes: ['certificate-issuer-failing'],
  needs: [],
  analyze: (view) => {
    const groups = new Map<string, { readonly object: ObjectRef; readonly all: Failing[] }>()
    for (const certificate of view.list('Certificate', group)) {
      const failing = failingOf(view, certificate)
      if (failing === undefined) continue
      const shared = failing.issuerFails ? failing.issuer : undefined
      const key = refKey(shared ?? refOf(certificate))
      const known = groups.get(key)
      if (known === undefined) groups.set(key, { object: shared ?? refOf(certificate), all: [failing] })
      else known.all.push(failing)
    }
    return [...groups.values()].flatMap(({ object, all }) => {
      const [only] = all
      return findingOf(all.length === 1 && only !== undefined ? refOf(only.certificate) : object, all) ?? []
    })
  },
}
