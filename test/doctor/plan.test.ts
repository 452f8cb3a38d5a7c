import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { plan } from '../../src/doctor/plan.ts'
import type { PlanRequest } from '../../src/domain/job.ts'
import { isRefusal } from '../../src/domain/refusal.ts'
import { planHash } from '../../src/domain/seal-plan.ts'
import { rememberAttempt } from '../../src/memory/attempts.ts'
import { openWard, recordOf, requestFor, seedDeployment, type Ward, writesOf } from './ward.ts'

let ward: Ward
let name = ''
let number = 0
beforeAll(async () => {
  ward = await openWard()
})
afterAll(() => ward.close())
beforeEach(async () => {
  number += 1
  name = `app-${number}`
  seedDeployment(ward, name)
  for (const stored of await ward.doctor.store.list<{ plan: { id: string } }>('plan', 100))
    await ward.doctor.store.remove('plan', stored.value.plan.id)
})
const target = () => ({ apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name })
const ask = (action: string, input: object = {}, more: Partial<PlanRequest> = {}) =>
  plan(ward.doctor, requestFor(action, input as Record<string, unknown>, { target: target(), ...more }))

describe('a plan', () => {
  it('is frozen, hashed, bound to the object and to two kinds of identity, and lives at most 30 minutes', async () => {
    const { plan: made } = recordOf(await ask('rollback-rollout'))
    expect(made.id).toMatch(/^[0-9a-f]{32}$/)
    expect(planHash(made)).toBe(made.hash)
    expect(made.target.uid).not.toBe('')
    expect(new Set(made.identity.signals.map((signal) => signal.origin))).toEqual(new Set(['transport', 'data']))
    expect(Date.parse(made.expiresAt) - Date.parse(made.createdAt)).toBeLessThanOrEqual(1_800_000)
    expect(made.preview).toMatchObject({ kind: 'previewed' })
    expect(made.undo).toMatchObject({ action: 'rollback-rollout', input: { revision: 2 } })
  })

  it('changes nothing in the cluster', async () => {
    const before = writesOf(ward).length
    recordOf(await ask('restart-rollout'))
    expect(writesOf(ward)).toHaveLength(before)
  })

  it('is shown once for the same wish', async () => {
    const first = recordOf(await ask('restart-rollout'))
    const cards = ward.chat.said.length
    expect(await ask('restart-rollout')).toMatchObject({ kind: 'exists', record: { plan: { id: first.plan.id } } })
    expect(ward.chat.said).toHaveLength(cards)
  })

  it('is shown after a crash between storing and showing', async () => {
    ward.crash = 'plan.stored'
    await expect(ask('restart-rollout')).rejects.toThrow('plan.stored')
    const again = recordOf(await ask('restart-rollout'))
    expect(again.card).not.toBeNull()
    expect(ward.chat.said.filter((one) => JSON.stringify(one.message).includes(again.plan.id))).toHaveLength(1)
  })
})

