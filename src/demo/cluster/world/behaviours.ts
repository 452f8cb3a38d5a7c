import { X509Certificate } from 'node:crypto'
import type { Behaviour, Crash, Process } from '../kubelet/behaviour.ts'
import { registry } from './apps.ts'

const mebi = 2 ** 20

const access = (service: string, routes: readonly string[]): NonNullable<Behaviour['chatter']> => ({
  every: 2_500,
  lines: routes.map(
    (route, index) =>
      `{"time":"{time}","level":"info","service":"${service}","msg":"request","route":"${route}","status":200,"duration_ms":${11 + ((index * 17) % 60)}}`,
  ),
})

const web = (service: string, routes: readonly string[], rest: Behaviour = {}): Behaviour => ({
  readyIn: 700,
  listensOn: [8080],
  greets: [`{"time":"{time}","level":"info","service":"${service}","msg":"listening","addr":":8080"}`],
  chatter: access(service, routes),
  ...rest,
})

const error = (service: string, text: string): string =>
  `{"time":"{time}","level":"error","service":"${service}","msg":"${text}"}`

const checkout = (rest: Behaviour = {}): Behaviour =>
  web('checkout', ['POST /checkout', 'GET /checkout/:id', 'POST /checkout/confirm'], {
    memory: 168 * mebi,
    cpu: 0.09,
    needsEnv: ['DB_USER', 'DB_PASSWORD', 'PAYMENT_TIMEOUT_MS'],
    needs: [
      {
        host: 'ledger.payments',
        port: 80,
        without: 'unready',
        says: error('checkout', 'cannot reach ledger: {error}'),
      },
    ],
    ...rest,
  })

const ledger = (rest: Behaviour = {}): Behaviour =>
  web('ledger', ['POST /entries', 'GET /balance/:account'], {
    memory: 210 * mebi,
    cpu: 0.07,
    needsEnv: ['DB_USER', 'DB_PASSWORD'],
    needs: [
      {
        host: 'payments-db.payments',
        port: 5432,
        without: 'unready',
        says: error('ledger', 'cannot reach database payments-db: {error}'),
      },
    ],
    ...rest,
  })

/** The cart reads its pool size when it starts and refuses one that is no number. */
function cartStarts({ env }: Process): Crash | undefined {
  const size = env.get('REDIS_POOL_SIZE') ?? ''
  if (/^[1-9][0-9]*$/.test(size)) return undefined
  return {
    exitCode: 1,
    after: 700,
    lines: [
      '{"time":"{time}","level":"info","service":"cart","msg":"starting","version":"2.2.1"}',
      `panic: config: REDIS_POOL_SIZE: strconv.Atoi: parsing ${JSON.stringify(size)}: invalid syntax`,
      '',
      'goroutine 1 [running]:',
      'main.mustLoadConfig(...)',
      '\t/src/cmd/cart/config.go:41 +0x2a5',
      'main.main()',
      '\t/src/cmd/cart/main.go:23 +0x5c',
    ],
  }
}

/** The gateway does not serve with a certificate that is not valid now. */
function gatewayStarts({ files, now }: Process): Crash | undefined {
  const pem = files.get('/etc/tls/tls.crt') ?? ''
  const fatal = (why: string): Crash => ({
    exitCode: 1,
    after: 600,
    lines: ['{time} INFO  gateway 4.0.3 starting', `{time} FATAL tls: /etc/tls/tls.crt: ${why}`],
  })
  if (pem === '') return fatal('no such file')
  try {
    const { validTo } = new X509Certificate(pem)
    const end = Date.parse(validTo)
    if (end > now) return undefined
    const stamp = (at: number): string => `${new Date(at).toISOString().slice(0, 19)}Z`
    return fatal(`x509: certificate has expired or is not yet valid: current time ${stamp(now)} is after ${stamp(end)}`)
  } catch {
    return fatal('tls: failed to find any PEM data in certificate input')
  }
}

