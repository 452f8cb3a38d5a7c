import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { request as forward } from 'node:http'
import { createServer, type Server } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createAuthority } from '../../src/demo/cluster/pki/certificate.ts'
import { changesOn } from '../../src/doctor/audit/audited-changes.ts'
import { channel, hurriedClock, startWorld, type World } from '../flows/world.ts'
import { freePort } from '../free-port.ts'
import { assets, type ControlPlane, kubeconfigOf, startControlPlane } from './control-plane.ts'
import { type Rest, restOf, startKubelet } from './kubelet.ts'

const manifests = join(import.meta.dirname, '../../manifests')
const writer = 'system:serviceaccount:cluster-doctor:doctor-writer'
const token = 'audit-token-0123456789'
const good = 'registry.acme.dev/checkout:2.8.1'

/** The flags that the docs say, with the files of this test. */
const flagsOf = (policy: string, webhook: string): readonly string[] =>
  [...readFileSync(join(manifests, '../docs/audit-webhook.md'), 'utf8').matchAll(/^ *- (--audit-\S+)$/gm)]
    .map((match) => match[1] ?? '')
    .map((flag) => flag.replace(/\/etc\/kubernetes\/audit\/policy\.yaml/, policy))
    .map((flag) => flag.replace(/\/etc\/kubernetes\/audit\/webhook\.yaml/, webhook))

