import { join } from 'node:path'
import type { HttpRequest } from '../adapters/http/listener.ts'
import type { Taken } from '../adapters/http/webhook.ts'
import { openSpool, type Played, type Spool } from '../adapters/spool/spool.ts'
import type { Doctor } from '../doctor/doctor.ts'
import { note } from '../doctor/record.ts'
import { parseStrictJson } from '../domain/strict-json.ts'
import { claimFile } from '../memory/claim-file.ts'
import { StoreUnavailable } from '../ports.ts'
import { sources } from '../sources/load.ts'
import type { Headers, Source } from '../sources/source.ts'

/** A delivery whose signature was right, on disk. No token and no signature is kept with it. */
export type KeptDelivery = {
  readonly source: string
  /** What it is about: deliveries about the same are taken in one after the other. */
  readonly about: string
  readonly path: string
  readonly headers: Headers
  readonly body: string
  readonly at: number
}

/** Takes a delivery of a source in: what the route does while the store is there. */
export type Take = (source: Source, payload: unknown, request: HttpRequest) => Promise<Taken>

const maxAgeMs = 24 * 3_600_000

/** How many deliveries are taken in at once; in a storm that is more than a machine can bear, the others wait on disk. */
const mostAtOnce = 100

/** The spool of a gateway, and how many deliveries it is taking in right now. */
export type DeliverySpool = Spool<KeptDelivery> & { running: number }

/**
 * The spool of a gateway in its data folder; undefined where it is off, or the folder cannot be written. What cannot be kept or
 * played is on the record and in the log.
 */
export const openDeliverySpool = async (doctor: Doctor, take: Take): Promise<DeliverySpool | undefined> => {
  const { config, log } = doctor
  if (config.spoolMb === 0) return undefined
  try {
    const spool = await openSpool<KeptDelivery>({
      dir: join(config.dataDir, 'spool'),
      maxBytes: config.spoolMb * 1024 * 1024,
      maxAgeMs,
      claim: claimFile,
      about: ({ about }) => about,
      play: (kept) => playKept(kept, take),
      lost: (why, bytes) => {
        log.error({ why, bytes }, 'something in the spool was dropped')
        void note(doctor, { kind: 'ingress.lost', data: { why, bytes } })
      },
    })
    if (spool.waiting() > 0) log.warn({ waiting: spool.waiting() }, 'takes in what was kept while the store was away')
    const keep = async (entry: KeptDelivery): Promise<boolean> => {
      const first = spool.waiting() === 0
      const kept = await spool.keep(entry)
      if (kept && first) void note(doctor, { kind: 'ingress.kept', actor: entry.source, data: { since: entry.at } })
      return kept
    }
    return { ...spool, keep, running: 0 }
  } catch (err) {
    log.warn({ err }, 'the spool is off: its folder cannot be used')
    return undefined
  }
}

/** The headers that sources read beside the signature. */
const keptHeaders = ['content-type', 'x-github-event', 'x-github-delivery'] as const

/**
 * Takes a delivery in, or keeps it on disk where the store is away, where too many are being taken in already, or where others still
 * wait there: order is kept. Throws StoreUnavailable where neither can be.
 */
export const takeOrKeep = async (
  spool: DeliverySpool | undefined,
  take: Take,
  source: Source,
  payload: unknown,
  request: HttpRequest,
): Promise<Taken> => {
  if (spool === undefined) return take(source, payload, request)
  let away: unknown
  if (spool.waiting() === 0 && spool.running < mostAtOnce) {
    spool.running += 1
    try {
      return await take(source, payload, request)
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error
      away = error
    } finally {
      spool.running -= 1
    }
  }
  const parsed = source.parse(payload, request.headers, new Date(request.at).toISOString())
  if (parsed.kind === 'invalid' || parsed.kind === 'ignored') return parsed
  const { path, at } = request
  const headers = Object.fromEntries(keptHeaders.map((name) => [name, request.headers[name]]))
  const about = `${source.id} ${parsed.kind === 'alerts' ? (parsed.alerts[0]?.fingerprint ?? '') : ''}`
  const kept = await spool.keep({ source: source.id, about, path, headers, body: request.body.toString('utf8'), at })
  if (!kept) throw new StoreUnavailable('the store is away, and nothing more can be kept here', { cause: away })
  const ids = parsed.kind === 'alerts' ? parsed.alerts.map(({ deliveryId }) => deliveryId) : [parsed.deliveryId]
  return { kind: 'kept', ids: [...new Set(ids)] }
}

const playKept = async ({ source: id, path, headers, body, at }: KeptDelivery, take: Take): Promise<Played> => {
  const source = sources.find((one) => one.id === id)
  if (source === undefined) return { refused: `a delivery of ${id}, which is no source` }
  try {
    const taken = await take(source, parseStrictJson(body), { path, headers, body: Buffer.from(body), at })
    switch (taken.kind) {
      case 'accepted':
      case 'ignored':
        return 'taken'
      case 'busy':
      case 'kept':
        return 'later'
      case 'conflict':
        return { refused: `a delivery of ${id}: ${taken.problem}` }
      case 'invalid':
        return { refused: `a delivery of ${id}: ${taken.field} ${taken.problem}` }
    }
  } catch (error) {
    if (error instanceof StoreUnavailable) return 'later'
    throw error
  }
}
