import { describe, expect, it } from 'vitest'
import { loadConfig } from '../../src/config.ts'
import { openWindows } from '../../src/doctor/incident/maintenance.ts'

const load = (yaml: string) => loadConfig({ DOCTOR_CONFIG: 'd.yaml', DOCTOR_TIMEZONE: 'Europe/Berlin' }, () => yaml)
const problems = (yaml: string) => {
  const loaded = load(yaml)
  return loaded.kind === 'invalid' ? loaded.problems.map(({ place, message }) => `${place} ${message}`) : []
}
const openAt = async (yaml: string, now: string) => {
  const loaded = load(yaml)
  if (loaded.kind === 'invalid') throw new Error(JSON.stringify(loaded.problems))
  const windows = await openWindows({
    config: loaded.config,
    clock: { now: () => Date.parse(now), sleep: async () => undefined },
    store: { list: async () => [] } as never,
  })
  return windows.map(({ until }) => new Date(until).toISOString())
}

describe('maintenance in doctor.yaml', () => {
  // 2026-11-21 is a Saturday; Berlin is an hour ahead of UTC.
  const weekly = 'maintenance: [{ cluster: staging, days: [sat], at: "22:00", for: 4h }]'
  it.each([
    ['2026-11-21T20:59:00Z', []],
    ['2026-11-21T21:00:00Z', ['2026-11-22T01:00:00.000Z']],
    ['2026-11-22T00:59:30Z', ['2026-11-22T01:00:00.000Z']],
    ['2026-11-22T01:00:00Z', []],
    ['2026-11-22T21:30:00Z', []],
  ])('is weekly by the local clock, over midnight too: %s', async (now, until) => {
    expect(await openAt(weekly, now)).toEqual(until)
  })

  it('is once', async () => {
    const once = 'maintenance: [{ from: 2026-11-21T22:00:00Z, until: 2026-11-21T23:00:00Z }]'
    expect(await openAt(once, '2026-11-21T22:30:00Z')).toEqual(['2026-11-21T23:00:00.000Z'])
    expect(await openAt(once, '2026-11-21T23:00:00Z')).toEqual([])
  })

  it.each([
    ['maintenance: soon', 'must be a list'],
    ['maintenance: [{ days: [caturday], at: "22:00", for: 1h }]', 'needs days'],
    ['maintenance: [{ days: [sat], at: "25:00", for: 1h }]', 'needs days'],
    ['maintenance: [{ days: [sat], at: "22:00", for: 99h }]', 'needs days'],
    ['maintenance: [{ from: 2026-11-22T00:00:00Z, until: 2026-11-21T00:00:00Z }]', 'needs from and until'],
    ['maintenance: [{ from: 2026-01-01T00:00:00Z, until: 2026-12-01T00:00:00Z }]', 'at most a week'],
    ['maintenance: [{ from: x, until: y, colour: red }]', 'colour is not a field'],
    ['routes: [{ severity: loud, channel: C0A }]', 'must be critical, warning or info'],
    ['routes: [{ team: 7, channel: C0A }]', 'not text'],
  ])('says what is wrong with %s', (yaml, problem) => {
    expect(problems(yaml).join('\n')).toContain(problem)
  })
})
