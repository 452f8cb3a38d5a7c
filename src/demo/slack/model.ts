/** A JSON object as it comes off the wire: nothing is known about it yet. */
export type Json = Readonly<Record<string, unknown>>

/** A person or bot in Slack's own wire form, as `users.info` returns it. */
export type LocalUser = {
  readonly id: string
  readonly team_id: string
  readonly name: string
  readonly real_name: string
  readonly deleted: boolean
  readonly is_bot: boolean
  readonly is_app_user: boolean
  readonly is_restricted: boolean
  readonly is_ultra_restricted: boolean
  readonly is_stranger: boolean
  readonly tz: string
  readonly profile: { readonly display_name: string; readonly email?: string; readonly title: string }
}

/** A conversation. `members` decides who sees it and what the bot may do in it. */
export type LocalChannel = {
  readonly id: string
  readonly name: string
  readonly kind: 'public' | 'private' | 'im'
  readonly topic: string
  readonly purpose: string
  readonly archived: boolean
  readonly created: number
  readonly creator: string
  readonly members: readonly string[]
}

/** A user group (`@payments-oncall`). */
export type LocalUserGroup = {
  readonly id: string
  readonly handle: string
  readonly name: string
  readonly description: string
  readonly users: readonly string[]
}

/** A message as it is now. `ephemeral_to` is set when only that user sees it; `edited` once it was changed. */
export type LocalMessage = {
  readonly ts: string
  readonly channel: string
  readonly user: string
  readonly bot_id?: string
  readonly app_id?: string
  readonly subtype?: string
  readonly text: string
  readonly blocks: readonly Json[]
  readonly attachments: readonly Json[]
  readonly thread_ts?: string
  readonly broadcast?: boolean
  readonly ephemeral_to?: string
  readonly edited?: { readonly user: string; readonly ts: string }
  readonly reactions: readonly Reaction[]
  readonly files: readonly LocalFile[]
  readonly metadata?: Json
  readonly client_msg_id?: string
  readonly stream?: 'active' | 'stopped'
}

/** One emoji on a message and who put it there. */
export type Reaction = { readonly name: string; readonly users: readonly string[] }

/** An uploaded file; the bytes live in the workspace. */
export type LocalFile = {
  readonly id: string
  readonly name: string
  readonly title: string
  readonly mimetype: string
  readonly size: number
  readonly url_private: string
}

/** A modal or Home tab. `state` holds what the person has filled in so far. */
export type LocalView = {
  readonly id: string
  readonly user: string
  readonly type: 'modal' | 'home'
  readonly hash: string
  readonly root_view_id: string
  readonly previous_view_id?: string
  readonly content: Json
}

/** One call the app made, as it was answered. `at` is in ms since the epoch. */
export type WebApiCall = {
  readonly at: number
  readonly method: string
  readonly args: Json
  readonly status: number
  readonly result: Json
}

/** What a listener of the workspace hears; enough for a page to redraw without asking again. */
export type Change =
  | { readonly kind: 'message'; readonly message: LocalMessage }
  | { readonly kind: 'message_deleted'; readonly channel: string; readonly ts: string }
  | { readonly kind: 'channel'; readonly channel: LocalChannel }
  | { readonly kind: 'view'; readonly view: LocalView }
  | { readonly kind: 'view_closed'; readonly user: string; readonly viewIds: readonly string[] }
  | { readonly kind: 'home'; readonly user: string; readonly view: LocalView }
  | { readonly kind: 'thread'; readonly thread: AgentThread }
  | { readonly kind: 'pins'; readonly channel: string; readonly pins: readonly string[] }
  | { readonly kind: 'bookmarks'; readonly channel: string; readonly bookmarks: readonly Json[] }

/** What the agent said about a thread: loading text, session status and title, prompts it suggests. */
export type AgentThread = {
  readonly channel: string
  readonly thread_ts: string
  readonly loading: string
  readonly session?: 'processing' | 'active' | 'suspended' | 'closed'
  readonly title: string
  readonly prompts: readonly { readonly title: string; readonly message: string }[]
}
