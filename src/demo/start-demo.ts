import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { defaultLimits, type Limits } from '../config/limits.ts'
import { type Overrides, type Running, start } from '../main.ts'
import { verbs } from '../verbs/all.ts'
import { freePort } from './local-server.ts'
import { createPanel, type LivePanel } from './panel/create-panel.ts'
import { createRecordFeed, type RecordFeed } from './record-feed.ts'
import { approvers, demoConfig, secrets } from './settings.ts'
import { seedUserGroups } from './slack/seed.ts'
import { type LocalSlack, startLocalSlack } from './slack/start.ts'
import { type Closers, raiseSurroundings, type SurroundingOptions, type Surroundings } from './surroundings.ts'
import { tourFault, tourState } from './tour.ts'

/** How to start the demo. Everything has a default; tests turn the knobs of speed. */
export type DemoOptions = SurroundingOptions & {
  /** The port of the page; a free one where none is given. */
  readonly port?: number
  readonly logLevel?: string
  readonly overrides?: Overrides
  /** Told in whole sentences what takes long at the start. */
  readonly say?: (line: string) => void
}

/** The running demo: the product in front of its simulated surroundings. */
export type Demo = Surroundings & {
  /** The page to open. */
  readonly url: string
  readonly app: Running
  readonly slack: LocalSlack
  /** Ends everything and removes what it left on disk. */
  stop(): Promise<void>
}

/** Starts the whole product on this machine. Throws what the app's own start throws, having closed what was open. */
export const startDemo = async (options: DemoOptions = {}): Promise<Demo> => {
  const closers: Closers = []
  const stop = async (): Promise<void> => {
    for (const close of closers.splice(0).reverse()) await close()
  }
  try {
    return { ...(await raise(options, closers)), stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Somebody who tries every fault approves more changes in ten minutes than a team does in a month. Each still needs its approval. */
const limits: Limits = {
  ...defaultLimits,
  perNamespace: { effects: 50, seconds: 600 },
  perCluster: { effects: 200, seconds: 3600 },
}

const raise = async (options: DemoOptions, closers: Closers): Promise<Omit<Demo, 'stop'>> => {
  const folder = mkdtempSync(join(tmpdir(), 'cluster-doctor-demo-'))
  closers.push(() => rmSync(folder, { recursive: true, force: true }))
  const port = await freePort()
  const around = await raiseSurroundings(options, `http://127.0.0.1:${port}`, closers)
  const feed = createRecordFeed()
  const { slack, panel } = await openSlack(options, around, feed, closers)
  const config = demoConfig({
    folder,
    port,
    clusters: around.clusters,
    slack,
    github: around.git,
    pagerduty: around.pagerduty,
    logLevel: options.logLevel ?? 'error',
  })
  const app = await start(config, {
    limits,
    ...(options.say === undefined ? {} : { say: options.say }),
    ...options.overrides,
  })
  closers.push(() => app.stop())
  await slack.connect(`${app.url}/slack/events`)
  around.pagerduty.connect({ url: `${app.url}/webhooks/pagerduty`, secret: secrets.pagerdutyWebhook })
  around.git.connect({ url: `${app.url}/webhooks/github`, secret: secrets.githubWebhook })
  closers.push(feed.follow(app, panel.refresh))
  return { ...around, url: slack.url, app, slack }
}

const openSlack = async (
  options: DemoOptions,
  around: Surroundings,
  feed: RecordFeed,
  closers: Closers,
): Promise<{ readonly slack: LocalSlack; readonly panel: LivePanel }> => {
  const may = seedUserGroups.find((group) => group.id === approvers)?.users ?? []
  let slack: LocalSlack | undefined
  const panel = createPanel({
    ...around,
    record: feed.entries,
    tour: () =>
      tourState({
        injected: around.board.injected().has(tourFault),
        record: feed.entries(),
        messages: slack?.messages('C0ONCALL') ?? [],
        approvers: may,
      }),
  })
  closers.push(panel.stop)
  slack = await startLocalSlack({
    panel,
    completions: verbs.map((verb) => ({ text: `/doctor ${verb.name}`, description: verb.summary })),
    ...(options.port === undefined ? {} : { port: options.port }),
  })
  closers.push(slack.close)
  return { slack, panel }
}
