import { writeCase } from './case.ts'
import { cluster, healthyApp } from './cluster.ts'
import { crashing, deploymentNamed, podsIn, running, waiting } from './failing.ts'
import {
  ago,
  container,
  containerLog,
  containerStatus,
  type Doc,
  deployment,
  event,
  metricSeries,
  namespace,
  node,
  obj,
  pod,
} from './objects.ts'

const group = 'containers'
const around = [
  ...cluster(),
  namespace('shop'),
  obj('v1', 'ServiceAccount', 'shop', 'default'),
  ...healthyApp('shop', 'storefront'),
]
const fault = (
  code: string,
  name: string,
  more: { readonly mustMention?: readonly (readonly string[])[]; readonly mustNotCode?: readonly string[] } = {},
) => ({
  verdict: 'fault' as const,
  codes: [code],
  objects: [deploymentNamed('shop', name)],
  ...more,
})

const nameOf = (doc: Doc | undefined): string => String((doc?.['metadata'] as Doc | undefined)?.['name'])

// Commands
const runc = (what: string): string =>
  `failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: ${what}: unknown`
writeCase(
  group,
  'command-invalid-plain',
  [
    ...around,
    ...crashing({
      namespace: 'shop',
      name: 'worker',
      container: container('app', { command: ['gunicron', 'app:app'] }),
      exit: {
        exitCode: 128,
        reason: 'StartError',
        message: runc('error during container init: exec: "gunicron": executable file not found in $PATH'),
        startedAt: '1970-01-01T00:00:00Z',
      },
    }),
  ],
  fault('container-command-invalid', 'worker', {
    mustMention: [['gunicron'], ['gunicorn']],
    mustNotCode: ['app-crash'],
  }),
)
writeCase(
  group,
  'command-invalid-crio-hidden',
  [
    ...around,
    ...waiting({
      namespace: 'shop',
      name: 'exporter',
      container: container('app', { args: ['--out', '/data'], command: ['/opt/exporter'] }),
      reason: 'CreateContainerError',
      phase: 'Pending',
      message: 'container create failed: executable file `/opt/exporter` not found: No such file or directory',
      log: '',
    }),
    ...running({
      namespace: 'shop',
      name: 'dashboard',
      log: '2026-11-20T09:59:00Z WARN no fresh numbers from exporter since 09:36\n',
    }),
  ],
  fault('container-command-invalid', 'exporter', { mustMention: [['/opt/exporter']] }),
)
writeCase(
  group,
  'command-not-found-in-script',
  [
    ...around,
    ...crashing({
      namespace: 'shop',
      name: 'migrator',
      container: container('app', { command: ['sh', '-c', 'flywaay migrate'] }),
      exit: { exitCode: 127 },
      log: 'sh: 1: flywaay: not found\n',
    }),
  ],
  fault('container-command-invalid', 'migrator', {
    mustMention: [['flywaay']],
    mustNotCode: ['app-crash', 'app-config-invalid'],
  }),
)
writeCase(
  group,
  'working-directory-plain',
  [
    ...around,
    ...crashing({
      namespace: 'shop',
      name: 'mailer',
      container: container('app', { workingDir: '/srv/mailer' }),
      exit: {
        exitCode: 128,
        reason: 'StartError',
        message: runc('chdir to cwd ("/srv/mailer") set in config.json failed: no such file or directory'),
      },
    }),
  ],
  fault('container-command-invalid', 'mailer', { mustMention: [['/srv/mailer']] }),
)

// Platform
writeCase(
  group,
  'platform-mismatch-log',
  [
    ...around.filter((doc) => !(doc['kind'] === 'Node' && (doc['metadata'] as Doc)['name'] === 'worker-1')),
    { ...node({ name: 'worker-1', labels: { 'kubernetes.io/arch': 'arm64' } }) },
    ...crashing({
      namespace: 'shop',
      name: 'thumbs',
      container: container('app', { image: 'registry.example.com/thumbs:3' }),
      exit: { exitCode: 255 },
      log: 'exec /usr/local/bin/thumbs: exec format error\n',
    }),
  ],
  fault('image-platform-mismatch', 'thumbs', {
    mustMention: [['exec format error']],
    mustNotCode: ['app-crash', 'container-command-invalid'],
  }),
)

