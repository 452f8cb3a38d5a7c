import type { Observation } from '../../domain/evidence.ts'
import { refOf, type Service } from '../../domain/kubernetes.ts'
import type { ObjectRef } from '../../domain/object.ts'
import { observe } from '../../domain/observe.ts'
import { short } from '../../domain/words.ts'
import type { ClusterView } from '../../snapshot/view.ts'
import { destinationOf, failedFlows } from './failed-flows.ts'

/** What shows that a Service is wanted, or is failing those who want it. */
export type ServiceUse = { readonly by: ObjectRef; readonly failing: boolean; readonly observation: Observation }

const ingressUses = (view: ClusterView, service: Service): readonly ServiceUse[] =>
  view.all('Ingress').flatMap((ingress) => {
    if (ingress.metadata.namespace !== service.metadata.namespace) return []
    const paths = (ingress.spec?.rules ?? []).flatMap((rule) => rule.http?.paths ?? [])
    const backends = [ingress.spec?.defaultBackend, ...paths.map((path) => path.backend)]
    if (!backends.some((backend) => backend?.service?.name === service.metadata.name)) return []
    const by = refOf(ingress)
    return [{ by, failing: false, observation: observe('spec', by, `Ingress ${ingress.metadata.name} routes to it`) }]
  })

const logUses = (view: ClusterView, service: Service): readonly ServiceUse[] =>
  failedFlows(view).flatMap((flow) => {
    const destination = destinationOf(view, flow)
    if (destination?.kind !== 'service' || destination.service !== service) return []
    const by = view.workloadOf(flow.pod).ref
    return [{ by, failing: true, observation: observe('log', refOf(flow.pod), short(flow.line, 300)) }]
  })

const alertUses = (view: ClusterView, service: Service): readonly ServiceUse[] =>
  view.alerts.flatMap((alert) => {
    if (alert.status === 'resolved') return []
    const named = [alert.labels['service'], alert.labels['destination_service_name']].includes(service.metadata.name)
    const here = alert.labels['namespace'] === undefined || alert.labels['namespace'] === service.metadata.namespace
    const text = `${alert.title} ${Object.values(alert.annotations).join(' ')}`
    const told = new RegExp(`(?<![\\w-])${service.metadata.name.replaceAll('.', '\\.')}(?![\\w-])`).test(text)
    if (!here || (!named && !told)) return []
    const by = refOf(service)
    return [{ by, failing: true, observation: observe('alert', by, alert.title, alert.startsAt) }]
  })

/** Everything in the view that shows a Service to be wanted; those for whom it fails first. */
export const usesOf = (view: ClusterView, service: Service): readonly ServiceUse[] => [
  ...logUses(view, service),
  ...alertUses(view, service),
  ...ingressUses(view, service),
]
