import { sha256 } from '../../domain/canonical.ts'
import type { HostNews } from '../../ports.ts'
import type { Parsed, Source } from '../../sources/source.ts'
import type { Doctor } from '../doctor.ts'

/** Takes in what a delivery held, as if its webhook had come; `busy` and `conflict` mean that it was not taken. */
export type TakeNews = (source: Source, parsed: Parsed, body: string) => Promise<{ readonly kind: string }>

type Bookmark = { readonly seen: string }

/** How far back is asked at the first time, and at most after a long absence, in ms. */
const reach = { first: 10 * 60_000, most: 24 * 3_600_000 } as const

/** Clocks differ, and a list may lag behind what it lists: so much is asked for again, in ms. What was heard before counts once. */
const overlap = 120_000

/**
 * Asks the Git host what happened in a repository since the last time, and takes it in in its order, once over all replicas and
 * beside webhooks. What is not taken, or could not be read, is asked for again next time. Returns how many events there were.
 */
export const askForNews = async (
  doctor: Pick<Doctor, 'store' | 'clock' | 'log'>,
  news: HostNews,
  source: Source,
  repository: string,
  take: TakeNews,
  signal?: AbortSignal,
): Promise<number> => {
  const done = await doctor.store.lock(`news-${repository}`, 120, async () => {
    const now = doctor.clock.now()
    const known = await doctor.store.get<Bookmark>('news', repository)
    const from = Math.max(now - reach.most, known === undefined ? now - reach.first : Date.parse(known.value.seen))
    const read = await news.since(repository, new Date(from).toISOString(), signal)
    if (read.kind !== 'ok') {
      const why = read.kind === 'absent' ? 'it is not there, or may not be seen' : `${read.reason}: ${read.message}`
      doctor.log.warn({ repository, why }, 'the git host could not be asked for news')
      return 0
    }
    for (const event of read.value) {
      const id = sha256(JSON.stringify([repository, event.name, event.payload])).slice(0, 40)
      const headers = { 'x-github-event': event.name, 'x-github-delivery': `asked-${id}` }
      const taken = await take(source, source.parse(event.payload, headers, new Date(now).toISOString()), id)
      if (taken.kind === 'busy') return read.value.length
      if (taken.kind === 'invalid')
        doctor.log.warn({ repository, event: event.name }, 'news of an odd shape is left out')
    }
    const seen = new Date(now - overlap).toISOString()
    await doctor.store.put<Bookmark>('news', repository, { seen }, known?.version ?? 0, 30 * 86_400)
    return read.value.length
  })
  return done ?? 0
}