// Permissions
writeCase(
  group,
  'permission-run-as-root',
  [
    ...around,
    ...waiting({
      namespace: 'shop',
      name: 'proxy',
      container: container('app', { image: 'nginx:1.27', securityContext: { runAsNonRoot: true } }),
      reason: 'CreateContainerConfigError',
      message: 'container has runAsNonRoot and image will run as root (pod: "proxy-5d4f_shop(7d9f)", container: app)',
    }),
  ],
  fault('container-permission-denied', 'proxy', { mustMention: [['runAsNonRoot']] }),
)
writeCase(
  group,
  'permission-read-only-hidden',
  [
    ...around,
    ...crashing({
      namespace: 'shop',
      name: 'uploads',
      container: container('app', { securityContext: { readOnlyRootFilesystem: true, runAsUser: 1000 } }),
      log: '2026-11-20T09:57:58Z INFO starting uploads 4.1\n2026-11-20T09:57:58Z ERROR cannot create work directory\nTraceback (most recent call last):\n  File "/app/main.py", line 12, in <module>\n    os.makedirs("/var/cache/uploads")\nOSError: [Errno 30] Read-only file system: \'/var/cache/uploads\'\n',
    }),
  ],
  fault('container-permission-denied', 'uploads', {
    mustMention: [['/var/cache/uploads'], ['Read-only', 'read-only']],
    mustNotCode: ['app-crash'],
  }),
)
writeCase(
  group,
  'permission-word-lookalike',
  [
    ...around,
    ...crashing({
      namespace: 'shop',
      name: 'ledger',
      log: '2026-11-20T09:57:00Z INFO ledger starting\n2026-11-20T09:57:58Z FATAL permission denied for table invoices (SQLSTATE 42501)\n',
    }),
  ],
  {
    ...fault('app-crash', 'ledger', { mustMention: [['permission denied for table invoices']] }),
    mustNotCode: ['container-permission-denied'],
  },
)

