import { listAt, textAt } from '../domain/at.ts'
import { serviceNameOf } from '../domain/connection-failure.ts'
import type { Observation } from '../domain/evidence.ts'
import type { Finding } from '../domain/finding.ts'
import { type KubeObject, refOf } from '../domain/kubernetes.ts'
import { nearestName } from '../domain/near-name.ts'
import { type ObjectRef, refKey, refText } from '../domain/object.ts'
import { observe } from '../domain/observe.ts'
import { some } from '../domain/words.ts'
import type { ClusterView, Workload } from '../snapshot/view.ts'
import type { Analyzer } from './analyzer.ts'
import { isUnwell, settingsOf } from './reading/needed-services.ts'

type Need = {
  readonly namespace: string
  readonly name: string
  readonly by: ObjectRef
  readonly observation: Observation
  readonly confidence: number
}

const fullName = /\b([a-z0-9][a-z0-9-]{0,62})\.([a-z0-9][a-z0-9-]{0,62})\.svc(?:\.[a-z0-9.-]{1,80})?\b/g

/** Full names only: a bare word in a setting may be anything. And only where the workload is in trouble. */
const settingNeeds = (view: ClusterView, workload: Workload): readonly Need[] => {
  const found = settingsOf(view, workload).flatMap(({ where, text }) =>
    [...text.slice(0, 2000).matchAll(fullName)].map(([host, name = '', namespace = '']) => ({
      namespace,
      name,
      by: workload.ref,
      observation: observe('spec', workload.ref, `${where}: ${host}`),
      confidence: 0.68,
    })),
  )
  return found.length > 0 && isUnwell(view, workload) ? found : []
}

const externalNeeds = (view: ClusterView): readonly Need[] =>
  view.all('Service').flatMap((service) => {
    const host = service.spec?.externalName
    const meant =
      service.spec?.type === 'ExternalName' && host !== undefined
        ? serviceNameOf(host, service.metadata.namespace ?? '')
        : undefined
    if (meant === undefined || !meant.certain) return []
    const by = refOf(service)
    return [{ ...meant, by, observation: observe('spec', by, `externalName: ${host ?? ''}`), confidence: 0.88 }]
  })

/** Backends that routing objects of meshes and other ingress controllers name. */
const routeNeeds = (view: ClusterView): readonly Need[] => {
  const need = (by: KubeObject, host: string, namespace: string): readonly Need[] => {
    const meant = serviceNameOf(host, namespace)
    if (meant === undefined || (!meant.certain && host.includes('.'))) return []
    return [{ ...meant, by: refOf(by), observation: observe('spec', refOf(by), `routes to ${host}`), confidence: 0.9 }]
  }
  const entries = new Set(
    view
      .list('ServiceEntry', 'networking.istio.io')
      .flatMap((one) => listAt(one, 'spec', 'hosts').filter((host) => typeof host === 'string')),
  )
  const virtual = view.list('VirtualService', 'networking.istio.io').flatMap((object) =>
    ['http', 'tcp', 'tls']
      .flatMap((protocol) => listAt(object, 'spec', protocol))
      .flatMap((rule) => listAt(rule, 'route'))
      .flatMap((route) => textAt(route, 'destination', 'host') ?? [])
      .filter((host) => !entries.has(host))
      .flatMap((host) => need(object, host, object.metadata.namespace ?? '')),
  )
  const traefik = ['traefik.io', 'traefik.containo.us']
    .flatMap((group) => view.list('IngressRoute', group))
    .flatMap((object) =>
      listAt(object, 'spec', 'routes')
        .flatMap((route) => listAt(route, 'services'))
        .filter(
          (service) =>
            (textAt(service, 'kind') ?? 'Service') === 'Service' && !(textAt(service, 'name') ?? '').includes('@'),
        )
        .flatMap((service) =>
          need(object, textAt(service, 'name') ?? '', textAt(service, 'namespace') ?? object.metadata.namespace ?? ''),
        ),
    )
  return [...virtual, ...traefik]
}

const findingOf = (view: ClusterView, needs: readonly Need[]): Finding | undefined => {
  const [first] = [...needs].sort((a, b) => b.confidence - a.confidence)
  if (first === undefined || view.presence('Service', first.namespace, first.name) !== 'absent') return undefined
  const here = view.all('Service').filter((one) => one.metadata.namespace === first.namespace)
  const near = nearestName(
    first.name,
    here.map((one) => one.metadata.name),
  )
  const elsewhere = view.all('Service').find((one) => one.metadata.name === first.name)
  const object: ObjectRef = { apiVersion: 'v1', kind: 'Service', namespace: first.namespace, name: first.name }
  const users = [...new Map(needs.map((one) => [refKey(one.by), one.by])).values()]
  const hint =
    near !== undefined
      ? `; did you mean ${near}?`
      : elsewhere === undefined
        ? ''
        : `; one of that name is in namespace ${elsewhere.metadata.namespace ?? ''}`
  return {
    code: 'missing-service',
    severity: 'critical',
    object,
    summary: `Service ${first.namespace}/${first.name} does not exist, but ${some(users.map(refText))} depends on it${hint}`,
    evidence: [
      ...needs.slice(0, 4).map((one) => one.observation),
      observe(
        'computed',
        object,
        `Services in ${first.namespace}: ${
          some(
            here.map((one) => one.metadata.name),
            8,
          ) || 'none'
        }`,
      ),
    ],
    confidence: first.confidence,
    affects: users,
    fix: [
      near === undefined
        ? `Create Service ${first.name} in ${first.namespace}, or correct the name where it is used.`
        : `Use ${near} in ${some(users.map(refText))}, or create Service ${first.name}.`,
      `kubectl -n ${first.namespace} get services`,
    ],
    facts: { service: first.name, ...(near === undefined ? {} : { nearestKey: near }) },
  }
}

/** Services that routing objects, ExternalName Services or the settings of a failing workload name, and that do not exist. */
export const analyzer: Analyzer = {
  id: 'missing-service',
  codes: ['missing-service'],
  needs: ['services'],
  analyze: (view) => {
    const groups = new Map<string, Need[]>()
    for (const need of [
      ...externalNeeds(view),
      ...routeNeeds(view),
      ...view.workloads.flatMap((one) => settingNeeds(view, one)),
    ]) {
      const key = `${need.namespace}/${need.name}`
      groups.set(key, [...(groups.get(key) ?? []), need])
    }
    return [...groups.values()].flatMap((needs) => findingOf(view, needs) ?? [])
  },
}