describe.runIf(assets !== undefined)('the audit webhook of a real API server, set up as the docs say', () => {
  const folder = mkdtempSync(join(tmpdir(), 'doctor-audit-'))
  let plane: ControlPlane
  let world: World
  let entry: Server
  let target = ''
  let admin: ReturnType<typeof restOf>
  let rest: Rest
  let kubelet: { stop(): Promise<void> }

  beforeAll(async () => {
    const port = await freePort()
    entry = await startEntry(folder, port, () => target)
    const webhook = join(folder, 'webhook.yaml')
    writeFileSync(
      webhook,
      readFileSync(join(manifests, 'optional/audit/webhook.yaml'), 'utf8')
        .replace('https://doctor.example.com', `https://127.0.0.1:${port}`)
        .replace('/etc/kubernetes/pki/doctor-ca.crt', join(folder, 'ca.crt'))
        .replace('REPLACE-ME', token),
    )
    const flags = flagsOf(join(manifests, 'optional/audit/policy.yaml'), webhook)
    expect(flags).toHaveLength(7)
    plane = await startControlPlane({
      controllers: true,
      scheduler: true,
      flags: [...flags, '--audit-webhook-initial-backoff=500ms'],
    })
    admin = restOf(plane)
    rest = admin.rest
    for (const file of ['namespace', 'rbac-reader', 'rbac-writer', 'admission-policy']) {
      const applied = await plane.kubectl(['apply', '-f', join(manifests, `${file}.yaml`)])
      if (applied.code !== 0) throw new Error(applied.stderr)
    }
    kubelet = await startKubelet(rest, 'node-1', (image) => image === good)
    await rest('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } })
    await until(async () => (await plane.kubectl(['get', 'serviceaccount', 'default', '-n', 'shop'])).code === 0)
    await rest('POST', '/apis/apps/v1/namespaces/shop/deployments', deployment)
    const kubeconfig = async (account: string) => {
      const issued = await plane.kubectl(['create', 'token', account, '-n', 'cluster-doctor', '--duration=1h'])
      const ca = readFileSync(join(plane.directory, 'pki/ca.crt'), 'utf8')
      writeFileSync(join(folder, account), kubeconfigOf('prod-eu1', plane.url, ca, { token: issued.stdout.trim() }))
      return join(folder, account)
    }
    world = await startWorld({
      env: {
        KUBECONFIG: await kubeconfig('doctor-reader'),
        DOCTOR_WRITER_KUBECONFIG: await kubeconfig('doctor-writer'),
        DOCTOR_WRITER_USER: writer,
        KUBERNETES_AUDIT_WEBHOOK_TOKEN: token,
      },
      overrides: { clock: hurriedClock() },
    })
    target = world.app.url
  }, 120_000)
  afterAll(async () => {
    await world?.close()
    await kubelet?.stop()
    admin?.close()
    await plane?.stop()
    entry?.closeAllConnections()
    entry?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  const setImage = (user: string, image: string) =>
    plane.kubectl([
      'set',
      'image',
      'deployment/checkout',
      `app=${image}`,
      '-n',
      'shop',
      '--as',
      user,
      '--as-group',
      'system:masters',
    ])
  const unrecorded = async () => world.app.doctor.audit.read({ kinds: ['write.unrecorded'] })
  const cards = () =>
    world.slack.waitFor((message) => JSON.stringify(message.blocks ?? []).includes('doctor.approve'), 40_000)

  it('a cause names the person who changed it, and our own write, which is on the record, is no alarm', async () => {
    expect((await setImage('ana@acme.dev', `${good}-typo`)).code).toBe(0)
    await until(async () => (await changesOn(world.app.doctor, 'prod-eu1')).some(({ user }) => user === 'ana@acme.dev'))
    await until(async () =>
      JSON.stringify(await rest('GET', '/api/v1/namespaces/shop/pods')).includes('ImagePullBackOff'),
    )
    await world.alertmanager({
      version: '4',
      status: 'firing',
      groupKey: 'stuck',
      alerts: [
        {
          labels: { alertname: 'RolloutStuck', severity: 'critical', namespace: 'shop', deployment: 'checkout' },
          annotations: { summary: 'shop/checkout is stuck' },
          startsAt: new Date().toISOString(),
        },
      ],
    })
    const card = await cards()
    const told = world.slack.messages(channel, card.thread_ts)
    expect(JSON.stringify(told.map((message) => [message.text, message.blocks]))).toContain('ana@acme.dev')
    await world.slack.as('U0ANA').press(card.ts, channel, 'doctor.approve')
    await until(async () =>
      (await changesOn(world.app.doctor, 'prod-eu1')).some(
        ({ user, object }) => user === writer && object.resource === 'deployments',
      ),
    )
    await sleep(3_000)
    expect(await unrecorded()).toEqual([])
  })

  it('a write with our own account that nobody approved is an alarm, and one incident', async () => {
    // With a made-up mark it is what the admission policy lets this account do.
    const forged = { metadata: { annotations: { 'cluster-doctor.dev/plan': '0123456789ab' } }, spec: { replicas: 3 } }
    const stolen = ['patch', 'deployment', 'checkout', '-n', 'shop', '--as', writer, '-p', JSON.stringify(forged)]
    expect(await plane.kubectl(stolen)).toMatchObject({ code: 0 })
    const alarm = await world.slack.waitFor((message) => message.text.includes('own credentials'), 30_000)
    expect(alarm.text).toContain('/apis/apps/v1/namespaces/shop/deployments/checkout')
    const [entryOnRecord] = await unrecorded()
    expect(entryOnRecord).toMatchObject({ cluster: 'prod-eu1', data: { user: writer, method: 'PATCH' } })
  })

  it('keeps nothing of bodies, and refuses who has no token', async () => {
    expect(JSON.stringify(await changesOn(world.app.doctor, 'prod-eu1'))).not.toMatch(/containers|registry\.acme/)
    const response = await fetch(`${world.app.url}/webhooks/kubernetes-audit`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: 'Bearer wrong' },
      body: '{}',
    })
    expect(response.status).toBe(401)
  })
})

/** The https that stands before a gateway. */
const startEntry = async (folder: string, port: number, target: () => string): Promise<Server> => {
  const ca = createAuthority('entry-ca')
  writeFileSync(join(folder, 'ca.crt'), ca.certificatePem)
  const { certificatePem, keyPem } = ca.issue({ commonName: 'entry', dns: ['localhost'], ips: ['127.0.0.1'] })
  const server = createServer({ cert: certificatePem, key: keyPem }, (request, response) => {
    if (target() === '') return void response.writeHead(503).end()
    const onward = forward(
      `${target()}${request.url}`,
      { method: request.method ?? 'POST', headers: request.headers },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers)
        answer.pipe(response)
      },
    )
    onward.on('error', () => response.destroy())
    request.pipe(onward)
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  return server
}

const deployment = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'checkout', namespace: 'shop' },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: 'checkout' } },
    template: {
      metadata: { labels: { app: 'checkout' } },
      spec: { terminationGracePeriodSeconds: 1, containers: [{ name: 'app', image: good }] },
    },
  },
}

const until = async (what: () => Promise<boolean>, ms = 40_000): Promise<void> => {
  const end = Date.now() + ms
  while (Date.now() < end) {
    if (await what().catch(() => false)) return
    await sleep(150)
  }
  throw new Error('it did not happen in time')
}
