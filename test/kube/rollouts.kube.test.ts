import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Doctor } from '../../src/doctor/doctor.ts'
import { handle } from '../../src/doctor/handle.ts'
import type { DeployCheck } from '../../src/domain/deployment.ts'
import { openWard, type Ward } from '../doctor/ward.ts'
import { assets, type ControlPlane, kubeconfigOf, startControlPlane } from './control-plane.ts'
import { type Rest, restOf, startKubelet } from './kubelet.ts'

const manifests = join(import.meta.dirname, '../../manifests')
const image = (tag: string) => `registry.acme.dev/web:${tag}`
const kinds = { Deployment: 'deployments', StatefulSet: 'statefulsets', DaemonSet: 'daemonsets' } as const

describe.runIf(assets !== undefined)('rollouts with the shipped rights of the reader, on a real API server', () => {
  const folder = mkdtempSync(join(tmpdir(), 'doctor-rollouts-'))
  let plane: ControlPlane
  let ward: Ward
  let admin: ReturnType<typeof restOf>
  let kubelet: { stop(): Promise<void> }
  let rest: Rest
  let doctor: Doctor

  beforeAll(async () => {
    plane = await startControlPlane({ controllers: true, scheduler: true })
    admin = restOf(plane)
    rest = admin.rest
    for (const file of ['namespace', 'rbac-reader']) {
      const applied = await plane.kubectl(['apply', '-f', join(manifests, `${file}.yaml`)])
      if (applied.code !== 0) throw new Error(applied.stderr)
    }
    kubelet = await startKubelet(rest, 'node-1', (name) => !name.endsWith(':bad'))
    await rest('POST', '/api/v1/namespaces', { metadata: { name: 'shop' } })
    await until(async () => (await plane.kubectl(['get', 'serviceaccount', 'default', '-n', 'shop'])).code === 0)
    const token = await plane.kubectl(['create', 'token', 'doctor-reader', '-n', 'cluster-doctor', '--duration=1h'])
    const reader = join(folder, 'reader')
    const ca = readFileSync(join(plane.directory, 'pki/ca.crt'), 'utf8')
    writeFileSync(reader, kubeconfigOf('prod-eu1', plane.url, ca, { token: token.stdout.trim() }))
    ward = await openWard({ DOCTOR_AFTER_DEPLOY: '5s' }, { reader, writer: reader })
    doctor = ward.doctor
  }, 120_000)
  afterAll(async () => {
    await ward?.close()
    await kubelet?.stop()
    admin?.close()
    await plane?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  const work = (job: Parameters<typeof handle>[1]) => handle(doctor, job, AbortSignal.timeout(30_000))
  const checks = async () => (await doctor.store.list<DeployCheck>('deploy-check', 50)).map(({ value }) => value)
  const roll = (kind: keyof typeof kinds, tag: string) =>
    rest(
      'PATCH',
      `/apis/apps/v1/namespaces/shop/${kinds[kind]}/web`,
      { spec: { template: { spec: { containers: [{ name: 'app', image: image(tag) }] } } } },
      'application/strategic-merge-patch+json',
    )
  const ready = (kind: keyof typeof kinds, tag: string) =>
    until(async () => {
      const object = (await rest('GET', `/apis/apps/v1/namespaces/shop/${kinds[kind]}/web`)) as any
      const { status = {}, metadata, spec } = object
      const updated = status.updatedReplicas ?? status.updatedNumberScheduled
      const available = status.availableReplicas ?? status.numberAvailable
      const seen = status.observedGeneration === metadata.generation
      return seen && spec.template.spec.containers[0].image === image(tag) && updated === 1 && available === 1
    })
  /** Does what waits of the checks: the others are not worked here. */
  const settle = async (): Promise<void> => {
    for (let rounds = 0; rounds < 20; rounds += 1) {
      const index = ward.waiting.findIndex(({ job }) => job.kind === 'deployed')
      const [next] = index < 0 ? [] : ward.waiting.splice(index, 1)
      if (next === undefined) return
      await sleep(next.delay)
      await work(next.job)
    }
  }

  it('sees each kind brought to another template, not a scaling, and judges by the pods of the new one', async () => {
    for (const kind of Object.keys(kinds) as (keyof typeof kinds)[]) {
      const labels = { app: `web-${kind.toLowerCase()}` }
      const container = { name: 'app', image: image('1') }
      const spec = {
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { containers: [container], terminationGracePeriodSeconds: 0 } },
        ...(kind === 'DaemonSet' ? {} : { replicas: 1 }),
        ...(kind === 'StatefulSet' ? { serviceName: 'web' } : {}),
      }
      await rest('POST', `/apis/apps/v1/namespaces/shop/${kinds[kind]}`, { metadata: { name: 'web' }, spec })
    }
    for (const kind of Object.keys(kinds) as (keyof typeof kinds)[]) await ready(kind, '1')
    await work({ v: 1, kind: 'rollouts' })
    expect(await checks()).toEqual([])
    const path = '/apis/apps/v1/namespaces/shop/deployments/web'
    for (const replicas of [2, 1])
      await rest('PATCH', path, { spec: { replicas } }, 'application/strategic-merge-patch+json')
    await work({ v: 1, kind: 'rollouts' })
    expect(await checks()).toEqual([])

    await roll('Deployment', 'bad')
    for (const kind of ['StatefulSet', 'DaemonSet'] as const) {
      await roll(kind, '2')
      await ready(kind, '2')
    }
    await sleep(1_000)
    await work({ v: 1, kind: 'rollouts' })
    expect((await checks()).map(({ target, images }) => [target.kind, images]).toSorted()).toEqual(
      (['DaemonSet', 'Deployment', 'StatefulSet'] as const).map((kind) => [
        kind,
        [`app: ${image('1')} → ${image(kind === 'Deployment' ? 'bad' : '2')}`],
      ]),
    )
    await settle()
    const verdicts = Object.fromEntries((await checks()).map(({ target, verdict }) => [target.kind, verdict]))
    expect(verdicts).toEqual({ Deployment: 'unhealthy', StatefulSet: 'healthy', DaemonSet: 'healthy' })
    expect(ward.waiting.flatMap(({ job }) => (job.kind === 'plan' ? [job.request.target.kind] : []))).toEqual([
      'Deployment',
    ])
  })
})

const until = async (holds: () => Promise<boolean>): Promise<void> => {
  for (let tries = 0; tries < 240; tries += 1) {
    if (await holds()) return
    await sleep(250)
  }
  throw new Error('it did not come to hold')
}