// Crashes
const npe = `2026-11-20 09:57:51.120  INFO 1 --- [main] c.acme.orders.App : Starting App v2.3.0
2026-11-20 09:57:58.871 ERROR 1 --- [main] o.s.boot.SpringApplication : Application run failed
java.lang.IllegalStateException: Failed to execute CommandLineRunner
	at org.springframework.boot.SpringApplication.callRunner(SpringApplication.java:779)
	at com.acme.orders.App.main(App.java:17)
Caused by: java.lang.NullPointerException: Cannot invoke "com.acme.orders.Price.amount()" because "price" is null
	at com.acme.orders.PriceCache.warm(PriceCache.java:41)
	... 5 common frames omitted
`
writeCase(
  group,
  'app-crash-plain',
  [...around, ...crashing({ namespace: 'shop', name: 'orders', replicas: 2, log: npe })],
  fault('app-crash', 'orders', {
    mustMention: [['NullPointerException']],
    mustNotCode: ['app-config-invalid', 'dependency-unreachable'],
  }),
)
writeCase(
  group,
  'app-crash-go-panic',
  [
    ...around,
    ...crashing({
      namespace: 'shop',
      name: 'pricing',
      exit: { exitCode: 2 },
      log: '{"level":"info","ts":1763632677.1,"msg":"retrying after connection refused, attempt 1"}\n{"level":"info","ts":1763632678.1,"msg":"connected to postgres:5432"}\npanic: runtime error: index out of range [5] with length 3\n\ngoroutine 1 [running]:\nmain.rates(...)\n\t/src/main.go:88\nmain.main()\n\t/src/main.go:31 +0x1d\n',
    }),
  ],
  fault('app-crash', 'pricing', { mustMention: [['index out of range']], mustNotCode: ['dependency-unreachable'] }),
)
writeCase(
  group,
  'crash-between-back-offs',
  [
    ...around,
    ...crashing({
      namespace: 'shop',
      name: 'matcher',
      since: 600,
      restarts: 41,
      ready: true,
      exit: { exitCode: 139, finishedAt: ago(4) },
      state: { running: { startedAt: ago(4) } },
      status: { phase: 'Running' },
      events: (one) => [
        event({
          about: one,
          reason: 'BackOff',
          message: 'Back-off restarting failed container matcher',
          first: 580,
          last: 6,
          count: 300,
        }),
        containerLog(one, 'matcher', 'matcher: loading 18 models\nSegmentation fault (core dumped)\n', {
          previous: true,
        }),
      ],
    }),
  ],
  fault('app-crash', 'matcher', { mustMention: [['SIGSEGV', 'Segmentation fault']] }),
)
writeCase(
  group,
  'crash-survived-lookalike',
  [
    ...around,
    ...running({
      namespace: 'shop',
      name: 'feed',
      since: 2880,
      restarts: 2,
      state: { running: { startedAt: ago(2860) } },
      lastState: { terminated: { exitCode: 1, reason: 'Error', startedAt: ago(2870), finishedAt: ago(2861) } },
      log: '2026-11-20T09:59:00Z INFO feed ok, 0 errors\n',
    }),
  ],
  { verdict: 'healthy', mustNotCode: ['app-crash', 'app-errors'] },
)
writeCase(
  group,
  'completed-sidecar-exit-lookalike',
  [
    ...around,
    pod({
      namespace: 'shop',
      name: 'import-once',
      phase: 'Succeeded',
      ready: false,
      containers: [container('import'), container('proxy')],
      spec: { restartPolicy: 'Never' },
      containerStatuses: [
        containerStatus('import', {
          ready: false,
          state: { terminated: { exitCode: 0, reason: 'Completed', finishedAt: ago(30) } },
        }),
        containerStatus('proxy', {
          ready: false,
          state: { terminated: { exitCode: 143, reason: 'Error', finishedAt: ago(30) } },
        }),
      ],
    }),
  ],
  { verdict: 'healthy', mustNotCode: ['app-crash'] },
)
writeCase(
  group,
  'exit-zero-plain',
  [
    ...around,
    ...crashing({
      namespace: 'shop',
      name: 'ticker',
      container: container('app', { image: 'busybox:1.36', command: ['sh', '-c', 'echo tick'] }),
      exit: { exitCode: 0, reason: 'Completed' },
      log: 'tick\n',
    }),
  ],
  fault('app-crash', 'ticker', { mustMention: [['exit code 0']], mustNotCode: ['container-command-invalid'] }),
)
writeCase(
  group,
  'command-nothing-to-run',
  [
    ...around,
    ...crashing({
      namespace: 'shop',
      name: 'toolbox',
      container: container('app', { image: 'ubuntu:24.04' }),
      exit: { exitCode: 0, reason: 'Completed' },
    }),
  ],
  fault('container-command-invalid', 'toolbox', { mustMention: [['ubuntu:24.04']] }),
)
writeCase(
  group,
  'init-failing-plain',
  [
    ...around,
    ...crashing({
      namespace: 'shop',
      name: 'billing',
      state: { waiting: { reason: 'PodInitializing' } },
      lastState: {},
      restarts: 0,
      phase: 'Pending',
      initContainers: [container('prepare', { command: ['/prepare'] })],
      initContainerStatuses: [
        containerStatus('prepare', {
          ready: false,
          restartCount: 6,
          state: {
            waiting: { reason: 'CrashLoopBackOff', message: 'back-off 5m0s restarting failed container=prepare' },
          },
          lastState: { terminated: { exitCode: 3, reason: 'Error', finishedAt: ago(3) } },
        }),
      ],
    }),
  ],
  fault('init-container-failing', 'billing', { mustMention: [['prepare']] }),
)

