import { expect, it } from 'vitest'
import { loadAnalyzers } from '../../src/analyzers/load.ts'
import { diagnose } from '../../src/diagnosis/diagnose.ts'
import { running, viewOfOnePod } from './one-pod.ts'

const analyzers = await loadAnalyzers()

const calm = ['INFO GET /healthz 200 1ms', 'INFO listening on :80', 'INFO handled 14 requests']

/** A log of a ready pod, oldest first, one line every ten seconds up to now. */
const logOf = (lines: readonly string[], times: number): string => {
  const all = Array.from({ length: times }, () => lines).flat()
  const end = Date.parse('2026-11-20T09:59:58Z')
  return all
    .map((line, index) => `${new Date(end - (all.length - 1 - index) * 10_000).toISOString()} ${line}`)
    .join('\n')
}

const codeFor = (text: string): string => {
  const view = viewOfOnePod({ status: running, log: { text, previous: false } })
  return diagnose(view, { analyzers }).rootCauses[0]?.code ?? 'healthy'
}

/** What a ready pod keeps logging, and what CAUSES.md calls that. */
const sustained: readonly (readonly [code: string, ...lines: string[]])[] = [
  ['app-errors', "ERROR TypeError: Cannot read property 'id' of null at /app/cart.js:12:3"],
  ['app-errors', 'ERROR panic recovered: runtime error: invalid memory address or nil pointer dereference'],
  [
    'app-errors',
    'ERROR [http-nio-8080-exec-3] o.a.c.c.C.[dispatcherServlet] : Servlet.service() threw exception java.lang.IllegalStateException: no tariff for zone 7',
  ],
  ['app-errors', 'ERROR duplicate key value violates unique constraint "orders_pkey"'],
  ['app-errors', 'ERROR json.decoder.JSONDecodeError: Expecting value: line 1 column 1 (char 0)'],
  ['app-errors', "ERROR ValueError: time data '2026-13-01' does not match format '%Y-%m-%d'"],
  ['app-errors', '10.0.0.7 - - "POST /api/checkout HTTP/1.1" 500 182 "-" "okhttp/4.12"'],
  ['app-errors', 'level=error msg="request failed" status=500 path=/v1/quote err="division by zero"'],
  ['app-errors', 'ERROR deadlock detected DETAIL: Process 812 waits for ShareLock on transaction 991'],
  ['app-errors', 'ERROR HikariPool-1 - Connection is not available, request timed out after 30000ms.'],
  ['app-errors', 'ERROR accept: too many open files'],
  ['app-errors', 'FATAL unhandled promise rejection: Error: template not found: invoice-de'],
  ['dependency-unreachable', 'ERROR dial tcp 198.51.100.9:443: connect: connection refused'],
  [
    'dependency-unreachable',
    'ERROR Get "https://rates.example.com/v1": context deadline exceeded (Client.Timeout exceeded while awaiting headers)',
  ],
  [
    'dependency-unreachable',
    'WARN  [kafka-producer-network-thread] Connection to node -1 (kafka.example.com/198.51.100.7:9092) could not be established. Node may not be available.',
  ],
  [
    'dependency-unreachable',
    'ERROR redis: connection pool: failed to dial after 5 attempts: dial tcp: lookup redis.example.com: no such host',
  ],
  [
    'dependency-unreachable',
    'ERROR MongoServerSelectionError: connection timed out connecting to mongo.example.com:27017',
  ],
  [
    'dependency-unreachable',
    'ERROR upstream connect error or disconnect/reset before headers. reset reason: connection timeout, https://api.example.com:443',
  ],
  ['missing-service', 'ERROR Error: getaddrinfo ENOTFOUND sessions.shop.svc.cluster.local'],
  [
    'missing-service',
    'ERROR redis.exceptions.ConnectionError: Error -2 connecting to cart-redis:6379. Name or service not known.',
  ],
  ['app-config-invalid', 'ERROR FATAL: password authentication failed for user "web"'],
  ['app-config-invalid', "ERROR (1045, \"Access denied for user 'web'@'10.42.0.9' (using password: YES)\")"],
  [
    'rbac-forbidden',
    'ERROR pods is forbidden: User "system:serviceaccount:shop:default" cannot list resource "pods" in API group "" in the namespace "shop"',
  ],
  [
    'certificate-expired',
    'ERROR Post "https://auth.example.com/token": tls: failed to verify certificate: x509: certificate has expired or is not yet valid: current time 2026-11-20T09:50:00Z is after 2026-11-19T00:00:00Z',
  ],
  ['volume-full', 'ERROR write /data/segments/00017.idx: no space left on device'],
]

it.each(sustained)('%s: %s', (code, ...lines) => {
  expect(codeFor(logOf([...lines, ...calm.slice(0, 1)], 15))).toBe(code)
})

/** What a ready pod may log that needs nobody. */
const harmless: readonly (readonly [what: string, text: string])[] = [
  [
    'counts of nothing',
    logOf(['INFO run finished: 0 errors, 0 warnings, 0 failed', 'INFO error_rate=0.00 failures=0'], 20),
  ],
  [
    'words that only sound bad',
    logOf(
      ['INFO failover replica is healthy', 'INFO loaded error-pages module', 'DEBUG exception handler registered'],
      20,
    ),
  ],
  [
    'client errors',
    logOf(
      ['10.0.0.7 - - "GET /favicon.ico HTTP/1.1" 404 19', '10.0.0.7 - - "GET /login HTTP/1.1" 401 12', ...calm],
      20,
    ),
  ],
  [
    'one trace among much',
    `${logOf(calm, 20)}\n2026-11-20T09:59:58Z ERROR boom java.lang.IllegalStateException: once\n\tat a.B.c(B.java:1)\n${logOf(calm, 2)}`,
  ],
  [
    'a peer that came back',
    `${logOf(['ERROR dial tcp 198.51.100.9:443: connect: connection refused'], 6)}\n${logOf(['INFO connected to 198.51.100.9:443', ...calm], 15)}`,
  ],
  [
    'warnings of habit',
    logOf(['WARN DeprecationWarning: Buffer() is deprecated', 'WARN experimental feature enabled', ...calm], 15),
  ],
  [
    'retries that succeed',
    logOf(['WARN attempt 1 failed, retrying in 100ms', 'INFO attempt 2 succeeded', ...calm], 15),
  ],
  ['expected validation errors', logOf(['INFO 400 Bad Request: validation failed: email is required', ...calm], 15)],
  [
    'a circuit that closed again',
    `${logOf(['ERROR circuit open for rates'], 8)}\n${logOf(['INFO circuit closed for rates', ...calm], 20)}`,
  ],
  [
    'postgres routine',
    `${logOf(
      [
        'LOG:  checkpoint starting: time',
        'LOG:  checkpoint complete: wrote 44 buffers (0.3%)',
        'ERROR:  canceling statement due to user request',
      ],
      1,
    )}\n${logOf(['LOG:  checkpoint complete: wrote 44 buffers (0.3%)'], 20)}`,
  ],
]

it.each(harmless)('healthy: %s', (_, text) => {
  expect(codeFor(text)).toBe('healthy')
})
