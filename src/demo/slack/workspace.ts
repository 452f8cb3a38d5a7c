import { randomBytes } from 'node:crypto'
import type {
  AgentThread,
  Change,
  Json,
  LocalChannel,
  LocalFile,
  LocalMessage,
  LocalUser,
  LocalUserGroup,
  LocalView,
} from './model.ts'
import { seedChannels, seedUserGroups, seedUsers, WORKSPACE } from './seed.ts'

/** The people, channels and groups a workspace starts with. */
export type Seed = {
  readonly users: readonly LocalUser[]
  readonly channels: readonly LocalChannel[]
  readonly userGroups: readonly LocalUserGroup[]
}

/** The whole state of the local Slack. Everything in it is replaced, never mutated in place, so a reader keeps its snapshot. */
export type Workspace = {
  readonly users: Map<string, LocalUser>
  readonly channels: Map<string, LocalChannel>
  readonly userGroups: Map<string, LocalUserGroup>
  readonly messages: Map<string, LocalMessage[]>
  readonly files: Map<string, { readonly file: LocalFile; readonly bytes: Uint8Array }>
  readonly views: Map<string, LocalView>
  /** Modal ids a person has open, the top one last. */
  readonly stacks: Map<string, string[]>
  readonly homes: Map<string, LocalView>
  readonly threads: Map<string, AgentThread>
  readonly pins: Map<string, string[]>
  readonly bookmarks: Map<string, Json[]>
  nextTs(): string
  emit(change: Change): void
  subscribe(listener: (change: Change) => void): () => void
}

/** A fresh workspace. Two never share state, so tests can run side by side. */
export function createWorkspace(seed: Partial<Seed> = {}): Workspace {
  const listeners = new Set<(change: Change) => void>()
  let last = 0
  return {
    users: byId(seed.users ?? seedUsers),
    channels: byId(seed.channels ?? seedChannels),
    userGroups: byId(seed.userGroups ?? seedUserGroups),
    messages: new Map(),
    files: new Map(),
    views: new Map(),
    stacks: new Map(),
    homes: new Map(),
    threads: new Map(),
    pins: new Map(),
    bookmarks: new Map(),
    // A ts names a message for ever, so two in one microsecond must not collide.
    nextTs() {
      last = Math.max(last + 1, Date.now() * 1000)
      return `${Math.floor(last / 1_000_000)}.${String(last % 1_000_000).padStart(6, '0')}`
    },
    emit(change) {
      for (const listener of listeners) listener(change)
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

function byId<T extends { readonly id: string }>(items: readonly T[]): Map<string, T> {
  return new Map(items.map((item) => [item.id, item]))
}

/** A new id in Slack's shape: the given prefix and ten upper-case letters or digits. */
export function newId(prefix: string): string {
  return prefix + [...randomBytes(10)].map((byte) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'[byte % 36]).join('')
}

/** Finds a message of a channel by its ts, ephemeral ones included. */
export function findMessage(workspace: Workspace, channel: string, ts: string): LocalMessage | undefined {
  return workspace.messages.get(channel)?.find((message) => message.ts === ts)
}

/** Adds a message, or puts the new state of one in place of the old, and tells the listeners. */
export function putMessage(workspace: Workspace, message: LocalMessage): LocalMessage {
  const list = workspace.messages.get(message.channel) ?? []
  const index = list.findIndex((other) => other.ts === message.ts)
  const next = index < 0 ? [...list, message] : list.with(index, message)
  workspace.messages.set(message.channel, next)
  workspace.emit({ kind: 'message', message })
  return message
}

/** Takes a message away; a deleted thread parent leaves its replies. */
export function dropMessage(workspace: Workspace, channel: string, ts: string): void {
  const list = workspace.messages.get(channel) ?? []
  workspace.messages.set(
    channel,
    list.filter((message) => message.ts !== ts),
  )
  workspace.emit({ kind: 'message_deleted', channel, ts })
}

/** The direct-message channel of a person with the bot, opened on first use. */
export function openIm(workspace: Workspace, userId: string): LocalChannel {
  const id = `D0${userId.slice(2)}`
  const existing = workspace.channels.get(id)
  if (existing !== undefined) return existing
  const channel: LocalChannel = {
    id,
    name: userId,
    kind: 'im',
    topic: '',
    purpose: '',
    archived: false,
    created: Math.floor(Date.now() / 1000),
    creator: userId,
    members: [userId, WORKSPACE.botUser],
  }
  workspace.channels.set(id, channel)
  workspace.emit({ kind: 'channel', channel })
  return channel
}

/** What the agent has said about a thread so far; empty where it has said nothing. */
export function agentThread(workspace: Workspace, channel: string, threadTs: string): AgentThread {
  return (
    workspace.threads.get(`${channel}:${threadTs}`) ?? {
      channel,
      thread_ts: threadTs,
      loading: '',
      title: '',
      prompts: [],
    }
  )
}

/** Keeps the new state of a thread and tells the listeners. */
export function putThread(workspace: Workspace, thread: AgentThread): void {
  workspace.threads.set(`${thread.channel}:${thread.thread_ts}`, thread)
  workspace.emit({ kind: 'thread', thread })
}