const directives = new Set(
  'errors health ready kubernetes prometheus forward cache loop reload loadbalance log hosts rewrite'.split(' '),
)

/** CoreDNS refuses a Corefile with a directive it does not have. */
function corednsStarts({ files }: Process): Crash | undefined {
  const lines = (files.get('/etc/coredns/Corefile') ?? '').split('\n')
  let depth = 0
  for (const [index, line] of lines.entries()) {
    const word = line.trim().split(/\s+/)[0] ?? ''
    if (depth === 1 && /^[a-z]/.test(word) && !directives.has(word)) {
      return {
        exitCode: 1,
        after: 300,
        lines: [`/etc/coredns/Corefile:${index + 1} - Error during parsing: Unknown directive '${word}'`],
      }
    }
    depth += (line.match(/\{/g) ?? []).length - (line.match(/\}/g) ?? []).length
  }
  return undefined
}

const postgres: Behaviour = {
  readyIn: 900,
  listensOn: [5432],
  memory: 310 * mebi,
  cpu: 0.08,
  greets: [
    '{time} [1] LOG:  starting PostgreSQL 17.2 on x86_64-pc-linux-gnu',
    '{time} [1] LOG:  listening on IPv4 address "0.0.0.0", port 5432',
    '{time} [1] LOG:  database system is ready to accept connections',
  ],
  chatter: { every: 60_000, lines: ['{time} [27] LOG:  checkpoint complete: wrote 41 buffers (0.3%)'] },
}