// Configuration
writeCase(
  group,
  'config-variable-near-miss',
  [
    ...around,
    obj('v1', 'ConfigMap', 'shop', 'api-env', { data: { DATABASE_URI: 'postgres://db:5432/shop', LOG_LEVEL: 'info' } }),
    ...crashing({
      namespace: 'shop',
      name: 'api',
      container: container('app', { envFrom: [{ configMapRef: { name: 'api-env' } }] }),
      log: 'Traceback (most recent call last):\n  File "/app/settings.py", line 9, in <module>\n    DB = os.environ["DATABASE_URL"]\n  File "<frozen os>", line 685, in __getitem__\nKeyError: \'DATABASE_URL\'\n',
    }),
  ],
  fault('app-config-invalid', 'api', { mustMention: [['DATABASE_URL'], ['DATABASE_URI']], mustNotCode: ['app-crash'] }),
)
writeCase(
  group,
  'config-flag-plain',
  [
    ...around,
    ...crashing({
      namespace: 'shop',
      name: 'agent',
      container: container('app', { args: ['--listen=:9100', '--retain=30d'] }),
      exit: { exitCode: 2 },
      log: 'flag provided but not defined: -retain\nUsage of /agent:\n  -listen string\n    \taddress (default ":9100")\n  -retention string\n    \thow long\n',
    }),
  ],
  fault('app-config-invalid', 'agent', { mustMention: [['-retain']], mustNotCode: ['app-crash'] }),
)
writeCase(
  group,
  'config-file-hidden',
  [
    ...around,
    obj('v1', 'ConfigMap', 'shop', 'gateway-config', { data: { 'gateway.yml': 'routes: []\n' } }),
    ...crashing({
      namespace: 'shop',
      name: 'gateway',
      container: container('app', {
        volumeMounts: [{ name: 'config', mountPath: '/etc/gateway' }],
        readinessProbe: { httpGet: { path: '/ready', port: 8080 } },
      }),
      podSpec: { volumes: [{ name: 'config', configMap: { name: 'gateway-config' } }] },
      log: '{"time":"2026-11-20T09:57:58Z","level":"FATAL","msg":"cannot start","error":"open /etc/gateway/gateway.yaml: no such file or directory"}\n',
      events: (one) => [
        event({
          about: one,
          reason: 'Unhealthy',
          message:
            'Readiness probe failed: Get "http://10.244.1.9:8080/ready": dial tcp 10.244.1.9:8080: connect: connection refused',
          count: 9,
          fieldPath: 'spec.containers{app}',
        }),
      ],
    }),
  ],
  fault('app-config-invalid', 'gateway', {
    mustMention: [['/etc/gateway/gateway.yaml']],
    mustNotCode: ['readiness-probe-failing', 'app-crash'],
  }),
)

writeCase(
  group,
  'config-file-near-key',
  [
    ...around,
    obj('v1', 'ConfigMap', 'shop', 'router-config', { data: { 'router.yml': 'routes: []' } }),
    ...crashing({
      namespace: 'shop',
      name: 'router',
      container: container('app', { volumeMounts: [{ name: 'c', mountPath: '/etc/router' }] }),
      podSpec: { volumes: [{ name: 'c', configMap: { name: 'router-config' } }] },
      log: 'starting router\nERROR: required config file /etc/router/router.yaml not found\n',
    }),
  ],
  fault('app-config-invalid', 'router', {
    mustMention: [['/etc/router/router.yaml'], ['router.yml']],
    mustNotCode: ['app-crash'],
  }),
)
writeCase(
  group,
  'module-missing-lookalike',
  [
    ...around,
    ...crashing({
      namespace: 'shop',
      name: 'scraper',
      log: 'Traceback (most recent call last):\n  File "/app/main.py", line 1, in <module>\n    import requests\nModuleNotFoundError: No module named \'requests\'\n',
    }),
  ],
  fault('app-crash', 'scraper', {
    mustMention: [['requests']],
    mustNotCode: ['dependency-unreachable', 'app-config-invalid'],
  }),
)

