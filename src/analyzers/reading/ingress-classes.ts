import type { Ingress } from '../../domain/kubernetes.ts'
import type { ClusterView } from '../../snapshot/view.ts'

const legacyKey = 'kubernetes.io/ingress.class'

/** The class that an Ingress names: by its spec, else by the old annotation. */
export const namedClass = (ingress: Ingress): string | undefined =>
  ingress.spec?.ingressClassName ?? ingress.metadata.annotations?.[legacyKey]

/** The classes marked as the default for Ingresses that name none. */
export const defaultClasses = (view: ClusterView): readonly string[] =>
  view
    .all('IngressClass')
    .filter((one) => one.metadata.annotations?.['ingressclass.kubernetes.io/is-default-class'] === 'true')
    .map((one) => one.metadata.name)

/** The class that serves an Ingress, the default included; undefined where none does. */
export const servingClass = (view: ClusterView, ingress: Ingress): string | undefined =>
  namedClass(ingress) ?? defaultClasses(view)[0]

/** Whether the Ingress is served by a cloud's own load balancer, one per Ingress (or per group), with its own certificates. */
export const isCloudClass = (view: ClusterView, ingress: Ingress): boolean => {
  const name = servingClass(view, ingress) ?? ''
  const controller = view.get('IngressClass', undefined, name)?.spec?.controller ?? ''
  return (
    /^(?:alb|gce|gce-internal)$/.test(name) || /elbv2\.k8s\.aws|eks\.amazonaws\.com\/alb|ingress-gce/.test(controller)
  )
}

/** Whether a load balancer address was published on the Ingress: then some controller serves it. */
export const hasAddress = (ingress: Ingress): boolean =>
  (ingress.status?.loadBalancer?.ingress ?? []).some((one) => one.ip !== undefined || one.hostname !== undefined)
