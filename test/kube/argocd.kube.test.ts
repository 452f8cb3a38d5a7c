import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createEmulator } from 'emulate'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { githubCalls } from '../../src/demo/git/github-calls.ts'
import { mergePullRequest } from '../../src/demo/git/pull-requests.ts'
import { openRepository } from '../../src/demo/git/repository.ts'
import { channel, hurriedClock, startWorld, type World } from '../flows/world.ts'
import { argoPrograms, startArgo } from './argo.ts'
import { assets, type ControlPlane, kubeconfigOf, startControlPlane } from './control-plane.ts'
import { type GitServer, startGitServer } from './git-server.ts'
import { type Rest, restOf, startKubelet } from './kubelet.ts'

const manifests = join(import.meta.dirname, '../../manifests')
const good = 'registry.acme.dev/checkout:2.8.1'
const name = 'acme/deploy'
const manifest = (image: string) => `# checkout: owned by @acme/payments
apiVersion: apps/v1
kind: Deployment
metadata:
  name: checkout
spec:
  replicas: 2
  selector:
    matchLabels: {app: checkout}
  template:
    metadata:
      labels: {app: checkout}
    spec:
      containers:
      - name: app
        image: ${image} # released by the pipeline
`
const overlay = 'resources: [../base]\nnamespace: shop\n'

