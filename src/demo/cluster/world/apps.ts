import { type App, fromConfig, fromSecret } from './build.ts'

/** The registry of this company. */
export const registry = 'registry.acme.dev'

const argocd = (name: string): Pick<App, 'labels' | 'annotations'> => ({
  labels: { 'app.kubernetes.io/instance': 'platform-apps' },
  annotations: { 'argocd.argoproj.io/tracking-id': `platform-apps:apps/Deployment:platform/${name}` },
})

const app = (namespace: string, name: string, tag: string, replicas: number, rest: Partial<App> = {}): App => ({
  namespace,
  name,
  image: `${registry}/${namespace}/${name}:${tag}`,
  replicas,
  port: 8080,
  ...rest,
})

const database = [
  fromSecret('DB_USER', 'db-credentials', 'username'),
  fromSecret('DB_PASSWORD', 'db-credentials', 'password'),
  { name: 'DB_HOST', value: 'payments-db' },
]

/** The apps as they run today. */
export const apps = {
  checkout: app('payments', 'checkout', '2.8.0', 4, {
    cpu: '200m',
    memory: '192Mi',
    memoryLimit: '384Mi',
    priorityClassName: 'business-critical',
    env: [
      ...database,
      fromConfig('PAYMENT_TIMEOUT_MS', 'checkout-config', 'PAYMENT_TIMEOUT_MS'),
      { name: 'LEDGER_URL', value: 'http://ledger.payments' },
    ],
  }),
  ledger: app('payments', 'ledger', '1.14.2', 2, { cpu: '150m', memory: '256Mi', memoryLimit: '512Mi', env: database }),
  riskScorer: app('payments', 'risk-scorer', '0.9.4', 2, { cpu: '250m', memory: '256Mi', memoryLimit: '512Mi' }),
  storefront: app('shop', 'storefront', '5.21.0', 3, {
    cpu: '150m',
    memory: '160Mi',
    memoryLimit: '320Mi',
    env: [
      { name: 'CATALOG_URL', value: 'http://catalog.shop' },
      { name: 'SEARCH_URL', value: 'http://search.shop' },
    ],
  }),
  catalog: app('shop', 'catalog', '3.4.7', 2, { cpu: '150m', memory: '256Mi', memoryLimit: '512Mi' }),
  cart: app('shop', 'cart', '2.2.1', 2, { envFrom: [{ configMapRef: { name: 'cart-config-6d9f4b' } }] }),
  cartRedis: app('shop', 'cart-redis', '7.4.2', 1, {
    image: 'docker.io/library/redis:7.4.2',
    port: 6379,
    tcpProbe: true,
  }),
  search: app('shop', 'search', '1.9.0', 2, { cpu: '200m', memory: '384Mi', memoryLimit: '768Mi' }),
  recommendations: app('shop', 'recommendations', '0.31.0', 1, { cpu: '600m', memory: '512Mi', memoryLimit: '1Gi' }),
  gateway: app('platform', 'gateway', '4.0.3', 2, {
    port: 8443,
    volumes: [{ name: 'tls', secret: { secretName: 'gateway-tls' } }],
    mounts: [{ name: 'tls', mountPath: '/etc/tls', readOnly: true }],
  }),
  notifications: app('platform', 'notifications', '1.6.0', 2, {
    ...argocd('notifications'),
    env: [
      fromConfig('SMTP_HOST', 'notifications-config', 'SMTP_HOST'),
      fromConfig('SENDER', 'notifications-config', 'SENDER'),
    ],
  }),
  imageResizer: app('platform', 'image-resizer', '2.1.5', 2, {
    ...argocd('image-resizer'),
    cpu: '300m',
    memory: '256Mi',
    memoryLimit: '512Mi',
  }),
} as const satisfies Readonly<Record<string, App>>
