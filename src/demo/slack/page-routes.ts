import { readFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { parseArguments } from './api/arguments.ts'
import type { Core } from './core.ts'
import { type EventStream, isForeign, openEventStream, readBody, sendJson, sendText } from './http.ts'
import type { RawValue } from './input-state.ts'
import type { Change, Json, LocalMessage } from './model.ts'
import type { Panel } from './panel.ts'
import { actAs, type Person } from './person.ts'
import { WORKSPACE } from './seed.ts'
import { openIm } from './workspace.ts'

const assets = new URL('./page/', import.meta.url)
const types: Readonly<Record<string, string>> = {
  css: 'text/css; charset=utf-8',
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml',
}

/** A command the composer completes: its full text and what it does. */
export type Completion = { readonly text: string; readonly description: string }

/** The page and the endpoints its scripts call; all local, none of them part of Slack. */
export type PageRoutes = {
  /** Answers the request, or returns false where the path is not one of the page's. */
  handle(request: IncomingMessage, response: ServerResponse, path: string, query: URLSearchParams): Promise<boolean>
  close(): void
}

/** The page over a workspace. */
export function createPageRoutes(core: Core, completions: readonly Completion[], panel?: Panel): PageRoutes {
  const streams = new Set<EventStream>()
  const handle: PageRoutes['handle'] = async (request, response, path, query) => {
    if (path === '/' || path.startsWith('/page/')) {
      await sendAsset(response, path === '/' ? 'index.html' : path.slice('/page/'.length))
      return true
    }
    if (!path.startsWith('/local/') && !path.startsWith('/panel/')) return false
    if (isForeign(request)) {
      sendText(response, 403, 'only the local page may do this')
      return true
    }
    if (path === '/local/state') sendJson(response, 200, pageState(core, query.get('user') ?? '', completions, panel))
    else if (path === '/local/stream') openStream(core, response, query.get('user') ?? '', streams, panel)
    else if (path === '/panel/state') sendJson(response, 200, (panel?.state() ?? {}) as unknown as Json)
    else if (request.method === 'POST') await act(core, request, response, path, panel)
    else sendText(response, 404, 'not found')
    return true
  }
  return {
    handle,
    close() {
      for (const stream of streams) stream.close()
    },
  }
}

async function sendAsset(response: ServerResponse, name: string): Promise<void> {
  const type = types[name.split('.').at(-1) ?? '']
  if (!/^[a-z0-9-]+\.(css|html|js|svg)$/.test(name) || type === undefined) return sendText(response, 404, 'not found')
  try {
    const body = await readFile(new URL(name, assets))
    response.writeHead(200, {
      'content-type': type,
      'cache-control': 'no-cache',
      'content-security-policy':
        "default-src 'self'; img-src 'self' data: https:; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'",
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
    })
    response.end(body)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    sendText(response, 404, 'not found')
  }
}

function pageState(core: Core, userId: string, completions: readonly Completion[], panel?: Panel): Json {
  const { workspace, app } = core.context
  const user = workspace.users.get(userId)
  if (user !== undefined && !user.is_bot) openIm(workspace, user.id)
  const channels = [...workspace.channels.values()].filter((channel) => channel.members.includes(userId))
  const stack = workspace.stacks.get(userId) ?? []
  return {
    team: { id: WORKSPACE.teamId, name: WORKSPACE.teamName },
    me: userId,
    bot: WORKSPACE.botUser,
    app: { name: app.name, description: app.agentDescription, home: app.homeTab, prompts: app.prompts },
    commands: app.commands,
    completions,
    users: [...workspace.users.values()],
    groups: [...workspace.userGroups.values()],
    channels,
    messages: Object.fromEntries(
      channels.map((channel) => [
        channel.id,
        (workspace.messages.get(channel.id) ?? []).filter((each) => seen(each, userId)),
      ]),
    ),
    threads: [...workspace.threads.values()],
    pins: Object.fromEntries(workspace.pins),
    bookmarks: Object.fromEntries(workspace.bookmarks),
    home: workspace.homes.get(userId) ?? null,
    views: stack.map((id) => workspace.views.get(id)).filter((view) => view !== undefined),
    hasPanel: panel !== undefined,
  }
}

function seen(message: LocalMessage, userId: string): boolean {
  return message.ephemeral_to === undefined || message.ephemeral_to === userId
}

function concerns(core: Core, change: Change, userId: string): boolean {
  switch (change.kind) {
    case 'message':
      return seen(change.message, userId) && memberOf(core, change.message.channel, userId)
    case 'message_deleted':
    case 'pins':
    case 'bookmarks':
      return memberOf(core, change.channel, userId)
    case 'channel':
      return change.channel.members.includes(userId)
    case 'thread':
      return memberOf(core, change.thread.channel, userId)
    case 'view':
      return change.view.user === userId
    case 'home':
    case 'view_closed':
      return change.user === userId
  }
}

function memberOf(core: Core, channel: string, userId: string): boolean {
  return core.context.workspace.channels.get(channel)?.members.includes(userId) === true
}

function openStream(
  core: Core,
  response: ServerResponse,
  userId: string,
  streams: Set<EventStream>,
  panel?: Panel,
): void {
  const stream = openEventStream(response, () => {
    leave()
    leavePanel?.()
    streams.delete(stream)
  })
  streams.add(stream)
  const leave = core.context.workspace.subscribe((change) => {
    if (concerns(core, change, userId)) stream.send('change', change)
  })
  const leavePanel = panel?.subscribe(() => stream.send('panel', panel.state()))
}

async function act(
  core: Core,
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
  panel?: Panel,
): Promise<void> {
  const body = parseArguments('application/json', (await readBody(request)).toString())
  if (path.startsWith('/panel/')) return actOnPanel(response, path.slice('/panel/'.length), body, panel)
  const userId = String(body['user'])
  if (!core.context.workspace.users.has(userId)) return sendJson(response, 404, { ok: false, error: 'user_not_found' })
  const result = await perform(actAs(core, userId), path.slice('/local/'.length), body)
  if (result === undefined) return sendText(response, 404, 'not found')
  sendJson(response, 200, result)
}

async function perform(person: Person, verb: string, body: Json): Promise<Json | undefined> {
  const [channel, ts] = [String(body['channel']), String(body['ts'])]
  const text = String(body['text'] ?? '')
  const view = String(body['view'])
  const action = String(body['action'])
  const value = body['value'] as RawValue | undefined
  switch (verb) {
    case 'say': {
      const said = await person.say(text, channel, typeof body['thread'] === 'string' ? body['thread'] : undefined)
      return said.ok ? { ok: true, ts: said.message.ts } : said
    }
    case 'command':
      return { ...(await person.command(text, channel)) }
    case 'press':
      return typeof body['view'] === 'string'
        ? await person.pressInView(view, action, value)
        : await person.press(ts, channel, action, value)
    case 'suggest':
      return await person.suggest(typeof body['view'] === 'string' ? { view } : { channel, ts }, action, text)
    case 'submit':
      return await person.submit(view, (body['values'] ?? {}) as Readonly<Record<string, RawValue>>)
    case 'close':
      return await person.close(view)
    case 'home':
      await person.openHome(body['tab'] === 'messages' ? 'messages' : 'home')
      return { ok: true }
    case 'react':
      await person.react(ts, channel, text)
      return { ok: true }
    case 'stop':
      await person.stopAgent(channel, ts)
      return { ok: true }
    default:
      return undefined
  }
}

async function actOnPanel(response: ServerResponse, path: string, body: Json, panel?: Panel): Promise<void> {
  const [first = '', second] = path.split('/').map(decodeURIComponent)
  const args = Object.fromEntries(Object.entries(body).map(([name, value]) => [name, String(value)]))
  const name = first === 'faults' ? 'fault' : (second ?? '')
  const action = panel !== undefined && Object.hasOwn(panel.actions, name) ? panel.actions[name] : undefined
  if (action === undefined) return sendJson(response, 404, { ok: false, error: 'unknown action' })
  try {
    await action(first === 'faults' ? { ...args, id: second ?? '' } : args)
    sendJson(response, 200, { ok: true })
  } catch (error) {
    sendJson(response, 200, { ok: false, error: error instanceof Error ? error.message : String(error) })
  }
}
