import type { Json } from './model.ts'

/** How a call goes wrong. Give exactly one of `error`, `status`, `drop`, `lost`, `hangMs`. */
export type FaultRule = {
  /** `chat.postMessage`, or `*` for every method. */
  readonly method: string
  /** Only calls with these arguments; all calls where left out. */
  readonly when?: (args: Json) => boolean
  /** How many calls it hits; every call until it is cancelled where left out. */
  readonly times?: number
  /** Answers `{ ok: false, error }` without doing anything. */
  readonly error?: string
  /** Answers this HTTP status without doing anything; 429 comes with Retry-After. */
  readonly status?: number
  readonly retryAfterSeconds?: number
  /** Cuts the connection before anything was done. */
  readonly drop?: boolean
  /** Does the work, then cuts the connection: the app cannot know that it happened. */
  readonly lost?: boolean
  /** Waits this long before it goes on as if nothing had been. */
  readonly hangMs?: number
}

/** Faults a test or the demo puts into the Web API. */
export type Faults = {
  /** Adds a rule; the returned function takes it away again. */
  fail(rule: FaultRule): () => void
  /** The rule that hits this call, counted as used. */
  take(method: string, args: Json): FaultRule | undefined
}

/** No faults until some are added; the one added first wins. */
export function createFaults(): Faults {
  const rules = new Map<FaultRule, { left: number }>()
  return {
    fail(rule) {
      rules.set(rule, { left: rule.times ?? Number.POSITIVE_INFINITY })
      return () => rules.delete(rule)
    },
    take(method, args) {
      for (const [rule, count] of rules) {
        const hits = (rule.method === '*' || rule.method === method) && (rule.when?.(args) ?? true)
        if (!hits) continue
        count.left -= 1
        if (count.left <= 0) rules.delete(rule)
        return rule
      }
      return undefined
    },
  }
}
