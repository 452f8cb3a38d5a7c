import { type Pod, refOf, type Service } from '../../domain/kubernetes.ts'
import { selectsPods } from '../../domain/service-port.ts'
import type { ClusterView, Workload } from '../../snapshot/view.ts'
import { oncePerView } from './once-per-view.ts'

/** What serves DNS to pods: its Service, the workload behind it and the workload's pods, as far as the view holds them. */
export type ClusterDns = {
  readonly service?: Service
  readonly workload?: Workload
  readonly pods: readonly Pod[]
}

const serviceNames = ['kube-dns', 'coredns', 'rke2-coredns-rke2-coredns', 'dns-default']
const workloadNames = /^(?:coredns|kube-dns|rke2-coredns-rke2-coredns|dns-default)$/
const namespaces = ['kube-system', 'openshift-dns']

const isDnsService = (service: Service): boolean =>
  namespaces.includes(service.metadata.namespace ?? '') &&
  (service.metadata.labels?.['k8s-app'] === 'kube-dns' || serviceNames.includes(service.metadata.name)) &&
  (service.spec?.ports ?? []).some((port) => port.port === 53) &&
  selectsPods(service)

/** Finds the cluster DNS: CoreDNS or kube-dns in the places where distributions put it. */
export const clusterDns = oncePerView((view: ClusterView): ClusterDns => {
  const service = view.all('Service').find(isDnsService)
  const workload = view.workloads.find(
    (one) =>
      namespaces.includes(one.ref.namespace ?? '') &&
      one.ref.kind !== 'Pod' &&
      (workloadNames.test(one.ref.name) || one.object.metadata.labels?.['k8s-app'] === 'kube-dns') &&
      !/autoscal|node-?local/.test(one.ref.name),
  )
  const pods = workload === undefined ? [] : view.podsOf(workload.ref)
  return { ...(service === undefined ? {} : { service }), ...(workload === undefined ? {} : { workload }), pods }
})

/** The reference of the DNS workload, or of its Service where only that is known. */
export const dnsRef = (dns: ClusterDns) =>
  dns.workload?.ref ?? (dns.service === undefined ? undefined : refOf(dns.service))