/** What every image of the world does when it runs. */
export const behaviours: Readonly<Record<string, Behaviour>> = {
  [`${registry}/payments/checkout:2.7.9`]: checkout(),
  [`${registry}/payments/checkout:2.8.0`]: checkout(),
  [`${registry}/payments/checkout:2.8.1`]: checkout(),
  [`${registry}/payments/ledger:1.14.1`]: ledger(),
  [`${registry}/payments/ledger:1.14.2`]: ledger(),
  [`${registry}/payments/ledger:1.15.0`]: ledger({ needsEnv: ['DB_USER', 'DB_PASSWORD', 'SIGNING_KEY'] }),
  [`${registry}/payments/risk-scorer:0.9.4`]: web('risk-scorer', ['POST /score'], { memory: 190 * mebi, cpu: 0.12 }),
  [`${registry}/payments/settlement:1.3.0`]: {
    endsAfter: 4_000,
    memory: 90 * mebi,
    greets: ['{time} INFO  settlement run started', '{time} INFO  318 batches settled, 0 rejected'],
    needs: [{ host: 'ledger.payments', port: 80, without: 'crash', says: '{time} ERROR cannot reach ledger: {error}' }],
  },
  'docker.io/library/postgres:17.2': postgres,
  'docker.io/library/redis:7.4.2': {
    readyIn: 300,
    listensOn: [6379],
    memory: 42 * mebi,
    cpu: 0.02,
    greets: ['1:M {time} * Ready to accept connections tcp'],
  },
  [`${registry}/shop/storefront:5.20.3`]: web('storefront', ['GET /', 'GET /p/:id'], { memory: 120 * mebi, cpu: 0.08 }),
  [`${registry}/shop/storefront:5.21.0`]: web('storefront', ['GET /', 'GET /p/:id', 'GET /search'], {
    memory: 125 * mebi,
    cpu: 0.08,
    needs: [
      {
        host: 'catalog.shop',
        port: 80,
        without: 'errors',
        says: error('storefront', 'GET /p/:id failed with 502: catalog: {error}'),
      },
      {
        host: 'search.shop',
        port: 80,
        without: 'errors',
        says: error('storefront', 'GET /search failed with 502: search: {error}'),
      },
    ],
  }),
  [`${registry}/shop/catalog:3.4.6`]: web('catalog', ['GET /products'], { memory: 300 * mebi, cpu: 0.06 }),
  [`${registry}/shop/catalog:3.4.7`]: web('catalog', ['GET /products', 'GET /products/:id'], {
    memory: 310 * mebi,
    cpu: 0.06,
  }),
  [`${registry}/shop/cart:2.2.1`]: web('cart', ['GET /cart', 'PUT /cart/items'], {
    memory: 88 * mebi,
    cpu: 0.04,
    starts: cartStarts,
    needs: [{ host: 'cart-redis.shop', port: 6379, without: 'unready', says: error('cart', 'redis: {error}') }],
  }),
  [`${registry}/shop/search:1.8.6`]: web('search', ['GET /search'], { memory: 330 * mebi, cpu: 0.11 }),
  [`${registry}/shop/search:1.9.0`]: web('search', ['GET /search', 'GET /suggest'], {
    paths: ['/healthz'],
    memory: 340 * mebi,
    cpu: 0.11,
  }),
  [`${registry}/shop/recommendations:0.31.0`]: web('recommendations', ['GET /for/:user'], {
    memory: 420 * mebi,
    cpu: 0.2,
  }),
  [`${registry}/platform/gateway:4.0.3`]: {
    readyIn: 500,
    listensOn: [8443],
    memory: 70 * mebi,
    cpu: 0.05,
    starts: gatewayStarts,
    greets: ['{time} INFO  gateway 4.0.3 listening on :8443'],
  },
  [`${registry}/platform/notifications:1.5.2`]: web('notifications', ['POST /send'], {
    memory: 75 * mebi,
    cpu: 0.02,
    needsEnv: ['SMTP_HOST', 'SENDER'],
  }),
  [`${registry}/platform/notifications:1.6.0`]: web('notifications', ['POST /send', 'GET /templates'], {
    memory: 76 * mebi,
    cpu: 0.02,
    needsEnv: ['SMTP_HOST', 'SENDER'],
  }),
  [`${registry}/platform/image-resizer:2.1.4`]: web('image-resizer', ['GET /resize'], {
    memory: 180 * mebi,
    cpu: 0.14,
  }),
  [`${registry}/platform/image-resizer:2.1.5`]: web('image-resizer', ['GET /resize', 'GET /crop'], {
    memory: 182 * mebi,
    cpu: 0.14,
  }),
  [`${registry}/platform/report-builder:0.7.1`]: {
    endsAfter: 6_000,
    memory: 110 * mebi,
    greets: ['{time} INFO  building reports', '{time} INFO  12 reports written'],
  },
  'registry.k8s.io/coredns/coredns:v1.12.1': {
    readyIn: 400,
    listensOn: [53, 8080, 8181, 9153],
    memory: 32 * mebi,
    cpu: 0.02,
    starts: corednsStarts,
    greets: [
      '.:53',
      '[INFO] plugin/reload: Running configuration SHA512 = 591cf328cccc12bc490481273e738df59329c62c0b729d94e8b61db9961c2fa5f046dd37f1cf888b953814040d180f52594972691cd6ff41be96639138a43908',
      'CoreDNS-1.12.1',
      'linux/amd64, go1.24.1, 707c7c1',
    ],
  },
  'registry.k8s.io/kube-proxy:v1.36.2': { memory: 48 * mebi, cpu: 0.01, greets: ['I "Using iptables Proxier"'] },
  'registry.k8s.io/metrics-server/metrics-server:v0.8.0': {
    readyIn: 800,
    listensOn: [10250],
    memory: 66 * mebi,
    cpu: 0.02,
    greets: ['I serving securely on [::]:10250'],
  },
  'quay.io/argoproj/argocd:v3.1.1': {
    readyIn: 600,
    listensOn: [8080],
    memory: 160 * mebi,
    cpu: 0.04,
    greets: ['time="{time}" level=info msg="Argo CD is starting" version=v3.1.1'],
  },
}
