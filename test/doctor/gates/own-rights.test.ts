import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { decide } from '../../../src/doctor/decide.ts'
import type { Doctor } from '../../../src/doctor/doctor.ts'
import { execute } from '../../../src/doctor/execute.ts'
import { accessesOf } from '../../../src/doctor/gates/own-rights.ts'
import { plan } from '../../../src/doctor/plan.ts'
import { readPlan } from '../../../src/doctor/plans/plan-store.ts'
import type { SequenceStep } from '../../../src/domain/change.ts'
import type { Pager } from '../../../src/ports.ts'
import { loaded } from '../../policy/policies.ts'
import { openWard, pressOn, recordOf, requestFor, seedDeployment, type Ward, writesOf } from '../ward.ts'

let ward: Ward
let folder: string
const rbac = 'rbac.authorization.k8s.io'
const grant = (name: string, rule: object, subject: object) => {
  ward.cluster.store.apply({
    apiVersion: `${rbac}/v1`,
    kind: 'ClusterRole',
    metadata: { name },
    rules: [rule],
  } as never)
  ward.cluster.store.apply({
    apiVersion: `${rbac}/v1`,
    kind: 'ClusterRoleBinding',
    metadata: { name },
    roleRef: { apiGroup: rbac, kind: 'ClusterRole', name },
    subjects: [subject],
  } as never)
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'people-'))
  const path = join(folder, 'doctor.yaml')
  writeFileSync(
    path,
    `people:
  - { slack: UANA, user: ana@acme.dev, groups: [sre] }
  - { slack: UBEN, user: ben@acme.dev }
  - { slack: UREQ, user: req@acme.dev, groups: [sre] }
`,
  )
  ward = await openWard({ DOCTOR_CONFIG: path, DOCTOR_APPROVERS: 'UANA,UBEN,UCAT,UREQ' })
  seedDeployment(ward, 'web')
  seedDeployment(ward, 'api')
})
afterAll(async () => {
  await ward.close()
  rmSync(folder, { recursive: true, force: true })
})

const wish = (name: string, user?: string) =>
  plan(
    ward.doctor,
    requestFor(
      'restart-rollout',
      {},
      {
        target: { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name },
        ...(user === undefined ? {} : { requester: { id: user, name: user } }),
      },
    ),
  )

describe('the rights that people have on the cluster themselves', () => {
  it('count as none where they cannot be asked', async () => {
    expect(await wish('web', 'UREQ')).toMatchObject({ code: 'access-unreadable' })
    grant(
      'reviews',
      { apiGroups: ['authorization.k8s.io'], resources: ['subjectaccessreviews'], verbs: ['create'] },
      { kind: 'ServiceAccount', name: 'doctor-reader', namespace: 'cluster-doctor' },
    )
  })

  it('bound what a person can ask for, before there is a card', async () => {
    const said = ward.chat.said.length
    expect(await wish('web', 'UREQ')).toMatchObject({ code: 'person-forbidden' })
    expect(await wish('web', 'UOUT')).toMatchObject({ code: 'no-kubernetes-user' })
    expect(JSON.stringify(ward.chat.said.slice(said))).not.toContain('doctor.approve')
    grant(
      'sre',
      { apiGroups: ['apps'], resources: ['deployments'], verbs: ['patch'] },
      { apiGroup: rbac, kind: 'Group', name: 'sre' },
    )
    expect(await wish('web', 'UREQ')).toMatchObject({ kind: 'planned' })
  })

  it('bound what a person can approve, and are asked again before the write', async () => {
    const record = recordOf(await wish('api'))
    expect(await decide(ward.doctor, pressOn(record, 'approve', 'UBEN'))).toMatchObject({ code: 'person-forbidden' })
    expect(await decide(ward.doctor, pressOn(record, 'approve', 'UCAT'))).toMatchObject({ code: 'no-kubernetes-user' })
    expect(await decide(ward.doctor, pressOn(record, 'approve', 'UANA'))).toMatchObject({ kind: 'approved' })
    ward.cluster.store.delete(`clusterrolebindings.${rbac}`, undefined, 'sre')
    const before = writesOf(ward).length
    await execute(ward.doctor, record.plan.id)
    expect(await readPlan(ward.doctor, record.plan.id)).toMatchObject({
      life: { state: 'refused', outcome: { code: 'approval-withdrawn' } },
    })
    expect(writesOf(ward)).toHaveLength(before)
  })
})

