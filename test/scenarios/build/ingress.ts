import { writeCase } from './case.ts'
import { neighbours } from './cluster.ts'
import {
  ago,
  container,
  containerLog,
  type Doc,
  deployment,
  endpointSlice,
  event,
  namespace,
  obj,
  service,
} from './objects.ts'

const ns = 'shop'
const group = 'ingress'
const http = [{ containerPort: 8080, name: 'http', protocol: 'TCP' }]
const app = (name: string): readonly Doc[] => {
  const workload = deployment({ namespace: ns, name, containers: [container(name, { ports: http })] })
  const svc = service({ namespace: ns, name, selector: { app: name } })
  return [
    ...workload,
    svc,
    endpointSlice(
      svc,
      workload.filter((doc) => doc['kind'] === 'Pod'),
    ),
  ]
}
const nginx = obj('networking.k8s.io/v1', 'IngressClass', undefined, 'nginx', {
  spec: { controller: 'k8s.io/ingress-nginx' },
})
const base = (): readonly Doc[] => [...neighbours(), namespace(ns), nginx]
const backend = (name: string, port: object = { number: 80 }) => ({ service: { name, port } })
const path = (to: object, at = '/', pathType = 'Prefix') => ({ path: at, pathType, backend: to })
const address = { loadBalancer: { ingress: [{ ip: '203.0.113.10' }] } }
const ingress = (
  name: string,
  spec: object,
  extra: { readonly metadata?: object; readonly status?: object; readonly namespace?: string } = {},
): Doc =>
  obj(
    'networking.k8s.io/v1',
    'Ingress',
    extra.namespace ?? ns,
    name,
    { spec: { ingressClassName: 'nginx', ...spec }, status: extra.status ?? address },
    { ...extra.metadata },
  )
const rule = (host: string, ...paths: readonly object[]) => ({ host, http: { paths } })
const write = (id: string, docs: readonly Doc[], expected: Parameters<typeof writeCase>[3]) =>
  writeCase(group, id, [...base(), ...docs], expected)
const ref = (kind: string, name: string) => [{ kind, namespace: ns, name }]
const tlsSecret = (name: string): Doc =>
  obj('v1', 'Secret', ns, name, { type: 'kubernetes.io/tls', data: { 'tls.crt': 'LS0t', 'tls.key': 'LS0t' } })

const backends = (): void => {
  write(
    'ingress-backend-missing-plain',
    [...app('web'), ingress('shop', { rules: [rule('shop.example.com', path(backend('web-svc')))] })],
    {
      verdict: 'fault',
      codes: ['ingress-backend-missing'],
      objects: ref('Ingress', 'shop'),
      mustMention: [['web-svc'], ['did you mean web']],
    },
  )
  const shop = ingress('shop', {
    rules: [rule('shop.example.com', path(backend('web')), path(backend('cart'), '/cart'))],
  })
  const controller = deployment({
    namespace: 'ingress-nginx',
    name: 'ingress-nginx-controller',
    containers: [container('controller', { ports: http })],
  })
  write(
    'ingress-backend-other-namespace-hidden',
    [
      ...app('web'),
      shop,
      namespace('ingress-nginx'),
      ...controller,
      containerLog(
        controller[2] ?? {},
        'controller',
        'W1120 09:58:00.000000 7 controller.go:1111] Error obtaining Endpoints for Service "shop/cart": no object matching key "shop/cart" in local store\n10.0.0.1 - - "GET /cart HTTP/1.1" 503 190 "-" "curl"\n',
      ),
      namespace('cart'),
      service({ namespace: 'cart', name: 'cart', selector: { app: 'cart' } }),
      ...deployment({ namespace: 'cart', name: 'cart', containers: [container('cart', { ports: http })] }),
    ],
    {
      verdict: 'fault',
      question: 'shop.example.com/cart answers 503',
      codes: ['ingress-backend-missing'],
      objects: ref('Ingress', 'shop'),
      mustMention: [['cart']],
    },
  )
  write(
    'ingress-backend-action-lookalike',
    [
      ...app('web'),
      obj('networking.k8s.io/v1', 'IngressClass', undefined, 'alb', { spec: { controller: 'ingress.k8s.aws/alb' } }),
      ingress('shop', {
        ingressClassName: 'alb',
        rules: [
          rule(
            'shop.example.com',
            path(backend('ssl-redirect', { name: 'use-annotation' })),
            path(backend('web'), '/app'),
          ),
        ],
        tls: [{ hosts: ['shop.example.com'] }],
      }),
    ],
    { verdict: 'healthy', mustNotCode: ['ingress-backend-missing', 'ingress-port-missing'] },
  )
  write(
    'ingress-port-missing-plain',
    [...app('web'), ingress('shop', { rules: [rule('shop.example.com', path(backend('web', { number: 8080 })))] })],
    {
      verdict: 'fault',
      codes: ['ingress-port-missing'],
      objects: ref('Ingress', 'shop'),
      mustMention: [['8080'], ['80']],
    },
  )
  write(
    'ingress-port-name-hidden',
    [
      ...app('web'),
      ...app('api'),
      ingress('shop', {
        rules: [
          rule(
            'shop.example.com',
            path(backend('web', { name: 'http' })),
            path(backend('api', { name: 'https' }), '/api'),
          ),
        ],
      }),
      event({
        about: shop,
        reason: 'Sync',
        message: 'Scheduled for sync',
        type: 'Normal',
        component: 'nginx-ingress-controller',
      }),
    ],
    {
      verdict: 'fault',
      codes: ['ingress-port-missing'],
      objects: ref('Ingress', 'shop'),
      mustMention: [['https'], ['api']],
    },
  )
  write(
    'ingress-port-named-lookalike',
    [...app('web'), ingress('shop', { defaultBackend: backend('web', { name: 'http' }) })],
    { verdict: 'healthy', mustNotCode: ['ingress-port-missing'] },
  )
}

