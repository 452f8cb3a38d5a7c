import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { decide } from '../../src/doctor/decide.ts'
import type { Doctor } from '../../src/doctor/doctor.ts'
import { execute } from '../../src/doctor/execute.ts'
import { everywhere, setFreeze } from '../../src/doctor/freeze.ts'
import { plan } from '../../src/doctor/plan.ts'
import { sha256 } from '../../src/domain/canonical.ts'
import { theDoctor } from '../../src/domain/principal.ts'
import type { AuditEntry } from '../../src/domain/timeline.ts'
import type { ClusterWriter } from '../../src/ports.ts'
import { Crash, openWard, pressOn, recordOf, requestFor, rolled, seedDeployment, type Ward, writesOf } from './ward.ts'

/** One write as the API server saw it, or as the record tells it. */
type Written = Readonly<Record<'method' | 'path' | 'query' | 'contentType' | 'bodyHash', unknown>>

/** What the record says was written, by its lines alone: every effect that is told as done, as its intent put it, in order. */
const replayed = (folder: string): readonly Written[] => {
  const entries = readdirSync(folder)
    .filter((file) => file.endsWith('.jsonl'))
    .flatMap((file) => readFileSync(join(folder, file), 'utf8').trim().split('\n'))
    .map((line) => JSON.parse(line) as AuditEntry)
  const done = new Map(
    entries
      .filter(({ kind }) => kind === 'effect.done')
      .map(({ plan: id, data }) => [`${id} ${data?.['intent']}`, true]),
  )
  return entries
    .filter((entry) => entry.kind === 'effect.intended' && done.has(`${entry.plan} ${entry.seq}`))
    .map(({ data }) => ({
      method: data?.['method'],
      path: data?.['path'],
      query: new URLSearchParams(data?.['query'] as [string, string][]).toString(),
      contentType: data?.['contentType'],
      bodyHash: data?.['bodyHash'],
    }))
}

/** What the API server says was written: the requests that it carried out. */
const written = (ward: Ward): readonly Written[] =>
  writesOf(ward)
    .filter(({ status }) => status < 300)
    .map(({ method, path, query, contentType, body }) => ({ method, path, query, contentType, bodyHash: sha256(body) }))

/** What happens on the way of a write. Each is played on an object of its own. */
const fates: Readonly<Record<string, (ward: Ward, id: string) => Promise<unknown>>> = {
  'all goes well': (ward, id) => execute(ward.doctor, id),
  'the answer is lost': async (ward, id) => {
    await execute(
      withWriter(ward, (write) => async (permit) => {
        await write(permit)
        return { kind: 'unknown', message: 'the connection broke' }
      }),
      id,
    )
  },
  'the request is lost': async (ward, id) => {
    await execute(
      withWriter(ward, () => async () => ({ kind: 'unknown', message: 'the connection broke' })),
      id,
    )
    ward.clock.offset += 15_000
    await execute(ward.doctor, id)
  },
  'it dies before the request leaves': (ward, id) => dies(ward, id, 'execute.armed'),
  'it dies after the request left': (ward, id) => dies(ward, id, 'execute.sent'),
  'it dies after the answer is on the record': (ward, id) => dies(ward, id, 'execute.done-recorded'),
  'it dies before anything': (ward, id) => dies(ward, id, 'execute.gates-passed'),
  'it dies between intent and arming': (ward, id) => dies(ward, id, 'execute.intended'),
  'the server refuses': async (ward, id) => {
    await execute(
      withWriter(ward, () => async () => ({ kind: 'rejected', status: 409, reason: 'Conflict', message: 'no' })),
      id,
    )
  },
  'everything is frozen': async (ward, id) => {
    await setFreeze(ward.doctor, everywhere, true, theDoctor, 'a test')
    await execute(ward.doctor, id)
    await setFreeze(ward.doctor, everywhere, false, theDoctor, 'a test')
  },
}

const withWriter = (ward: Ward, change: (write: ClusterWriter['write']) => ClusterWriter['write']): Doctor => {
  const [[cluster, writer] = []] = [...ward.doctor.writers]
  if (cluster === undefined || writer === undefined) throw new Error('there is no writer')
  return {
    ...ward.doctor,
    writers: new Map([[cluster, { ...writer, write: change((permit) => writer.write(permit)) }]]),
  }
}

const dies = async (ward: Ward, id: string, point: string): Promise<void> => {
  ward.crash = point
  await expect(execute(ward.doctor, id)).rejects.toThrow(Crash)
  ward.clock.offset += 15_000
  await execute(ward.doctor, id)
}

let ward: Ward
beforeAll(async () => {
  ward = await openWard()
})
afterAll(() => ward?.close())

it('the record alone tells the writes that the API server carried out: the same, in the same order', async () => {
  const wishes = [
    ['rollback-rollout', {}],
    ['scale-workload', { replicas: 5 }],
    ['restart-rollout', {}],
  ] as const
  for (const [number, [fate, play]] of Object.entries(fates).entries()) {
    const [action, input] = wishes[number % wishes.length] ?? wishes[0]
    const name = `app-${number}`
    seedDeployment(ward, name)
    Object.assign(ward.clock, { offset: 0, waits: () => rolled(ward, name) })
    const target = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name }
    const record = recordOf(await plan(ward.doctor, requestFor(action, input, { target })))
    await decide(ward.doctor, pressOn(record, 'approve', 'UANA'))
    await play(ward, record.plan.id)
    expect(replayed(join(ward.folder, 'audit')).length, `${action}: ${fate}`).toBe(written(ward).length)
  }
  expect(written(ward).length).toBe(8)
  expect(replayed(join(ward.folder, 'audit'))).toEqual(written(ward))
})
