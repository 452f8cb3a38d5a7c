import type { InstalledApp } from '../app.ts'
import type { AppReply } from '../deliver/delivery.ts'
import type { Triggers } from '../deliver/triggers.ts'
import type { Json, LocalChannel, LocalMessage } from '../model.ts'
import type { Workspace } from '../workspace.ts'
import { ApiError } from './api-error.ts'

/** What every Web API method works on. */
export type ApiContext = {
  readonly workspace: Workspace
  readonly app: InstalledApp
  readonly triggers: Triggers
  /** `http://host:port`, known once the server listens. */
  readonly origin: () => string
  /** A fresh single-use Socket Mode URL. */
  readonly socketUrl: () => string
  /** How long a stream may stay open, in ms; Slack closes it at about five minutes. */
  readonly streamMs: number
  /** Sends the Events API event where the app subscribed to it; the promise is the app's answer to the first attempt. */
  readonly announce: (
    change: 'posted' | 'changed' | 'deleted',
    message: LocalMessage,
    before?: LocalMessage,
  ) => Promise<AppReply> | undefined
}

/** One call: its arguments, and the context it works on. */
export type Call = { readonly context: ApiContext; readonly args: Json }

/** One Web API method: the scopes it always needs, and what it does. Throws ApiError to refuse. */
export type Method = {
  readonly scopes?: readonly string[]
  readonly token?: 'app' | 'none'
  readonly run: (call: Call) => Json
}

/** Refuses with `missing_scope` unless the installed app was granted the scope. */
export function requireScope(context: ApiContext, scope: string): void {
  if (context.app.scopes.has(scope)) return
  throw new ApiError('missing_scope', { needed: scope, provided: [...context.app.scopes].join(',') })
}

/** Which family of scopes reads or lists a kind of conversation. */
export function scopeFamily(kind: LocalChannel['kind']): 'channels' | 'groups' | 'im' {
  return kind === 'public' ? 'channels' : kind === 'private' ? 'groups' : 'im'
}
