import type { Observation } from '../domain/evidence.ts'
import type { Finding } from '../domain/finding.ts'
import { type Pod, refOf, type Service, type ServicePort } from '../domain/kubernetes.ts'
import { nearestName } from '../domain/near-name.ts'
import { refText } from '../domain/object.ts'
import { observe } from '../domain/observe.ts'
import { declaredPorts, isLive, isPodReady } from '../domain/pod-state.ts'
import { isHeadless, resolvePort, selectsPods, servicePortText } from '../domain/service-port.ts'
import { some } from '../domain/words.ts'
import type { ClusterView } from '../snapshot/view.ts'
import type { Analyzer } from './analyzer.ts'
import { type ListeningPorts, listeningPorts } from './reading/listening-ports.ts'
import { usesOf } from './reading/service-users.ts'

type Wrong = {
  readonly port: ServicePort
  readonly why: string
  readonly suggested?: string | number
  readonly confidence: number
  readonly evidence: readonly Observation[]
}

const namedWrong = (port: ServicePort, pods: readonly Pod[]): Wrong | undefined => {
  const target = port.targetPort
  if (typeof target !== 'string' || /^\d+$/.test(target)) return undefined
  if (pods.some((pod) => resolvePort(port, pod) !== undefined)) return undefined
  const [pod] = pods
  if (pod === undefined) return undefined
  const protocol = port.protocol ?? 'TCP'
  const declared = declaredPorts(pod.spec).map((one) => one.port)
  const names = declared.flatMap((one) => one.name ?? [])
  const otherProtocol = declared.find((one) => one.name === target)
  const only = declared.length === 1 ? declared[0] : undefined
  const suggested =
    nearestName(target, names) ??
    declared.find((one) => one.containerPort === port.port)?.name ??
    only?.name ??
    only?.containerPort
  const have = declared.map((one) => `${one.name ?? '(unnamed)'} ${one.containerPort ?? ''}/${one.protocol ?? 'TCP'}`)
  const why =
    otherProtocol === undefined
      ? `targetPort "${target}" is no port name of the selected pods (they have ${have.length === 0 ? 'no declared ports' : some(have, 4)})`
      : `targetPort "${target}" is ${otherProtocol.protocol ?? 'TCP'} in the pod but the Service port is ${protocol}`
  return {
    port,
    why,
    ...(suggested === undefined ? {} : { suggested }),
    confidence: 0.95,
    evidence: [observe('spec', refOf(pod), `container ports: ${have.join(', ') || 'none declared'}`)],
  }
}

const merged = (all: readonly ListeningPorts[]) => ({
  logged: all.flatMap((one) => one.logged),
  probed: new Set(all.flatMap((one) => one.probed)),
  declared: new Set(all.flatMap((one) => one.declared)),
  configured: new Set(all.flatMap((one) => one.configured)),
  declaresAll: all.every((one) => one.declaresAll),
})

const numberWrong = (
  port: ServicePort,
  pods: readonly Pod[],
  known: ReturnType<typeof merged>,
  isRefused: () => boolean,
  sole: boolean,
): Wrong | undefined => {
  const target = port.targetPort === undefined || port.targetPort === 0 ? port.port : Number(port.targetPort)
  const [pod] = pods
  if (target === undefined || Number.isNaN(target) || pod === undefined || port.protocol === 'UDP') return undefined
  const logged = new Set(known.logged.map((one) => one.port))
  if (logged.has(target) || known.probed.has(target)) return undefined
  const promised = known.declared.has(target) || known.configured.has(target)
  if (promised && logged.size === 0) return undefined
  const refused = isRefused()
  // The spec says yes, the running process says no: the process wins, but only where clients were refused.
  if (promised && !refused) return undefined
  const undeclared = known.declaresAll && !known.declared.has(target)
  const elsewhere = logged.size > 0 || known.configured.size > 0
  if (!undeclared && !elsewhere && !(refused && known.probed.size > 0)) return undefined
  // One undeclared port beside others that fit is often a metrics or admin port.
  if (!sole && !refused && logged.size === 0) return undefined
  if (!undeclared && logged.size === 0 && !refused) return undefined
  const suggested = [...logged][0] ?? [...known.probed][0] ?? [...known.configured][0] ?? [...known.declared][0]
  const confidence = Math.min(
    promised ? 0.74 : 0.95,
    0.68 + (logged.size > 0 ? 0.12 : 0) + (refused ? 0.14 : 0) + (known.probed.size > 0 ? 0.05 : 0),
  )
  const serves = [...new Set([...logged, ...known.probed, ...known.configured, ...known.declared])]
  return {
    port,
    why: `nothing in the selected pods serves port ${target}; they serve ${some(serves.map(String), 4)}`,
    ...(suggested === undefined ? {} : { suggested }),
    confidence,
    evidence: [
      ...known.logged.slice(0, 1).map((one) => observe('log', refOf(pod), one.line)),
      observe('spec', refOf(pod), `declared container ports: ${[...known.declared].join(', ') || 'none'}`),
    ],
  }
}