describe('there is no plan, with a sentence in the thread and an entry on the record', () => {
  const refusedWith = async (outcome: ReturnType<typeof ask>, code: string) => {
    const said = ward.chat.said.length
    expect(await outcome).toMatchObject({ kind: 'refused', code })
    const told = ward.chat.said.slice(said)
    expect(told).toHaveLength(1)
    expect(told[0]?.message.text).toContain('No plan for')
  }

  it('for an action that the catalogue does not have', () => refusedWith(ask('delete-everything'), 'action-unknown'))
  it('for input that it does not take', () => refusedWith(ask('restart-rollout', { force: true }), 'input-invalid'))
  it('for a cluster that is not served', () =>
    refusedWith(ask('restart-rollout', {}, { cluster: 'elsewhere' }), 'cluster-unknown'))
  it('for what is not there', () =>
    refusedWith(ask('restart-rollout', {}, { target: { ...target(), name: 'nothing' } }), 'target-gone'))
  it('for an older object of the same name', () =>
    refusedWith(ask('restart-rollout', {}, { target: { ...target(), uid: 'another' } }), 'target-replaced'))
  it('for a revision that is not kept', () => refusedWith(ask('rollback-rollout', { revision: 7 }), 'revision-unknown'))

  it('for what Argo CD owns, where no Git host is set up', async () => {
    ward.cluster.store.patch('deployments.apps', 'shop', name, {
      metadata: { annotations: { 'argocd.argoproj.io/tracking-id': `shop:apps/Deployment:shop/${name}` } },
    } as never)
    await refusedWith(ask('rollback-rollout'), 'git-owned')
  })

  it('for replicas that an autoscaler owns', async () => {
    ward.cluster.store.apply({
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name, namespace: 'shop' },
      spec: { maxReplicas: 5, scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name } },
    })
    await refusedWith(ask('scale-workload', { replicas: 4 }), 'autoscaled')
  })

  it('for a protected namespace', async () => {
    seedDeployment(ward, 'coredns', 'kube-system')
    await refusedWith(
      ask('restart-rollout', {}, { target: { ...target(), namespace: 'kube-system', name: 'coredns' } }),
      'forbidden',
    )
  })

  it('for a fix that failed a moment ago, unless a person asks', async () => {
    await rememberAttempt(ward.doctor.store, {
      plan: 'p',
      cluster: 'prod-eu1',
      action: 'restart-rollout',
      target: target(),
      at: new Date().toISOString(),
      by: 'Ana',
      outcome: 'failed',
      note: '1 of 2 ready',
    })
    await refusedWith(ask('restart-rollout'), 'tried-and-failed')
    const asked = recordOf(await ask('restart-rollout', {}, { requester: { id: 'UREQ', name: 'Req' } }))
    expect(asked.plan.attempts[0]).toContain('failed')
  })

  it('for a sixth card while five wait', async () => {
    for (let index = 0; index < 5; index += 1) {
      seedDeployment(ward, `many-${number}-${index}`)
      recordOf(await ask('restart-rollout', {}, { target: { ...target(), name: `many-${number}-${index}` } }))
    }
    await refusedWith(ask('restart-rollout', {}, { requester: { id: 'UREQ', name: 'Req' } }), 'too-many-open')
  })

  it('for a name that is no name: nothing reaches the server', async () => {
    const before = ward.cluster.requests.length
    for (const bad of ['..', '', '%2e%2e', 'x?dryRun=All']) {
      const outcome = await ask('restart-rollout', {}, { target: { ...target(), name: bad } })
      expect(isRefusal(outcome)).toBe(true)
    }
    const paths = ward.cluster.requests.slice(before).map((request) => request.path)
    expect(paths.filter((path) => path.includes('deployments'))).toEqual([])
  })

  it('for rights that the writer does not have, a dry run that is refused, or one that cannot be asked', async () => {
    const writer = ward.doctor.writers.get('prod-eu1')!
    const withWriter = (more: Partial<typeof writer>) => ({
      ...ward.doctor,
      writers: new Map([['prod-eu1', { ...writer, ...more }]]),
    })
    const wish = requestFor('restart-rollout', {}, { target: target() })
    const canI = async () => ({ kind: 'ok', value: { allowed: false } }) as const
    expect(await plan(withWriter({ canI }), wish)).toMatchObject({ code: 'writer-forbidden' })
    const blind = async () => ({ kind: 'unreadable', reason: 'timeout', message: '' }) as const
    expect(await plan(withWriter({ canI: blind }), wish)).toMatchObject({ code: 'access-unreadable' })
    const rejected = async () => ({ kind: 'rejected', status: 422, reason: 'Invalid', message: 'no' }) as const
    expect(await plan(withWriter({ dryRun: rejected }), wish)).toMatchObject({ code: 'dry-run-rejected' })
    expect(await plan(withWriter({ dryRun: blind }), wish)).toMatchObject({ code: 'dry-run-unreadable' })
    const identify = async () =>
      ({ kind: 'uncertain', cluster: 'prod-eu1', signals: [], reason: 'one signal' }) as const
    expect(await plan(withWriter({ identify }), wish)).toMatchObject({ code: 'identity-uncertain' })
    const cannot = async () => ({ kind: 'cannot-preview', message: 'a webhook has side effects' }) as const
    const unseen = recordOf(await plan(withWriter({ dryRun: cannot }), wish))
    expect(unseen.plan.rule.quorum).toBe(2)
    expect(JSON.stringify(ward.chat.said.at(-1)?.message)).toContain('NOT PREVIEWED')
  })
})
