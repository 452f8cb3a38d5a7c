import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { pinnedPath } from '../../src/adapters/kubernetes/pin.ts'
import type { LocalMessage } from '../../src/demo/slack/model.ts'
import type { PlanRecord } from '../../src/domain/plan-record.ts'
import { channel, hurriedClock, startWorld, type World } from '../flows/world.ts'
import { assets, type ControlPlane, kubeconfigOf, startControlPlane } from './control-plane.ts'
import { type Rest, restOf, startKubelet } from './kubelet.ts'

const manifests = join(import.meta.dirname, '../../manifests')
const good = 'registry.acme.dev/checkout:2.8.1'
const writer = 'system:serviceaccount:cluster-doctor:doctor-writer'

describe.runIf(assets !== undefined)('the whole case on a real control plane, with the shipped rights', () => {
  const folder = mkdtempSync(join(tmpdir(), 'doctor-spine-'))
  let plane: ControlPlane
  let world: World
  let admin: ReturnType<typeof restOf>
  let kubelet: { stop(): Promise<void> }
  let rest: Rest

  beforeAll(async () => {
    plane = await startControlPlane({ controllers: true, scheduler: true })
    admin = restOf(plane)
    rest = admin.rest
    for (const file of ['namespace', 'rbac-reader', 'rbac-writer', 'admission-policy']) {
      const applied = await plane.kubectl(['apply', '-f', join(manifests, `${file}.yaml`)])
      if (applied.code !== 0) throw new Error(applied.stderr)
    }
    kubelet = await startKubelet(rest, 'node-1', (image) => image === good)
    await rest('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } })
    // The ServiceAccount of a namespace is made by a controller; pods are refused before.
    await until(async () => (await plane.kubectl(['get', 'serviceaccount', 'default', '-n', 'shop'])).code === 0)
    await rest('POST', '/apis/apps/v1/namespaces/shop/deployments', deployment(good))
    await until(async () => (await statusOf())['availableReplicas'] === 2)
    const kubeconfig = async (account: string) => {
      const token = await plane.kubectl(['create', 'token', account, '-n', 'cluster-doctor', '--duration=1h'])
      const file = join(folder, account)
      const ca = readFileSync(join(plane.directory, 'pki/ca.crt'), 'utf8')
      writeFileSync(file, kubeconfigOf('prod-eu1', plane.url, ca, { token: token.stdout.trim() }))
      return file
    }
    world = await startWorld({
      env: {
        KUBECONFIG: await kubeconfig('doctor-reader'),
        DOCTOR_WRITER_KUBECONFIG: await kubeconfig('doctor-writer'),
      },
      overrides: { clock: hurriedClock() },
    })
  }, 120_000)
  afterAll(async () => {
    await world?.close()
    await kubelet?.stop()
    admin?.close()
    await plane?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  const get = () => rest('GET', '/apis/apps/v1/namespaces/shop/deployments/checkout')
  const statusOf = async () => ((await get())['status'] ?? {}) as Record<string, unknown>
  const imageNow = async () => /"image":"([^"]+)"/.exec(JSON.stringify((await get())['spec']))?.[1]
  const alert = (alertname: string, labels: object) =>
    world.alertmanager({
      version: '4',
      status: 'firing',
      groupKey: alertname,
      alerts: [
        {
          labels: { alertname, severity: 'critical', cluster: 'prod-eu1', ...labels },
          annotations: { summary: `${alertname} on shop/checkout` },
          startsAt: new Date().toISOString(),
        },
      ],
    })
  const cardAfter = (before: ReadonlySet<string>) =>
    world.slack.waitFor(
      (message) => !before.has(message.ts) && JSON.stringify(message.blocks ?? []).includes('doctor.approve'),
      20_000,
    )
  const cards = () => new Set(world.slack.messages(channel).map((message) => message.ts))
  const isVerified = (card: LocalMessage) =>
    world.slack.waitFor(
      (message) => message.ts === card.ts && JSON.stringify(message.blocks).includes('doctor.undo'),
      40_000,
    )

  it('a bad image: alert, cause, card, approval, a rollout that really rolls, verified, resolved', async () => {
    const patch = { spec: { template: { spec: { containers: [{ name: 'app', image: `${good}-typo` }] } } } }
    await rest(
      'PATCH',
      '/apis/apps/v1/namespaces/shop/deployments/checkout',
      patch,
      'application/strategic-merge-patch+json',
    )
    await until(async () =>
      ((await rest('GET', '/api/v1/namespaces/shop/pods'))['items'] as object[]).some((pod) =>
        JSON.stringify(pod).includes('ImagePullBackOff'),
      ),
    )
    const before = cards()
    expect((await alert('KubeDeploymentRolloutStuck', { namespace: 'shop', deployment: 'checkout' })).status).toBe(202)
    const card = await cardAfter(before)
    const cause = world.slack.messages(channel, card.thread_ts).map((message) => message.text)
    expect(cause.join('\n')).toContain('2.8.1-typo')
    await world.slack.as('U0BEN').press(card.ts, channel, 'doctor.approve')
    await sleep(300)
    expect(await imageNow()).toBe(`${good}-typo`)
    await world.slack.as('U0ANA').press(card.ts, channel, 'doctor.approve')
    await isVerified(card)
    expect(await imageNow()).toBe(good)
    expect(await statusOf()).toMatchObject({ availableReplicas: 2, updatedReplicas: 2 })
    await world.slack.waitFor((message) => message.ts === card.thread_ts && message.text.startsWith('resolved'), 15_000)
  })

  it('a person’s wish to scale: planned at the command, approved by another, four pods in the end', async () => {
    const before = cards()
    await world.slack.as('U0ANA').command('/doctor scale shop/checkout 4', channel)
    const card = await cardAfter(before)
    await world.slack.as('U0ANA').press(card.ts, channel, 'doctor.approve')
    await sleep(300)
    expect((await statusOf())['replicas']).toBe(2)
    await world.slack.as('U0DAN').press(card.ts, channel, 'doctor.approve')
    await isVerified(card)
    expect(await statusOf()).toMatchObject({ availableReplicas: 4 })
  })

  it('no room because the only node is cordoned: the node is uncordoned, and the pods find their place', async () => {
    await rest('PATCH', '/api/v1/nodes/node-1', { spec: { unschedulable: true } }, 'application/merge-patch+json')
    await rest('POST', '/apis/apps/v1/namespaces/shop/deployments', deployment(good, 'search'))
    await until(async () =>
      ((await rest('GET', '/api/v1/namespaces/shop/pods?labelSelector=app%3Dsearch'))['items'] as object[]).some(
        (pod) => JSON.stringify(pod).includes('Unschedulable'),
      ),
    )
    const before = cards()
    await alert('KubePodNotReady', { namespace: 'shop', deployment: 'search' })
    const card = await cardAfter(before)
    await world.slack.as('U0ANA').press(card.ts, channel, 'doctor.approve')
    await isVerified(card)
    await until(
      async () =>
        ((await rest('GET', '/apis/apps/v1/namespaces/shop/deployments/search'))['status'] as Record<string, unknown>)[
          'availableReplicas'
        ] === 2,
    )
  })

  it('the API server’s own audit log of the writer and our record are the same list', async () => {
    const seen = plane
      .auditLog()
      .filter((entry) => (entry['user'] as { username?: string }).username === writer)
      .filter((entry) => !String(entry['requestURI']).includes('accessreviews'))
      .filter((entry) => !String(entry['requestURI']).includes('dryRun=All'))
    const entries = await world.app.doctor.audit.read({})
    const intents = entries.filter((entry) => entry.kind === 'effect.intended')
    expect(seen.map((entry) => `${entry['verb']} ${String(entry['requestURI']).split('?')[0]}`)).toEqual(
      intents.map((entry) => `${String(entry.data?.['method']).toLowerCase()} ${entry.data?.['path']}`),
    )
    for (const [index, intent] of intents.entries()) {
      const stored = await world.app.doctor.store.get<PlanRecord>('plan', intent.plan ?? '')
      const change = stored?.value.plan.change
      if (change?.kind !== 'cluster-write') throw new Error('every plan here writes to the cluster')
      expect(JSON.parse(change.request.body)).toEqual(seen[index]?.['requestObject'])
      expect(seen[index]?.['responseStatus']).toMatchObject({ code: 200 })
      const done = entries.find((entry) => entry.kind === 'effect.done' && entry.plan === intent.plan)
      expect(done?.seq).toBeGreaterThan(intent.seq)
    }
  })

  it('names that mean more than one object (SAFETY P2, P3) reach nothing, and every namespace and node is still there', async () => {
    const [one] = [...world.app.doctor.writers.values()]
    const before = plane.auditLog().length
    for (const name of ['..', '.', '', '../x', '%2e%2e', 'a/b', 'x?dryRun=All', 'x#y', '\0'])
      for (const ref of [
        { apiVersion: 'v1', kind: 'Pod', namespace: 'shop', name },
        { apiVersion: 'v1', kind: 'Pod', namespace: name, name: 'web' },
        { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name },
        { apiVersion: 'v1', kind: 'Node', name },
      ]) {
        await expect(one?.get(ref)).rejects.toThrow()
        const query = [['fieldManager', 'cluster-doctor']] as const
        const path = `/apis/apps/v1/namespaces/${ref.namespace ?? 'shop'}/deployments/${ref.name}`
        const request = {
          method: 'PATCH',
          path,
          query,
          contentType: 'application/merge-patch+json',
          body: '{}',
        } as const
        expect(() => pinnedPath(request)).toThrow()
        await expect(one?.dryRun(request, ref)).rejects.toThrow()
      }
    expect(
      plane
        .auditLog()
        .slice(before)
        .filter((entry) => (entry['user'] as { username?: string }).username === writer),
    ).toEqual([])
    for (const path of ['/api/v1/namespaces/shop', '/api/v1/nodes/node-1'])
      expect((await rest('GET', path))['metadata']).toBeDefined()
  })
})

const deployment = (image: string, name = 'checkout') => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, namespace: 'shop' },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: {
        terminationGracePeriodSeconds: 1,
        containers: [{ name: 'app', image, ports: [{ containerPort: 8080 }] }],
      },
    },
  },
})

const until = async (what: () => Promise<boolean>, ms = 40_000): Promise<void> => {
  const end = Date.now() + ms
  while (Date.now() < end) {
    if (await what().catch(() => false)) return
    await sleep(150)
  }
  throw new Error('it did not happen in time')
}
