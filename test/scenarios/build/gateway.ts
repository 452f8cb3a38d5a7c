import { writeCase } from './case.ts'
import { neighbours } from './cluster.ts'
import { ago, condition, container, type Doc, deployment, endpointSlice, namespace, obj, service } from './objects.ts'

const ns = 'shop'
const api = 'gateway.networking.k8s.io/v1'
const app = (name: string, where = ns): readonly Doc[] => {
  const workload = deployment({
    namespace: where,
    name,
    containers: [container(name, { ports: [{ containerPort: 8080, name: 'http' }] })],
  })
  const svc = service({ namespace: where, name, selector: { app: name } })
  return [
    ...workload,
    svc,
    endpointSlice(
      svc,
      workload.filter((doc) => doc['kind'] === 'Pod'),
    ),
  ]
}
const ok = (...types: readonly string[]) =>
  types.map((type) => condition(type, 'True', { reason: type, observedGeneration: 1 }))
const no = (type: string, reason: string, message: string) =>
  condition(type, 'False', { reason, message, lastTransitionTime: ago(40) })
const gatewayClass = obj(api, 'GatewayClass', undefined, 'istio', {
  spec: { controllerName: 'istio.io/gateway-controller' },
  status: { conditions: ok('Accepted') },
})
const gateway = (
  listeners: readonly Doc[] = [],
  own: readonly Doc[] = ok('Accepted', 'Programmed'),
  extra: object = {},
  metadata: Readonly<Record<string, unknown>> = {},
): Doc =>
  obj(
    api,
    'Gateway',
    'infra',
    'public',
    {
      spec: {
        gatewayClassName: 'istio',
        listeners: [
          {
            name: 'https',
            port: 443,
            protocol: 'HTTPS',
            hostname: '*.example.com',
            allowedRoutes: { namespaces: { from: 'All' } },
            tls: { mode: 'Terminate', certificateRefs: [{ kind: 'Secret', name: 'wildcard-tls' }] },
          },
        ],
        ...extra,
      },
      status: { conditions: own, listeners },
    },
    metadata,
  )
const listener = (conditions: readonly Doc[]): Doc => ({
  name: 'https',
  attachedRoutes: 1,
  supportedKinds: [{ group: 'gateway.networking.k8s.io', kind: 'HTTPRoute' }],
  conditions,
})
const goodListener = listener(ok('Accepted', 'Programmed', 'ResolvedRefs'))
const route = (
  backends: readonly object[],
  conditions: readonly Doc[] | undefined,
  parent: object = { name: 'public', namespace: 'infra' },
): Doc =>
  obj(api, 'HTTPRoute', ns, 'shop', {
    spec: {
      parentRefs: [parent],
      hostnames: ['shop.example.com'],
      rules: [{ matches: [{ path: { type: 'PathPrefix', value: '/' } }], backendRefs: backends }],
    },
    ...(conditions === undefined
      ? {}
      : { status: { parents: [{ parentRef: parent, controllerName: 'istio.io/gateway-controller', conditions }] } }),
  })
const web = { kind: 'Service', name: 'web', port: 80 }
const base = (): readonly Doc[] => [...neighbours(), namespace('infra'), namespace(ns), gatewayClass, ...app('web')]
const write = (id: string, docs: readonly Doc[], expected: Parameters<typeof writeCase>[3]) =>
  writeCase('gateway', id, [...base(), ...docs], expected)
const gatewayObject = [{ kind: 'Gateway', namespace: 'infra', name: 'public' }]
const routeObject = [{ kind: 'HTTPRoute', namespace: ns, name: 'shop' }]
const good = ok('Accepted', 'ResolvedRefs')

