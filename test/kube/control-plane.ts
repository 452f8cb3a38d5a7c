import { type ChildProcess, spawn } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Authority, type Credential, createAuthority } from '../../src/demo/cluster/pki/certificate.ts'
import { freePort } from '../free-port.ts'

/** Where a real control plane's programs lie; undefined skips the suites that need one (their config says so in a line). */
export const assets = process.env['KUBEBUILDER_ASSETS']

/** A real kube-apiserver with etcd on loopback, and what was asked for beside it. `kubeconfig` names the context `real`. */
export type ControlPlane = {
  readonly url: string
  /** etcd's own address, to restore much data at once. */
  readonly etcd: string
  readonly directory: string
  readonly kubeconfig: string
  readonly kubectl: (
    args: readonly string[],
    input?: string,
  ) => Promise<{ code: number; stdout: string; stderr: string }>
  /** The write requests that the API server saw, from its audit log. */
  readonly auditLog: () => readonly Record<string, unknown>[]
  readonly stop: () => Promise<void>
}

type Parts = {
  readonly controllers?: boolean
  readonly scheduler?: boolean
  readonly kwok?: boolean
  /** Further flags of the API server; a flag that is there already is overruled. */
  readonly flags?: readonly string[]
}

/** Starts a control plane in a throw-away folder; ready in about 6 s. Throws with the tail of the log where it is not. */
export const startControlPlane = async (parts: Parts = {}): Promise<ControlPlane> => {
  if (assets === undefined) throw new Error('KUBEBUILDER_ASSETS is not set')
  const directory = mkdtempSync(join(tmpdir(), 'control-plane-'))
  mkdirSync(join(directory, 'pki'))
  const [client, peer, api, kcm, scheduler] = await Promise.all([
    freePort(),
    freePort(),
    freePort(),
    freePort(),
    freePort(),
  ])
  const children: ChildProcess[] = []
  const run = (name: string, args: readonly string[]) => {
    const log = openSync(join(directory, `${name}.log`), 'a')
    children.push(spawn(join(assets as string, name), [...args], { cwd: directory, stdio: ['ignore', log, log] }))
  }
  const stop = async () => {
    for (const child of children.toReversed()) await end(child)
    rmSync(directory, { recursive: true, force: true, maxRetries: 5 })
  }
  try {
    const ca = writePki(directory)
    const kubeconfig = writeKubeconfigs(directory, ca, `https://127.0.0.1:${api}`)
    run('etcd', etcdFlags(client, peer))
    run('kube-apiserver', [...apiserverFlags(api, client), ...(parts.flags ?? [])])
    await ready(`https://127.0.0.1:${api}/readyz`, ca, directory)
    if (parts.controllers) run('kube-controller-manager', controllerFlags(kcm))
    if (parts.scheduler)
      run('kube-scheduler', [
        ...asUser('scheduler'),
        '--leader-elect=false',
        `--secure-port=${scheduler}`,
        '--kube-api-qps=200',
        '--kube-api-burst=400',
      ])
    if (parts.kwok)
      run('kwok', [
        '--config',
        join(assets, 'kwok-stages.yaml'),
        '--kubeconfig=admin.kubeconfig',
        '--manage-all-nodes=false',
        '--manage-nodes-with-annotation-selector=kwok.x-k8s.io/node=fake',
        '--node-lease-duration-seconds=40',
        '--cidr=10.0.0.1/24',
        '--node-ip=10.0.0.1',
      ])
    return {
      url: `https://127.0.0.1:${api}`,
      etcd: `http://127.0.0.1:${client}`,
      directory,
      kubeconfig,
      kubectl: (args, input) => kubectl(kubeconfig, args, input),
      auditLog: () => readAudit(directory),
      stop,
    }
  } catch (cause) {
    await stop()
    throw cause
  }
}

const etcdFlags = (client: number, peer: number): readonly string[] => [
  '--data-dir=etcd-data',
  `--listen-client-urls=http://127.0.0.1:${client}`,
  `--advertise-client-urls=http://127.0.0.1:${client}`,
  `--listen-peer-urls=http://127.0.0.1:${peer}`,
  `--initial-advertise-peer-urls=http://127.0.0.1:${peer}`,
  `--initial-cluster=default=http://127.0.0.1:${peer}`,
  '--unsafe-no-fsync',
  '--log-level=warn',
  '--quota-backend-bytes=4294967296',
]

const apiserverFlags = (port: number, etcd: number): readonly string[] => [
  `--etcd-servers=http://127.0.0.1:${etcd}`,
  `--secure-port=${port}`,
  '--bind-address=127.0.0.1',
  '--advertise-address=127.0.0.1',
  '--tls-cert-file=pki/apiserver.crt',
  '--tls-private-key-file=pki/apiserver.key',
  '--client-ca-file=pki/ca.crt',
  '--service-account-key-file=pki/sa.pub',
  '--service-account-signing-key-file=pki/sa.key',
  '--service-account-issuer=https://kubernetes.default.svc',
  '--service-cluster-ip-range=10.96.0.0/16',
  '--authorization-mode=RBAC,Node',
  '--allow-privileged',
  '--audit-log-path=audit.log',
  '--audit-policy-file=audit-policy.yaml',
]

