import type {
  EndpointSlice,
  Ingress,
  IngressBackend,
  IngressClass,
  NetworkPolicy,
  Service,
} from '../../domain/kubernetes.ts'
import { conditions, labelSelector, labels, metadata, objectReference, texts, typedReference } from './meta.ts'
import { bool, f, int, intOrString, list, message, positive, raw, text } from './shape.ts'

type Some<T> = NonNullable<T>

const addresses = list(message<{ ip?: string; hostname?: string }>({ ip: f(1, text), hostname: f(2, text) }))
type Balanced = { readonly ingress?: readonly { readonly ip?: string; readonly hostname?: string }[] }
const loadBalancer = message<Balanced>({ ingress: f(1, addresses) })

export const service = message<Omit<Service, 'apiVersion' | 'kind'>>({
  metadata: f(1, metadata),
  spec: f(
    2,
    message<Some<Service['spec']>>({
      ports: f(
        1,
        list(
          message<Some<Some<Service['spec']>['ports']>[number]>({
            name: f(1, text),
            protocol: f(2, text),
            port: f(3, int),
            targetPort: f(4, intOrString),
            nodePort: f(5, positive),
            appProtocol: f(6, text),
          }),
        ),
      ),
      selector: f(2, labels),
      clusterIP: f(3, text),
      type: f(4, text),
      externalIPs: f(5, texts),
      externalName: f(10, text),
      externalTrafficPolicy: f(11, text),
      publishNotReadyAddresses: f(13, bool),
      loadBalancerClass: f(21, text),
      internalTrafficPolicy: f(22, text),
    }),
  ),
  status: f(3, message<Some<Service['status']>>({ loadBalancer: f(1, loadBalancer), conditions: f(2, conditions) })),
})

export const endpointSlice = message<Omit<EndpointSlice, 'apiVersion' | 'kind'>>({
  metadata: f(1, metadata),
  endpoints: f(
    2,
    list(
      message<Some<EndpointSlice['endpoints']>[number]>({
        addresses: f(1, texts),
        conditions: f(
          2,
          message<Some<Some<EndpointSlice['endpoints']>[number]['conditions']>>({
            ready: f(1, bool),
            serving: f(2, bool),
            terminating: f(3, bool),
          }),
        ),
        targetRef: f(4, objectReference),
        nodeName: f(6, text),
        zone: f(7, text),
      }),
    ),
  ),
  ports: f(
    3,
    list(message<Some<EndpointSlice['ports']>[number]>({ name: f(1, text), protocol: f(2, text), port: f(3, int) })),
  ),
  addressType: f(4, text),
})

const backend = message<IngressBackend>({
  resource: f(3, typedReference),
  service: f(
    4,
    message<Some<IngressBackend['service']>>({
      name: f(1, text),
      port: f(2, message<{ name?: string; number?: number }>({ name: f(1, text), number: f(2, positive) })),
    }),
  ),
})

type Rule = Some<Some<Ingress['spec']>['rules']>[number]

const rule = message<Rule>({
  host: f(1, text),
  http: f(
    [2, 1],
    message<Some<Rule['http']>>({
      paths: f(
        1,
        list(
          message<Some<Some<Rule['http']>['paths']>[number]>({
            path: f(1, text),
            backend: f(2, backend),
            pathType: f(3, text),
          }),
        ),
      ),
    }),
  ),
})

export const ingress = message<Omit<Ingress, 'apiVersion' | 'kind'>>({
  metadata: f(1, metadata),
  spec: f(
    2,
    message<Some<Ingress['spec']>>({
      defaultBackend: f(1, backend),
      tls: f(
        2,
        list(
          message<{ hosts?: readonly string[]; secretName?: string }>({ hosts: f(1, texts), secretName: f(2, text) }),
        ),
      ),
      rules: f(3, list(rule)),
      ingressClassName: f(4, text),
    }),
  ),
  status: f(3, message<Some<Ingress['status']>>({ loadBalancer: f(1, loadBalancer) })),
})

export const ingressClass = message<Omit<IngressClass, 'apiVersion' | 'kind'>>({
  metadata: f(1, metadata),
  spec: f(2, message<{ controller?: string }>({ controller: f(1, text) })),
  status: f(0, raw),
})

type PolicySpec = Some<NetworkPolicy['spec']>
type Peer = Some<Some<PolicySpec['ingress']>[number]['from']>[number]

const peers = list(
  message<Peer>({
    podSelector: f(1, labelSelector),
    namespaceSelector: f(2, labelSelector),
    ipBlock: f(3, message<Some<Peer['ipBlock']>>({ cidr: f(1, text), except: f(2, texts) })),
  }),
)
const ports = list(
  message<Some<Some<PolicySpec['ingress']>[number]['ports']>[number]>({
    protocol: f(1, text),
    port: f(2, intOrString),
    endPort: f(3, int),
  }),
)

export const networkPolicy = message<Omit<NetworkPolicy, 'apiVersion' | 'kind'>>({
  metadata: f(1, metadata),
  spec: f(
    2,
    message<PolicySpec>({
      podSelector: f(1, labelSelector),
      ingress: f(2, list(message<Some<PolicySpec['ingress']>[number]>({ ports: f(1, ports), from: f(2, peers) }))),
      egress: f(3, list(message<Some<PolicySpec['egress']>[number]>({ ports: f(1, ports), to: f(2, peers) }))),
      policyTypes: f(4, texts),
    }),
  ),
  status: f(0, raw),
})