const classes = (): void => {
  const rules = { rules: [rule('shop.example.com', path(backend('web')))] }
  write(
    'ingress-class-missing-plain',
    [...app('web'), ingress('shop', { ...rules, ingressClassName: 'ngnix' }, { status: { loadBalancer: {} } })],
    {
      verdict: 'fault',
      codes: ['ingress-class-missing'],
      objects: ref('Ingress', 'shop'),
      mustMention: [['ngnix'], ['nginx']],
    },
  )
  const classless = obj(
    'networking.k8s.io/v1',
    'Ingress',
    ns,
    'shop',
    { spec: rules, status: { loadBalancer: {} } },
    { creationTimestamp: ago(90) },
  )
  write(
    'ingress-class-unset-hidden',
    [
      ...app('web'),
      classless,
      ingress('invoices', { rules: [rule('pay.example.com', path(backend('invoice-api')))] }, { namespace: 'billing' }),
    ],
    {
      verdict: 'fault',
      question: 'shop.example.com gives 404',
      codes: ['ingress-class-missing'],
      objects: ref('Ingress', 'shop'),
    },
  )
  const standard = obj(
    'networking.k8s.io/v1',
    'IngressClass',
    undefined,
    'nginx',
    { spec: { controller: 'k8s.io/ingress-nginx' } },
    { annotations: { 'ingressclass.kubernetes.io/is-default-class': 'true' } },
  )
  const withDefault = [...neighbours(), namespace(ns), standard]
  const annotated = obj(
    'networking.k8s.io/v1',
    'Ingress',
    ns,
    'legacy',
    { spec: { rules: [rule('old.example.com', path(backend('web')))] }, status: address },
    { annotations: { 'kubernetes.io/ingress.class': 'nginx' } },
  )
  writeCase(group, 'ingress-class-default-lookalike', [...withDefault, ...app('web'), classless, annotated], {
    verdict: 'healthy',
    mustNotCode: ['ingress-class-missing'],
  })
}

