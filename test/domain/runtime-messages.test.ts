import { describe, expect, it } from 'vitest'
import { probeFailure } from '../../src/domain/probe.ts'
import { pullProblem, pullReason, registryOf } from '../../src/domain/pull-message.ts'
import { innermost, startProblem } from '../../src/domain/start-message.ts'

const runc = (text: string): string =>
  `failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: ${text}: unknown`

describe('startProblem', () => {
  it.each([
    [runc('error during container init: exec: "wge": executable file not found in $PATH'), 'command-not-found'],
    [runc('exec: "/app/run": stat /app/run: no such file or directory'), 'command-not-found'],
    [
      'container create failed: executable file `wge` not found in $PATH: No such file or directory',
      'command-not-found',
    ],
    [runc('exec: "/app": permission denied'), 'not-executable'],
    [runc('chdir to cwd ("/srv") set in config.json failed: no such file or directory'), 'working-directory'],
    [runc('exec /app: exec format error'), 'platform'],
    [runc('container init was OOM-killed (memory limit too low?)'), 'out-of-memory'],
    [
      runc(
        'error during container init: error mounting "/var/lib/x" to rootfs at "/etc/app.conf": mount /x: not a directory: Are you trying to mount a directory onto a file (or vice-versa)?',
      ),
      'mount',
    ],
    [runc('unable to find user app: no matching entries in passwd file'), 'unknown-user'],
    ['container has runAsNonRoot and image will run as root (pod: "a_b(c)", container: d)', 'run-as-root'],
    [
      'container has runAsNonRoot and image has non-numeric user (nginx), cannot verify user is non-root',
      'non-numeric-user',
    ],
    ['secret "db" not found', 'reference'],
    ["couldn't find key a in ConfigMap ns/b", 'reference'],
    ['failed to generate spec: no command specified', 'no-command'],
    ['context deadline exceeded', 'busy'],
  ])('%s', (text, kind) => expect(startProblem(text).kind).toBe(kind))

  it('keeps the innermost words', () =>
    expect(innermost(runc('exec: "wge": executable file not found in $PATH'))).toBe(
      'exec: "wge": executable file not found in $PATH',
    ))
})

describe('pullProblem', () => {
  it.each([
    [
      'rpc error: code = NotFound desc = failed to pull and unpack image "a/b:1": failed to resolve reference "a/b:1": a/b:1: not found',
      'not-found',
    ],
    ['Error response from daemon: manifest for a/b:1 not found: manifest unknown: manifest unknown', 'not-found'],
    [
      'reading manifest 9 in quay.io/a/b: unauthorized: access to the requested resource is not authorized',
      'unauthorized',
    ],
    [
      'pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed',
      'unauthorized',
    ],
    ['failed to authorize: failed to fetch oauth token: unexpected status: 401 Unauthorized', 'unauthorized'],
    [
      'failed to fetch anonymous token: Get "https://auth.docker.io/token": dial tcp 1.2.3.4:443: i/o timeout',
      'unreachable',
    ],
    [
      'Head "https://r.io/v2/": tls: failed to verify certificate: x509: certificate signed by unknown authority',
      'unreachable',
    ],
    ['http: server gave HTTP response to HTTPS client', 'unreachable'],
    [
      'unexpected status code https://registry-1.docker.io/v2/a/manifests/1: 429 Too Many Requests - toomanyrequests',
      'rate-limited',
    ],
    ['no matching manifest for linux/arm64/v8 in the manifest list entries', 'platform'],
    ['InvalidImageName: couldn\'t parse image name "A:b:c": invalid reference format', 'invalid-name'],
    ['ErrImageNeverPull: Container image "x" is not present with pull policy of Never', 'never'],
    ['failed to extract layer sha256:4042944401: write /var/lib/containerd/x: no space left on device', 'disk-full'],
    ['Back-off pulling image "not-found/denied:401"', 'unsaid'],
  ])('%s', (text, problem) => expect(pullProblem(text)).toBe(problem))

  it('names the registry and the innermost reason', () => {
    expect([
      registryOf('nginx'),
      registryOf('acme/web:1'),
      registryOf('r.io:5000/a/b'),
      registryOf('localhost/x'),
    ]).toEqual(['docker.io', 'docker.io', 'r.io:5000', 'localhost'])
    expect(
      pullReason(
        'Failed to pull image "a/b:1": rpc error: code = NotFound desc = failed to pull and unpack image "docker.io/a/b:1": failed to resolve reference "docker.io/a/b:1": docker.io/a/b:1: not found',
      ),
    ).toBe('docker.io/a/b:1: not found')
  })
})

describe('probeFailure', () => {
  it.each([
    ['Liveness probe failed: HTTP probe failed with statuscode: 503', 'status'],
    ['Readiness probe failed: dial tcp 10.0.0.1:80: connect: connection refused', 'refused'],
    [
      'Liveness probe failed: Get "http://x/": context deadline exceeded (Client.Timeout exceeded while awaiting headers)',
      'timeout',
    ],
    ['Startup probe failed: command timed out: "x" timed out after 1s', 'timeout'],
    ['Readiness probe failed: service unhealthy (responded with "NOT_SERVING")', 'grpc'],
    ['Readiness probe failed: psql: error', 'exec'],
  ])('%s', (note, kind) => expect(probeFailure(note).kind).toBe(kind))
})
