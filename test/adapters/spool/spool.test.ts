import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openSpool, type Played, type Spool } from '../../../src/adapters/spool/spool.ts'
import { claimFile } from '../../../src/memory/claim-file.ts'

let dir: string
let spool: Spool<number> | undefined
const lost: string[] = []
const played: number[] = []
let answer: (entry: number) => Played | Promise<Played>

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'doctor-spool-'))
  lost.length = 0
  played.length = 0
  answer = () => 'taken'
})
afterEach(async () => {
  await spool?.close()
  spool = undefined
  rmSync(dir, { recursive: true, force: true })
})

const open = async (
  options: { maxBytes?: number; maxAgeMs?: number; lookMs?: number; now?: () => number } = {},
): Promise<Spool<number>> => {
  spool = await openSpool<number>({
    dir,
    maxBytes: 1_000_000,
    maxAgeMs: 60_000,
    claim: claimFile,
    about: (entry) => (entry >= 1_000 ? `trouble ${entry % 10}` : 'one'),
    pauseMs: 5,
    lost: (why) => lost.push(why),
    play: async (entry) => {
      const became = await answer(entry)
      if (became === 'taken') played.push(entry)
      return became
    },
    ...options,
  })
  return spool
}
/** As a process that dies leaves it: its files stay, its lock names a process that is not there. */
const killed = async (): Promise<void> => {
  const files = new Map(readdirSync(dir).map((name) => [name, readFileSync(join(dir, name))]))
  answer = () => 'later'
  await spool?.close()
  spool = undefined
  for (const [name, bytes] of files) if (!name.endsWith('.lock')) writeFileSync(join(dir, name), bytes)
}
const journal = () => join(dir, 'spool.journal')
const emptied = () => expect.poll(() => spool?.waiting()).toBe(0)

describe('what waits on disk while the store is away', () => {
  it('is played in order once it can be, and leaves nothing on disk', async () => {
    answer = () => 'later'
    const { keep } = await open()
    expect(await Promise.all(Array.from({ length: 300 }, (_, n) => keep(n)))).toEqual(Array(300).fill(true))
    expect(spool?.waiting()).toBe(300)
    expect(statSync(journal()).mode & 0o777).toBe(0o600)
    answer = () => 'taken'
    await emptied()
    expect(played).toEqual(Array.from({ length: 300 }, (_, n) => n))
    await expect.poll(() => readdirSync(dir)).toEqual(['spool.lock'])
    expect(await keep(300)).toBe(true)
    await emptied()
    expect(played.at(-1)).toBe(300)
    expect(lost).toEqual([])
  })

  it('keeps its order where more comes while it is played', async () => {
    let open_ = false
    answer = () => (open_ ? 'taken' : 'later')
    const { keep } = await open()
    for (let n = 0; n < 20; n += 1) await keep(n)
    open_ = true
    for (let n = 20; n < 60; n += 1) await keep(n)
    await emptied()
    expect(played).toEqual(Array.from({ length: 60 }, (_, n) => n))
  })

  it('lets one that has to wait hold up only what is about the same', async () => {
    answer = () => 'later'
    const { keep } = await open()
    for (const n of [1_001, 1_002, 1_011, 1_012, 1_021, 1_022]) await keep(n)
    answer = (n) => (n === 1_011 ? 'later' : 'taken')
    await expect.poll(() => played).toHaveLength(4)
    await new Promise((after) => setTimeout(after, 30))
    expect(played.toSorted()).toEqual([1_001, 1_002, 1_012, 1_022])
    answer = () => 'taken'
    await emptied()
    expect(played.filter((n) => n % 10 === 1)).toEqual([1_001, 1_011, 1_021])
    expect(played).toHaveLength(6)
  })

  it('goes on after a crash where it was', async () => {
    answer = (n) => (n < 7 ? 'taken' : 'later')
    const { keep } = await open()
    for (let n = 0; n < 20; n += 1) await keep(n)
    await expect.poll(() => played.length).toBe(7)
    await killed()
    answer = () => 'taken'
    await open()
    await emptied()
    expect(played).toEqual(Array.from({ length: 20 }, (_, n) => n))
    expect(lost).toEqual([])
  })

  it('drops a torn last line loudly, and plays all before it', async () => {
    answer = () => 'later'
    const { keep } = await open()
    for (let n = 0; n < 5; n += 1) await keep(n)
    await killed()
    appendFileSync(journal(), '0123456789abcdef {"at":1,"ent')
    answer = () => 'taken'
    await open()
    await emptied()
    expect(played).toEqual([0, 1, 2, 3, 4])
    expect(lost).toEqual(['a torn last line'])
    expect(readFileSync(`${journal()}.torn`, 'utf8')).toContain('"ent')
  })

  it('never plays a line that was changed, and says so', async () => {
    answer = () => 'later'
    const { keep } = await open()
    for (let n = 0; n < 5; n += 1) await keep(n)
    await killed()
    writeFileSync(journal(), readFileSync(journal(), 'utf8').replace('"entry":2', '"entry":9'))
    answer = () => 'taken'
    await open()
    await emptied()
    expect(played).toEqual([0, 1, 3, 4])
    expect(lost).toEqual(['a damaged line'])
  })

  it('plays first what another process that died left', async () => {
    answer = () => 'later'
    const { keep } = await open()
    for (let n = 0; n < 3; n += 1) await keep(n)
    await killed()
    writeFileSync(join(dir, 'spool-2.journal'), readFileSync(journal()))
    rmSync(journal())
    const second = await open()
    await second.keep(3)
    answer = () => 'taken'
    await emptied()
    expect(played).toEqual([0, 1, 2, 3])
  })
})

