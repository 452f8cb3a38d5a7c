import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { AuditEntry, TimelineEvent } from '../../src/domain/timeline.ts'
import { openAuditLog } from '../../src/memory/audit-log.ts'
import { verifyAudit } from '../../src/memory/verify-audit.ts'

let dir = ''
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'doctor-audit-'))
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

const event = (kind: TimelineEvent['kind'], more: Partial<TimelineEvent> = {}): TimelineEvent => ({
  kind,
  at: '2026-11-20T10:00:00.000Z',
  ...more,
})
const lines = (file = 'doctor.jsonl') => readFileSync(join(dir, file), 'utf8').split('\n').slice(0, -1)
const fill = async (count: number) => {
  const log = await openAuditLog(dir)
  for (let index = 0; index < count; index += 1) await log.append(event('alert.received', { data: { index } }))
  await log.close()
}

describe('the record', () => {
  it('numbers and chains its entries, and goes on after a restart', async () => {
    await fill(2)
    await fill(2)
    const entries = lines().map((line) => JSON.parse(line) as AuditEntry)
    expect(entries.map((entry) => entry.seq)).toEqual([1, 2, 3, 4])
    for (const [index, entry] of entries.entries())
      expect(entry.prev).toBe(index === 0 ? '0'.repeat(64) : entries[index - 1]?.hash)
    expect(await verifyAudit(dir)).toMatchObject({ sound: true, chains: [{ entries: 4 }] })
  })

  it('keeps the order of appends that were made at once', async () => {
    const log = await openAuditLog(dir)
    const made = await Promise.all(
      Array.from({ length: 200 }, (_, index) => log.append(event('alert.received', { data: { index } }))),
    )
    expect(made.map((entry) => entry.seq)).toEqual(Array.from({ length: 200 }, (_, index) => index + 1))
    expect(log.head()).toMatchObject({ seq: 200 })
    await log.close()
    expect(await verifyAudit(dir)).toMatchObject({ sound: true })
  })

  it('gives two writers a chain each', async () => {
    const [one, two] = [await openAuditLog(dir), await openAuditLog(dir)]
    expect(one.file).not.toBe(two.file)
    await Promise.all([one.append(event('freeze.on')), two.append(event('freeze.off'))])
    expect(await one.read({ plan: 'none' })).toEqual([])
    await one.close()
    await two.close()
    expect(await verifyAudit(dir)).toMatchObject({ sound: true, chains: [{ entries: 1 }, { entries: 1 }] })
  })

  it('takes over from a writer that died, and leaves a living one of another host alone', async () => {
    const { hostname } = await import('node:os')
    writeFileSync(join(dir, 'doctor.lock'), `${hostname()} 999999999\n`)
    const log = await openAuditLog(dir)
    expect(log.file).toMatch(/doctor\.jsonl$/)
    await log.close()
    writeFileSync(join(dir, 'doctor.lock'), 'elsewhere 1\n')
    const other = await openAuditLog(dir)
    expect(other.file).toMatch(/doctor-2\.jsonl$/)
    await other.close()
  })

  it('puts a torn last line aside and goes on before it', async () => {
    await fill(2)
    appendFileSync(join(dir, 'doctor.jsonl'), '{"seq":3,"kind":"effe')
    expect(await verifyAudit(dir)).toMatchObject({ sound: false, chains: [{ bad: { line: 3 } }] })
    await fill(1)
    expect(await verifyAudit(dir)).toMatchObject({ sound: true, chains: [{ entries: 3 }] })
    expect(readFileSync(join(dir, 'doctor.jsonl.torn'), 'utf8')).toContain('effe')
  })

  it('refuses to go on after a last line that is no entry', async () => {
    await fill(1)
    appendFileSync(join(dir, 'doctor.jsonl'), 'nonsense\n')
    await expect(openAuditLog(dir)).rejects.toThrow('audit verify')
  })

  it('throws on a full disk, leaves nothing of the entry, and goes on once there is room', async () => {
    let full = true
    const log = await openAuditLog(dir, 'doctor', async (handle, bytes) => {
      await handle.appendFile(full ? bytes.subarray(0, 20) : bytes)
      if (full) throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' })
    })
    await expect(log.append(event('effect.intended'))).rejects.toThrow('could not be written')
    expect(log.head().seq).toBe(0)
    expect(lines()).toEqual([])
    full = false
    expect((await log.append(event('freeze.on'))).seq).toBe(1)
    await log.close()
    expect(await verifyAudit(dir)).toMatchObject({ sound: true, chains: [{ entries: 1 }] })
    await expect(log.append(event('freeze.on'))).rejects.toThrow('closed')
  })

  it('keeps no secret', async () => {
    const log = await openAuditLog(dir)
    const token = ['ghp', 'a'.repeat(36)].join('_')
    await log.append(event('effect.failed', { data: { reason: `token ${token} was refused` } }))
    await log.close()
    expect(lines().join('')).not.toContain(token)
  })

  it('reads the entries of one plan or incident from all chains, in order', async () => {
    const [one, two] = [await openAuditLog(dir), await openAuditLog(dir)]
    await one.append(event('plan.proposed', { plan: 'p1', incident: 'i1' }))
    await two.append(event('plan.approved', { plan: 'p1', at: '2026-11-20T10:00:01.000Z' }))
    await one.append(event('plan.proposed', { plan: 'p2', at: '2026-11-20T10:00:02.000Z', data: { like: 'p1' } }))
    expect((await one.read({ plan: 'p1' })).map((entry) => entry.kind)).toEqual(['plan.proposed', 'plan.approved'])
    expect(await two.read({ incident: 'i1' })).toHaveLength(1)
    await one.close()
    await two.close()
  })
})

