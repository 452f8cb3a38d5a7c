import { describe, expect, it } from 'vitest'
import { dueBefore, parseCron, zoneOffset } from '../../src/domain/cron.ts'

const due = (schedule: string, at: string, limit = 1, zone = 'UTC'): readonly string[] => {
  const cron = parseCron(schedule)
  return cron === undefined
    ? ['unreadable']
    : dueBefore(cron, Date.parse(at), limit, zone).map((time) => new Date(time).toISOString())
}

describe('dueBefore', () => {
  it.each([
    ['*/10 * * * *', '2026-11-20T10:07:00Z', '2026-11-20T10:00:00.000Z'],
    ['0 2 * * *', '2026-11-20T01:00:00Z', '2026-11-19T02:00:00.000Z'],
    ['30 6 * * mon-fri', '2026-11-22T12:00:00Z', '2026-11-20T06:30:00.000Z'],
    ['0 0 1 jan *', '2026-11-20T10:00:00Z', '2026-01-01T00:00:00.000Z'],
    ['0 0 13 * 5', '2026-11-21T00:30:00Z', '2026-11-20T00:00:00.000Z'],
    ['0 12 * * 7', '2026-11-20T10:00:00Z', '2026-11-15T12:00:00.000Z'],
    ['@daily', '2026-11-20T10:00:00Z', '2026-11-20T00:00:00.000Z'],
    ['5/20 * * * *', '2026-11-20T10:30:00Z', '2026-11-20T10:25:00.000Z'],
  ])('%s before %s', (schedule, at, expected) => expect(due(schedule, at)).toEqual([expected]))

  it('reads the time zone', () => {
    expect(due('0 3 * * 1', '2026-11-20T10:00:00Z', 1, 'Europe/Berlin')).toEqual(['2026-11-16T02:00:00.000Z'])
    expect(zoneOffset('Mars/Olympus', 0)).toBeUndefined()
  })

  it('finds nothing for a day that never comes, and refuses what Kubernetes refuses', () => {
    expect(due('0 0 31 2 *', '2026-11-20T10:00:00Z')).toEqual([])
    for (const wrong of ['61 * * * *', '* * * *', 'a b c d e', '*/0 * * * *', '0 0 0 * *'])
      expect(due(wrong, '2026-11-20T10:00:00Z')).toEqual(['unreadable'])
  })
})
