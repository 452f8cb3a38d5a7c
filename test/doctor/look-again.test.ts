import { afterEach, beforeEach, expect, it } from 'vitest'
import { investigate } from '../../src/doctor/investigate.ts'
import type { Incident } from '../../src/domain/incident.ts'
import { openWard, type Ward } from './ward.ts'

let ward: Ward
beforeEach(async () => {
  ward = await openWard({ SLACK_CHANNEL: 'C0ONCALL', SLACK_BOT_TOKEN: 'xoxb-1', SLACK_SIGNING_SECRET: '0123456789' })
})
afterEach(() => ward?.close())

const opened = async (more: Partial<Incident> = {}): Promise<string> => {
  const at = new Date().toISOString()
  const incident: Incident = {
    id: 'i-0123456789ab',
    fingerprint: 'f',
    state: 'open',
    title: 'Pods are not ready',
    severity: 'warning',
    cluster: 'prod-eu1',
    source: 'alertmanager',
    openedBy: 'alertmanager',
    openedAt: at,
    updatedAt: at,
    seen: 1,
    plans: [],
    attempts: [],
    ...more,
  }
  await ward.doctor.store.put('incident', incident.id, incident, 0)
  return incident.id
}
const look = (id: string, again: boolean) => investigate(ward.doctor, id, AbortSignal.timeout(10_000), again)
const looks = () => ward.waiting.filter(({ job }) => job.kind === 'investigate')

it('looks again at an alert without a cause, later each time, three times, and says so once', async () => {
  const id = await opened()
  await look(id, false)
  const told = ward.chat.said.length
  expect(JSON.stringify(ward.chat.said.at(-1)?.message)).toContain('I look again by myself')
  for (let round = 2; round <= 4; round += 1) await look(id, true)
  expect(looks().map(({ delay }) => delay)).toEqual([15_000, 30_000, 45_000])
  expect(looks().every(({ job }) => job.kind === 'investigate' && job.again === true)).toBe(true)
  expect(ward.chat.said).toHaveLength(told)
})

it('leaves a question that was answered, and an alert that is over, alone', async () => {
  await look(await opened({ source: 'slack', openedBy: 'UANA' }), false)
  expect(looks()).toEqual([])
  await look(await opened({ id: 'i-over56789abc', state: 'resolved', endedAt: new Date().toISOString() }), true)
  expect(looks()).toEqual([])
})
