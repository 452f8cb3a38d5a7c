import { setTimeout as sleep } from 'node:timers/promises'
import { ErrorCode, type WebAPICallError } from '@slack/web-api'

/** How a channel is paced: so many at once after a pause, then one each `everyMs`; a send is given up after `giveUpMs`. */
export type Pace = {
  readonly burst: number
  readonly everyMs: number
  readonly giveUpMs: number
  readonly most: number
}

/** Slack takes about one message a second for each channel, and bears short bursts (docs.slack.dev/apis/web-api/rate-limits). */
export const slackPace: Pace = { burst: 3, everyMs: 1_050, giveUpMs: 20_000, most: 500 }

/** How a send stands to others of its channel: the edit it replaces while that waits, and whether it goes first. */
export type Order = { readonly edit?: string; readonly urgent?: boolean }

/** A queue for each channel, in order, paced, with Slack's Retry-After obeyed. */
export type Outbox = {
  /**
   * Sends when it is this channel's turn. Sends with an equal `edit` that still wait become one, the latest, which answers
   * all of them. Rejects with Slack's error, or after `giveUpMs` of faults.
   */
  send<T>(channel: string, work: () => Promise<T>, order?: Order): Promise<T>
  waiting(): number
}

type Item = {
  work: () => Promise<unknown>
  readonly edit?: string
  readonly result: Promise<unknown>
  readonly resolve: (value: unknown) => void
  readonly reject: (error: unknown) => void
}

type Lane = { readonly items: Item[]; tokens: number; at: number; running: boolean }

/** An empty outbox. Nothing of it outlives the process: what was not sent is asked for again by the job that wanted it. */
export const makeOutbox = (pace: Pace = slackPace): Outbox => {
  const lanes = new Map<string, Lane>()
  const laneOf = (channel: string): Lane => {
    const known = lanes.get(channel)
    if (known !== undefined) return known
    const lane: Lane = { items: [], tokens: pace.burst, at: Date.now(), running: false }
    lanes.set(channel, lane)
    return lane
  }
  return {
    send: <T>(channel: string, work: () => Promise<T>, { edit, urgent = false }: Order = {}): Promise<T> => {
      const lane = laneOf(channel)
      const same = edit === undefined ? undefined : lane.items.find((item) => item.edit === edit)
      if (same !== undefined) {
        same.work = work
        return same.result as Promise<T>
      }
      if (lane.items.length >= pace.most) return Promise.reject(new Error('too much waits to be sent to this channel'))
      const { promise, resolve, reject } = Promise.withResolvers<unknown>()
      promise.catch(() => undefined)
      const item = { work, result: promise, resolve, reject, ...(edit === undefined ? {} : { edit }) }
      if (urgent) lane.items.unshift(item)
      else lane.items.push(item)
      if (!lane.running) void drain(lane, pace)
      return promise as Promise<T>
    },
    waiting: () => [...lanes.values()].reduce((sum, lane) => sum + lane.items.length, 0),
  }
}

const drain = async (lane: Lane, pace: Pace): Promise<void> => {
  lane.running = true
  while (lane.items.length > 0) {
    await turn(lane, pace)
    const item = lane.items.shift()
    if (item === undefined) break
    try {
      item.resolve(await withRetries(item, pace))
    } catch (error) {
      item.reject(error)
    }
  }
  lane.running = false
}

/** Waits until the channel has a turn to give: `burst` of them at most, one more each `everyMs`. */
const turn = async (lane: Lane, pace: Pace): Promise<void> => {
  const refill = () => {
    const now = Date.now()
    lane.tokens = Math.min(pace.burst, lane.tokens + (now - lane.at) / pace.everyMs)
    lane.at = now
  }
  refill()
  while (lane.tokens < 1) {
    await sleep(Math.max(5, (1 - lane.tokens) * pace.everyMs))
    refill()
  }
  lane.tokens -= 1
}

const withRetries = async (item: Item, pace: Pace): Promise<unknown> => {
  const deadline = Date.now() + pace.giveUpMs
  for (let pause = 250; ; pause = Math.min(4_000, pause * 2)) {
    try {
      return await item.work()
    } catch (error) {
      const wait = retryAfter(error) ?? (worthRetrying(error) ? pause : undefined)
      if (wait === undefined || Date.now() + wait > deadline) throw error
      await sleep(wait)
    }
  }
}

/** Slack's own word on when to come back, in ms. */
const retryAfter = (error: unknown): number | undefined => {
  const { code, retryAfter: seconds } = error as { code?: unknown; retryAfter?: unknown }
  return code === ErrorCode.RateLimitedError && typeof seconds === 'number' ? seconds * 1_000 : undefined
}

const passing = new Set(['internal_error', 'fatal_error', 'service_unavailable', 'request_timeout', 'ratelimited'])

/** Whether an error is about the way, not about what was sent: another try can succeed. */
export const worthRetrying = (error: unknown): boolean => {
  const { code, data } = error as WebAPICallError & { data?: { error?: unknown } }
  if (code === ErrorCode.RequestError || code === ErrorCode.HTTPError) return true
  return code === ErrorCode.PlatformError && passing.has(String(data?.error))
}

/** Whether Slack may have done what was sent although this error came: the connection broke, or Slack itself failed. */
export const mayHaveArrived = (error: unknown): boolean =>
  (error as { code?: unknown }).code !== ErrorCode.RateLimitedError && worthRetrying(error)

/** The name of a platform error (`channel_not_found`), or undefined for anything else. */
export const slackErrorName = (error: unknown): string | undefined => {
  const { code, data } = error as { code?: unknown; data?: { error?: unknown } }
  return code === ErrorCode.PlatformError && typeof data?.error === 'string' ? data.error : undefined
}