// Ports
writeCase(
  group,
  'port-conflict-plain',
  [
    ...around,
    ...crashing({
      namespace: 'shop',
      name: 'edge',
      container: container('app', { ports: [{ containerPort: 9090 }] }),
      others: [container('metrics', { args: ['--listen-address=:9090'] })],
      otherStatuses: [containerStatus('metrics')],
      log: '2026/11/20 09:57:58 listen tcp :9090: bind: address already in use\n',
    }),
  ],
  fault('app-port-conflict', 'edge', {
    mustMention: [['9090'], ['metrics']],
    mustNotCode: ['app-crash', 'dependency-unreachable'],
  }),
)
writeCase(
  group,
  'port-shared-lookalike',
  [
    ...around,
    ...running({
      namespace: 'shop',
      name: 'edge-two',
      container: container('app', { ports: [{ containerPort: 9090 }] }),
      others: [container('other', { ports: [{ containerPort: 9091 }] })],
      log: '2026/11/20 09:57:58 listening on :9090\n',
    }),
  ],
  { verdict: 'healthy', mustNotCode: ['app-port-conflict'] },
)

// Memory
const points = (from: number, step: number, count: number): readonly (readonly [string, number])[] =>
  Array.from({ length: count }, (_, index) => [ago((count - index) * 10), from + index * step] as const)
writeCase(
  group,
  'oom-leak-between-back-offs',
  [
    ...around,
    ...(() => {
      const docs = running({
        namespace: 'shop',
        name: 'recommender',
        since: 1440,
        restarts: 6,
        container: container('app', { resources: { requests: { memory: '256Mi' }, limits: { memory: '512Mi' } } }),
        state: { running: { startedAt: ago(40) } },
        lastState: { terminated: { exitCode: 137, reason: 'OOMKilled', startedAt: ago(280), finishedAt: ago(41) } },
      })
      const [one] = podsIn(docs)
      const labels = { namespace: 'shop', pod: nameOf(one), container: 'app' }
      return [...docs, metricSeries('container_memory_working_set_bytes', labels, points(150_000_000, 16_000_000, 24))]
    })(),
  ],
  fault('oom-killed', 'recommender', { mustMention: [['512Mi'], ['leak']] }),
)
writeCase(
  group,
  'oom-init',
  [
    ...around,
    ...crashing({
      namespace: 'shop',
      name: 'search',
      state: { waiting: { reason: 'PodInitializing' } },
      lastState: {},
      restarts: 0,
      phase: 'Pending',
      initContainers: [container('index', { resources: { limits: { memory: '64Mi' } } })],
      initContainerStatuses: [
        containerStatus('index', {
          ready: false,
          restartCount: 4,
          state: { waiting: { reason: 'CrashLoopBackOff' } },
          lastState: { terminated: { exitCode: 137, reason: 'OOMKilled', finishedAt: ago(2) } },
        }),
      ],
    }),
  ],
  fault('oom-killed', 'search', { mustMention: [['64Mi']], mustNotCode: ['init-container-failing', 'app-crash'] }),
)
writeCase(
  group,
  'oom-long-ago-lookalike',
  [
    ...around,
    ...running({
      namespace: 'shop',
      name: 'cache',
      since: 4320,
      restarts: 1,
      state: { running: { startedAt: ago(4000) } },
      lastState: { terminated: { exitCode: 137, reason: 'OOMKilled', finishedAt: ago(4001) } },
    }),
  ],
  { verdict: 'healthy', mustNotCode: ['oom-killed'] },
)
writeCase(
  group,
  'killed-not-oom-lookalike',
  [
    ...around,
    ...crashing({
      namespace: 'shop',
      name: 'batcher',
      exit: { exitCode: 137, reason: 'Error' },
      log: '2026-11-20T09:57:00Z INFO working\n2026-11-20T09:57:58Z ERROR watchdog: worker stuck, killing myself\n',
    }),
  ],
  { ...fault('app-crash', 'batcher'), mustNotCode: ['oom-killed'] },
)

