import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { decide } from '../../src/doctor/decide.ts'
import type { Doctor } from '../../src/doctor/doctor.ts'
import { execute } from '../../src/doctor/execute.ts'
import { plan } from '../../src/doctor/plan.ts'
import { readPlan } from '../../src/doctor/plans/plan-store.ts'
import type { PlanRecord } from '../../src/domain/plan-record.ts'
import { isRefusal } from '../../src/domain/refusal.ts'
import { Crash, openWard, pressOn, recordOf, requestFor, type Ward } from './ward.ts'

let ward: Ward
beforeAll(async () => {
  ward = await openWard()
  ward.cluster.store.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } } as never)
  ward.cluster.store.apply({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web', namespace: 'shop' },
    spec: { nodeName: 'worker-1', containers: [{ name: 'app', image: 'x:1' }] },
  } as never)
  ward.cluster.store.patchStatus('pods', 'shop', 'web', { status: { phase: 'Running' } } as never)
})
afterAll(() => ward.close())
beforeEach(() => {
  ward.clock.offset = 0
})

const approved = async (command: readonly string[]): Promise<PlanRecord> => {
  const target = { apiVersion: 'v1', kind: 'Pod', namespace: 'shop', name: 'web' }
  const reason = { summary: 'look', evidence: [] }
  const wish = requestFor('exec-in-pod', { command }, { target, requester: { id: 'UREQ', name: 'req' }, reason })
  const record = recordOf(await plan(ward.doctor, wish))
  expect(record.plan).toMatchObject({ preview: { kind: 'not-previewed' }, rule: { quorum: 2 } })
  ward.clock.offset += 4_000
  for (const user of ['UANA', 'UBEN']) await decide(ward.doctor, pressOn(record, 'approve', user))
  return record
}
const now = async (record: PlanRecord): Promise<PlanRecord> => {
  const read = await readPlan(ward.doctor, record.plan.id)
  if (isRefusal(read)) throw new Error(read.reason)
  return read
}
const runs = () => ward.cluster.requests.filter((one) => one.path.endsWith('/exec')).length
const said = () => JSON.stringify(ward.chat.said.at(-1)?.message)

describe('a command in a container', () => {
  it('is run once, on the connection that was identified, and what it said is shown redacted with its hash on the record', async () => {
    const before = runs()
    const record = await approved(['echo', 'token is', 'xoxb-', '123456789012-abcdefghijkl'])
    await execute(ward.doctor, record.plan.id)
    expect((await now(record)).life).toMatchObject({ state: 'verified', outcome: { note: 'exit code 0' } })
    expect(runs() - before).toBe(1)
    expect(said()).toContain('token is')
    const entries = await ward.doctor.audit.read({ plan: record.plan.id })
    expect(entries.map((entry) => entry.kind)).toContain('transcript.kept')
    expect(entries.find((entry) => entry.kind === 'effect.intended')?.data).toMatchObject({ method: 'GET' })
  })

  it('that fails is no success, and says so', async () => {
    const record = await approved(['nosuch'])
    await execute(ward.doctor, record.plan.id)
    expect((await now(record)).life).toMatchObject({
      state: 'failed',
      effect: 'done',
      outcome: { note: 'exit code 127' },
    })
    expect(said()).toContain('executable file not found')
  })

  it('that says too much is cut', async () => {
    const record = await approved(['yes'])
    await execute(ward.doctor, record.plan.id)
    const kept = await ward.doctor.store.get<{ text: string; truncated: boolean }>('command-output', record.plan.id)
    expect(kept?.value).toMatchObject({ truncated: true })
    expect(kept?.value.text.length).toBe(65_536)
  })

  it.each(['execute.armed', 'execute.sent'])(
    'whose executor dies at %s is never run again, and that is said',
    async (point) => {
      const before = runs()
      const record = await approved(['true'])
      const doctor: Doctor = {
        ...ward.doctor,
        crashpoint: (name) => {
          if (name === point) throw new Crash(name)
        },
      }
      await expect(execute(doctor, record.plan.id)).rejects.toThrow(Crash)
      const ran = runs() - before
      ward.clock.offset += 60_000
      await execute(ward.doctor, record.plan.id)
      expect(runs() - before).toBe(ran)
      const { life } = await now(record)
      expect(life.state).toBe(point === 'execute.sent' ? 'verified' : 'failed')
      if (point === 'execute.armed') expect(life.outcome?.note).toContain('whether it ran is not known')
    },
  )

  it('is refused where the credentials may not, in the server’s words', async () => {
    const record = await approved(['true'])
    const role = ward.cluster.store.get(
      'clusterroles.rbac.authorization.k8s.io',
      undefined,
      'cluster-doctor-writer',
    ) as unknown as {
      rules: { resources: string[] }[]
    }
    ward.cluster.store.apply({
      ...role,
      rules: role.rules.filter((rule) => !rule.resources.includes('pods/exec')),
    } as never)
    const before = runs()
    await execute(ward.doctor, record.plan.id)
    expect((await now(record)).life).toMatchObject({ state: 'refused', outcome: { code: 'writer-forbidden' } })
    expect(runs()).toBe(before)
  })
})
