import { describe, expect, it } from 'vitest'
import { readLog } from '../../src/domain/log-lines.ts'
import { decidingSign, forbiddenIn } from '../../src/domain/log-sign.ts'

const told = (log: string): string => {
  const sign = decidingSign(readLog(log))
  switch (sign?.kind) {
    case 'dependency': {
      const { how, host, port } = sign.dependency
      return `${how} ${host ?? '-'}${port === undefined ? '' : `:${port}`}`
    }
    case 'config':
      return `${sign.problem.what} ${sign.problem.kind} ${sign.problem.name ?? '-'}`
    case 'certificate':
      return `certificate ${sign.problem}`
    case 'port-in-use':
      return `port ${sign.port ?? '-'}`
    case 'permission':
      return `${sign.readOnly ? 'read-only' : 'denied'} ${sign.path ?? '-'}`
    case 'command':
      return `command ${sign.command ?? '-'}`
    default:
      return sign?.kind ?? 'nothing'
  }
}

describe('decidingSign', () => {
  it.each([
    ['dial tcp: lookup cache on 10.96.0.10:53: no such host', 'name cache'],
    ['Get "http://orders:8080/h": dial tcp 10.96.3.4:8080: connect: connection refused', 'refused orders:8080'],
    [
      'rpc error: code = Unavailable desc = connection error: desc = "transport: Error while dialing: dial tcp 10.96.55.1:50051: i/o timeout"',
      'timeout 10.96.55.1:50051',
    ],
    ['Error: getaddrinfo EAI_AGAIN redis', 'name redis'],
    ['Error: connect ECONNREFUSED 10.96.3.4:5432', 'refused 10.96.3.4:5432'],
    [
      'INFO connecting to loans-db.example.com:5432\nERROR dial tcp 10.9.4.7:5432: i/o timeout\nFATAL could not connect after 5 attempts',
      'timeout loans-db.example.com:5432',
    ],
    ["TypeError: Cannot read properties of undefined (reading 'sku')", 'nothing'],
    ['ERROR mqtt: connection refused: not authorized (bad user name or password)', 'credentials'],
    [
      '{"level":"error","message":"call failed","exc_info":"KeyError: \'FEATURE_FLAG\'"}',
      'missing variable FEATURE_FLAG',
    ],
    ['java.net.UnknownHostException: billing: Name or service not known', 'name billing'],
    [
      'org.postgresql.util.PSQLException: Connection to orders-db:5432 refused. Check the hostname',
      'refused orders-db:5432',
    ],
    [
      '[Producer clientId=p] Connection to node -1 (kafka/10.0.0.1:9092) could not be established. Broker may not be available.',
      'answered kafka:9092',
    ],
    ['psycopg2.OperationalError: could not translate host name "db" to address: Name or service not known', 'name db'],
    ['connection to server at "pg" (10.96.1.2), port 5432 failed: Connection refused', 'refused pg:5432'],
    ['redis.exceptions.ConnectionError: Error 111 connecting to redis:6379. Connection refused.', 'refused redis:6379'],
    ['pymongo.errors.ServerSelectionTimeoutError: mongo:27017: [Errno 111] Connection refused', 'refused mongo:27017'],
    [
      "HTTPConnectionPool(host='web', port=80): Max retries exceeded (Caused by NameResolutionError(\"<x>: Failed to resolve 'web' ([Errno -3] Try again)\"))",
      'name web',
    ],
    ["curl: (7) Failed to connect to payments port 80 after 0 ms: Couldn't connect to server", 'refused payments:80'],
    ["wget: bad address 'queue:80'", 'name queue:80'],
    ["** server can't find mydb.shop.svc.cluster.local: NXDOMAIN", 'name mydb.shop.svc.cluster.local'],
    ["ERROR 2003 (HY000): Can't connect to MySQL server on 'mysql:3306' (111)", 'refused mysql:3306'],
    ["Error: P1001: Can't reach database server at `db`:`5432`", 'refused db:5432'],
    ['System.Net.Http.HttpRequestException: Connection refused (orders:80)', 'refused orders:80'],
    ['[emerg] host not found in upstream "api:8080" in /etc/nginx/conf.d/a.conf:5', 'name api:8080'],
    ['All host(s) tried for db query failed (tried: prod-db:3333) - no available connection', 'answered prod-db:3333'],
    ['Waiting for postgres:5432...', 'answered postgres:5432'],
    ["KeyError: 'DATABASE_URL'", 'missing variable DATABASE_URL'],
    ['Error: Missing required environment variable: API_KEY', 'missing variable API_KEY'],
    ['Environment variable DEPLOY_ENV is undefined', 'missing variable DEPLOY_ENV'],
    ['./start.sh: line 3: DB_HOST: unbound variable', 'missing variable DB_HOST'],
    ['open /config/config.yml: no such file or directory', 'missing file /config/config.yml'],
    ['error: unknown flag: --prot', 'malformed flag --prot'],
    ['Could not resolve placeholder \'app.key\' in value "$(app.key)"', 'missing setting app.key'],
    ['nginx: [emerg] unknown directive "sever" in /etc/nginx/nginx.conf:3', 'malformed setting sever'],
    ['Error: listen EADDRINUSE: address already in use :::3000', 'port 3000'],
    ['listen tcp :8080: bind: address already in use', 'port 8080'],
    ["OSError: [Errno 30] Read-only file system: '/tmp/x'", 'read-only /tmp/x'],
    ["mkdir: cannot create directory '/data/db': Permission denied", 'denied /data/db'],
    ['write /var/lib/wal: no space left on device', 'disk-full'],
    [
      'x509: certificate has expired or is not yet valid: current time 2026-11-20T09:00:00Z is after 2026-11-01T00:00:00Z',
      'certificate expired',
    ],
    ['x509: certificate signed by unknown authority', 'certificate untrusted'],
    ['x509: certificate is valid for a.example, not b.example', 'certificate wrong-name'],
    ['FATAL:  password authentication failed for user "app"', 'credentials'],
    ['sh: 1: gunicornn: not found', 'command gunicornn'],
    ['exec /usr/local/bin/app: exec format error', 'platform'],
    ['java.lang.OutOfMemoryError: Java heap space', 'heap'],
    ['panic: runtime error: index out of range [5] with length 3', 'nothing'],
    ["ValueError: invalid literal for int() with base 10: 'abc'", 'nothing'],
    ['timed out waiting for caches to sync', 'nothing'],
  ])('%s', (line, expected) => {
    expect(told(line)).toBe(expected)
  })

  it('lets the last trouble count, and no calm line beside a loud one', () => {
    expect(told("ERROR dial tcp 10.0.0.1:5432: connect: connection refused\nFATAL KeyError: 'MODE_NAME'\n")).toBe(
      'missing variable MODE_NAME',
    )
    expect(told('INFO retrying after connection refused to db:5432\npanic: nil map\n')).toBe('nothing')
  })

  it('finds the peer of a trace in its deepest cause', () => {
    expect(
      told(
        'ERROR start failed\njava.lang.RuntimeException: x\n\tat a.B(C.java:1)\nCaused by: java.net.UnknownHostException: ledger\n\tat d.E(F.java:2)\n',
      ),
    ).toBe('name ledger')
  })
})

describe('forbiddenIn', () => {
  it('reads who may not do what, also where quotes are escaped', () => {
    expect(
      forbiddenIn(
        'pods is forbidden: User \\"system:serviceaccount:a:b\\" cannot list resource \\"pods\\" in API group \\"\\" in the namespace \\"c\\"',
      ),
    ).toEqual({ namespace: 'a', account: 'b', verb: 'list', resource: 'pods', group: '', inNamespace: 'c' })
    expect(forbiddenIn('User "jane" cannot get resource "nodes" in API group "" at the cluster scope')).toEqual({
      verb: 'get',
      resource: 'nodes',
      group: '',
    })
    expect(forbiddenIn('403 Forbidden')).toBeUndefined()
  })
})