const asUser = (user: string): readonly string[] => [
  `--kubeconfig=${user}.kubeconfig`,
  `--authentication-kubeconfig=${user}.kubeconfig`,
  `--authorization-kubeconfig=${user}.kubeconfig`,
]

const controllerFlags = (port: number): readonly string[] => [
  ...asUser('kcm'),
  '--service-account-private-key-file=pki/sa.key',
  '--root-ca-file=pki/ca.crt',
  '--use-service-account-credentials',
  '--leader-elect=false',
  '--cluster-signing-cert-file=pki/ca.crt',
  '--cluster-signing-key-file=pki/ca.key',
  '--kube-api-qps=200',
  '--kube-api-burst=400',
  '--horizontal-pod-autoscaler-sync-period=2s',
  `--secure-port=${port}`,
]

const auditPolicy =
  'apiVersion: audit.k8s.io/v1\nkind: Policy\nomitStages: [RequestReceived]\nrules:\n- level: RequestResponse\n  verbs: [create, update, patch, delete, deletecollection]\n- level: None\n'

const writePki = (directory: string): Authority => {
  const ca = createAuthority('kubernetes-ca')
  const keys = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const write = (name: string, text: string) => writeFileSync(join(directory, name), text, { mode: 0o600 })
  const server = ca.issue({
    commonName: 'kube-apiserver',
    dns: ['localhost', 'kubernetes.default.svc'],
    ips: ['127.0.0.1', '10.96.0.1'],
  })
  write('pki/ca.crt', ca.certificatePem)
  write('pki/ca.key', ca.keyPem)
  write('pki/apiserver.crt', server.certificatePem)
  write('pki/apiserver.key', server.keyPem)
  write('pki/sa.key', keys.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string)
  write('pki/sa.pub', keys.publicKey.export({ type: 'spki', format: 'pem' }) as string)
  write('audit-policy.yaml', auditPolicy)
  return ca
}

const writeKubeconfigs = (directory: string, ca: Authority, server: string): string => {
  const users: readonly (readonly [string, Credential])[] = [
    ['admin', ca.issue({ commonName: 'admin', organizations: ['system:masters'] })],
    ['kcm', ca.issue({ commonName: 'system:kube-controller-manager' })],
    ['scheduler', ca.issue({ commonName: 'system:kube-scheduler' })],
  ]
  for (const [name, credential] of users)
    writeFileSync(
      join(directory, `${name}.kubeconfig`),
      kubeconfigOf('real', server, ca.certificatePem, clientCertificate(credential)),
      { mode: 0o600 },
    )
  return join(directory, 'admin.kubeconfig')
}

const base64 = (text: string): string => Buffer.from(text).toString('base64')
const clientCertificate = (credential: Credential) => ({
  'client-certificate-data': base64(credential.certificatePem),
  'client-key-data': base64(credential.keyPem),
})

/** A kubeconfig with one context, as JSON (which is YAML). `user` holds the credential fields. */
export const kubeconfigOf = (
  name: string,
  server: string,
  caPem: string,
  user: Readonly<Record<string, string>>,
): string =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': name,
    clusters: [{ name, cluster: { server, 'certificate-authority-data': base64(caPem) } }],
    users: [{ name, user }],
    contexts: [{ name, context: { cluster: name, user: name } }],
  })

const ready = async (url: string, ca: Authority, directory: string): Promise<void> => {
  const client = ca.issue({ commonName: 'admin', organizations: ['system:masters'] })
  for (let attempt = 0; attempt < 240; attempt += 1) {
    const status = await new Promise<number>((resolve) => {
      const probe = request(
        url,
        { ca: ca.certificatePem, cert: client.certificatePem, key: client.keyPem, timeout: 2_000 },
        (response) => resolve(response.resume().statusCode ?? 0),
      )
      probe.on('error', () => resolve(0)).end()
    })
    if (status === 200) return
    await sleep(250)
  }
  throw new Error(
    `the API server is not ready:\n${readFileSync(join(directory, 'kube-apiserver.log'), 'utf8').slice(-2000)}`,
  )
}

const kubectl: (
  kubeconfig: string,
  args: readonly string[],
  input?: string,
) => Promise<{ code: number; stdout: string; stderr: string }> = (kubeconfig, args, input) =>
  new Promise((resolve, reject) => {
    const child = spawn(join(assets as string, 'kubectl'), ['--kubeconfig', kubeconfig, ...args])
    let [stdout, stderr] = ['', '']
    child.stdout.on('data', (chunk) => (stdout += chunk))
    child.stderr.on('data', (chunk) => (stderr += chunk))
    child.on('error', reject).on('close', (code) => resolve({ code: code ?? -1, stdout, stderr }))
    child.stdin.end(input ?? '')
  })

const readAudit = (directory: string): readonly Record<string, unknown>[] =>
  readFileSync(join(directory, 'audit.log'), 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Record<string, unknown>)

const end = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode !== null) return
  const closed = new Promise((resolve) => child.once('close', resolve))
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), 3_000)
  await closed
  clearTimeout(timer)
}
