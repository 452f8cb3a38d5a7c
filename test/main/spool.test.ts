import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { Doctor } from '../../src/doctor/doctor.ts'
import { silentLog } from '../../src/main/log.ts'
import { type DeliverySpool, openDeliverySpool, type Take, takeOrKeep } from '../../src/main/spool.ts'
import { StoreUnavailable } from '../../src/ports.ts'
import { source } from '../../src/sources/alertmanager.ts'

let dataDir: string
let spool: DeliverySpool | undefined
const noted: string[] = []
const doctorWith = (spoolMb: number): Doctor =>
  ({
    config: { dataDir, spoolMb },
    log: silentLog,
    clock: { now: () => Date.now() },
    audit: { append: async ({ kind }: { kind: string }) => void noted.push(kind) },
  }) as unknown as Doctor
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'doctor-deliveries-'))
  noted.length = 0
})
afterEach(async () => {
  await spool?.close()
  rmSync(dataDir, { recursive: true, force: true })
})

const payload = (group: string, status = 'firing') => ({
  version: '4',
  status,
  groupKey: group,
  alerts: [{ labels: {} }],
})
const deliver = (take: Take, group: string, status?: string) => {
  const body = payload(group, status)
  const request = {
    path: '/webhooks/alertmanager',
    headers: {},
    body: Buffer.from(JSON.stringify(body)),
    at: Date.now(),
  }
  return takeOrKeep(spool, take, source, body, request)
}
const accepted = { kind: 'accepted', ids: ['i-1'] } as const

it('keeps what is more than can be taken in at once, and takes it in afterwards, each once', async () => {
  const gate = Promise.withResolvers<void>()
  const taken: string[] = []
  const take: Take = async (_, body) => {
    await gate.promise
    taken.push((body as { groupKey: string }).groupKey)
    return accepted
  }
  spool = await openDeliverySpool(doctorWith(1), take)
  const all = Array.from({ length: 130 }, (_, n) => deliver(take, `g${n}`))
  const late = await Promise.all(all.slice(100))
  expect(new Set(late.map(({ kind }) => kind))).toEqual(new Set(['kept']))
  gate.resolve()
  expect(new Set((await Promise.all(all.slice(0, 100))).map(({ kind }) => kind))).toEqual(new Set(['accepted']))
  await expect.poll(() => spool?.waiting()).toBe(0)
  expect(taken.toSorted()).toEqual(Array.from({ length: 130 }, (_, n) => `g${n}`).toSorted())
  expect(noted).toEqual(['ingress.kept'])
})

it('says that nothing was accepted where the store is away and there is no spool, or no room in it', async () => {
  const take: Take = async () => {
    throw new StoreUnavailable('away')
  }
  spool = await openDeliverySpool(doctorWith(0), take)
  expect(spool).toBeUndefined()
  await expect(deliver(take, 'a')).rejects.toThrow(StoreUnavailable)
  const folder = dataDir
  dataDir = join(folder, 'a-file')
  writeFileSync(dataDir, '')
  expect(await openDeliverySpool(doctorWith(1), take)).toBeUndefined()
  dataDir = folder
})

it('plays a delivery whose kind of source is gone, or that no longer parses, to the record and to nobody', async () => {
  let away = true
  const take: Take = async () => {
    if (away) throw new StoreUnavailable('away')
    return { kind: 'invalid', field: 'alerts', problem: 'is new' }
  }
  spool = await openDeliverySpool(doctorWith(1), take)
  expect(await deliver(take, 'a')).toMatchObject({ kind: 'kept' })
  away = false
  await expect.poll(() => spool?.waiting(), { timeout: 5_000 }).toBe(0)
  expect(noted).toEqual(['ingress.kept', 'ingress.lost'])
})

it('refuses what cannot be read also while it would keep it', async () => {
  const take: Take = async () => {
    throw new StoreUnavailable('away')
  }
  spool = await openDeliverySpool(doctorWith(1), take)
  const bad = { path: '', headers: {}, body: Buffer.from('{}'), at: Date.now() }
  expect(await takeOrKeep(spool, take, source, { version: '3' }, bad)).toMatchObject({ kind: 'invalid' })
  expect(spool?.waiting()).toBe(0)
})