write(
  'gateway-certificate-ref-plain',
  [
    gateway(
      [
        listener([
          ...ok('Accepted'),
          no('ResolvedRefs', 'InvalidCertificateRef', 'Secret infra/wildcard-tls does not exist'),
          no('Programmed', 'Invalid', 'Bad TLS configuration'),
        ]),
      ],
      [...ok('Accepted'), no('Programmed', 'Invalid', 'Some listeners are not programmed')],
    ),
    route([web], good),
  ],
  {
    verdict: 'fault',
    codes: ['gateway-not-programmed'],
    objects: gatewayObject,
    mustMention: [['wildcard-tls']],
  },
)
write(
  'gateway-class-missing-hidden',
  [
    gateway(
      [],
      [
        condition('Accepted', 'Unknown', { reason: 'Pending', message: 'Waiting for controller' }),
        condition('Programmed', 'Unknown', { reason: 'Pending', message: 'Waiting for controller' }),
      ],
      { gatewayClassName: 'isto' },
    ),
    route([web], undefined),
  ],
  {
    verdict: 'fault',
    question: 'shop.example.com does not answer',
    codes: ['gateway-not-programmed'],
    objects: gatewayObject,
    mustMention: [['isto'], ['istio']],
  },
)
write(
  'gateway-starting-lookalike',
  [
    gateway(
      [],
      [
        condition('Accepted', 'Unknown', {
          reason: 'Pending',
          message: 'Waiting for controller',
          lastTransitionTime: ago(1),
        }),
      ],
      {},
      { creationTimestamp: ago(1) },
    ),
  ],
  { verdict: 'healthy', mustNotCode: ['gateway-not-programmed'] },
)

write(
  'route-not-allowed-plain',
  [
    gateway([goodListener]),
    route(
      [web],
      [
        no('Accepted', 'NotAllowedByListeners', 'hostnames or namespaces are not allowed by the parent'),
        ...ok('ResolvedRefs'),
      ],
    ),
  ],
  {
    verdict: 'fault',
    codes: ['route-not-accepted'],
    objects: routeObject,
    mustMention: [['NotAllowedByListeners']],
  },
)
write(
  'route-parent-typo-hidden',
  [gateway([goodListener]), route([web], undefined, { name: 'publik', namespace: 'infra' })],
  {
    verdict: 'fault',
    question: 'shop.example.com gives 404',
    codes: ['route-not-accepted'],
    objects: routeObject,
    mustMention: [['publik'], ['public']],
  },
)
write('route-accepted-lookalike', [gateway([goodListener]), route([web], good)], {
  verdict: 'healthy',
  mustNotCode: ['route-not-accepted', 'route-backend-missing'],
})

write(
  'route-backend-missing-plain',
  [
    gateway([goodListener]),
    route(
      [{ kind: 'Service', name: 'web-v2', port: 80 }],
      [...ok('Accepted'), no('ResolvedRefs', 'BackendNotFound', 'backend(web-v2.shop.svc.cluster.local) not found')],
    ),
  ],
  {
    verdict: 'fault',
    codes: ['route-backend-missing'],
    objects: routeObject,
    mustMention: [['web-v2']],
  },
)
write(
  'route-backend-not-permitted-hidden',
  [
    gateway([goodListener]),
    namespace('payments'),
    ...app('pay', 'payments'),
    route(
      [web, { kind: 'Service', name: 'pay', namespace: 'payments', port: 80 }],
      [
        ...ok('Accepted'),
        no(
          'ResolvedRefs',
          'RefNotPermitted',
          'backendRef payments/pay not accessible to a HTTPRoute in namespace shop (missing a ReferenceGrant?)',
        ),
      ],
    ),
  ],
  {
    verdict: 'fault',
    codes: ['route-backend-missing'],
    objects: routeObject,
    mustMention: [['ReferenceGrant']],
  },
)
write(
  'route-backend-granted-lookalike',
  [
    gateway([goodListener]),
    namespace('payments'),
    ...app('pay', 'payments'),
    obj('gateway.networking.k8s.io/v1beta1', 'ReferenceGrant', 'payments', 'from-shop', {
      spec: {
        from: [{ group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', namespace: ns }],
        to: [{ group: '', kind: 'Service', name: 'pay' }],
      },
    }),
    route(
      [
        { kind: 'Service', name: 'pay', namespace: 'payments', port: 80 },
        { group: 'inference.networking.k8s.io', kind: 'InferencePool', name: 'llm' },
      ],
      good,
    ),
  ],
  { verdict: 'healthy', mustNotCode: ['route-backend-missing', 'route-not-accepted'] },
)
