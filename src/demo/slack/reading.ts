import type { AgentThread, LocalMessage, LocalView } from './model.ts'
import { agentThread, findMessage, type Workspace } from './workspace.ts'

/** What a test or the demo can see of a workspace, ephemeral messages of everyone included. */
export type WorkspaceReader = {
  /** Messages of a channel, or of one thread with its parent, as they are now, ephemeral ones included. */
  messages(channel: string, threadTs?: string): readonly LocalMessage[]
  message(channel: string, ts: string): LocalMessage | undefined
  /** The modal a person has on top. */
  modal(userId: string): LocalView | undefined
  home(userId: string): LocalView | undefined
  thread(channel: string, threadTs: string): AgentThread
  /** The DM channel between a person and the bot. */
  im(userId: string): string
  file(id: string): Uint8Array | undefined
  /** The first message, there already or still to come, for which this holds; throws after `ms`. */
  waitFor(predicate: (message: LocalMessage) => boolean, ms?: number): Promise<LocalMessage>
  /** The modal that a person has, or gets, on top; throws after `ms`. */
  waitForModal(userId: string, ms?: number): Promise<LocalView>
}

/** Looks at a workspace; nothing here changes it. */
export function readWorkspace(workspace: Workspace): WorkspaceReader {
  return {
    messages: (channel, threadTs) => messagesOf(workspace, channel, threadTs),
    message: (channel, ts) => findMessage(workspace, channel, ts),
    modal: (userId) => topModal(workspace, userId),
    home: (userId) => workspace.homes.get(userId),
    thread: (channel, threadTs) => agentThread(workspace, channel, threadTs),
    im: (userId) => `D0${userId.slice(2)}`,
    file: (id) => workspace.files.get(id)?.bytes,
    waitFor: (predicate, ms = 20_000) => waitFor(workspace, predicate, ms),
    waitForModal: (userId, ms = 20_000) =>
      waitUntil(
        workspace,
        () => topModal(workspace, userId),
        ms,
        () => `no modal of ${userId}`,
      ),
  }
}

function topModal(workspace: Workspace, userId: string): LocalView | undefined {
  return workspace.views.get(workspace.stacks.get(userId)?.at(-1) ?? '')
}

function messagesOf(workspace: Workspace, channel: string, threadTs?: string): readonly LocalMessage[] {
  const all = workspace.messages.get(channel) ?? []
  return threadTs === undefined ? all : all.filter((each) => each.ts === threadTs || each.thread_ts === threadTs)
}

function waitFor(
  workspace: Workspace,
  predicate: (message: LocalMessage) => boolean,
  ms: number,
): Promise<LocalMessage> {
  const find = () => [...workspace.messages.values()].flat().find(predicate)
  return waitUntil(workspace, find, ms, () => {
    const last = [...workspace.messages.values()].flat().slice(-5)
    return last.map((message) => `${message.channel} ${message.user}: ${message.text.slice(0, 120)}`).join('\n')
  })
}

/** Looks again after every change of the workspace until there is something, or throws after `ms`. */
function waitUntil<T>(workspace: Workspace, find: () => T | undefined, ms: number, describe: () => string): Promise<T> {
  const there = find()
  if (there !== undefined) return Promise.resolve(there)
  return new Promise((resolve, reject) => {
    const leave = workspace.subscribe(() => {
      const found = find()
      if (found === undefined) return
      clearTimeout(timer)
      leave()
      resolve(found)
    })
    const timer = setTimeout(() => {
      leave()
      reject(new Error(`nothing like it within ${ms} ms; the last messages:\n${describe()}`))
    }, ms)
  })
}