describe.runIf(assets !== undefined && argoPrograms !== undefined)('the loop through Git with a real Argo CD', () => {
  const folder = mkdtempSync(join(tmpdir(), 'doctor-argo-'))
  const stops: (() => unknown)[] = []
  let plane: ControlPlane
  let rest: Rest
  let world: World
  let served: GitServer
  let argo: Awaited<ReturnType<typeof startArgo>>
  let github: ReturnType<typeof githubCalls>
  let repository: ReturnType<typeof openRepository>

  beforeAll(async () => {
    plane = await startControlPlane({ controllers: true, scheduler: true })
    stops.push(() => plane.stop())
    const admin = restOf(plane)
    stops.push(() => admin.close())
    rest = admin.rest
    for (const file of ['namespace', 'rbac-reader', 'rbac-writer']) {
      const applied = await plane.kubectl(['apply', '-f', join(manifests, `${file}.yaml`)])
      if (applied.code !== 0) throw new Error(applied.stderr)
    }
    const kubelet = await startKubelet(rest, 'node-1', (image) => image === good)
    stops.push(() => kubelet.stop())
    await rest('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } })
    served = await startGitServer()
    stops.push(() => served.stop())
    argo = await startArgo(plane, rest)
    stops.push(() => argo.stop())
    const emulator = await createEmulator({
      service: 'github',
      port: 0,
      seed: {
        tokens: { t: { login: 'cluster-doctor', scopes: ['repo'] } },
        github: {
          users: [{ login: 'cluster-doctor' }],
          orgs: [{ login: 'acme', members: [{ login: 'cluster-doctor', role: 'admin' }] }],
          repos: [{ owner: 'acme', name: 'deploy', auto_init: true }],
        },
      },
    })
    stops.push(() => emulator.close())
    github = githubCalls(emulator.url, 't')
    repository = openRepository(github, name)
    const kubeconfig = async (account: string) => {
      const token = await plane.kubectl(['create', 'token', account, '-n', 'cluster-doctor', '--duration=1h'])
      const ca = readFileSync(join(plane.directory, 'pki/ca.crt'), 'utf8')
      const file = join(folder, account)
      writeFileSync(file, kubeconfigOf('prod-eu1', plane.url, ca, { token: token.stdout.trim() }))
      return file
    }
    world = await startWorld({
      env: {
        KUBECONFIG: await kubeconfig('doctor-reader'),
        DOCTOR_WRITER_KUBECONFIG: await kubeconfig('doctor-writer'),
        GITHUB_TOKEN: 't',
        GITHUB_API_URL: emulator.url,
      },
      overrides: { clock: hurriedClock() },
    })
    stops.push(() => world.close())
  }, 180_000)
  afterAll(async () => {
    for (const stop of stops.toReversed()) await stop()
    rmSync(folder, { recursive: true, force: true })
  })

  const application = () => rest('GET', '/apis/argoproj.io/v1alpha1/namespaces/argocd/applications/checkout')
  const stands = async () => {
    const { status } = (await application()) as {
      status?: { sync?: { status?: string; revision?: string }; health?: { status?: string } }
    }
    return `${status?.sync?.status} ${status?.health?.status} ${status?.sync?.revision?.slice(0, 7)}`
  }
  /** Commits on GitHub and to the repository that Argo CD clones: the emulator speaks no git. */
  const commit = async (message: string, files: Readonly<Record<string, string>>) => {
    await repository.commit(github, 'main', message, new Map(Object.entries(files)))
    return mirror(message)
  }
  const mirror = async (message: string) =>
    served.commit(message, (await repository.tree(await repository.head('main'))).files)
  const until = async (what: string, holds: () => Promise<boolean>, ms = 60_000) => {
    for (const end = Date.now() + ms; Date.now() < end; ) {
      if (await holds().catch(() => false)) return
      await sleep(300)
    }
    throw new Error(`${what} did not come to hold: ${await stands()}\n${argo.logs()}`)
  }

  it('breaks by a commit, is mended by a pull request, and is resolved once Argo CD is Synced and Healthy', async () => {
    const first = await commit('checkout 2.8.1', {
      'base/deployment.yaml': manifest(good),
      'base/kustomization.yaml': 'resources: [deployment.yaml]\n',
      'prod/kustomization.yaml': overlay,
    })
    await rest('POST', '/apis/argoproj.io/v1alpha1/namespaces/argocd/applications', {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Application',
      metadata: { name: 'checkout', namespace: 'argocd' },
      spec: {
        project: 'default',
        source: { repoURL: served.url, path: 'prod', targetRevision: 'main' },
        destination: { server: plane.url, namespace: 'shop' },
        syncPolicy: { automated: { selfHeal: true } },
      },
    })
    await until('the first sync', async () => (await stands()) === `Synced Healthy ${first.slice(0, 7)}`, 90_000)

    await commit('checkout 2.8.2', { 'base/deployment.yaml': manifest(`${good}-typo`) })
    await until('the bad sync', async () =>
      JSON.stringify(await rest('GET', '/api/v1/namespaces/shop/pods')).includes('ImagePullBackOff'),
    )
    const group = {
      version: '4',
      status: 'firing',
      groupKey: 'checkout',
      alerts: [
        {
          labels: {
            alertname: 'KubeDeploymentRolloutStuck',
            severity: 'critical',
            cluster: 'prod-eu1',
            namespace: 'shop',
            deployment: 'checkout',
          },
          annotations: { summary: 'Rollout of shop/checkout is stuck' },
          startsAt: new Date().toISOString(),
        },
      ],
    }
    expect((await world.alertmanager(group)).status).toBe(202)
    const card = await world.slack.waitFor((one) => JSON.stringify(one.blocks ?? []).includes('doctor.approve'), 30_000)
    expect(card.text).toContain('pull request to acme/deploy')
    await world.slack.as('U0ANA').press(card.ts, channel, 'doctor.approve')
    await world.slack.waitFor((one) => one.text.includes('waits for review and merge'), 30_000)

    await mergePullRequest(github, repository, name, 1)
    const merged = await mirror('Merge pull request #1')
    const told = await world.slack.waitFor((one) => /: merged, delivered and verified\./.test(one.text), 90_000)
    expect(told.text).toContain('Argo CD app checkout is Synced, Healthy; 2 of 2 ready. The cause is gone.')
    await world.slack.waitFor((one) => one.ts === card.thread_ts && one.text.startsWith('resolved'), 15_000)
    expect(await stands()).toBe(`Synced Healthy ${merged.slice(0, 7)}`)
    const live = await rest('GET', '/apis/apps/v1/namespaces/shop/deployments/checkout')
    expect(JSON.stringify(live['spec'])).toContain(`"${good}"`)
  }, 240_000)
})
