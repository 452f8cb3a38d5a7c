import type { Place } from '../../ports/places.ts'
import { ask, refusal } from '../outgoing/send.ts'
import { type S3Keys, signedPut } from './sign.ts'

const longest = 8 * 1024 * 1024

/**
 * Keeps the case of each incident that ended in an S3-compatible store, path style: `FOLDER/CLUSTER/YYYY-MM/INCIDENT.json`, with
 * the news, the times and the story from the record. One that comes back is written again when it ends again.
 */
export const evidenceStore = (config: S3Keys & { readonly url: string }, now: () => number = Date.now): Place => ({
  tell: async (news, { evidence, signal }) => {
    if (news.endedAt === undefined) return { kind: 'done' }
    const segments = [news.cluster, news.openedAt.slice(0, 7), `${news.incident}.json`].map(safe)
    const url = new URL(`${config.url}/${segments.join('/')}`)
    const body = JSON.stringify({ version: 1, incident: news, case: await evidence() })
    if (body.length > longest) return { kind: 'refused', message: 'the case is larger than 8 MB' }
    const headers = signedPut(url, body, { 'content-type': 'application/json' }, config, now())
    const answer = await ask('the evidence store', url.href, { method: 'PUT', headers, body }, signal)
    return answer.status >= 200 && answer.status < 300
      ? { kind: 'done', ref: url.pathname }
      : refusal('the evidence store', answer)
  },
})

/** A name of which no store and no signature could read anything else than it says. */
const safe = (name: string): string => name.replace(/[^\w.-]/g, '-').replace(/^\.+$/, '-')