// CPU
const cpu = (name: string, share: number, probes: boolean): readonly Doc[] => {
  const docs = running({
    namespace: 'shop',
    name,
    container: container('app', {
      resources: { requests: { cpu: '100m' }, limits: { cpu: '200m' } },
      livenessProbe: { httpGet: { path: '/', port: 8080 } },
    }),
    events: (one) =>
      probes
        ? [
            event({
              about: one,
              reason: 'Unhealthy',
              message:
                'Liveness probe failed: Get "http://10.244.1.8:8080/": context deadline exceeded (Client.Timeout exceeded while awaiting headers)',
              count: 5,
              fieldPath: 'spec.containers{app}',
            }),
          ]
        : [],
  })
  const labels = { namespace: 'shop', pod: nameOf(podsIn(docs)[0]), container: 'app' }
  return [
    ...docs,
    metricSeries('container_cpu_cfs_periods_total', labels, points(1000, 6000, 6)),
    metricSeries('container_cpu_cfs_throttled_periods_total', labels, points(100, 6000 * share, 6)),
  ]
}
writeCase(
  group,
  'cpu-throttled-plain',
  [...around, ...cpu('render', 0.7, false)],
  fault('cpu-throttled', 'render', { mustMention: [['200m'], ['70 %']] }),
)
writeCase(
  group,
  'cpu-throttled-hidden',
  [...around, ...cpu('render', 0.35, true)],
  fault('cpu-throttled', 'render', { mustMention: [['probes time out']] }),
)
writeCase(group, 'cpu-throttled-lookalike', [...around, ...cpu('render', 0.2, false)], {
  verdict: 'healthy',
  mustNotCode: ['cpu-throttled'],
})

// Hooks
writeCase(
  group,
  'lifecycle-hook-plain',
  [
    ...around,
    ...crashing({
      namespace: 'shop',
      name: 'legacy',
      container: container('app', { lifecycle: { postStart: { exec: { command: ['/bin/register.sh'] } } } }),
      state: { waiting: { reason: 'CrashLoopBackOff' } },
      exit: { exitCode: 137 },
      events: (one) => [
        event({
          about: one,
          reason: 'FailedPostStartHook',
          message: 'PostStartHook failed',
          count: 8,
          first: 20,
          last: 2,
          fieldPath: 'spec.containers{app}',
        }),
      ],
    }),
  ],
  fault('lifecycle-hook-failing', 'legacy', { mustMention: [['/bin/register.sh']], mustNotCode: ['app-crash'] }),
)
writeCase(
  group,
  'lifecycle-hook-lookalike',
  [
    ...around,
    ...running({
      namespace: 'shop',
      name: 'calm',
      container: container('app', { lifecycle: { postStart: { exec: { command: ['/bin/register.sh'] } } } }),
      events: (one) => [
        event({
          about: one,
          reason: 'FailedPostStartHook',
          message: 'PostStartHook failed',
          count: 1,
          first: 50,
          last: 50,
          fieldPath: 'spec.containers{app}',
        }),
      ],
    }),
  ],
  { verdict: 'healthy', mustNotCode: ['lifecycle-hook-failing'] },
)

// Probes
const killed = (name: string, which: 'Liveness' | 'Startup', main: Doc, note: string, log: string): readonly Doc[] =>
  crashing({
    namespace: 'shop',
    name,
    container: main,
    restarts: 9,
    exit: { exitCode: 137 },
    state: { running: { startedAt: ago(1) } },
    events: (one) => [
      event({
        about: one,
        reason: 'Unhealthy',
        message: `${which} probe failed: ${note}`,
        count: 27,
        first: 24,
        last: 1,
        fieldPath: 'spec.containers{app}',
      }),
      event({
        about: one,
        reason: 'Killing',
        type: 'Normal',
        message: `Container app failed ${which.toLowerCase()} probe, will be restarted`,
        count: 9,
        first: 23,
        last: 2,
        fieldPath: 'spec.containers{app}',
      }),
      containerLog(one, 'app', log, { previous: true }),
    ],
  })
