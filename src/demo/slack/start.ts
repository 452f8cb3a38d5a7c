import type { AddressInfo } from 'node:net'
import type { ApiContext } from './api/context.ts'
import { createWebApi } from './api/dispatch.ts'
import { type InstalledApp, installApp, readShippedManifest } from './app.ts'
import { type Core, messageEvent } from './core.ts'
import type { Delivery } from './deliver/delivery.ts'
import { createEvents, type Events, slackRetryDelays } from './deliver/events.ts'
import { httpDelivery, verifiedDelivery, verifyUrl } from './deliver/http-delivery.ts'
import { createResponseUrls } from './deliver/response-urls.ts'
import { type DisconnectReason, type SocketDelivery, socketDelivery } from './deliver/socket-delivery.ts'
import { createTriggers } from './deliver/triggers.ts'
import { createFaults, type Faults } from './faults.ts'
import type { LocalChannel, LocalUser, WebApiCall } from './model.ts'
import { type Completion, createPageRoutes } from './page-routes.ts'
import type { Panel } from './panel.ts'
import { actAs, type Person } from './person.ts'
import { createRateLimits } from './rate-limits.ts'
import { readWorkspace, type WorkspaceReader } from './reading.ts'
import { WORKSPACE } from './seed.ts'
import { listen } from './server.ts'
import { createWorkspace, type Seed, type Workspace } from './workspace.ts'

/** How to start a local Slack. Everything has a default; the shipped manifest decides scopes, events and commands. */
export type LocalSlackOptions = {
  readonly port?: number
  /** The app's `/slack/events`. Given: HTTP mode. `connect` can give it later. */
  readonly eventsUrl?: string
  readonly mode?: 'http' | 'socket'
  readonly panel?: Panel
  readonly completions?: readonly Completion[]
  readonly manifest?: unknown
  readonly seed?: Partial<Seed>
  readonly tokens?: { readonly bot?: string; readonly app?: string; readonly signingSecret?: string }
  /** Slack's patience with an acknowledgement, in ms. */
  readonly ackMs?: number
  readonly triggerMs?: number
  readonly streamMs?: number
  readonly retryDelaysMs?: readonly number[]
  /** Enforces Slack's rate limits; off by default, so that tests can be fast and check `calls` instead. */
  readonly enforceRateLimits?: boolean
}

/** A running local Slack: what the app needs to reach it, and what a test or a page needs to drive and watch it. */
export type LocalSlack = WorkspaceReader & {
  readonly url: string
  /** For SLACK_API_URL. */
  readonly apiUrl: string
  readonly botToken: string
  readonly appToken: string
  readonly signingSecret: string
  readonly users: readonly LocalUser[]
  readonly channels: readonly LocalChannel[]
  /** Every Web API call, oldest first, with its arguments, answer and time. */
  readonly calls: readonly WebApiCall[]
  readonly faults: Pick<Faults, 'fail'>
  readonly events: Pick<Events, 'sent'>
  readonly sockets: { connections(): number; disconnect(reason: DisconnectReason): void }
  /** Sends everything to this URL from now on; throws where the app does not answer the challenge. */
  connect(eventsUrl: string): Promise<void>
  as(userId: string): Person
  close(): Promise<void>
}

/** Starts a local Slack on the loopback interface. */
export async function startLocalSlack(options: LocalSlackOptions = {}): Promise<LocalSlack> {
  const app = installApp(options.manifest ?? readShippedManifest())
  const workspace = createWorkspace(options.seed)
  const tokens = {
    bot: options.tokens?.bot ?? 'xoxb-local-000000000000-bot',
    app: options.tokens?.app ?? 'xapp-1-A0DOCTOR-000000000000-local',
  }
  const signingSecret = options.tokens?.signingSecret ?? 'local-signing-secret-0123456789ab'
  const ackMs = options.ackMs ?? 3000
  const sockets = socketDelivery(WORKSPACE.appId, ackMs)
  let delivery: Delivery = sockets
  if (options.eventsUrl !== undefined && options.mode !== 'socket') {
    delivery = verifiedDelivery({ url: options.eventsUrl, signingSecret, ackMs })
  }
  const current: Delivery = { send: (request) => delivery.send(request) }

  let origin = ''
  const events = createEvents(current, options.retryDelaysMs ?? slackRetryDelays)
  const context = createContext(options, app, workspace, events, sockets, () => origin)
  const responseUrls = createResponseUrls(context)
  const core: Core = { context, delivery: current, events, responseUrls, inputs: new Map() }
  const faults = createFaults()
  const limits = options.enforceRateLimits === true ? createRateLimits() : undefined
  const api = createWebApi(context, tokens, faults, limits)
  const page = createPageRoutes(core, options.completions ?? hintedCompletions(app), options.panel)
  const server = await listen({ workspace, api, responseUrls, sockets, page }, options.port ?? 0)
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

  return {
    url: origin,
    apiUrl: `${origin}/api/`,
    botToken: tokens.bot,
    appToken: tokens.app,
    signingSecret,
    get users() {
      return [...workspace.users.values()]
    },
    get channels() {
      return [...workspace.channels.values()]
    },
    calls: api.calls,
    faults,
    events,
    sockets,
    async connect(eventsUrl) {
      const wrong = await verifyUrl({ url: eventsUrl, signingSecret, ackMs })
      if (wrong !== undefined) throw new Error(`${eventsUrl} was not verified: ${wrong}`)
      delivery = httpDelivery({ url: eventsUrl, signingSecret, ackMs })
    },
    as: (userId) => actAs(core, userId),
    ...readWorkspace(workspace),
    async close() {
      events.close()
      await sockets.close()
      page.close()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function createContext(
  options: LocalSlackOptions,
  app: InstalledApp,
  workspace: Workspace,
  events: Events,
  sockets: SocketDelivery,
  origin: () => string,
): ApiContext {
  return {
    workspace,
    app,
    triggers: createTriggers(options.triggerMs ?? 3000),
    origin,
    socketUrl: () => origin().replace('http', 'ws') + sockets.ticket(),
    streamMs: options.streamMs ?? 300_000,
    announce(change, message, before) {
      const event = messageEvent({ app, workspace }, change, message, before)
      return event === undefined ? undefined : events.send(event)
    },
  }
}

/** The verbs that the usage hints of the manifest name, as completions. */
function hintedCompletions(app: InstalledApp): readonly Completion[] {
  return app.commands.flatMap((command) =>
    command.usageHint
      .split(/[[\]|\s]+/)
      .filter((verb) => verb !== '')
      .map((verb) => ({ text: `${command.command} ${verb}`, description: '' })),
  )
}
