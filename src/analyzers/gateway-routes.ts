import { conditionFrom, conditionOf, listAt, numberAt, textAt } from '../domain/at.ts'
import type { Finding } from '../domain/finding.ts'
import { type Condition, type KubeObject, refOf } from '../domain/kubernetes.ts'
import { nearestName } from '../domain/near-name.ts'
import type { ObjectRef } from '../domain/object.ts'
import { observe } from '../domain/observe.ts'
import { lasted } from '../domain/time.ts'
import { some } from '../domain/words.ts'
import type { ClusterView } from '../snapshot/view.ts'
import type { Analyzer } from './analyzer.ts'

const group = 'gateway.networking.k8s.io'
const kinds = ['HTTPRoute', 'GRPCRoute', 'TLSRoute', 'TCPRoute', 'UDPRoute'] as const
const graceSeconds = 120

type Trouble = {
  readonly text: string
  readonly confidence: number
  readonly condition?: Condition
  readonly near?: string
  readonly about?: ObjectRef
}
type Backend = { readonly namespace: string; readonly name: string; readonly port?: number }

const backendsOf = (route: KubeObject): readonly Backend[] =>
  listAt(route, 'spec', 'rules')
    .flatMap((rule) => listAt(rule, 'backendRefs'))
    .flatMap((ref) => {
      const name = textAt(ref, 'name')
      const foreign = (textAt(ref, 'kind') ?? 'Service') !== 'Service' || (textAt(ref, 'group') ?? '') !== ''
      const port = numberAt(ref, 'port')
      if (name === undefined || foreign) return []
      return [
        {
          namespace: textAt(ref, 'namespace') ?? route.metadata.namespace ?? '',
          name,
          ...(port === undefined ? {} : { port }),
        },
      ]
    })

/** Whether a ReferenceGrant in the Service's namespace lets this kind of route in this namespace refer to it. */
const granted = (view: ClusterView, route: KubeObject, backend: Backend): boolean =>
  view
    .list('ReferenceGrant', group)
    .some(
      (grant) =>
        grant.metadata.namespace === backend.namespace &&
        listAt(grant, 'spec', 'from').some(
          (from) => textAt(from, 'kind') === route.kind && textAt(from, 'namespace') === route.metadata.namespace,
        ) &&
        listAt(grant, 'spec', 'to').some(
          (to) => textAt(to, 'kind') === 'Service' && [undefined, backend.name].includes(textAt(to, 'name')),
        ),
    )

/** Whether a parent of the status is still one that the route names: controllers leave behind what they said of former ones. */
const isParent = (route: KubeObject, status: unknown): boolean => {
  const wanted = listAt(route, 'spec', 'parentRefs')
  const same = (ref: unknown) =>
    ['name', 'sectionName'].every((key) => textAt(ref, key) === textAt(status, 'parentRef', key)) &&
    (textAt(ref, 'namespace') ?? route.metadata.namespace) ===
      (textAt(status, 'parentRef', 'namespace') ?? route.metadata.namespace)
  return wanted.length === 0 || textAt(status, 'parentRef', 'name') === undefined || wanted.some(same)
}

const conditionsOf = (view: ClusterView, route: KubeObject, type: string): readonly Condition[] =>
  listAt(route, 'status', 'parents').flatMap((parent) => {
    if (!isParent(route, parent)) return []
    const condition = conditionOf(listAt(parent, 'conditions').map(conditionFrom), type)
    return condition?.status === 'False' && lasted(condition.lastTransitionTime, view.now, graceSeconds)
      ? [condition]
      : []
  })

const backendTrouble = (view: ClusterView, route: KubeObject, backend: Backend): Trouble | undefined => {
  const { namespace, name, port } = backend
  const where = namespace === route.metadata.namespace ? name : `${namespace}/${name}`
  const service = view.get('Service', namespace, name)
  if (service === undefined) {
    if (view.presence('Service', namespace, name) !== 'absent') return undefined
    const near = nearestName(
      name,
      view
        .all('Service')
        .filter((one) => one.metadata.namespace === namespace)
        .map((one) => one.metadata.name),
    )
    return {
      text: `backend Service ${where} does not exist${near === undefined ? '' : `; did you mean ${near}?`}`,
      confidence: 0.94,
      ...(near === undefined ? {} : { near }),
    }
  }
  const ports = service.spec?.ports ?? []
  if (port !== undefined && ports.length > 0 && !ports.some((one) => one.port === port)) {
    const have = ports.flatMap((one) => one.port ?? [])
    const near = have.length === 1 ? String(have[0]) : undefined
    return {
      text: `backend Service ${where} has no port ${port}, only ${some(have.map(String))}${near === undefined ? '' : `; did you mean ${near}?`}`,
      confidence: 0.94,
      about: refOf(service),
      ...(near === undefined ? {} : { near }),
    }
  }
  const judged = listAt(route, 'status', 'parents').length > 0
  if (namespace === route.metadata.namespace || judged || !view.complete('ReferenceGrant')) return undefined
  return granted(view, route, backend)
    ? undefined
    : {
        text: `backend Service ${where} is in another namespace and no ReferenceGrant there allows it`,
        confidence: 0.75,
      }
}

