import { mkdir, readdir, rm, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Journal, type Line, openJournal } from './journal.ts'
import type { Lost } from './recover.ts'

/** What became of an entry that was played again: it is where it belongs, it must be tried again, or it never can be. */
export type Played = 'taken' | 'later' | { readonly refused: string }

/** What waits on this disk while the store is away. */
export type Spool<T> = {
  /** True once the entry is on disk. False where there is no room, the oldest is too old, or the disk refuses. */
  keep(entry: T): Promise<boolean>
  /** How many wait. While any do, what comes has to wait behind them. */
  waiting(): number
  close(): Promise<void>
}

/** A name in a folder that only this process uses until it releases it. */
export type Claim = { readonly name: string; release(): Promise<void> }

/** How a spool is set up. */
export type SpoolOptions<T> = {
  readonly dir: string
  readonly maxBytes: number
  /** An older entry is told of and dropped; while the oldest is older, nothing more is kept. */
  readonly maxAgeMs: number
  /** Claims a name in the folder for this process. */
  readonly claim: (dir: string, name: string) => Promise<Claim>
  /** Plays an entry. A throw is tried again a few times. */
  readonly play: (entry: T) => Promise<Played>
  /** What an entry is about. Those about the same are played one after the other, in the order in which they were kept. */
  readonly about: (entry: T) => string
  /** Told, for the record and the log, of each entry that will not be played. */
  readonly lost: Lost
  readonly now?: () => number
  /** How often to look for what processes that died left, in ms. */
  readonly lookMs?: number
  /** How long to wait before the store is tried again, in ms. */
  readonly pauseMs?: number
}

type Kept<T> = { readonly at: number; readonly entry: T }

/** How many entries are looked at together: those about different things need not wait for each other. */
const atOnce = 200

const tooOld = { refused: 'an entry that is too old' } as const

/** How often an entry that throws is tried before it is dropped, loudly: one that cannot be played must not hold up the rest. */
const mostTries = 8

/**
 * Entries on disk until the store is back: fsynced before they count as kept, played in order, taken up by the next process
 * after a crash. What processes that died left in the same folder is played first. Throws where the folder cannot be written.
 */
export const openSpool = async <T>(options: SpoolOptions<T>): Promise<Spool<T>> => {
  const { dir, maxBytes, maxAgeMs, lost, now = Date.now } = options
  await mkdir(dir, { recursive: true, mode: 0o700 })
  const own = await options.claim(dir, 'spool')
  const claims = [own]
  const path = (name: string) => join(dir, `${name}.journal`)
  const journal = await openJournal(path(own.name), lost)
  const journals: Journal[] = [journal]
  const adopt = async (): Promise<void> => {
    for (const name of await orphans(dir, claims)) {
      await liftStale(join(dir, `${name}.lock`))
      const claim = await options.claim(dir, name)
      if (claim.name === name) {
        claims.push(claim)
        journals.unshift(await openJournal(path(name), lost))
      } else await claim.release()
    }
  }
  await adopt()
  let oldest = now()
  let stopping = false
  let playing: Promise<void> | undefined
  const leaving = new AbortController()
  const waiting = () => journals.reduce((sum, one) => sum + one.waiting(), 0)
  const pause = () => sleep(options.pauseMs ?? 500, undefined, { signal: leaving.signal }).catch(() => undefined)

  const playAll = async (one: Journal): Promise<void> => {
    const tries = new Map<Line, number>()
    const settled = new Set<Line>()
    const playLine = async (line: Line): Promise<boolean> => {
      const kept = JSON.parse(line.text) as Kept<T>
      const old = now() - kept.at > maxAgeMs
      const played: Played | Error = old ? tooOld : await options.play(kept.entry).catch(asError)
      const tried = (tries.get(line) ?? 0) + 1
      tries.set(line, tried)
      if (played === 'later' || (played instanceof Error && tried < mostTries)) return false
      if (played instanceof Error) lost(`an entry that failed: ${played.message}`, line.text.length)
      else if (played !== 'taken') lost(played.refused, line.text.length)
      return true
    }
    while (!stopping) {
      const lines = await one.next(atOnce)
      const [first] = lines
      if (first === undefined) return
      oldest = (JSON.parse(first.text) as Kept<T>).at
      await Promise.all(
        [...byKey(lines, options.about)].map(async (queue) => {
          for (const line of queue) {
            if (settled.has(line)) continue
            if (stopping || !(await playLine(line))) return
            settled.add(line)
          }
        }),
      )
      const open = lines.findIndex((line) => !settled.has(line))
      const done = open < 0 ? lines : lines.slice(0, open)
      for (const line of done) {
        settled.delete(line)
        tries.delete(line)
      }
      await one.done(done)
      if (tries.size > 0) await pause()
    }
  }
  const start = (): void => {
    playing ??= (async () => {
      try {
        while (!stopping && waiting() > 0) {
          for (const one of journals) await playAll(one)
          // Lines that are just being written show only once they are on disk.
          if (waiting() > 0) await sleep(5)
        }
      } catch (error) {
        lost(`the spool cannot be read: ${asError(error).message}`, 0)
        await pause()
      } finally {
        playing = undefined
        if (!stopping && waiting() > 0) start()
      }
    })()
  }
  if (waiting() > 0) start()
  const timer = setInterval(() => {
    const time = new Date()
    for (const { name } of claims) utimes(join(dir, `${name}.lock`), time, time).catch(() => undefined)
    adopt().then(
      () => (!stopping && waiting() > 0 ? start() : undefined),
      (error: unknown) => lost(`what others left cannot be read: ${asError(error).message}`, 0),
    )
  }, options.lookMs ?? 15_000)
  timer.unref()

  return {
    keep: async (entry) => {
      const at = now()
      if (waiting() === 0) oldest = at
      const text = JSON.stringify({ at, entry } satisfies Kept<T>)
      if (stopping || journal.size() + text.length > maxBytes || at - oldest > maxAgeMs) return false
      try {
        await journal.append(text)
      } catch {
        return false
      }
      start()
      return true
    },
    waiting,
    close: async () => {
      stopping = true
      clearInterval(timer)
      leaving.abort()
      await playing
      for (const one of journals) await one.close()
      for (const claim of claims) await claim.release()
    },
  }
}

const byKey = <T>(lines: readonly Line[], about: (entry: T) => string): Iterable<readonly Line[]> =>
  Map.groupBy(lines, (line) => about((JSON.parse(line.text) as Kept<T>).entry)).values()

/** The journals of the folder that are not ours: of processes that died, or of such that live. */
const orphans = async (dir: string, claims: readonly Claim[]): Promise<readonly string[]> =>
  (await readdir(dir))
    .filter((file) => file.endsWith('.journal'))
    .map((file) => file.slice(0, -'.journal'.length))
    .filter((name) => !claims.some((claim) => claim.name === name))
    .sort()

/** Who lives renews its lock; one of another host that nobody renewed for a minute is a dead one's. */
const liftStale = async (lock: string): Promise<void> => {
  const known = await stat(lock).catch(() => undefined)
  if (known !== undefined && Date.now() - known.mtimeMs > 60_000) await rm(lock, { force: true })
}

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)))
