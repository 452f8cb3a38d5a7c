import type { Pod, Service, ServicePort } from './kubernetes.ts'
import { declaredPorts } from './pod-state.ts'

/** The port at the pod that a Service port leads to; undefined where it is named and the pod has no port of that name and protocol. */
export const resolvePort = (port: ServicePort, pod: Pod): number | undefined => {
  const target = port.targetPort ?? port.port
  if (typeof target !== 'string') return target === 0 ? port.port : target
  if (/^\d+$/.test(target)) return Number(target)
  const protocol = port.protocol ?? 'TCP'
  return declaredPorts(pod.spec).find((one) => one.port.name === target && (one.port.protocol ?? 'TCP') === protocol)
    ?.port.containerPort
}

/** A Service port as people write it: `http (80 → 8080)`. */
export const servicePortText = (port: ServicePort): string =>
  `${port.name === undefined || port.name === '' ? '' : `${port.name} `}${port.port ?? '?'} → ${port.targetPort ?? port.port ?? '?'}`

/** Whether a Service has a virtual address and surely does not answer at this port. */
export const lacksPort = (service: Service, port: number): boolean => {
  const ports = service.spec?.ports ?? []
  const virtual = !isHeadless(service) && service.spec?.type !== 'ExternalName'
  return virtual && ports.length > 0 && !ports.some((one) => one.port === port)
}

/** Whether a Service sends traffic to pods by its own selector. */
export const selectsPods = (service: Service): boolean =>
  service.spec?.type !== 'ExternalName' && Object.keys(service.spec?.selector ?? {}).length > 0

/** Whether a Service has no virtual address, so that clients reach the pods' own ports. */
export const isHeadless = (service: Service): boolean => service.spec?.clusterIP === 'None'
