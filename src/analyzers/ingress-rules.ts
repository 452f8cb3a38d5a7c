import type { Finding } from '../domain/finding.ts'
import { type Ingress, type IngressBackend, refOf } from '../domain/kubernetes.ts'
import { observe } from '../domain/observe.ts'
import { some } from '../domain/words.ts'
import type { ClusterView } from '../snapshot/view.ts'
import type { Analyzer } from './analyzer.ts'
import { isCloudClass, servingClass } from './reading/ingress-classes.ts'

type Claim = {
  readonly ingress: Ingress
  readonly host: string
  readonly path: string
  readonly type: string
  readonly backend: string
}

const backendText = (namespace: string, backend: IngressBackend | undefined): string =>
  backend?.service === undefined
    ? `${backend?.resource?.kind ?? ''}/${backend?.resource?.name ?? ''}`
    : `${namespace}/${backend.service.name ?? ''}:${backend.service.port?.name ?? backend.service.port?.number ?? ''}`

/** Ingresses that share host and path by design: nginx canaries and NGINX Inc.'s mergeable masters and minions. */
const sharesByDesign = (ingress: Ingress): boolean => {
  const annotations = ingress.metadata.annotations ?? {}
  return (
    annotations['nginx.ingress.kubernetes.io/canary'] === 'true' ||
    annotations['nginx.org/mergeable-ingress-type'] !== undefined ||
    ingress.metadata.labels?.['acme.cert-manager.io/http01-solver'] === 'true' ||
    Object.keys(annotations).some((key) => /canary|header-match|\/conditions\./.test(key))
  )
}

const claimsOf = (ingress: Ingress): readonly Claim[] =>
  (ingress.spec?.rules ?? []).flatMap((rule) =>
    (rule.http?.paths ?? []).map((path) => ({
      ingress,
      host: rule.host ?? '*',
      path: (path.path ?? '/').replace(/(?<=.)\/$/, ''),
      type: path.pathType === 'Exact' ? 'Exact' : 'Prefix',
      backend: backendText(ingress.metadata.namespace ?? '', path.backend),
    })),
  )

/** Load balancers are apart where each Ingress (or group of them) gets its own. */
const sharedBy = (view: ClusterView, ingress: Ingress): string => {
  if (!isCloudClass(view, ingress)) return servingClass(view, ingress) ?? ''
  const group = ingress.metadata.annotations?.['alb.ingress.kubernetes.io/group.name']
  return group === undefined ? `own ${ingress.metadata.namespace ?? ''}/${ingress.metadata.name}` : `group ${group}`
}

const conflict = (claims: readonly Claim[]): Finding | undefined => {
  const sorted = [...claims].sort((a, b) =>
    (a.ingress.metadata.creationTimestamp ?? '').localeCompare(b.ingress.metadata.creationTimestamp ?? ''),
  )
  const [first] = sorted
  const other = sorted.find((claim) => claim.backend !== first?.backend)
  if (first === undefined || other === undefined) return undefined
  const object = refOf(other.ingress)
  const names = [
    ...new Set(sorted.map((claim) => `${claim.ingress.metadata.namespace ?? ''}/${claim.ingress.metadata.name}`)),
  ]
  const where = `${first.host}${first.path}`
  const inOne = names.length === 1
  return {
    code: 'ingress-rule-conflict',
    severity: 'warning',
    object,
    summary: inOne
      ? `Ingress ${other.ingress.metadata.name} routes ${where} twice, to ${first.backend} and to ${other.backend}: only one of them gets the traffic`
      : `Ingress ${other.ingress.metadata.name} claims ${where} for ${other.backend}, which Ingress ${first.ingress.metadata.namespace ?? ''}/${first.ingress.metadata.name} already routes to ${first.backend}`,
    evidence: sorted
      .slice(0, 4)
      .map((claim) =>
        observe(
          'spec',
          refOf(claim.ingress),
          `${claim.host}${claim.path} (${claim.type}) → ${claim.backend}`,
          claim.ingress.metadata.creationTimestamp,
        ),
      ),
    confidence: 0.86,
    affects: sorted
      .map((claim) => refOf(claim.ingress))
      .filter((ref) => ref.name !== object.name || ref.namespace !== object.namespace),
    ...(other.ingress.metadata.creationTimestamp === undefined
      ? {}
      : { since: other.ingress.metadata.creationTimestamp }),
    fix: [
      `Decide which backend ${where} belongs to and take the rule out of the other Ingress (${some(names)}).`,
      `kubectl -n ${object.namespace ?? ''} edit ingress ${object.name}`,
    ],
    prevention: [
      'Give each team its own host, and let the controller’s admission webhook refuse duplicate host and path.',
    ],
    facts: { host: first.host, path: first.path },
  }
}

/** The same host and path routed to different backends by Ingresses that one load balancer serves. */
export const analyzer: Analyzer = {
  id: 'ingress-rules',
  codes: ['ingress-rule-conflict'],
  needs: ['ingresses'],
  analyze: (view) => {
    const groups = new Map<string, Claim[]>()
    for (const ingress of view.all('Ingress')) {
      if (sharesByDesign(ingress)) continue
      for (const claim of claimsOf(ingress)) {
        const key = `${sharedBy(view, ingress)} ${claim.host} ${claim.path} ${claim.type}`
        groups.set(key, [...(groups.get(key) ?? []), claim])
      }
    }
    const found = [...groups.values()].flatMap((claims) => conflict(claims) ?? [])
    return found.filter(
      (one, index) =>
        found.findIndex(
          (other) => other.object.name === one.object.name && other.object.namespace === one.object.namespace,
        ) === index,
    )
  },
}