const backendFinding = (view: ClusterView, route: KubeObject): Finding | undefined => {
  const [condition] = conditionsOf(view, route, 'ResolvedRefs')
  const computed = backendsOf(route).flatMap((backend) => backendTrouble(view, route, backend) ?? [])
  if (condition === undefined && computed.length === 0) return undefined
  const object = refOf(route)
  const first = computed[0]
  const denied = condition?.reason === 'RefNotPermitted'
  const text = denied || first === undefined ? `${condition?.reason ?? ''}: ${condition?.message ?? ''}` : first.text
  return {
    code: 'route-backend-missing',
    severity: 'critical',
    object,
    summary: `${route.kind} ${route.metadata.name} cannot reach its backend: ${text}`,
    evidence: [
      ...(condition === undefined
        ? []
        : [
            observe(
              'status',
              object,
              `ResolvedRefs is False (${condition.reason ?? ''}): ${condition.message ?? ''}`,
              condition.lastTransitionTime,
            ),
          ]),
      ...computed.map((one) => observe('computed', one.about ?? object, one.text)),
    ],
    confidence: condition === undefined ? (first?.confidence ?? 0.8) : 0.96,
    ...(condition?.lastTransitionTime === undefined ? {} : { since: condition.lastTransitionTime }),
    fix: denied
      ? [
          `Add a ReferenceGrant in the backend's namespace that allows ${route.kind} from namespace ${route.metadata.namespace ?? ''}.`,
        ]
      : [
          `kubectl -n ${route.metadata.namespace ?? ''} edit ${route.kind.toLowerCase()} ${route.metadata.name}${first?.near === undefined ? '' : ` (backend: ${first.near})`}`,
        ],
    facts: first?.near === undefined ? {} : { nearestKey: first.near },
  }
}

const parentTrouble = (view: ClusterView, route: KubeObject): Trouble | undefined => {
  const gateways = view.list('Gateway', group)
  for (const ref of listAt(route, 'spec', 'parentRefs')) {
    const name = textAt(ref, 'name')
    if (name === undefined || (textAt(ref, 'kind') ?? 'Gateway') !== 'Gateway') continue
    const namespace = textAt(ref, 'namespace') ?? route.metadata.namespace
    const gateway = gateways.find((one) => one.metadata.name === name && one.metadata.namespace === namespace)
    if (gateway === undefined) {
      if (gateways.length === 0 || !view.complete('Gateway')) continue
      const elsewhere = gateways.find((one) => one.metadata.name === name)
      const near =
        elsewhere === undefined
          ? nearestName(
              name,
              gateways.map((one) => one.metadata.name),
            )
          : `${elsewhere.metadata.namespace ?? ''}/${name}`
      return {
        text: `Gateway ${namespace ?? ''}/${name} does not exist${near === undefined ? '' : `; did you mean ${near}?`}`,
        confidence: 0.92,
        ...(near === undefined ? {} : { near }),
      }
    }
    const section = textAt(ref, 'sectionName')
    const listeners = listAt(gateway, 'spec', 'listeners').flatMap((one) => textAt(one, 'name') ?? [])
    if (section !== undefined && listeners.length > 0 && !listeners.includes(section)) {
      const near = nearestName(section, listeners)
      return {
        text: `Gateway ${name} has no listener ${section}, only ${some(listeners)}`,
        confidence: 0.92,
        about: refOf(gateway),
        ...(near === undefined ? {} : { near }),
      }
    }
  }
  return undefined
}

const acceptedFinding = (view: ClusterView, route: KubeObject): Finding | undefined => {
  const [condition] = conditionsOf(view, route, 'Accepted')
  const untouched =
    listAt(route, 'status', 'parents').length === 0 && lasted(route.metadata.creationTimestamp, view.now, 300)
  const parent = condition !== undefined || untouched ? parentTrouble(view, route) : undefined
  if (condition === undefined && parent === undefined) return undefined
  const object = refOf(route)
  const said = condition === undefined ? '' : `${condition.reason ?? ''}: ${condition.message ?? ''}`
  return {
    code: 'route-not-accepted',
    severity: 'critical',
    object,
    summary: `${route.kind} ${route.metadata.name} is not accepted by its Gateway: ${[said, parent?.text].filter(Boolean).join('; ')}`,
    evidence: [
      ...(condition === undefined
        ? []
        : [observe('status', object, `Accepted is False (${said})`, condition.lastTransitionTime)]),
      ...(parent === undefined ? [] : [observe('computed', parent.about ?? object, parent.text)]),
    ],
    confidence: condition === undefined ? (parent?.confidence ?? 0.8) : 0.95,
    ...(condition?.lastTransitionTime === undefined ? {} : { since: condition.lastTransitionTime }),
    fix: [fixFor(condition?.reason, route)],
    facts: {
      reason: condition?.reason ?? 'NoMatchingParent',
      ...(parent?.near === undefined ? {} : { nearestKey: parent.near }),
    },
  }
}

const fixFor = (reason: string | undefined, route: KubeObject): string => {
  if (reason === 'NotAllowedByListeners')
    return `Let the listener's allowedRoutes include namespace ${route.metadata.namespace ?? ''}, or move the route.`
  if (reason === 'NoMatchingListenerHostname') return 'Make a hostname of the route fit the hostname of the listener.'
  return `Correct parentRefs: kubectl -n ${route.metadata.namespace ?? ''} edit ${route.kind.toLowerCase()} ${route.metadata.name}`
}

/** Gateway API routes that no Gateway accepts, or whose backends cannot be reached. ReferenceGrants are honoured. */
export const analyzer: Analyzer = {
  id: 'gateway-routes',
  codes: ['route-not-accepted', 'route-backend-missing'],
  needs: [],
  analyze: (view) =>
    kinds
      .flatMap((kind) => view.list(kind, group))
      .flatMap((route) => [acceptedFinding(view, route), backendFinding(view, route)].flatMap((one) => one ?? [])),
}
