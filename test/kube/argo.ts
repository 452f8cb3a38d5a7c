import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdirSync, openSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createConnection } from 'node:net'
import { delimiter, dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { executable } from '../executable.ts'
import { freePort } from '../free-port.ts'
import { assets, type ControlPlane } from './control-plane.ts'
import type { Rest } from './kubelet.ts'

/** Where the programs of a real Argo CD lie, with `argocd-crds` beside them; undefined where there are none on PATH. */
export const argoPrograms = (process.env['PATH'] ?? '')
  .split(delimiter)
  .find((folder) => executable(join(folder, 'argocd-application-controller')))

/**
 * Starts a real Argo CD (repo server and application controller, outside of the cluster) on a control plane. It looks at Git
 * every five seconds. `logs` gives the newest lines of both.
 */
export const startArgo = async (
  plane: ControlPlane,
  rest: Rest,
): Promise<{ logs(): string; stop(): Promise<void> }> => {
  const programs = argoPrograms
  if (programs === undefined) throw new Error('no argocd-application-controller on PATH')
  await install(plane, rest, programs)
  const [redis, repo, metrics, repoMetrics] = [await freePort(), await freePort(), await freePort(), await freePort()]
  const children: ChildProcess[] = []
  const run = (name: string, program: string, args: readonly string[], env: NodeJS.ProcessEnv = {}) => {
    const log = openSync(join(plane.directory, `${name}.log`), 'a')
    const options = { cwd: plane.directory, env: { ...process.env, ...env }, stdio: ['ignore', log, log] } as const
    children.push(spawn(program, [...args], { ...options, stdio: [...options.stdio] }))
  }
  run('argo-redis', 'redis-server', ['--port', String(redis), '--save', '', '--bind', '127.0.0.1'])
  await listening(redis)
  const cache = ['--redis', `127.0.0.1:${redis}`]
  run(
    'argo-repo',
    join(programs, 'argocd-repo-server'),
    [
      ...cache,
      '--disable-tls',
      '--port',
      String(repo),
      '--metrics-port',
      String(repoMetrics),
      '--revision-cache-expiration',
      '1s',
    ],
    {
      ARGOCD_GPG_ENABLED: 'false',
      KUBECONFIG: plane.kubeconfig,
      PATH: `${kustomizeOf(plane.directory)}${delimiter}${process.env['PATH']}`,
    },
  )
  await listening(repo)
  run('argo-controller', join(programs, 'argocd-application-controller'), [
    ...['--kubeconfig', plane.kubeconfig, '--namespace', 'argocd', '--metrics-port', String(metrics)],
    ...['--repo-server', `127.0.0.1:${repo}`, '--repo-server-plaintext', ...cache, '--app-resync', '5'],
  ])
  return {
    logs: () =>
      ['argo-repo', 'argo-controller']
        .map((name) => readFileSync(join(plane.directory, `${name}.log`), 'utf8').slice(-3_000))
        .join('\n'),
    stop: async () => {
      for (const child of children.toReversed()) {
        const closed = new Promise((resolve) => child.once('close', resolve))
        if (child.exitCode === null) child.kill('SIGKILL')
        else continue
        await closed
      }
    },
  }
}

/** A folder with the `kustomize` that is in kubectl, under its own name. */
const kustomizeOf = (directory: string): string => {
  const folder = join(directory, 'bin')
  mkdirSync(folder, { recursive: true })
  const kubectl = join(assets ?? '', 'kubectl')
  const script = `#!/bin/sh\n[ "$1" = version ] && { echo v5.8.1; exit; }\nshift\nexec ${kubectl} kustomize "$@"\n`
  writeFileSync(join(folder, 'kustomize'), script, { mode: 0o755 })
  return folder
}

const install = async (plane: ControlPlane, rest: Rest, programs: string): Promise<void> => {
  const crds = join(
    dirname(execFileSync('readlink', ['-f', join(programs, 'argocd')], { encoding: 'utf8' }).trim()),
    'argocd-crds',
  )
  for (const file of readdirSync(crds)) {
    const made = await plane.kubectl(['create', '-f', join(crds, file)])
    if (made.code !== 0 && !made.stderr.includes('AlreadyExists')) throw new Error(made.stderr)
  }
  const { clusters, users } = JSON.parse(readFileSync(plane.kubeconfig, 'utf8')) as {
    clusters: { cluster: Record<string, string> }[]
    users: { user: Record<string, string> }[]
  }
  const [cluster, user] = [clusters[0]?.cluster ?? {}, users[0]?.user ?? {}]
  const part = { 'app.kubernetes.io/part-of': 'argocd' }
  const meta = (name: string, labels: object = part) => ({ name, namespace: 'argocd', labels })
  const tlsClientConfig = {
    caData: cluster['certificate-authority-data'],
    certData: user['client-certificate-data'],
    keyData: user['client-key-data'],
  }
  await rest('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'argocd' } })
  const maps = '/api/v1/namespaces/argocd/configmaps'
  const data = { 'timeout.reconciliation': '5s', 'timeout.reconciliation.jitter': '0s' }
  await rest('POST', maps, { apiVersion: 'v1', kind: 'ConfigMap', metadata: meta('argocd-cm'), data })
  await rest('POST', maps, { apiVersion: 'v1', kind: 'ConfigMap', metadata: meta('argocd-rbac-cm') })
  const secrets = '/api/v1/namespaces/argocd/secrets'
  const key = { 'server.secretkey': 'c2VjcmV0LWtleS1vZi1hLXRlc3Q=' }
  await rest('POST', secrets, { apiVersion: 'v1', kind: 'Secret', metadata: meta('argocd-secret'), stringData: key })
  await rest('POST', secrets, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: meta('real', { 'argocd.argoproj.io/secret-type': 'cluster' }),
    stringData: { name: 'real', server: plane.url, config: JSON.stringify({ tlsClientConfig }) },
  })
  const all = [{ group: '*', kind: '*' }]
  const project = { sourceRepos: ['*'], destinations: [{ namespace: '*', server: '*' }], clusterResourceWhitelist: all }
  for (let tries = 0; ; tries += 1) {
    const made = await rest('POST', '/apis/argoproj.io/v1alpha1/namespaces/argocd/appprojects', {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'AppProject',
      metadata: { name: 'default', namespace: 'argocd' },
      spec: project,
    }).catch((error: Error) => error)
    if (!(made instanceof Error)) return
    if (tries > 50) throw made
    await sleep(200)
  }
}

const listening = async (port: number): Promise<void> => {
  for (let tries = 0; tries < 150; tries += 1) {
    const open = await new Promise<boolean>((resolve) => {
      const socket = createConnection({ port, host: '127.0.0.1' }, () => resolve(true))
      socket.on('error', () => resolve(false)).on('connect', () => socket.end())
    })
    if (open) return
    await sleep(200)
  }
  throw new Error(`nobody listens on ${port}`)
}
