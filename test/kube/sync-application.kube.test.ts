import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { decide } from '../../src/doctor/decide.ts'
import type { Doctor } from '../../src/doctor/doctor.ts'
import { execute } from '../../src/doctor/execute.ts'
import { plan } from '../../src/doctor/plan.ts'
import { readPlan } from '../../src/doctor/plans/plan-store.ts'
import { undo } from '../../src/doctor/undo.ts'
import type { ObjectRef } from '../../src/domain/object.ts'
import type { PlanRecord } from '../../src/domain/plan-record.ts'
import { isRefusal } from '../../src/domain/refusal.ts'
import { openWard, person, pressOn, recordOf, requestFor, type Ward } from '../doctor/ward.ts'
import { argoPrograms, startArgo } from './argo.ts'
import { assets, type ControlPlane, kubeconfigOf, startControlPlane } from './control-plane.ts'
import { type GitServer, startGitServer } from './git-server.ts'
import { type Rest, restOf, startKubelet } from './kubelet.ts'
import { deployment } from './operations.ts'

const manifests = join(import.meta.dirname, '../../manifests')
const good = 'registry.acme.dev/checkout:2.8.1'
const target: ObjectRef = {
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'Application',
  namespace: 'argocd',
  name: 'checkout',
}

describe.runIf(assets !== undefined && argoPrograms !== undefined)('a sync that is asked of a real Argo CD', () => {
  const folder = mkdtempSync(join(tmpdir(), 'doctor-sync-'))
  const stops: (() => unknown)[] = []
  let plane: ControlPlane
  let rest: Rest
  let ward: Ward
  let git: GitServer

  beforeAll(async () => {
    plane = await startControlPlane({ controllers: true, scheduler: true })
    stops.push(() => plane.stop())
    const admin = restOf(plane)
    stops.push(() => admin.close())
    rest = admin.rest
    for (const file of ['namespace', 'rbac-reader', 'rbac-writer', 'admission-policy']) {
      const applied = await plane.kubectl(['apply', '-f', join(manifests, `${file}.yaml`)])
      if (applied.code !== 0) throw new Error(applied.stderr)
    }
    const kubelet = await startKubelet(rest, 'node-1', (image) => image.startsWith(good))
    stops.push(() => kubelet.stop())
    await rest('POST', '/api/v1/namespaces', { metadata: { name: 'shop' } })
    git = await startGitServer()
    stops.push(() => git.stop())
    const argo = await startArgo(plane, rest)
    stops.push(() => argo.stop())
    const kubeconfig = async (account: string) => {
      const token = await plane.kubectl(['create', 'token', account, '-n', 'cluster-doctor', '--duration=1h'])
      const ca = readFileSync(join(plane.directory, 'pki/ca.crt'), 'utf8')
      const file = join(folder, account)
      writeFileSync(file, kubeconfigOf('prod-eu1', plane.url, ca, { token: token.stdout.trim() }))
      return file
    }
    ward = await openWard({}, { reader: await kubeconfig('doctor-reader'), writer: await kubeconfig('doctor-writer') })
    stops.push(() => ward.close())
  }, 180_000)
  afterAll(async () => {
    for (const stop of stops.toReversed()) await stop()
    rmSync(folder, { recursive: true, force: true })
  })

  const doctor = (): Doctor => ({
    ...ward.doctor,
    clock: { now: () => Date.now(), sleep: async (ms) => sleep(ms / 4) },
  })
  const release = (image: string) =>
    git.commit(`release ${image}`, new Map([['app/deployment.yaml', JSON.stringify(deployment('checkout', image))]]))
  const application = () => rest('GET', '/apis/argoproj.io/v1alpha1/namespaces/argocd/applications/checkout')
  const image = async () =>
    /"image":"([^"]+)"/.exec(
      JSON.stringify(await rest('GET', '/apis/apps/v1/namespaces/shop/deployments/checkout')),
    )?.[1]
  const until = async (holds: () => Promise<boolean>, ms = 60_000) => {
    for (const end = Date.now() + ms; Date.now() < end; await sleep(300)) if (await holds().catch(() => false)) return
    throw new Error(`it did not come to hold: ${JSON.stringify((await application())['status']).slice(0, 1_500)}`)
  }
  const outOfSyncAt = (commit: string) =>
    until(async () => {
      const { sync } = (await application())['status'] as { sync: { status: string; revision: string } }
      return sync.status === 'OutOfSync' && sync.revision === commit
    })
  const carriedOut = async (record: PlanRecord): Promise<PlanRecord['life']> => {
    const decided = await decide(doctor(), pressOn(record, 'approve', 'UANA'))
    if (isRefusal(decided)) throw new Error(decided.reason)
    await execute(doctor(), record.plan.id)
    const after = await readPlan(ward.doctor, record.plan.id)
    if (isRefusal(after)) throw new Error(after.reason)
    return after.life
  }
  const planned = async (action: string, input = {}) => {
    const reason = { summary: 'asked for', evidence: [] }
    return recordOf(await plan(doctor(), requestFor(action, input, { target, requester: person('UREQ'), reason })))
  }

  it('applies the very commit that was shown, is verified by that operation, and rolls back to the one before', async () => {
    const first = release(good)
    await rest('POST', '/apis/argoproj.io/v1alpha1/namespaces/argocd/applications', {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Application',
      metadata: { name: 'checkout', namespace: 'argocd' },
      spec: {
        project: 'default',
        source: { repoURL: git.url, path: 'app', targetRevision: 'main' },
        destination: { server: plane.url, namespace: 'shop' },
      },
    })
    await outOfSyncAt(first)
    expect(await carriedOut(await planned('sync-application'))).toMatchObject({ state: 'verified' })
    expect(await image()).toBe(good)

    const second = release(`${good}-b`)
    const refresh = await planned('refresh-application')
    expect(await carriedOut(refresh)).toMatchObject({ state: 'verified' })
    await outOfSyncAt(second)
    const record = await planned('sync-application')
    expect(record.plan.summary).toContain(second.slice(0, 7))
    expect(await carriedOut(record)).toMatchObject({ state: 'verified' })
    expect(await image()).toBe(`${good}-b`)

    const read = await readPlan(ward.doctor, record.plan.id)
    if (isRefusal(read)) throw new Error(read.reason)
    const asked = await undo(ward.doctor, pressOn(read, 'undo', 'UBEN'))
    if (isRefusal(asked)) throw new Error(asked.reason)
    const back = recordOf(await plan(doctor(), { ...asked, requester: person('UREQ') }))
    expect(back.plan.summary).toContain(`back to ${first.slice(0, 7)}`)
    expect(await carriedOut(back)).toMatchObject({ state: 'verified' })
    expect(await image()).toBe(good)
  })
})
