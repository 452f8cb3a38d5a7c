import { setTimeout as sleep } from 'node:timers/promises'
import type { KubeObject } from '../../../domain/kubernetes.ts'
import type { HeldRefusal, RawList, ResourceType } from '../../../ports.ts'
import { listPath } from '../paths.ts'
import { listDeadline, readWire } from '../reads.ts'
import type { Transport } from '../transport.ts'
import { follow, onItsOwn, type WatchEnd, type WatchEvent } from './follow.ts'
import { createKeptList, type KeptList } from './kept-list.ts'
import { jittered, type WatchTimes } from './times.ts'

/** How bytes become objects, handed in by who knows the kinds: the very decoding that a list of a diagnosis gets. */
export type Decode = {
  /** Throws where the body is not a whole list of that kind. */
  readonly list: (type: ResourceType, raw: RawList) => Promise<DecodedList>
  /** One object of an event; undefined where it is none of that kind. */
  readonly object: (type: ResourceType, json: Record<string, unknown>) => KubeObject | undefined
}

/** A list with the version from which its watch goes on; `more` where the server held something back. */
export type DecodedList = { readonly objects: readonly KubeObject[]; readonly version: string; readonly more: boolean }

/** One kind that is kept. `heardAt` is 0 while nothing vouches for what is kept. */
export type Kept = {
  readonly list: KeptList
  readonly heardAt: () => number
  /** Why the server would not list it when it was last asked; it is asked again soon. */
  readonly refusal: () => HeldRefusal | undefined
  /** Ends it at once and forgets what was kept. */
  readonly stop: () => void
}

/** What one keeping needs from its surroundings. */
export type Keeping = {
  readonly transport: Transport
  readonly decode: Decode
  readonly times: WatchTimes
  /** Whether so many bytes more than are kept of this kind now still fit. */
  readonly fits: (more: number) => boolean
  /** Told, in one static line with fields, when a kind is left to lists, and why. */
  readonly stoodDown: (source: string, reason: string) => void
}

/** Which kind is kept, and in which form it is listed. */
export type Wanted = { readonly type: ResourceType; readonly accept: string; readonly metadataOnly: boolean }

type State = {
  readonly list: KeptList
  readonly signal: AbortSignal
  heardAt: number
  connected: boolean
  version: string
  listedAt: number
  refusal: HeldRefusal | undefined
}

/**
 * Keeps one kind: lists it, watches it from that version on, and lists it anew when its watch is too old, too silent or
 * unclear, and in any case every few minutes, so that whatever a watch missed is there again within that time.
 */
export const keep = (wanted: Wanted, keeping: Keeping): Kept => {
  const ended = new AbortController()
  const { times } = keeping
  const state: State = {
    list: createKeptList(),
    signal: ended.signal,
    heardAt: 0,
    connected: false,
    version: '',
    listedAt: 0,
    refusal: undefined,
  }
  void run(wanted, keeping, state).catch(() => undefined)
  return {
    list: state.list,
    heardAt: () => {
      const silence = Date.now() - state.heardAt
      return silence <= (state.connected ? times.silent : times.alone) ? state.heardAt : 0
    },
    refusal: () => state.refusal,
    stop: () => {
      ended.abort()
      state.heardAt = 0
      state.list.clear()
    },
  }
}

const run = async (wanted: Wanted, keeping: Keeping, state: State): Promise<void> => {
  const { times, stoodDown } = keeping
  const source = wanted.type.group === '' ? wanted.type.resource : `${wanted.type.resource}.${wanted.type.group}`
  let failures = 0
  let said = ''
  while (!state.signal.aborted) {
    const end = await turn(wanted, keeping, state).catch(
      (error: unknown): WatchEnd => ({ kind: 'failed', message: error instanceof Error ? error.message : 'failed' }),
    )
    // One that ended as they do from time to time was alive to its end, and the next begins at once.
    if (end.kind !== 'ended') state.connected = false
    if (state.signal.aborted) return
    if (end.kind === 'refused') {
      forget(state)
      if (said !== end.message) stoodDown(source, end.message)
      said = end.message
      await wait(jittered(state.refusal === undefined ? times.standDown : times.refused), state)
      failures = 0
    } else if (end.kind === 'failed') {
      // What failed may have told something wrong before: only a new list vouches again.
      state.version = ''
      failures += 1
      await wait(jittered(Math.min(times.retry.first * 2 ** (failures - 1), times.retry.longest)), state)
    } else {
      failures = 0
      if (end.kind !== 'ended') state.version = ''
      if (end.kind === 'silent') state.heardAt = 0
    }
  }
}