describe('what a change wants', () => {
  const request = (name: string) => ({
    method: 'POST' as const,
    path: `/api/v1/namespaces/shop/pods/${name}/eviction`,
    query: [],
    contentType: 'application/json',
    body: '{}',
  })

  it('is asked once for each kind of request of a sequence, and not at all for a pull request', () => {
    const steps = ['a', 'b', 'c'].map((name) => ({ request: request(name) }) as never as SequenceStep)
    expect(accessesOf({ kind: 'sequence', steps })).toMatchObject([
      { verb: 'create', resource: 'pods', subresource: 'eviction' },
    ])
    expect(accessesOf({ kind: 'pull-request' } as never)).toEqual([])
    expect(accessesOf({ kind: 'cluster-write', request: { ...request('a'), path: '/healthz' } })).toBeUndefined()
  })
})

describe('who is on call', () => {
  let ward: Ward
  /** The mail addresses that the pager has on call now; undefined: it does not answer. */
  let duty: readonly string[] | undefined = []
  const asked: string[] = []
  beforeAll(async () => {
    ward = await openWard()
    for (const name of ['web', 'api']) seedDeployment(ward, name)
  })
  afterAll(() => ward.close())

  const pager = {
    userByEmail: async (email: string) => ({ kind: 'ok', value: { id: `P-${email}`, name: email } }) as const,
    onCalls: async ({ user = '' }: { readonly user?: string }) => {
      asked.push(user)
      if (duty === undefined) return { kind: 'unreadable', reason: 'timeout', message: '' } as const
      const value = duty.some((email) => user === `P-${email}`)
        ? [{ user: { id: user, name: '' }, level: 1, policy: { id: 'E', name: '' } }]
        : []
      return { kind: 'ok', value } as const
    },
  } as unknown as Pager
  const doctorWith = (text: string, more: Partial<Doctor> = {}): Doctor => ({
    ...ward.doctor,
    policy: loaded(text, ['UANA', 'UBEN']),
    pager,
    ...more,
  })
  const wish = (doctor: Doctor, name: string, user?: string) => {
    const target = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name }
    return plan(
      doctor,
      requestFor(
        'restart-rollout',
        {},
        { target, ...(user === undefined ? {} : { requester: { id: user, name: user } }) },
      ),
    )
  }

  describe('a rule for people who are on call', () => {
    const only = '@id("night") @oncall("only") permit (principal, action, resource);'

    it('lets only them approve, as the pager has it at the press', async () => {
      const doctor = doctorWith(only)
      const record = recordOf(await wish(doctor, 'web'))
      expect(JSON.stringify(ward.chat.said.at(-1)?.message)).toContain('on call now')
      const press = (user: string) => decide(doctor, pressOn(record, 'approve', user))
      expect(await press('UANA')).toMatchObject({ code: 'not-on-call' })
      duty = undefined
      expect(await press('UANA')).toMatchObject({ code: 'not-on-call' })
      duty = ['uana@acme.dev']
      expect(await press('UBEN')).toMatchObject({ code: 'not-on-call' })
      expect(await press('UANA')).toMatchObject({ kind: 'approved' })
    })

    it('asks again before the write', async () => {
      const doctor = doctorWith(only)
      const record = recordOf(await wish(doctor, 'api'))
      duty = ['uben@acme.dev']
      expect(await decide(doctor, pressOn(record, 'approve', 'UBEN'))).toMatchObject({ kind: 'approved' })
      duty = []
      const before = writesOf(ward).length
      await execute(doctor, record.plan.id)
      expect(await readPlan(doctor, record.plan.id)).toMatchObject({
        life: { outcome: { code: 'approval-withdrawn' } },
      })
      expect(writesOf(ward)).toHaveLength(before)
    })

    it('counts nobody as on call where there is no pager', async () => {
      const { pager: _, ...doctor } = doctorWith(only)
      const record = recordOf(await wish(doctor, 'api'))
      expect(await decide(doctor, pressOn(record, 'approve', 'UANA'))).toMatchObject({ code: 'not-on-call' })
      await decide(doctor, pressOn(record, 'deny', 'UANA'))
    })
  })

  describe('a rule that looks at who asks', () => {
    it('knows whether they are on call, and asks the pager only where a rule wants to know', async () => {
      const doctor = doctorWith('@id("duty") permit (principal, action, resource) when { context.onCall };')
      duty = []
      expect(await wish(doctor, 'api', 'UREQ')).toMatchObject({ code: 'not-permitted' })
      duty = ['ureq@acme.dev']
      expect(await wish(doctor, 'api', 'UREQ')).toMatchObject({ kind: 'planned' })
      asked.length = 0
      await wish(doctorWith('@id("all") permit (principal, action, resource);'), 'api', 'UBEN')
      expect(asked).toEqual([])
    })
  })
})
