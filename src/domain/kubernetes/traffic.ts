import type { Condition, IntOrString, LabelSelector, Labels, Metadata, TargetRef, Typed } from './meta.ts'

export type ServicePort = {
  readonly name?: string
  readonly port?: number
  readonly targetPort?: IntOrString
  readonly nodePort?: number
  readonly protocol?: string
  readonly appProtocol?: string
}

export type Service = Typed<
  'Service',
  {
    readonly type?: string
    readonly clusterIP?: string
    readonly selector?: Labels
    readonly ports?: readonly ServicePort[]
    readonly externalName?: string
    readonly externalTrafficPolicy?: string
    readonly internalTrafficPolicy?: string
    readonly publishNotReadyAddresses?: boolean
    readonly loadBalancerClass?: string
    readonly externalIPs?: readonly string[]
  },
  {
    readonly loadBalancer?: { readonly ingress?: readonly { readonly ip?: string; readonly hostname?: string }[] }
    readonly conditions?: readonly Condition[]
  }
>

export type EndpointSlice = {
  readonly apiVersion: string
  readonly kind: 'EndpointSlice'
  readonly metadata: Metadata
  readonly addressType?: string
  readonly endpoints?: readonly {
    readonly addresses?: readonly string[]
    readonly conditions?: { readonly ready?: boolean; readonly serving?: boolean; readonly terminating?: boolean }
    readonly nodeName?: string
    readonly zone?: string
    readonly targetRef?: TargetRef
  }[]
  readonly ports?: readonly { readonly name?: string; readonly port?: number; readonly protocol?: string }[]
}

export type IngressBackend = {
  readonly service?: { readonly name?: string; readonly port?: { readonly name?: string; readonly number?: number } }
  readonly resource?: TargetRef
}

export type Ingress = Typed<
  'Ingress',
  {
    readonly ingressClassName?: string
    readonly defaultBackend?: IngressBackend
    readonly tls?: readonly { readonly hosts?: readonly string[]; readonly secretName?: string }[]
    readonly rules?: readonly {
      readonly host?: string
      readonly http?: {
        readonly paths?: readonly {
          readonly path?: string
          readonly pathType?: string
          readonly backend?: IngressBackend
        }[]
      }
    }[]
  },
  { readonly loadBalancer?: { readonly ingress?: readonly { readonly ip?: string; readonly hostname?: string }[] } }
>

export type IngressClass = Typed<'IngressClass', { readonly controller?: string }, unknown>

export type NetworkPolicyPeer = {
  readonly podSelector?: LabelSelector
  readonly namespaceSelector?: LabelSelector
  readonly ipBlock?: { readonly cidr?: string; readonly except?: readonly string[] }
}

export type NetworkPolicyPort = { readonly port?: IntOrString; readonly endPort?: number; readonly protocol?: string }

export type NetworkPolicy = Typed<
  'NetworkPolicy',
  {
    readonly podSelector?: LabelSelector
    readonly policyTypes?: readonly string[]
    readonly ingress?: readonly {
      readonly from?: readonly NetworkPolicyPeer[]
      readonly ports?: readonly NetworkPolicyPort[]
    }[]
    readonly egress?: readonly {
      readonly to?: readonly NetworkPolicyPeer[]
      readonly ports?: readonly NetworkPolicyPort[]
    }[]
  },
  unknown
>
