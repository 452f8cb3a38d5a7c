import { conditionOf, conditionsAt, textAt } from '../domain/at.ts'
import type { Finding } from '../domain/finding.ts'
import { type Ingress, type KubeObject, refOf } from '../domain/kubernetes.ts'
import { nearestName } from '../domain/near-name.ts'
import type { ObjectRef } from '../domain/object.ts'
import { observe } from '../domain/observe.ts'
import { lasted } from '../domain/time.ts'
import { some } from '../domain/words.ts'
import type { ClusterView } from '../snapshot/view.ts'
import type { Analyzer } from './analyzer.ts'
import { isCloudClass } from './reading/ingress-classes.ts'
import { oncePerView } from './reading/once-per-view.ts'

const issuanceSeconds = 600

const certificateFor = (view: ClusterView, namespace: string, secret: string): KubeObject | undefined =>
  view
    .list('Certificate', 'cert-manager.io')
    .find((one) => one.metadata.namespace === namespace && textAt(one, 'spec', 'secretName') === secret)

const askedOfCertManager = (ingress: Ingress): boolean =>
  Object.keys(ingress.metadata.annotations ?? {}).some(
    (key) => key.startsWith('cert-manager.io/') || key === 'kubernetes.io/tls-acme',
  )

type Said = { readonly line: string; readonly about: ObjectRef; readonly client?: ObjectRef }

/** The names that the default certificates of ingress controllers carry. */
const defaultCertificate = /valid for ingress\.local\b|Ingress Controller Fake Certificate|TRAEFIK DEFAULT CERT/

/** Lines in which clients tell of a default certificate, whatever the host: read once, not for each Ingress. */
const told = oncePerView((view): readonly Said[] =>
  view.all('Pod').flatMap((pod) =>
    view.logs(pod.metadata.namespace ?? '', pod.metadata.name).flatMap((log) =>
      defaultCertificate.test(log.text)
        ? log.text
            .split('\n')
            .filter((line) => defaultCertificate.test(line))
            .slice(-20)
            .map((line) => ({ line, about: refOf(pod), client: view.workloadOf(pod).ref }))
        : [],
    ),
  ),
)

/** A client's word that a host of the Ingress answered with the default certificate of the controller. */
const clientLine = (view: ClusterView, hosts: readonly string[]): Said | undefined =>
  told(view).findLast(({ line }) => hosts.some((host) => line.includes(host)))

/** The controller's own word that it could not load the certificate. */
const controllerLine = (view: ClusterView, namespace: string, secret: string): Said | undefined => {
  for (const pod of view.all('Pod')) {
    if (!/ingress|traefik|haproxy|kong|contour|nginx/.test(pod.metadata.name)) continue
    for (const log of view.logs(pod.metadata.namespace ?? '', pod.metadata.name)) {
      const line = log.text
        .split('\n')
        .findLast(
          (one) =>
            one.includes(`${namespace}/${secret}`) &&
            /not found|does not exist|no object matching|error getting ssl/i.test(one),
        )
      if (line !== undefined) return { line, about: refOf(pod) }
    }
  }
  return undefined
}

const incomplete = (view: ClusterView, namespace: string, secret: string): readonly string[] => {
  const keys = view.get('Secret', namespace, secret)?.keys
  return keys === undefined ? [] : ['tls.crt', 'tls.key'].filter((key) => !keys.includes(key))
}

const hostsOf = (ingress: Ingress, secret: string): readonly string[] =>
  (ingress.spec?.tls ?? []).filter((one) => one.secretName === secret).flatMap((one) => one.hosts ?? [])

const check = (view: ClusterView, ingress: Ingress, secret: string): Finding | undefined => {
  const namespace = ingress.metadata.namespace ?? ''
  const presence = view.presence('Secret', namespace, secret)
  const hosts = hostsOf(ingress, secret)
  const said = presence === 'present' ? undefined : (controllerLine(view, namespace, secret) ?? clientLine(view, hosts))
  const lacking = incomplete(view, namespace, secret)
  if (presence === 'present' ? lacking.length === 0 : presence === 'unknown' && said === undefined) return undefined
  const certificate = certificateFor(view, namespace, secret)
  const managed = certificate !== undefined || askedOfCertManager(ingress)
  const from = certificate?.metadata.creationTimestamp ?? ingress.metadata.creationTimestamp
  if (managed && !lasted(from, view.now, issuanceSeconds)) return undefined
  const ready = conditionOf(conditionsAt(certificate), 'Ready')
  const secrets = view.all('Secret').flatMap(({ metadata }) => (metadata.namespace === namespace ? metadata.name : []))
  const have = `Secrets in ${namespace}: ${some(secrets, 6) || 'none read'}`
  const near = nearestName(secret, secrets)
  const object: ObjectRef = { apiVersion: 'v1', kind: 'Secret', namespace, name: secret }
  const what = presence === 'present' ? `has no ${lacking.join(' and ')}` : `does not exist in ${namespace}`
  const hint = near === undefined || presence === 'present' ? '' : `; did you mean ${near}?`
  const cause =
    certificate !== undefined && ready?.status !== 'True'
      ? ` (cert-manager has not issued Certificate ${certificate.metadata.name})`
      : ''
  return {
    code: 'ingress-tls-secret-missing',
    severity: 'critical',
    object,
    summary: `TLS Secret ${secret} of Ingress ${ingress.metadata.name} ${what}, so ${some(hosts) || 'its hosts'} get the controller's default certificate${hint}${cause}`,
    evidence: [
      observe('spec', refOf(ingress), `tls.secretName ${secret} for ${some(hosts, 5) || 'all hosts'}`),
      ...(said === undefined ? [] : [observe('log', said.about, said.line)]),
      ...(ready?.message === undefined || certificate === undefined
        ? []
        : [observe('status', refOf(certificate), ready.message, ready.lastTransitionTime)]),
      observe('computed', object, presence === 'present' ? `it lacks ${lacking.join(', ')}` : have),
    ],
    confidence: presence === 'absent' ? 0.94 : said === undefined ? 0.8 : 0.78,
    affects: [refOf(ingress), ...(said?.client === undefined ? [] : [said.client])],
    ...(certificate === undefined ? {} : { symptom: ready?.status !== 'True', dependsOn: [refOf(certificate)] }),
    fix: [
      ...(certificate === undefined
        ? [`kubectl -n ${namespace} create secret tls ${secret} --cert=tls.crt --key=tls.key`]
        : [`kubectl -n ${namespace} describe certificate ${certificate.metadata.name}`]),
      ...(near === undefined ? [] : [`or set tls.secretName of Ingress ${ingress.metadata.name} to ${near}`]),
    ],
    facts: { secret, ...(near === undefined ? {} : { nearestKey: near }) },
  }
}

/** TLS Secrets that an Ingress names and that are absent or hold no certificate. */
export const analyzer: Analyzer = {
  id: 'ingress-tls',
  codes: ['ingress-tls-secret-missing'],
  needs: ['ingresses', 'secrets'],
  analyze: (view) =>
    view.all('Ingress').flatMap((ingress) => {
      if (isCloudClass(view, ingress)) return []
      const names = new Set((ingress.spec?.tls ?? []).flatMap((one) => one.secretName || []))
      return [...names].flatMap((name) => check(view, ingress, name) ?? [])
    }),
}