describe('a spool that a dead process on another machine left', () => {
  it('is played once its lock was not renewed for a minute, and not before', async () => {
    answer = () => 'later'
    const { keep } = await open()
    await keep(1)
    await killed()
    const lock = join(dir, 'spool.lock')
    writeFileSync(lock, 'another-host 7\n')
    answer = () => 'taken'
    const second = await open({ lookMs: 20 })
    expect(await second.keep(2)).toBe(true)
    await expect.poll(() => played).toEqual([2])
    await new Promise((after) => setTimeout(after, 80))
    expect(played).toEqual([2])
    utimesSync(lock, new Date(Date.now() - 61_000), new Date(Date.now() - 61_000))
    await expect.poll(() => played).toEqual([2, 1])
    await emptied()
  })
})

describe('the bounds of a spool', () => {
  it('keeps no more than fits', async () => {
    answer = () => 'later'
    const { keep } = await open({ maxBytes: 400 })
    const kept = []
    for (let n = 0; n < 20; n += 1) kept.push(await keep(n))
    expect(kept.indexOf(false)).toBeGreaterThan(3)
    expect(kept.at(-1)).toBe(false)
    expect(statSync(journal()).size).toBeLessThanOrEqual(400 + 64)
  })

  it('keeps no more when the oldest is too old, drops that loudly, and takes what comes then', async () => {
    let time = 1_000_000
    answer = () => 'later'
    const { keep } = await open({ now: () => time })
    await keep(1)
    await expect.poll(() => statSync(journal()).size).toBeGreaterThan(0)
    time += 60_001
    expect(await keep(2)).toBe(false)
    await emptied()
    expect(lost).toEqual(['an entry that is too old'])
    answer = () => 'taken'
    expect(await keep(3)).toBe(true)
    await emptied()
    expect(played).toEqual([3])
  })

  it('gives up, loudly, on an entry that can never be played', async () => {
    let tries = 0
    answer = (n) => {
      if (n !== 1) return 'taken'
      tries += 1
      throw new Error('broken')
    }
    const { keep } = await open()
    await Promise.all([keep(0), keep(1), keep(2)])
    await emptied()
    expect(played).toEqual([0, 2])
    expect(tries).toBe(8)
    expect(lost).toEqual(['an entry that failed: broken'])
  })

  it('keeps nothing where the disk refuses', async () => {
    answer = () => 'later'
    const { keep } = await open()
    rmSync(dir, { recursive: true })
    expect(await keep(1)).toBe(false)
    expect(spool?.waiting()).toBe(0)
  })
})
