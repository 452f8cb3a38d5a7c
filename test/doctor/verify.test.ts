import { afterAll, beforeAll, expect, it } from 'vitest'
import { decide } from '../../src/doctor/decide.ts'
import { execute } from '../../src/doctor/execute.ts'
import { plan } from '../../src/doctor/plan.ts'
import { openWard, pressOn, recordOf, requestFor, seedDeployment, type Ward } from './ward.ts'

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
