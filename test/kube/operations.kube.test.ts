import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { objectPath } from '../../src/adapters/kubernetes/paths.ts'
import { decide } from '../../src/doctor/decide.ts'
import type { Doctor } from '../../src/doctor/doctor.ts'
import { execute } from '../../src/doctor/execute.ts'
import { plan } from '../../src/doctor/plan.ts'
import { readPlan } from '../../src/doctor/plans/plan-store.ts'
import { isRefusal } from '../../src/domain/refusal.ts'
import { openWard, person, pressOn, recordOf, requestFor, type Ward } from '../doctor/ward.ts'
import { assets, type ControlPlane, kubeconfigOf, startControlPlane } from './control-plane.ts'
import { forbidden } from './forbidden.ts'
import { type Rest, restOf, startKubelet } from './kubelet.ts'
import { definitions, deployment, type Operation, operations, seedRequest } from './operations.ts'

const manifests = join(import.meta.dirname, '../../manifests')
const good = 'registry.acme.dev/checkout:2.8.1'

describe.runIf(assets !== undefined)('every operation with the shipped rights, on a real API server', () => {
  const folder = mkdtempSync(join(tmpdir(), 'doctor-operations-'))
  let plane: ControlPlane
  let ward: Ward
  let admin: ReturnType<typeof restOf>
  let kubelet: { stop(): Promise<void> }
  let rest: Rest
  let play: Operation['play']

  beforeAll(async () => {
    plane = await startControlPlane({ controllers: true, scheduler: true })
    admin = restOf(plane)
    rest = admin.rest
    for (const file of ['namespace', 'rbac-reader', 'rbac-writer', 'admission-policy']) {
      const applied = await plane.kubectl(['apply', '-f', join(manifests, `${file}.yaml`)])
      if (applied.code !== 0) throw new Error(applied.stderr)
    }
    for (const one of definitions) await rest('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', one)
    kubelet = await startKubelet(rest, 'node-1', (image) => image.startsWith(good))
    for (const name of ['shop', 'argocd']) await rest('POST', '/api/v1/namespaces', { metadata: { name } })
    await until(async () => (await plane.kubectl(['get', 'serviceaccount', 'default', '-n', 'shop'])).code === 0)
    await rest('POST', '/apis/apps/v1/namespaces/shop/deployments', deployment('checkout', good))
    const kubeconfig = async (account: string) => {
      const token = await plane.kubectl(['create', 'token', account, '-n', 'cluster-doctor', '--duration=1h'])
      const file = join(folder, account)
      const ca = readFileSync(join(plane.directory, 'pki/ca.crt'), 'utf8')
      writeFileSync(file, kubeconfigOf('prod-eu1', plane.url, ca, { token: token.stdout.trim() }))
      return file
    }
    // As in the executor's pod, which has one account: it plans, writes and checks with the writer's.
    const account = await kubeconfig('doctor-writer')
    ward = await openWard({}, { reader: account, writer: account })
    for (const id of ['UANA', 'UBEN']) ward.chat.people.set(id, person(id))
  }, 120_000)
  afterAll(async () => {
    await ward?.close()
    await kubelet?.stop()
    admin?.close()
    await plane?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  /** The doctor with a clock on which waiting takes a fifth of the time, while the other controllers do their part. */
  const doctor = (): Doctor => {
    let ahead = 0
    return {
      ...ward.doctor,
      clock: {
        now: () => Date.now() + ahead,
        sleep: async (ms) => {
          await play?.(rest)
          await sleep(ms / 5)
          ahead += (ms * 4) / 5
        },
      },
    }
  }

  it.each(operations(good).map((one) => [`${one.id} ${JSON.stringify(one.input ?? {})}`, one] as const))(
    '%s: planned, approved, written once, verified',
    async (_, { id, target, input = {}, seed, holds, is, look = target, ...more }) => {
      play = more.play
      await seed?.(plane, rest)
      const ready = readyWhen[id]
      if (ready !== undefined)
        await until(async () => ready.test(JSON.stringify(await rest('GET', objectPath(target)))))
      if (['Deployment', 'Service'].includes(target.kind)) await until(async () => (await availableOf('checkout')) >= 2)
      const wish = requestFor(id, input, {
        target,
        reason: { summary: 'asked for', evidence: [] },
        requester: person('UREQ'),
      })
      const { plan: made } = recordOf(await plan(doctor(), wish))
      // The button of a high risk works only after a moment.
      if (made.risk === 'high') await sleep(3_200)
      for (const user of ['UANA', 'UBEN'].slice(0, made.rule.quorum)) {
        const record = await readPlan(ward.doctor, made.id)
        if (isRefusal(record)) throw new Error(record.reason)
        const decided = await decide(doctor(), pressOn(record, 'approve', user))
        if (isRefusal(decided)) throw new Error(decided.reason)
      }
      // Each step of a sequence is a job of its own.
      let after = await readPlan(ward.doctor, made.id)
      for (let step = 0; step < 10 && !isRefusal(after) && after.life.state === 'approved'; step += 1) {
        await execute(doctor(), made.id)
        after = await readPlan(ward.doctor, made.id)
      }
      if (isRefusal(after)) throw new Error(after.reason)
      expect(after.life).toMatchObject({ state: 'verified', effect: 'done' })
      expect(holds(await rest('GET', objectPath(look)))).toEqual(is)
    },
  )

  it('has at least forty requests to refuse, and what they are about is there', async () => {
    expect(forbidden.length).toBeGreaterThanOrEqual(40)
    for (const namespace of ['kube-system', 'cluster-doctor'])
      await rest('POST', `/apis/apps/v1/namespaces/${namespace}/deployments`, {
        ...deployment('web', good),
        metadata: { name: 'web', namespace },
      })
    await seedRequest('csr-node-2')(plane)
    await seedRequest('csr-dana', 'kubernetes.io/kube-apiserver-client')(plane)
  })

  it.each(forbidden.map((one) => [one.what, one] as const))(
    'the writer cannot %s',
    async (_, { method, path, body, why }) => {
      const { status, text } = await asWriter(method, path, body)
      expect(text).toMatch(why)
      expect([403, 422]).toContain(status)
    },
  )

  const asWriter = async (method: string, path: string, body?: object): Promise<{ status: number; text: string }> => {
    const config = JSON.parse(readFileSync(join(folder, 'doctor-writer'), 'utf8')) as {
      users: [{ user: { token: string } }]
    }
    const answer = await new Promise<{ status: number; text: string }>((resolve, reject) => {
      const sent = request(
        `${plane.url}${path}`,
        {
          method,
          ca: readFileSync(join(plane.directory, 'pki/ca.crt')),
          headers: {
            authorization: `Bearer ${config.users[0].user.token}`,
            'content-type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json',
          },
        },
        (response) => {
          let text = ''
          response.on('data', (chunk) => (text += chunk))
          response.on('end', () => resolve({ status: response.statusCode ?? 0, text }))
        },
      )
      sent.on('error', reject).end(body === undefined ? undefined : JSON.stringify(body))
    })
    return answer
  }

  const availableOf = async (name: string): Promise<number> => {
    const { status } = (await rest('GET', `/apis/apps/v1/namespaces/shop/deployments/${name}`)) as {
      status?: { availableReplicas?: number }
    }
    return status?.availableReplicas ?? 0
  }
})

/** What the other controllers must have done before the object can be planned for. */
const readyWhen: Readonly<Record<string, RegExp>> = {
  'evict-pod': /"phase":"Running"/,
  'suspend-job': /"active":1/,
  'expand-volume': /"Bound"/,
  'set-autoscaler-bounds': /"currentReplicas":2/,
}

const until = async (what: () => Promise<boolean>, ms = 40_000): Promise<void> => {
  const end = Date.now() + ms
  while (Date.now() < end) {
    if (await what().catch(() => false)) return
    await sleep(150)
  }
  throw new Error('it did not happen in time')
}
