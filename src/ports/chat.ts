import type { Read } from '../domain/coverage.ts'

/** A message for a chat: fallback text that carries the full sense, and blocks (Block Kit) as plain data. */
export type ChatMessage = { readonly text: string; readonly blocks?: readonly unknown[] }

/** A person as the directory knows them, for decisions: ids, never display names. */
export type ChatUser = {
  readonly id: string
  readonly name: string
  readonly email?: string
  readonly deleted: boolean
  readonly bot: boolean
  readonly guest: boolean
  readonly stranger: boolean
  readonly team: string
}

/** Slack, as far as the doctor needs it. Posts are queued, paced per channel and retried; a failure never blocks a case. */
export type Chat = {
  /**
   * Posts and returns the message's ts. `key` makes a repeated call after a crash return the first message; `urgent` goes
   * before what waits for the same channel. `latest` is asked, when the channel's turn comes, for what the message is by then;
   * where it throws NoLongerWanted nothing is sent, and that is thrown here.
   */
  post(
    channel: string,
    message: ChatMessage,
    options?: {
      readonly thread?: string
      readonly key?: string
      readonly urgent?: boolean
      readonly latest?: () => Promise<ChatMessage>
    },
  ): Promise<{ readonly channel: string; readonly ts: string }>
  /** Edits. One with `latest` waits behind those without; where that says undefined at its turn, nothing is sent. */
  update(
    channel: string,
    ts: string,
    message: ChatMessage,
    options?: { readonly latest?: () => Promise<ChatMessage | undefined> },
  ): Promise<void>
  ephemeral(channel: string, user: string, message: ChatMessage, thread?: string): Promise<void>
  /** Answers a slash command privately or in the channel; falls back to ephemeral when the URL is used up. */
  respond(
    responseUrl: string,
    message: ChatMessage,
    options?: { readonly inChannel?: boolean; readonly replaceOriginal?: boolean },
  ): Promise<void>
  permalink(channel: string, ts: string): Promise<string | undefined>
  /** Who an id is. A directory that cannot be read is an error, never a stranger let in. */
  user(id: string): Promise<Read<ChatUser>>
  groupMembers(groupId: string): Promise<Read<readonly string[]>>
  openView(triggerId: string, view: unknown): Promise<void>
  publishHome(user: string, view: unknown): Promise<void>
}

/** What was to be said is not to be said any more. */
export class NoLongerWanted extends Error {
  constructor() {
    super('this is not to be said any more')
    this.name = 'NoLongerWanted'
  }
}