describe('checking the record', () => {
  const damage: readonly (readonly [string, (all: string[]) => string[], number])[] = [
    ['a changed word', (all) => all.map((line, i) => (i === 2 ? line.replace('"index":2', '"index":9') : line)), 3],
    ['a deleted line', (all) => all.filter((_, i) => i !== 2), 3],
    ['two lines in another order', (all) => [all[0]!, all[2]!, all[1]!, ...all.slice(3)], 2],
    ['a line twice', (all) => [all[0]!, all[0]!, ...all.slice(1)], 2],
    ['a line that is no JSON', (all) => all.map((line, i) => (i === 1 ? line.slice(1) : line)), 2],
    ['a first line cut off', (all) => all.slice(1), 1],
  ]
  it.each(damage)('names the first bad entry after %s', async (_, change, bad) => {
    await fill(5)
    writeFileSync(join(dir, 'doctor.jsonl'), `${change(lines()).join('\n')}\n`)
    expect(await verifyAudit(dir)).toMatchObject({ sound: false, chains: [{ bad: { line: bad } }] })
  })

  it('finds a cut-off end by a head that was published', async () => {
    await fill(5)
    const { hash } = JSON.parse(lines().at(-1) ?? '') as AuditEntry
    expect((await verifyAudit(dir, [hash])).sound).toBe(true)
    writeFileSync(join(dir, 'doctor.jsonl'), `${lines().slice(0, 3).join('\n')}\n`)
    expect((await verifyAudit(dir)).sound).toBe(true)
    expect((await verifyAudit(dir, [hash])).sound).toBe(false)
  })

  it('names an effect without its intent', async () => {
    const log = await openAuditLog(dir)
    await log.append(event('effect.intended', { plan: 'p1' }))
    await log.append(event('effect.done', { plan: 'p1' }))
    await log.append(event('effect.done', { plan: 'p2' }))
    await log.close()
    expect(await verifyAudit(dir)).toMatchObject({ sound: false, chains: [{ bad: { seq: 3 } }] })
  })

  it('knows the writes without a plan by incident and path', async () => {
    const log = await openAuditLog(dir)
    const wrote = (kind: 'effect.intended' | 'effect.done', incident: string) =>
      log.append(event(kind, { incident, data: { path: '/repos/acme/deploy/issues' } }))
    await wrote('effect.intended', 'i1')
    await wrote('effect.done', 'i1')
    expect(await verifyAudit(dir)).toMatchObject({ sound: true })
    await wrote('effect.done', 'i2')
    await log.close()
    expect(await verifyAudit(dir)).toMatchObject({ sound: false, chains: [{ bad: { seq: 3 } }] })
  })
})
