import { setTimeout as sleep } from 'node:timers/promises'
import { type FailureCode, ModelFailure } from './failure.ts'

const worthIt: ReadonlySet<FailureCode> = new Set(['rate-limited', 'overloaded', 'unreachable'])

/** Tries beyond the first, and the longest pause that an API may ask of us, in ms: somebody waits for the answer. */
const retries = 2
const longest = 20_000

/** Asks again after a failure that may pass; never after a refused key or a spend limit. The API's own pause is kept. */
export const withRetries = async <T>(work: () => Promise<T>, signal: AbortSignal, pauseMs: number): Promise<T> => {
  for (let tries = 0; ; tries += 1) {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof ModelFailure) || !worthIt.has(error.code) || tries >= retries) throw error
      const pause = error.wait ?? pauseMs * 2 ** tries
      if (pause > longest) throw error
      await sleep(pause, undefined, { signal }).catch(() => {
        throw new ModelFailure('timeout', { cause: error })
      })
    }
  }
}
