import type { WebClient } from '@slack/web-api'
import { sha256 } from '../../domain/canonical.ts'

/** Where a message is. */
export type Posted = { readonly channel: string; readonly ts: string }

/** What makes a message known again: its key, since when it was being sent (ms since the epoch), and whether it may be there already. */
export type Mark = { readonly key: string; readonly since: number; readonly doubtful: boolean }

const eventType = 'cluster_doctor_message'
// Slack's clock and ours may differ; a mark is unique, so looking further back costs nothing but a page.
const skewSeconds = 120

const idOf = (key: string): string => sha256(key).slice(0, 32)

/** The metadata that goes with a keyed message. Other apps can read it, so that it holds a hash and no name. */
export const metadataOf = (mark: Mark) => ({ event_type: eventType, event_payload: { id: idOf(mark.key) } })

/**
 * The message of a mark where Slack has it, looked for in its thread or among the newest of its channel. What cannot be read is
 * taken for absent: a message twice is better than one that nobody sees.
 */
export const findPosted = async (
  client: WebClient,
  channel: string,
  thread: string | undefined,
  mark: Mark,
): Promise<Posted | undefined> => {
  const page = {
    channel,
    include_all_metadata: true,
    oldest: String(Math.floor(mark.since / 1000) - skewSeconds),
    limit: 200,
  }
  const read =
    thread === undefined ? client.conversations.history(page) : client.conversations.replies({ ...page, ts: thread })
  const { messages } = await read.catch(() => ({ messages: undefined }))
  const id = idOf(mark.key)
  const found = messages?.find(({ metadata }) => metadata?.event_type === eventType && isOf(metadata.event_payload, id))
  return found?.ts === undefined ? undefined : { channel, ts: found.ts }
}

const isOf = (payload: unknown, id: string): boolean => (payload as { id?: unknown } | undefined)?.id === id
