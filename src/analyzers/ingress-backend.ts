import type { Finding } from '../domain/finding.ts'
import { type Ingress, type IngressBackend, refOf, type Service } from '../domain/kubernetes.ts'
import { nearestName } from '../domain/near-name.ts'
import { observe, observeEvent } from '../domain/observe.ts'
import { some } from '../domain/words.ts'
import type { ClusterView } from '../snapshot/view.ts'
import type { Analyzer } from './analyzer.ts'

type Route = { readonly where: string; readonly path: string; readonly service: NonNullable<IngressBackend['service']> }

const routesOf = (ingress: Ingress): readonly Route[] => {
  const fallback = ingress.spec?.defaultBackend?.service
  const paths = (ingress.spec?.rules ?? []).flatMap((rule, r) =>
    (rule.http?.paths ?? []).flatMap((path, p) => {
      const service = path.backend?.service
      if (service === undefined) return []
      return [
        {
          where: `${rule.host ?? '*'}${path.path ?? '/'}`,
          path: `/spec/rules/${r}/http/paths/${p}/backend/service`,
          service,
        },
      ]
    }),
  )
  return [
    ...(fallback === undefined
      ? []
      : [{ where: 'the default backend', path: '/spec/defaultBackend/service', service: fallback }]),
    ...paths,
  ]
}

/** The AWS load balancer controller reads such a backend as the name of an action in an annotation, not as a Service. */
const isAction = (route: Route): boolean => route.service.port?.name === 'use-annotation'

const goneEvent = (view: ClusterView, ingress: Ingress, name: string) =>
  view
    .eventsFor(refOf(ingress))
    .findLast(
      (event) =>
        event.type === 'Warning' &&
        (event.note ?? '').includes(name) &&
        /not found|does not exist|could not find|no such service/i.test(event.note ?? ''),
    )

const missing = (view: ClusterView, ingress: Ingress, name: string, routes: readonly Route[]): Finding | undefined => {
  const namespace = ingress.metadata.namespace ?? ''
  const presence = view.presence('Service', namespace, name)
  const event = goneEvent(view, ingress, name)
  if (presence === 'present' || (presence === 'unknown' && event === undefined)) return undefined
  const here = view.all('Service').filter((one) => one.metadata.namespace === namespace)
  const near = nearestName(
    name,
    here.map((one) => one.metadata.name),
  )
  const elsewhere = view
    .all('Service')
    .find((one) => one.metadata.name === name && one.metadata.namespace !== namespace)
  const object = refOf(ingress)
  const hint =
    near !== undefined
      ? `; did you mean ${near}?`
      : elsewhere === undefined
        ? ''
        : `; a Service of that name is in namespace ${elsewhere.metadata.namespace ?? ''}, which an Ingress cannot reach`
  const [first] = routes
  return {
    code: 'ingress-backend-missing',
    severity: 'critical',
    object,
    summary: `Ingress ${ingress.metadata.name} routes ${some(routes.map((route) => route.where))} to Service ${name}, which does not exist in ${namespace}${hint}`,
    evidence: [
      observe('spec', object, `backend service ${name} for ${routes.map((route) => route.where).join(', ')}`),
      ...(event === undefined ? [] : [observeEvent(object, event)]),
      ...(presence === 'absent'
        ? [
            observe(
              'computed',
              object,
              `Services in ${namespace}: ${
                some(
                  here.map((one) => one.metadata.name),
                  8,
                ) || 'none'
              }`,
            ),
          ]
        : []),
    ],
    confidence: presence === 'absent' ? 0.96 : 0.85,
    fix:
      near === undefined
        ? [
            `kubectl -n ${namespace} get services`,
            `Create Service ${name}, or point Ingress ${ingress.metadata.name} at the right one.`,
          ]
        : [
            `kubectl -n ${namespace} patch ingress ${ingress.metadata.name} --type=json -p '[{"op":"replace","path":"${first?.path ?? ''}/name","value":"${near}"}]'`,
          ],
    prevention: ['Render Ingress and Service from the same values, and check references in CI.'],
    facts: { service: name, ...(near === undefined ? {} : { nearestKey: near }) },
  }
}

const portExists = (
  service: Service,
  port: { readonly name?: string; readonly number?: number } | undefined,
): boolean => {
  const ports = service.spec?.ports ?? []
  if (port?.name !== undefined) return ports.some((one) => one.name === port.name)
  return port?.number === undefined || ports.some((one) => one.port === port.number)
}

const wrongPort = (view: ClusterView, ingress: Ingress, route: Route): Finding | undefined => {
  const namespace = ingress.metadata.namespace ?? ''
  const name = route.service.name ?? ''
  const service = view.get('Service', namespace, name)
  const ports = service?.spec?.ports ?? []
  if (service === undefined || ports.length === 0 || portExists(service, route.service.port)) return undefined
  const wanted = String(route.service.port?.name ?? route.service.port?.number ?? '')
  const near =
    nearestName(
      wanted,
      ports.flatMap((one) => one.name ?? []),
    ) ??
    ports.find((one) => String(one.targetPort) === wanted)?.port ??
    (ports.length === 1 ? ports[0]?.port : undefined)
  const have = ports.map((one) =>
    one.name === undefined || one.name === '' ? String(one.port) : `${one.name} ${one.port ?? ''}`,
  )
  const object = refOf(ingress)
  const value = typeof near === 'number' ? { number: near } : { name: near }
  return {
    code: 'ingress-port-missing',
    severity: 'critical',
    object,
    summary: `Ingress ${ingress.metadata.name} routes ${route.where} to port ${wanted} of Service ${name}, which only has ${some(have, 4)}${near === undefined ? '' : `; did you mean ${near}?`}`,
    evidence: [
      observe('spec', object, `backend ${name}:${wanted} for ${route.where}`),
      observe('spec', refOf(service), `Service ports: ${have.join(', ')}`),
    ],
    confidence: 0.95,
    affects: [refOf(service)],
    fix: [
      `kubectl -n ${namespace} patch ingress ${ingress.metadata.name} --type=json -p '[{"op":"replace","path":"${route.path}/port","value":${JSON.stringify(near === undefined ? '<port>' : value)}}]'`,
    ],
    prevention: ['Refer to Service ports by name in Ingresses.'],
    facts: { service: name, port: wanted, ...(near === undefined ? {} : { suggestedPort: String(near) }) },
  }
}

const check = (view: ClusterView, ingress: Ingress): readonly Finding[] => {
  const routes = routesOf(ingress).filter((route) => !isAction(route))
  const names = [...new Set(routes.flatMap((route) => route.service.name ?? []))]
  const gone = names.flatMap(
    (name) =>
      missing(
        view,
        ingress,
        name,
        routes.filter((route) => route.service.name === name),
      ) ?? [],
  )
  const wrong = routes.flatMap((route) => wrongPort(view, ingress, route) ?? [])
  // One finding per code and Ingress: the first stands for all that are alike.
  return [...gone.slice(0, 1).map((one) => also(one, gone)), ...wrong.slice(0, 1).map((one) => also(one, wrong))]
}

const also = (first: Finding, all: readonly Finding[]): Finding =>
  all.length === 1
    ? first
    : { ...first, contributing: all.slice(1).map((one) => one.summary), evidence: all.flatMap((one) => one.evidence) }

/** Ingress backends that name a Service, or a port of one, which does not exist. */
export const analyzer: Analyzer = {
  id: 'ingress-backend',
  codes: ['ingress-backend-missing', 'ingress-port-missing'],
  needs: ['ingresses', 'services'],
  analyze: (view) => view.all('Ingress').flatMap((ingress) => check(view, ingress)),
}
