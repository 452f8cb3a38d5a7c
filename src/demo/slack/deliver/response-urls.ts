import { ApiError } from '../api/api-error.ts'
import { isObject, optionalFlag, optionalString } from '../api/arguments.ts'
import { botMessage, post, threadOf } from '../api/chat.ts'
import { readContent } from '../api/content.ts'
import type { ApiContext } from '../api/context.ts'
import type { Json, LocalMessage } from '../model.ts'
import { dropMessage, findMessage, newId, putMessage } from '../workspace.ts'

/** What a response URL belongs to: who acted, where, and on which message. */
export type Origin = {
  readonly user: string
  readonly channel: string
  readonly message?: string
  readonly thread?: string
}

/** Response URLs: five uses within thirty minutes. */
export type ResponseUrls = {
  issue(origin: Origin): string
  /** Answers a POST to one. */
  handle(path: string, body: string): { readonly status: number; readonly body: string }
  /** Carries out a response body without a URL, as the body of an acknowledgement does. */
  respond(origin: Origin, body: Json): LocalMessage | undefined
}

const USES = 5
const LIFETIME_MS = 30 * 60_000

/** Response URLs that post into the context's workspace. */
export function createResponseUrls(context: ApiContext): ResponseUrls {
  const issued = new Map<string, { readonly origin: Origin; readonly at: number; left: number }>()
  const respond = (origin: Origin, body: Json): LocalMessage | undefined => respondTo(context, origin, body)
  return {
    respond,
    issue(origin) {
      const path = `/response/${newId('R')}/${crypto.randomUUID()}`
      issued.set(path, { origin, at: performance.now(), left: USES })
      return context.origin() + path
    },
    handle(path, text) {
      const url = issued.get(path)
      if (url === undefined) return { status: 404, body: '{"ok":false,"error":"invalid_url"}' }
      if (performance.now() - url.at > LIFETIME_MS) return { status: 404, body: '{"ok":false,"error":"expired_url"}' }
      if (url.left === 0) return { status: 404, body: '{"ok":false,"error":"used_url"}' }
      const body = readBody(text)
      if (body === undefined) return { status: 400, body: 'invalid_payload' }
      try {
        respond(url.origin, body)
        url.left -= 1
        return { status: 200, body: 'ok' }
      } catch (error) {
        if (error instanceof ApiError) return { status: 400, body: error.code }
        throw error
      }
    },
  }
}

function readBody(text: string): Json | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

function respondTo(context: ApiContext, origin: Origin, body: Json): LocalMessage | undefined {
  const { workspace } = context
  const original = origin.message === undefined ? undefined : findMessage(workspace, origin.channel, origin.message)
  if (optionalFlag(body, 'delete_original')) {
    if (original !== undefined) dropMessage(workspace, origin.channel, original.ts)
    return undefined
  }
  const content = readContent(body)
  if (optionalFlag(body, 'replace_original') && original !== undefined) {
    const edited =
      original.ephemeral_to === undefined ? { edited: { user: original.user, ts: workspace.nextTs() } } : {}
    return putMessage(workspace, { ...original, ...content, ...edited })
  }
  const asked = optionalString(body, 'thread_ts')
  const thread = asked === undefined ? origin.thread : threadOf(context, origin.channel, { thread_ts: asked })
  if (body['response_type'] === 'in_channel') return post(context, origin.channel, content, thread)
  return putMessage(workspace, {
    ...botMessage(context, origin.channel),
    ...content,
    ...(thread === undefined ? {} : { thread_ts: thread }),
    ephemeral_to: origin.user,
  })
}