const conflicts = (): void => {
  const first = ingress('shop', { rules: [rule('shop.example.com', path(backend('web')))] })
  const second = ingress(
    'shop-new',
    { rules: [rule('shop.example.com', path(backend('web-new')))] },
    { metadata: { creationTimestamp: ago(30) } },
  )
  write('ingress-rule-conflict-plain', [...app('web'), ...app('web-new'), first, second], {
    verdict: 'fault',
    codes: ['ingress-rule-conflict'],
    objects: ref('Ingress', 'shop-new'),
    mustMention: [['shop.example.com']],
  })
  const other = ingress(
    'landing',
    { rules: [rule('shop.example.com', path(backend('invoice-api')))] },
    { namespace: 'billing', metadata: { creationTimestamp: ago(20) } },
  )
  write('ingress-rule-conflict-namespaces-hidden', [...app('web'), first, other], {
    verdict: 'fault',
    question: 'shop.example.com shows the wrong page now and then',
    codes: ['ingress-rule-conflict'],
    objects: [{ kind: 'Ingress', namespace: 'billing', name: 'landing' }],
  })
  const canary = ingress(
    'shop-canary',
    { rules: [rule('shop.example.com', path(backend('web-new')))] },
    {
      metadata: {
        annotations: {
          'nginx.ingress.kubernetes.io/canary': 'true',
          'nginx.ingress.kubernetes.io/canary-weight': '10',
        },
      },
    },
  )
  const deeper = ingress('shop-api', { rules: [rule('shop.example.com', path(backend('web-new'), '/api'))] })
  write('ingress-rule-canary-lookalike', [...app('web'), ...app('web-new'), first, canary, deeper], {
    verdict: 'healthy',
    mustNotCode: ['ingress-rule-conflict'],
  })
}

const tls = (): void => {
  const spec = (secretName: string) => ({
    tls: [{ hosts: ['shop.example.com'], secretName }],
    rules: [rule('shop.example.com', path(backend('web')))],
  })
  write(
    'ingress-tls-secret-missing-plain',
    [...app('web'), tlsSecret('shop-tls'), ingress('shop', spec('shop-tls-prod'))],
    {
      verdict: 'fault',
      codes: ['ingress-tls-secret-missing'],
      objects: ref('Secret', 'shop-tls-prod'),
      mustMention: [['shop-tls-prod'], ['shop-tls']],
    },
  )
  const certificate = obj('cert-manager.io/v1', 'Certificate', ns, 'shop-tls', {
    spec: {
      secretName: 'shop-tls',
      dnsNames: ['shop.example.com'],
      issuerRef: { kind: 'ClusterIssuer', name: 'letsencrypt' },
    },
    status: {
      conditions: [
        {
          type: 'Ready',
          status: 'False',
          reason: 'DoesNotExist',
          message: 'Issuing certificate as Secret does not exist',
          lastTransitionTime: ago(120),
        },
      ],
    },
  })
  const issuer = obj('cert-manager.io/v1', 'ClusterIssuer', undefined, 'letsencrypt-prod', {
    spec: { acme: {} },
    status: {
      conditions: [{ type: 'Ready', status: 'True', reason: 'ACMEAccountRegistered', lastTransitionTime: ago(9000) }],
    },
  })
  write(
    'ingress-tls-waits-for-issuer-hidden',
    [
      ...app('web'),
      tlsSecret('other-tls'),
      certificate,
      issuer,
      ingress('shop', spec('shop-tls'), {
        metadata: { annotations: { 'cert-manager.io/cluster-issuer': 'letsencrypt' } },
      }),
    ],
    {
      verdict: 'fault',
      codes: ['certificate-issuer-failing'],
      objects: ref('Certificate', 'shop-tls'),
      mustMention: [['letsencrypt']],
      mustNotCode: ['ingress-tls-secret-missing'],
    },
  )
  const young = ingress('shop', spec('shop-tls'), {
    metadata: { creationTimestamp: ago(2), annotations: { 'cert-manager.io/cluster-issuer': 'letsencrypt-prod' } },
  })
  write(
    'ingress-tls-being-issued-lookalike',
    [
      ...app('web'),
      tlsSecret('other-tls'),
      issuer,
      young,
      ingress('second', { ...spec('other-tls'), rules: [rule('two.example.com', path(backend('web')))] }),
    ],
    { verdict: 'healthy', mustNotCode: ['ingress-tls-secret-missing', 'certificate-issuer-failing'] },
  )
}

backends()
classes()
conflicts()
tls()
