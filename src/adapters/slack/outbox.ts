import { setTimeout as sleep } from 'node:timers/promises'
import { ErrorCode, type WebAPICallError } from '@slack/web-api'
import { NoLongerWanted } from '../../ports.ts'

/** How many at once after a pause, then one each `everyMs`. */
export type Beat = { readonly burst: number; readonly everyMs: number }

/**
 * How a channel is paced; a send is given up after `giveUpMs`. `edits` is the beat of all edits of the workspace together;
 * absent: the channel's.
 */
export type Pace = Beat & { readonly giveUpMs: number; readonly most: number; readonly edits?: Beat }

/**
 * Slack takes about one message a second for each channel, and bears short bursts; edits it counts apart, at least 50 a minute
 * for the workspace (docs.slack.dev/apis/web-api/rate-limits).
 */
export const slackPace: Pace = {
  burst: 3,
  everyMs: 1_050,
  giveUpMs: 20_000,
  most: 500,
  edits: { burst: 8, everyMs: 1_250 },
}

/**
 * How a send stands to others that wait: the edit it replaces, whether it goes first, and whether it lets those go before it
 * that are neither.
 */
export type Order = { readonly edit?: string; readonly urgent?: boolean; readonly patient?: boolean }

/** What a send returns that found, when its turn came, that there is nothing to send any more: the turn is the next one's. */
export const nothingToSend: unique symbol = Symbol('nothing to send')

/** A queue for each channel and one for all edits, in order, paced, with Slack's Retry-After obeyed. */
export type Outbox = {
  /**
   * Sends when it is its turn. Sends with an equal `edit` that still wait become one, the latest, which answers
   * all of them. Rejects with Slack's error, or after `giveUpMs` of faults.
   */
  send<T>(channel: string, work: () => Promise<T>, order?: Order): Promise<T>
  waiting(): number
}

type Item = {
  work: () => Promise<unknown>
  readonly edit?: string
  readonly patient: boolean
  readonly result: Promise<unknown>
  readonly resolve: (value: unknown) => void
  readonly reject: (error: unknown) => void
}

type Lane = {
  readonly name: string
  readonly items: Item[]
  readonly beat: Beat
  tokens: number
  unused: number
  at: number
  running: boolean
}

/** Whether there is still room in a lane right now, over all replicas; what it is asked for counts as used. */
export type Room = (lane: string, beat: Beat) => Promise<boolean>

/** The lane of all edits; no channel is called so. */
const edits = 'edits'

/** An empty outbox. Nothing of it outlives the process: what was not sent is asked for again by the job that wanted it. */
export const makeOutbox = (pace: Pace = slackPace, room: Room = async () => true): Outbox => {
  const lanes = new Map<string, Lane>()
  const laneOf = (name: string, beat: Beat): Lane => {
    const known = lanes.get(name)
    if (known !== undefined) return known
    const lane: Lane = { name, items: [], beat, tokens: beat.burst, unused: 0, at: Date.now(), running: false }
    lanes.set(name, lane)
    return lane
  }
  return {
    send: <T>(channel: string, work: () => Promise<T>, order: Order = {}): Promise<T> => {
      const { edit, urgent = false, patient = false } = order
      const lane = edit === undefined ? laneOf(channel, pace) : laneOf(edits, pace.edits ?? pace)
      const same = edit === undefined ? undefined : lane.items.find((item) => item.edit === edit)
      if (same !== undefined) {
        same.work = work
        return same.result as Promise<T>
      }
      if (lane.items.length >= pace.most) return Promise.reject(new Error('too much waits to be sent to this channel'))
      const { promise, resolve, reject } = Promise.withResolvers<unknown>()
      promise.catch(() => undefined)
      const item = { work, patient, result: promise, resolve, reject, ...(edit === undefined ? {} : { edit }) }
      const behind = patient ? -1 : lane.items.findIndex((one) => one.patient)
      if (urgent) lane.items.unshift(item)
      else if (behind >= 0) lane.items.splice(behind, 0, item)
      else lane.items.push(item)
      if (!lane.running) void drain(lane, pace, room)
      return promise as Promise<T>
    },
    waiting: () => [...lanes.values()].reduce((sum, lane) => sum + lane.items.length, 0),
  }
}

const drain = async (lane: Lane, pace: Pace, room: Room): Promise<void> => {
  lane.running = true
  while (lane.items.length > 0) {
    await turn(lane, room)
    const item = lane.items.shift()
    if (item === undefined) break
    try {
      const sent = await withRetries(item, pace)
      if (sent === nothingToSend) giveBack(lane)
      item.resolve(sent)
    } catch (error) {
      if (error instanceof NoLongerWanted) giveBack(lane)
      item.reject(error)
    }
  }
  lane.running = false
}

/** Waits until the lane has a turn to give: `burst` of them at most, one more each `everyMs`. */
const turn = async (lane: Lane, room: Room): Promise<void> => {
  const refill = () => {
    const now = Date.now()
    lane.tokens = Math.min(lane.beat.burst, lane.tokens + (now - lane.at) / lane.beat.everyMs)
    lane.at = now
  }
  refill()
  while (lane.tokens < 1) {
    await sleep(Math.max(5, (1 - lane.tokens) * lane.beat.everyMs))
    refill()
  }
  if (lane.unused > 0) lane.unused -= 1
  else while (!(await room(lane.name, lane.beat))) await sleep(lane.beat.everyMs / 2)
  lane.tokens -= 1
}

/** The turn was not needed: the next send has it, also of what replicas share. */
const giveBack = (lane: Lane): void => {
  lane.tokens += 1
  lane.unused += 1
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
