import type { Authority } from '../pki/certificate.ts'
import type { Fields } from '../types.ts'
import { apps } from './apps.ts'
import { autoscaler, budget, configMap, deployment, secret, service, template } from './build.ts'

const namespace = (name: string, labels: Record<string, string> = {}): Fields => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name, labels },
})

/** The teams' namespaces. */
export const namespaces: readonly Fields[] = [
  namespace('payments', { team: 'payments', 'pod-security.kubernetes.io/enforce': 'baseline' }),
  namespace('shop', { team: 'shop' }),
  namespace('platform', { team: 'platform' }),
  namespace('argocd', { team: 'platform' }),
]

const database: Fields = {
  apiVersion: 'apps/v1',
  kind: 'StatefulSet',
  metadata: { name: 'payments-db', namespace: 'payments', labels: { 'app.kubernetes.io/name': 'payments-db' } },
  spec: {
    serviceName: 'payments-db',
    replicas: 1,
    selector: { matchLabels: { 'app.kubernetes.io/name': 'payments-db' } },
    template: {
      metadata: { labels: { 'app.kubernetes.io/name': 'payments-db' } },
      spec: {
        containers: [
          {
            name: 'postgres',
            image: 'docker.io/library/postgres:17.2',
            ports: [{ name: 'postgres', containerPort: 5432 }],
            env: [
              { name: 'POSTGRES_PASSWORD', valueFrom: { secretKeyRef: { name: 'db-credentials', key: 'password' } } },
            ],
            readinessProbe: { tcpSocket: { port: 5432 }, periodSeconds: 5 },
            resources: { requests: { cpu: '250m', memory: '512Mi' }, limits: { memory: '1Gi' } },
            volumeMounts: [{ name: 'data', mountPath: '/var/lib/postgresql/data' }],
          },
        ],
      },
    },
    volumeClaimTemplates: [
      {
        metadata: { name: 'data' },
        spec: { accessModes: ['ReadWriteOnce'], storageClassName: 'gp3', resources: { requests: { storage: '20Gi' } } },
      },
    ],
  },
}

const cronJob = (ns: string, name: string, image: string, schedule: string): Fields => ({
  apiVersion: 'batch/v1',
  kind: 'CronJob',
  metadata: { name, namespace: ns, labels: { 'app.kubernetes.io/name': name } },
  spec: {
    schedule,
    concurrencyPolicy: 'Forbid',
    jobTemplate: {
      spec: {
        backoffLimit: 2,
        template: {
          metadata: { labels: { 'app.kubernetes.io/name': name } },
          spec: {
            restartPolicy: 'Never',
            containers: [
              { name, image, resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '256Mi' } } },
            ],
          },
        },
      },
    },
  },
})

/** The payments team's objects. */
export const payments: readonly Fields[] = [
  {
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { name: 'payments', namespace: 'payments' },
    spec: { hard: { 'requests.cpu': '3', 'requests.memory': '6Gi', 'limits.memory': '12Gi', pods: '30' } },
  },
  {
    apiVersion: 'v1',
    kind: 'LimitRange',
    metadata: { name: 'defaults', namespace: 'payments' },
    spec: {
      limits: [{ type: 'Container', default: { memory: '256Mi' }, defaultRequest: { cpu: '100m', memory: '128Mi' } }],
    },
  },
  secret('payments', 'db-credentials', { username: 'payments', password: 'v3ry-l0ng-and-r4ndom-8f2c' }),
  configMap('payments', 'checkout-config', { PAYMENT_TIMEOUT_MS: '2500', FEATURES: 'express,split' }),
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'payments-db', namespace: 'payments', labels: { 'app.kubernetes.io/name': 'payments-db' } },
    spec: {
      selector: { 'app.kubernetes.io/name': 'payments-db' },
      ports: [{ name: 'postgres', port: 5432, targetPort: 'postgres' }],
    },
  },
  database,
  service(apps.ledger),
  deployment(apps.ledger),
  service(apps.checkout),
  deployment(apps.checkout),
  budget(apps.checkout, { maxUnavailable: 1 }),
  service(apps.riskScorer),
  deployment(apps.riskScorer),
  cronJob('payments', 'settlement', 'registry.acme.dev/payments/settlement:1.3.0', '15 * * * *'),
  {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: 'payments-db-clients', namespace: 'payments' },
    spec: {
      podSelector: { matchLabels: { 'app.kubernetes.io/name': 'payments-db' } },
      policyTypes: ['Ingress'],
      ingress: [{ from: [{ podSelector: {} }], ports: [{ port: 5432, protocol: 'TCP' }] }],
    },
  },
]

