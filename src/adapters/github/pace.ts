import { setTimeout as sleep } from 'node:timers/promises'

/** How fast content may be written: ms between two writes, and how many in an hour (GitHub's own limits are 1 s and 500). */
export type PaceRule = { readonly between: number; readonly perHour: number }

/** The pace of writes to GitHub. */
export type Pace = {
  /** Waits for its turn. Throws with status 429 where the turn is more than a few seconds away: nothing was sent then. */
  wait(): Promise<void>
  /** Takes in what an answer says of limits: no write before `Retry-After`, or before an exhausted limit is reset. */
  heard(response: Pick<Response, 'status' | 'headers'>): void
}

/** A turn further away than this, in ms, is not waited for. */
const patience = 10_000
const hour = 3_600_000

/** A pace for one process; `now` is replaced in tests. */
export const createPace = ({ between, perHour }: PaceRule, now: () => number = Date.now): Pace => {
  let last = Number.NEGATIVE_INFINITY
  let held = 0
  let turns: number[] = []
  return {
    wait: async () => {
      turns = turns.filter((at) => at > now() - hour)
      const full = turns.length >= perHour ? (turns[0] ?? 0) + hour : 0
      const turn = Math.max(now(), last + between, held, full)
      if (turn - now() > patience)
        throw Object.assign(new Error(`no write before ${new Date(turn).toISOString()}: GitHub's limits`), {
          status: 429,
        })
      last = turn
      turns.push(turn)
      if (turn > now()) await sleep(turn - now())
    },
    heard: ({ status, headers }) => {
      if (status !== 403 && status !== 429) return
      const after = Number(headers.get('retry-after'))
      const reset = headers.get('x-ratelimit-remaining') === '0' ? Number(headers.get('x-ratelimit-reset')) * 1000 : 0
      // A limit without a time is waited out for a minute, as GitHub asks for.
      const until = after > 0 ? now() + after * 1000 : reset > 0 ? reset : status === 429 ? now() + 60_000 : 0
      held = Math.min(Math.max(held, until), now() + hour)
    },
  }
}