writeCase(
  group,
  'liveness-wrong-port',
  [
    ...around,
    ...killed(
      'web',
      'Liveness',
      container('app', {
        ports: [{ containerPort: 8080, name: 'http' }],
        livenessProbe: { httpGet: { path: '/healthz', port: 8081 } },
      }),
      'Get "http://10.244.1.5:8081/healthz": dial tcp 10.244.1.5:8081: connect: connection refused',
      '2026-11-20T09:57:00Z INFO listening on :8080\n',
    ),
  ],
  fault('liveness-probe-failing', 'web', {
    mustMention: [['8081'], ['8080']],
    mustNotCode: ['app-crash', 'oom-killed'],
  }),
)
writeCase(
  group,
  'liveness-slow-start',
  [
    ...around,
    ...killed(
      'monolith',
      'Liveness',
      container('app', {
        ports: [{ containerPort: 8080 }],
        livenessProbe: {
          httpGet: { path: '/healthz', port: 8080 },
          initialDelaySeconds: 5,
          periodSeconds: 5,
          failureThreshold: 3,
        },
      }),
      'Get "http://10.244.1.5:8080/healthz": dial tcp 10.244.1.5:8080: connect: connection refused',
      '2026-11-20T09:57:00Z INFO loading 4000 rules\n2026-11-20T09:57:19Z INFO 41 % done\n',
    ),
  ],
  fault('liveness-probe-failing', 'monolith', { mustMention: [['20 s', 'startupProbe', 'slow start']] }),
)
writeCase(
  group,
  'startup-wrong-path',
  [
    ...around,
    ...killed(
      'api',
      'Startup',
      container('app', {
        ports: [{ containerPort: 8080 }],
        startupProbe: { httpGet: { path: '/startupz', port: 8080 } },
      }),
      'HTTP probe failed with statuscode: 404',
      '2026-11-20T09:57:00Z INFO listening on :8080\n',
    ),
  ],
  fault('startup-probe-failing', 'api', { mustMention: [['/startupz'], ['404']] }),
)
writeCase(
  group,
  'readiness-plain',
  [
    ...around,
    ...crashing({
      namespace: 'shop',
      name: 'catalog',
      restarts: 0,
      lastState: {},
      container: container('app', {
        ports: [{ containerPort: 8080 }],
        readinessProbe: { httpGet: { path: '/ready', port: 8080 } },
      }),
      state: { running: { startedAt: ago(25) } },
      events: (one) => [
        event({
          about: one,
          reason: 'Unhealthy',
          message: 'Readiness probe failed: HTTP probe failed with statuscode: 404',
          count: 140,
          first: 24,
          last: 0,
          fieldPath: 'spec.containers{app}',
        }),
      ],
    }),
  ],
  fault('readiness-probe-failing', 'catalog', { mustMention: [['/ready'], ['404']] }),
)
const blip = deployment({
  namespace: 'shop',
  name: 'blip',
  minutesOld: 30,
  containers: [
    container('app', { readinessProbe: { tcpSocket: { port: 8080 } }, livenessProbe: { tcpSocket: { port: 8080 } } }),
  ],
})
writeCase(
  group,
  'probe-blip-lookalike',
  [
    ...around,
    ...blip,
    ...podsIn(blip).flatMap((one) =>
      ['Readiness', 'Liveness'].map((which) =>
        event({
          about: one,
          reason: 'Unhealthy',
          message: `${which} probe failed: dial tcp 10.244.1.5:8080: connect: connection refused`,
          count: 2,
          first: 30,
          last: 29,
        }),
      ),
    ),
  ],
  { verdict: 'healthy', mustNotCode: ['readiness-probe-failing', 'liveness-probe-failing'] },
)
const young = deployment({
  namespace: 'shop',
  name: 'young',
  ready: false,
  minutesOld: 1,
  containers: [container('app', { readinessProbe: { tcpSocket: { port: 8080 } } })],
})
writeCase(
  group,
  'probe-young-lookalike',
  [
    ...around,
    ...young,
    ...podsIn(young).map((one) =>
      event({
        about: one,
        reason: 'Unhealthy',
        message: 'Readiness probe failed: dial tcp 10.244.1.5:8080: connect: connection refused',
        count: 3,
        first: 1,
        last: 0,
      }),
    ),
  ],
  { verdict: 'healthy', mustNotCode: ['readiness-probe-failing', 'startup-probe-failing'] },
)