const forget = (state: State): void => {
  state.list.clear()
  state.heardAt = 0
  state.version = ''
}

const wait = async (ms: number, { signal }: State): Promise<void> => {
  await sleep(ms, undefined, { signal, ref: false }).catch(() => undefined)
}

/** One list where one is due, and one watch after it. */
const turn = async (wanted: Wanted, keeping: Keeping, state: State): Promise<WatchEnd> => {
  const { times, transport } = keeping
  const age = Date.now() - state.listedAt
  if (state.version === '' || age >= times.relist * 0.85) {
    const refusal = await listAnew(wanted, keeping, state)
    if (refusal !== undefined) return refusal
  }
  const left = jittered(state.listedAt + times.relist - Date.now())
  const began = Date.now()
  const end = await follow(
    transport,
    { type: wanted.type, from: state.version, metadataOnly: wanted.metadataOnly },
    { silent: times.silent, seconds: left / 1000, signal: AbortSignal.any([state.signal, AbortSignal.timeout(left)]) },
    {
      heard: () => {
        state.connected = true
        state.heardAt = Date.now()
      },
      tell: (event) => take(wanted.type, keeping, state, event),
    },
  )
  // A server that ends each watch at once would be asked without a pause.
  const soon = times.retry.first * 2
  if (end.kind === 'ended' && Date.now() - began < soon) await wait(jittered(soon), state)
  return end
}

const listAnew = async (wanted: Wanted, keeping: Keeping, state: State): Promise<WatchEnd | undefined> => {
  const query = new URLSearchParams({ resourceVersion: state.version === '' ? '0' : state.version })
  // Never older than what we hold already. After a failure whatever its cache has is asked for: it may have gone back.
  if (state.version !== '') query.set('resourceVersionMatch', 'NotOlderThan')
  state.version = ''
  const asked = Date.now()
  const answer = await readWire(keeping.transport, {
    method: 'GET',
    path: `${listPath(wanted.type)}?${query}`,
    headers: { accept: wanted.accept, ...onItsOwn },
    deadline: listDeadline,
    signal: state.signal,
  })
  if (answer.kind === 'absent') return { kind: 'refused', message: 'not served' }
  if (answer.kind === 'unreadable') {
    const lasting = answer.reason === 'forbidden' || answer.reason === 'not-served'
    if (lasting) state.refusal = answer
    return { kind: lasting ? 'refused' : 'failed', message: answer.message }
  }
  state.refusal = undefined
  const { body, headers } = answer.value
  if (!keeping.fits(body.length - state.list.bytes())) return { kind: 'refused', message: 'too big to keep in memory' }
  const decoded = await keeping.decode.list(wanted.type, { contentType: headers['content-type'] ?? '', body })
  if (decoded.more || decoded.version === '') return { kind: 'refused', message: 'the list is not whole' }
  if (state.signal.aborted) return { kind: 'ended' }
  state.list.replace(decoded.objects, body.length)
  state.version = decoded.version
  state.listedAt = asked
  state.heardAt = asked
  return undefined
}

const take = (type: ResourceType, keeping: Keeping, state: State, event: WatchEvent): void => {
  const metadata = event.object['metadata'] as { readonly resourceVersion?: unknown } | undefined
  const version = metadata?.resourceVersion
  if (typeof version !== 'string' || version === '') throw new Error('an event without a version')
  if (event.type !== 'BOOKMARK') {
    const object = keeping.decode.object(type, event.object)
    if (object === undefined) throw new Error(`an event that is no ${type.kind}`)
    if (event.type === 'DELETED') state.list.remove(object)
    else if (keeping.fits(event.bytes)) state.list.put(object, event.bytes)
    else throw new TooBig()
  }
  state.version = version
}

/** What is kept has grown over its bound. The next list says so for good. */
class TooBig extends Error {
  constructor() {
    super('too big to keep in memory')
    this.name = 'TooBig'
  }
}
