import type { FailureCode } from './failure.ts'

/** Keeps away from an API that keeps failing, so that no case waits for it in vain. One for each process. */
export type Breaker = {
  /** Whether it may be asked now. After a rest one caller is let through to try. */
  open(now: number): boolean
  succeeded(): void
  failed(code: FailureCode, now: number): void
}

/** How long it is left alone after a failure that will not pass by itself, in ms. */
const lasting: Partial<Readonly<Record<FailureCode, number>>> = {
  'key-refused': 600_000,
  'unknown-model': 600_000,
  'no-credit': 1_800_000,
}
const passing: ReadonlySet<FailureCode> = new Set([
  'rate-limited',
  'overloaded',
  'timeout',
  'unreachable',
  'malformed',
  'too-large',
])
const most = 3
const rest = 60_000

/** A breaker that rests for a minute after three failures in a row, and longer where only a person can help. */
export const createBreaker = (): Breaker => {
  let failures = 0
  let until = 0
  return {
    open: (now) => now >= until,
    succeeded: () => {
      failures = 0
    },
    failed: (code, now) => {
      const long = lasting[code]
      if (passing.has(code)) failures += 1
      if (long !== undefined) until = now + long
      else if (passing.has(code) && failures >= most) until = now + rest
    },
  }
}
