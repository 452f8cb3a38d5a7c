import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { decide } from '../../src/doctor/decide.ts'
import { execute } from '../../src/doctor/execute.ts'
import { plan } from '../../src/doctor/plan.ts'
import { fieldsProgress } from '../../src/doctor/success.ts'
import type { KubeObject } from '../../src/domain/kubernetes.ts'
import { openWard, pressOn, recordOf, requestFor, seedDeployment, type Ward } from './ward.ts'

describe('a check of fields', () => {
  const check = {
    kind: 'fields-hold' as const,
    target: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', name: 'data' },
    all: [
      { path: ['spec', 'size'], is: 'at-least', value: '20Gi' },
      { path: ['status', 'conditions', 'Ready', 'status'], is: 'equal', value: 'True' },
      { path: ['status', 'failed'], is: 'at-most', value: 0 },
      { path: ['status', 'gone'], is: 'absent' },
      { path: ['status', 'here'], is: 'present' },
      { path: ['status', 'phase'], is: 'not-equal', value: 'Lost' },
    ] as const,
    never: [{ path: ['status', 'phase'], is: 'equal', value: 'Failed' }] as const,
    within: 60,
  }
  const object = (status: object, size = '20480Mi'): KubeObject => ({
    ...check.target,
    metadata: { name: 'data' },
    spec: { size },
    status: { conditions: [{ type: 'Other' }, { type: 'Ready', status: 'True' }], here: {}, ...status },
  })

  it('is met when all hold: amounts as quantities, conditions by their type, what is left out as nothing', () => {
    expect(fieldsProgress(object({}), check)).toMatchObject({ kind: 'met' })
  })

  it.each([
    ['an amount too small', object({}, '19Gi'), 'spec.size is "19Gi"'],
    ['an amount that is none', object({}, 'much'), 'spec.size is "much"'],
    ['a condition that is not there', object({ conditions: [] }), 'status.conditions.Ready.status is not set'],
    ['too many', object({ failed: 2 }), 'status.failed is 2'],
    ['what should be gone', object({ gone: 'x' }), 'status.gone is "x"'],
    ['what should be there', object({ here: '' }), 'status.here is ""'],
    ['what should be another', object({ phase: 'Lost' }), 'status.phase is "Lost"'],
  ])('waits for %s', (_, one, text) => {
    expect(fieldsProgress(one, check)).toEqual({ kind: 'waiting', text })
  })

  it('has failed for good only once the change itself is there', () => {
    expect(fieldsProgress(object({ phase: 'Failed' }), check)).toMatchObject({ kind: 'failed' })
    expect(fieldsProgress(object({ phase: 'Failed' }, '10Gi'), check)).toMatchObject({ kind: 'waiting' })
  })
})

let ward: Ward
beforeAll(async () => {
  ward = await openWard()
})
afterAll(() => ward.close())

it('a check that a dead process still holds is asked for again, not given up', async () => {
  seedDeployment(ward)
  const record = recordOf(await plan(ward.doctor, requestFor('restart-rollout')))
  await decide(ward.doctor, pressOn(record, 'approve', 'UANA'))
  ward.waiting.length = 0
  await ward.doctor.store.lock(`verify-${record.plan.id}`, 60, () => execute(ward.doctor, record.plan.id))
  expect(ward.waiting.filter(({ job }) => job.kind === 'execute')).toMatchObject([
    { job: { plan: record.plan.id }, delay: 3_000 },
  ])
})
