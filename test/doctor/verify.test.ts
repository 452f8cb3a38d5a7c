import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { replacedProgress } from '../../src/doctor/checks/replaced.ts'
import { fieldsProgress } from '../../src/doctor/checks/success.ts'
import { decide } from '../../src/doctor/decide.ts'
import { execute } from '../../src/doctor/execute.ts'
import { plan } from '../../src/doctor/plan.ts'
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

describe('a pod that is replaced', () => {
  const workload = (kind: string, more: object = {}): KubeObject => ({
    apiVersion: 'apps/v1',
    kind,
    metadata: { name: 'web' },
    spec: { replicas: 2 },
    ...more,
  })
  const pod = (uid: string, status = 'True', more: object = {}): KubeObject => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: uid, uid, ...more },
    status: { conditions: [{ type: 'Ready', status }] },
  })
  const going = { deletionTimestamp: '2026-11-20T10:00:00Z' }

  it.each<[string, KubeObject, KubeObject[] | undefined, string]>([
    ['while it is going', workload('Deployment'), [pod('old', 'True', going), pod('a'), pod('b')], 'still going'],
    ['while its successor is not ready', workload('Deployment'), [pod('a'), pod('b', 'False')], '1 of 2 ready'],
    ['while another one goes', workload('Deployment'), [pod('a'), pod('b', 'True', going)], '1 of 2 ready'],
    ['while pods cannot be read', workload('Deployment'), undefined, 'could not be read'],
    [
      'of a DaemonSet on each node',
      workload('DaemonSet', { status: { desiredNumberScheduled: 3 } }),
      [pod('a')],
      '1 of 3',
    ],
  ])('is waited for %s', (_, owner, pods, text) => {
    const seen = replacedProgress(owner, pods, 'old')
    expect(seen.kind).toBe('waiting')
    expect(seen.text).toContain(text)
  })

  it('is when it is gone and as many are ready as are wanted', () => {
    expect(replacedProgress(workload('Deployment'), [pod('a'), pod('b')], 'old')).toMatchObject({ kind: 'met' })
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