/** Whether a pod declares each port by its number, and no log can say otherwise: nothing is wrong then, as with most Services. */
const areDeclared = (view: ClusterView, ports: readonly ServicePort[], pods: readonly Pod[]): boolean => {
  const declared = pods[0]?.spec?.containers?.flatMap((container) => container.ports ?? []) ?? []
  const isDeclared = ({ targetPort, port }: ServicePort): boolean =>
    typeof targetPort !== 'string' && declared.some((one) => one.containerPort === (targetPort || port))
  return (
    ports.every(isDeclared) &&
    pods.every(({ metadata }) => view.logs(metadata.namespace ?? '', metadata.name).length === 0)
  )
}

const wrongPorts = (view: ClusterView, service: Service): readonly Wrong[] => {
  const all = view
    .podsSelected(service.metadata.namespace ?? '', { matchLabels: service.spec?.selector ?? {} })
    .filter(isLive)
  const ready = all.filter(isPodReady)
  const pods = ready.length > 0 ? ready : all
  if (pods.length === 0 || areDeclared(view, service.spec?.ports ?? [], pods)) return []
  // Asked only where something looks wrong: it reads every log.
  const refused = () => usesOf(view, service).some((use) => use.failing)
  const ports = service.spec?.ports ?? []
  const known = merged(pods.map((one) => listeningPorts(view, one)))
  const served = new Set([
    ...known.logged.map((one) => one.port),
    ...known.probed,
    ...known.declared,
    ...known.configured,
  ])
  const fits = ports.filter((port) => pods.some((pod) => served.has(resolvePort(port, pod) ?? -1)))
  return ports.flatMap((port) => {
    if (typeof port.targetPort === 'string') return namedWrong(port, pods) ?? []
    return isHeadless(service) ? [] : (numberWrong(port, pods, known, refused, fits.length === 0) ?? [])
  })
}

const findingOf = (view: ClusterView, service: Service, wrong: readonly Wrong[]): Finding | undefined => {
  const [first] = wrong
  if (first === undefined) return undefined
  const object = refOf(service)
  const uses = usesOf(view, service)
  const index = (service.spec?.ports ?? []).indexOf(first.port)
  const pods = view
    .podsSelected(service.metadata.namespace ?? '', { matchLabels: service.spec?.selector ?? {} })
    .filter(isLive)
  const workloads = [...new Map(pods.map((pod) => view.workloadOf(pod).ref).map((ref) => [refText(ref), ref])).values()]
  const hint = first.suggested === undefined ? '' : `; did you mean ${first.suggested}?`
  const value = JSON.stringify(first.suggested ?? '<port>')
  return {
    code: 'service-port-mismatch',
    severity: 'critical',
    object,
    summary: `Service ${service.metadata.name} port ${servicePortText(first.port)} reaches nothing: ${first.why}${hint}`,
    evidence: [
      ...first.evidence,
      observe('spec', object, `ports: ${(service.spec?.ports ?? []).map(servicePortText).join(', ')}`),
      ...uses.slice(0, 3).map((use) => use.observation),
    ],
    confidence: first.confidence,
    affects: [...workloads, ...uses.map((use) => use.by).filter((by) => by.kind !== 'Service')],
    fix: [
      `kubectl -n ${service.metadata.namespace ?? ''} patch service ${service.metadata.name} --type=json -p '[{"op":"replace","path":"/spec/ports/${Math.max(0, index)}/targetPort","value":${value}}]'`,
      `kubectl -n ${service.metadata.namespace ?? ''} get endpointslices -l kubernetes.io/service-name=${service.metadata.name}`,
    ],
    prevention: ['Give container ports names and let Services target the name.'],
    facts: {
      port: String(first.port.targetPort ?? first.port.port ?? ''),
      ...(first.suggested === undefined ? {} : { suggestedPort: String(first.suggested) }),
    },
  }
}

/** Service ports that lead to a port name or number which no selected container serves. */
export const analyzer: Analyzer = {
  id: 'service-port',
  codes: ['service-port-mismatch'],
  needs: ['services', 'pods'],
  analyze: (view) =>
    view
      .all('Service')
      .flatMap((service) => (selectsPods(service) ? (findingOf(view, service, wrongPorts(view, service)) ?? []) : [])),
}