/** The shop team's objects. */
export const shop: readonly Fields[] = [
  configMap('shop', 'cart-config-6d9f4b', { REDIS_POOL_SIZE: '20', CART_TTL_HOURS: '72' }),
  service(apps.cartRedis, { port: 6379 }),
  deployment(apps.cartRedis),
  service(apps.cart),
  deployment(apps.cart),
  service(apps.catalog),
  deployment(apps.catalog),
  budget(apps.catalog, { minAvailable: 1 }),
  service(apps.search),
  deployment(apps.search),
  service(apps.recommendations),
  deployment(apps.recommendations),
  service(apps.storefront),
  deployment(apps.storefront),
  budget(apps.storefront, { maxUnavailable: '34%' }),
  autoscaler(apps.storefront, 3, 8),
  {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name: 'storefront', namespace: 'shop' },
    spec: {
      ingressClassName: 'nginx',
      rules: [
        {
          host: 'shop.acme.dev',
          http: {
            paths: [
              { path: '/', pathType: 'Prefix', backend: { service: { name: 'storefront', port: { number: 80 } } } },
            ],
          },
        },
      ],
    },
  },
]

/** The platform team's own objects; those that Git owns come from `gitOwned`. */
export function platform(authority: Authority, now: Date): readonly Fields[] {
  const day = 86_400_000
  const certificate = authority.issue({
    commonName: 'gateway.acme.dev',
    dns: ['gateway.acme.dev'],
    notBefore: new Date(now.getTime() - 20 * day),
    notAfter: new Date(now.getTime() + 70 * day),
  })
  return [
    secret(
      'platform',
      'gateway-tls',
      { 'tls.crt': certificate.certificatePem, 'tls.key': certificate.keyPem },
      'kubernetes.io/tls',
    ),
    service(apps.gateway, { port: 443 }),
    deployment({ ...apps.gateway, tcpProbe: true }),
    budget(apps.gateway, { minAvailable: 1 }),
    cronJob('platform', 'report-builder', 'registry.acme.dev/platform/report-builder:0.7.1', '0 6 * * *'),
    service(apps.notifications),
    service(apps.imageResizer),
  ]
}

const tracked = (object: Fields): Fields => {
  const metadata = object['metadata'] as { name: string; namespace: string }
  const annotations = {
    'argocd.argoproj.io/tracking-id': `platform-apps:/${object['kind']}:${metadata.namespace}/${metadata.name}`,
  }
  return {
    ...object,
    metadata: { ...metadata, labels: { 'app.kubernetes.io/instance': 'platform-apps' }, annotations },
  }
}

/** What the Application `platform-apps` has in Git and Argo CD applies. */
export const gitOwned: readonly Fields[] = [
  tracked(configMap('platform', 'notifications-config', { SMTP_HOST: 'smtp.acme.dev', SENDER: 'no-reply@acme.dev' })),
  deployment(apps.notifications),
  deployment(apps.imageResizer),
]

/** Argo CD itself. */
export const argocd: readonly Fields[] = [
  configMap('argocd', 'argocd-cm', { url: 'https://argocd.acme.dev', 'timeout.reconciliation': '180s' }),
  deployment({
    namespace: 'argocd',
    name: 'argocd-server',
    image: 'quay.io/argoproj/argocd:v3.1.1',
    replicas: 1,
    port: 8080,
    memoryLimit: '512Mi',
  }),
  deployment({
    namespace: 'argocd',
    name: 'argocd-repo-server',
    image: 'quay.io/argoproj/argocd:v3.1.1',
    replicas: 1,
    port: 8080,
    memoryLimit: '512Mi',
  }),
  {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: {
      name: 'argocd-application-controller',
      namespace: 'argocd',
      labels: { 'app.kubernetes.io/name': 'argocd-application-controller' },
    },
    spec: {
      serviceName: 'argocd-application-controller',
      replicas: 1,
      selector: { matchLabels: { 'app.kubernetes.io/name': 'argocd-application-controller' } },
      template: template({
        namespace: 'argocd',
        name: 'argocd-application-controller',
        image: 'quay.io/argoproj/argocd:v3.1.1',
        replicas: 1,
        port: 8080,
        memoryLimit: '512Mi',
      }),
    },
  },
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'argocd-application-controller', namespace: 'argocd' },
    spec: {
      clusterIP: 'None',
      selector: { 'app.kubernetes.io/name': 'argocd-application-controller' },
      ports: [{ name: 'metrics', port: 8082 }],
    },
  },
  {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'AppProject',
    metadata: { name: 'default', namespace: 'argocd' },
    spec: {
      sourceRepos: ['*'],
      destinations: [{ namespace: '*', server: '*' }],
      clusterResourceWhitelist: [{ group: '*', kind: '*' }],
    },
  },
]
