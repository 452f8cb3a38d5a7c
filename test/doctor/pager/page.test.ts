import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { pagerDuty } from '../../../src/adapters/pagerduty/pager.ts'
import type { Trouble } from '../../../src/demo/pagerduty/rest.ts'
import { type SimulatedPagerDuty, startPagerDuty } from '../../../src/demo/pagerduty/start.ts'
import type { Doctor } from '../../../src/doctor/doctor.ts'
import { page, resumePages } from '../../../src/doctor/pager/page.ts'
import { pagesKept, tellPager } from '../../../src/doctor/pager/pager.ts'
import type { Incident } from '../../../src/domain/incident.ts'
import { openWard, type Ward } from '../ward.ts'

let ward: Ward
let pagerduty: SimulatedPagerDuty
let doctor: Doctor
let incident: Incident
let made = 0

beforeAll(async () => {
  ;[ward, pagerduty] = await Promise.all([openWard(), startPagerDuty({ token: 'tok' })])
  doctor = {
    ...ward.doctor,
    pager: pagerDuty({ token: 'tok', from: 'doctor@acme.example', apiUrl: pagerduty.url }, 5),
  }
})
afterAll(async () => {
  await ward?.close()
  await pagerduty?.close()
})
beforeEach(() => {
  made += 1
  const { id } = pagerduty.trigger({
    key: `k${made}`,
    title: 't',
    urgency: 'high',
    priority: 'P1',
    service: 's',
  })
  incident = {
    id: `i-${String(made).padStart(10, '0')}`,
    fingerprint: `f${made}`,
    state: 'escalated',
    title: 't',
    severity: 'critical',
    cluster: 'prod-eu1',
    source: 'pagerduty',
    link: { id },
    openedBy: 'pagerduty',
    openedAt: new Date().toISOString(),
    updatedAt: new Date().toISOString(),
    seen: 1,
    plans: [],
    attempts: [],
  }
  ward.waiting.length = 0
})

const there = () => pagerduty.find(incident.link?.id ?? '')
const notes = () => there()?.notes.length ?? 0
const states = async () => (await pagesKept(doctor, incident.id)).map(({ state }) => state)
const note = { kind: 'note', text: 'rolled back' } as const
const ask = (key: string) => ({ key, by: 'UANA' })

/** Works the jobs that wait, each after its delay, until none does; a crash is a process that starts again later. */
const workAll = async (): Promise<void> => {
  for (let turns = 0; ward.waiting.length > 0 && turns < 40; turns += 1) {
    const next = ward.waiting.shift()
    ward.clock.offset += next?.delay ?? 0
    await page(doctor, incident.id, AbortSignal.timeout(10_000)).catch(() => {
      ward.waiting.push({ job: { v: 1, kind: 'page', incident: incident.id }, delay: 1_000 })
    })
  }
}

describe('what the pager is told', () => {
  const away: Trouble = { status: 503 }
  it.each<[string, readonly Trouble[], string | undefined]>([
    ['when all is well', [], undefined],
    ['when the answer is lost', ['lost'], undefined],
    ['when the answer is lost and it is away after that', ['lost', away, away, away, away], undefined],
    ['when it is away for a while', [away, away, away, away, away, away], undefined],
    ['when it takes no more for a moment', [{ status: 429, headers: { 'retry-after': '1' } }], undefined],
    ['when the process dies before it is sent', [], 'page.sending'],
    ['when the process dies after it was sent', [], 'page.sent'],
    ['when the process dies after it was sent and it is away then', [], 'page.sent'],
  ])('arrives once %s', async (_, trouble, crash) => {
    await tellPager(doctor, incident, note, ask('n1'))
    pagerduty.trouble.push(...trouble)
    ward.crash = crash
    await workAll()
    expect(notes()).toBe(1)
    expect(await states()).toEqual(['sent'])
    expect(pagerduty.trouble.splice(0)).toEqual([])
  })

  it('is taken up by the next process where its job was lost', async () => {
    await tellPager(doctor, incident, note, ask('n1'))
    ward.waiting.length = 0
    expect(await resumePages(doctor)).toBe(1)
    await workAll()
    expect(notes()).toBe(1)
    expect(await resumePages(doctor)).toBe(0)
  })

  it('is one thing for one key, and in order', async () => {
    await tellPager(doctor, incident, note, ask('n1'))
    await tellPager(doctor, incident, note, ask('n1'))
    await tellPager(doctor, incident, { kind: 'acknowledge' }, ask('a1'))
    await tellPager(doctor, incident, { ...note, text: 'second' }, ask('n2'))
    await workAll()
    expect(there()?.notes.map(({ content }) => content.split('\n')[0])).toEqual(['rolled back', 'second'])
    expect(there()?.status).toBe('acknowledged')
  })

  it('is escalated by one level, however often it is tried', async () => {
    await tellPager(doctor, incident, { kind: 'escalate' }, ask('e1'))
    pagerduty.trouble.push({ status: 503 }, { status: 503 }, { status: 503 })
    ward.crash = 'page.sent'
    await workAll()
    expect(there()?.level).toBe(2)
    expect(await states()).toEqual(['sent'])
  })

  it('counts as told where somebody did it there already', async () => {
    pagerduty.resolve(incident.link?.id ?? '')
    await tellPager(doctor, incident, { kind: 'resolve' }, ask('r1'))
    await tellPager(doctor, incident, { kind: 'acknowledge' }, ask('a1'))
    await workAll()
    expect(await states()).toEqual(['sent', 'sent'])
  })

  it('is given up after a day, and keeps nothing else from being told', async () => {
    await tellPager(doctor, incident, note, ask('n1'))
    ward.clock.offset += 25 * 3_600_000
    await tellPager(doctor, incident, { ...note, text: 'later' }, ask('n2'))
    await workAll()
    expect(await states()).toEqual(['refused', 'sent'])
    expect(notes()).toBe(1)
    expect((await doctor.audit.read({ incident: incident.id })).map(({ kind }) => kind)).toEqual([
      'pager.refused',
      'pager.sent',
    ])
  })

  it('goes to every page of an incident that others joined, and holds no secret', async () => {
    const other = pagerduty.trigger({ key: `o${made}`, title: 'o', urgency: 'high', priority: 'P1', service: 's' })
    const both: Incident = {
      ...incident,
      joined: [{ id: 'i-joined0000', title: 'o', source: 'pagerduty', link: { id: other.id }, over: false }],
    }
    await tellPager(doctor, both, { ...note, text: 'with ghp_0123456789abcdefghijABCDEFGHIJ012345' }, ask('n1'))
    await workAll()
    expect(notes() + (pagerduty.find(other.id)?.notes.length ?? 0)).toBe(2)
    expect(there()?.notes[0]?.content).not.toContain('ghp_0123456789')
  })
})
