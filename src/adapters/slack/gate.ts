import { sha256 } from '../../domain/canonical.ts'
import { type Store, StoreUnavailable } from '../../ports.ts'
import type { SlackSelf } from './client.ts'

/** What may happen to a genuine request: it is for us and new, it was seen before, it is for somebody else, or we cannot know. */
export type Admission =
  | { readonly kind: 'admitted'; release(): Promise<void> }
  | { readonly kind: 'duplicate' }
  | { readonly kind: 'foreign' }
  | { readonly kind: 'store-away' }

type Body = Readonly<Record<string, unknown>>

/** How long a request is remembered, in seconds: longer than a signature lives, and than Slack retries an event. */
const rememberRequest = 600
const rememberEvent = 7_200

/**
 * Lets each request through once over all replicas (SAFETY T2): by its event id or the hash of what it says, so that neither
 * a replay nor a retry with a new signature counts twice. Only our app in our workspace is let in. `release` lets the
 * sender's retry through after a fault.
 */
export const admit = async (store: Store, self: SlackSelf, body: Body): Promise<Admission> => {
  if (!isOurs(self, body)) return { kind: 'foreign' }
  const eventId = typeof body['event_id'] === 'string' ? body['event_id'] : undefined
  const key = eventId === undefined ? `body-${sha256(JSON.stringify(body))}` : `event-${eventId.slice(0, 100)}`
  try {
    const ttl = eventId === undefined ? rememberRequest : rememberEvent
    const first = await store.put('slack-request', key, { at: Date.now() }, 0, ttl)
    if (!first) return { kind: 'duplicate' }
    return { kind: 'admitted', release: () => store.remove('slack-request', key).catch(() => undefined) }
  } catch (error) {
    if (error instanceof StoreUnavailable) return { kind: 'store-away' }
    throw error
  }
}

const isOurs = (self: SlackSelf, body: Body): boolean => {
  const app = body['api_app_id']
  if (self.app !== undefined && app !== undefined && app !== self.app) return false
  return teamsOf(body).includes(self.team)
}

/** The workspaces a request speaks for: of a command, of an interaction, of an event's authorizations. */
const teamsOf = (body: Body): readonly unknown[] => {
  const team = body['team'] as { id?: unknown } | null | undefined
  const listed = Array.isArray(body['authorizations']) ? (body['authorizations'] as { team_id?: unknown }[]) : []
  return listed.length > 0 ? listed.map((one) => one?.team_id) : [body['team_id'] ?? team?.id]
}
