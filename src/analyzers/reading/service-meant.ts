import type { Pod, Service } from '../../domain/kubernetes.ts'
import { portsNamed } from '../../domain/named-services.ts'
import type { ClusterView } from '../../snapshot/view.ts'
import { settingsOf } from './needed-services.ts'

const isPrivate = (address: string): boolean =>
  /^(?:10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|f[cd][0-9a-f]{2}:)/i.test(address)

const fullName = /\b([a-z0-9-]{1,63})\.([a-z0-9-]{1,63})\.svc\b/

const hasPort = (service: Service, port: number | undefined): boolean =>
  port === undefined || (service.spec?.ports ?? []).some((one) => one.port === port || one.targetPort === port)

const isKnown = (view: ClusterView, address: string): boolean =>
  view
    .all('Node')
    .some((node) => (node.status?.addresses ?? []).some((one: { address?: string }) => one.address === address)) ||
  view.all('EndpointSlice').some((slice) => (slice.endpoints ?? []).some((one) => one.addresses?.includes(address)))

/**
 * The Service that a log line means by a private address that nothing in the cluster has now: Services are made anew and get
 * another one. Told by a full Service name in the line, by the settings of the pod, by a Service that the line names and that has the
 * port, or by the only Service of the namespace with that port. Undefined where it could be something else.
 */
export const serviceMeant = (
  view: ClusterView,
  pod: Pod,
  address: string,
  port: number | undefined,
  line: string,
): Service | undefined => {
  const named = fullName.exec(line)
  const told = named === null ? undefined : view.get('Service', named[2], named[1] ?? '')
  if (told !== undefined) return told
  if (!isPrivate(address) || isKnown(view, address)) return undefined
  const own = new Set(view.servicesFor(pod))
  const near = view
    .all('Service')
    .filter((one) => one.metadata.namespace === pod.metadata.namespace && hasPort(one, port) && !own.has(one))
  const settings = port === undefined ? [] : settingsOf(view, view.workloadOf(pod)).map((one) => one.text)
  const set = view.all('Service').filter((one) => {
    const meant = { name: one.metadata.name, namespace: one.metadata.namespace ?? '' }
    const reachable = one.metadata.namespace === pod.metadata.namespace
    return reachable && settings.some((text) => portsNamed(text, meant).includes(port ?? 0))
  })
  if (set.length === 1) return set[0]
  const words = new Set(line.toLowerCase().match(/[a-z][a-z0-9]*(?:-[a-z0-9]+)*/g) ?? [])
  const spoken = near.filter((one) => words.has(one.metadata.name))
  if (spoken.length === 1) return spoken[0]
  return spoken.length === 0 && port !== undefined && near.length === 1 ? near[0] : undefined
}
