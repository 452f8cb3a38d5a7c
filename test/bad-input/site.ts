import { createHmac } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { runDiagnose } from '../../src/cli/diagnose.ts'
import { defaultLimits } from '../../src/config/limits.ts'
import { type Clock, systemClock } from '../../src/doctor/doctor.ts'
import { channel } from '../flows/world.ts'
import { openStage, type Stage } from '../promises/stage.ts'

/** Something bad that comes in, and what must come of it. `run` says what is wrong with what came of it, if anything. */
export type Try = { readonly what: string; readonly run: (site: Site) => Promise<string | undefined> }

/** A numbered group of bad inputs. */
export type Group = { readonly number: number; readonly name: string; readonly tries: readonly Try[] }

/** An answer over HTTP, read to its end. Status 0: the connection was closed without one. */
export type Reply = { readonly status: number; readonly text: string; readonly ms: number }

/** What may be said about a request; what is not said is as Slack or the sender would have it. */
export type Sent = {
  readonly timestamp?: string
  readonly signature?: string
  readonly type?: string | null
  readonly headers?: Readonly<Record<string, string | readonly string[]>>
}

/** The whole app over its wires, with every way in open. */
export type Site = Stage & {
  /** A POST of these bytes; a header with several values is sent several times. */
  post(
    path: string,
    body: string | Buffer,
    headers: Readonly<Record<string, string | readonly string[]>>,
  ): Promise<Reply>
  /** A request to /slack/events, signed over exactly these bytes unless told otherwise. */
  slackPost(body: string | Buffer, sent?: Sent): Promise<Reply>
  /** A delivery to a webhook, signed or with its token as the source would send it. */
  deliver(source: Source, body: string | Buffer, sent?: Sent): Promise<Reply>
  /** What the person who typed this after `/doctor` was told. */
  typed(text: string, user?: string): Promise<string>
  /** `doctor diagnose --snapshot` over files: what it printed, and its exit code. */
  diagnosed(files: Readonly<Record<string, string | Buffer>>, ...more: readonly string[]): Promise<Printed>
  /** Sets the app's clock right again; waiting moves it ahead. */
  setRight(): void
  /** A folder that is gone with the site. */
  folder(name: string): string
}

/** What a verb of the command line printed. */
export type Printed = { readonly code: number; readonly out: string; readonly err: string }

/** The sources of webhooks. */
export type Source = 'pagerduty' | 'alertmanager' | 'argocd' | 'github'

const secrets: Readonly<Record<Source, string>> = {
  pagerduty: 'pd-secret-0123456789',
  alertmanager: 'am-token-0123456789',
  argocd: 'argo-token-0123456789',
  github: 'gh-secret-0123456789',
}

/** A clock on which waiting takes a two-hundredth of the time, and which can be set right again while nothing waits. */
const setClock = (): Clock & { readonly setRight: () => void } => {
  let ahead = 0
  return {
    now: () => Date.now() + Math.round(ahead),
    sleep: async (ms, signal) => {
      await systemClock.sleep(ms / 200, signal)
      ahead += ms - ms / 200
    },
    setRight: () => {
      ahead = 0
    },
  }
}

/** Opens the site. */
export const openSite = async (): Promise<Site> => {
  const clock = setClock()
  const stage = await openStage({
    env: { ARGOCD_WEBHOOK_TOKEN: secrets.argocd, GITHUB_WEBHOOK_SECRET: secrets.github, DOCTOR_DEBOUNCE: '0s' },
    overrides: {
      clock,
      limits: {
        ...defaultLimits,
        perNamespace: { effects: 1_000, seconds: 600 },
        perCluster: { effects: 1_000, seconds: 600 },
        cooldownSeconds: 0,
      },
    },
  })
  const post: Site['post'] = (path, body, headers) => send(new URL(path, stage.app.url), Buffer.from(body), headers)
  let folders = 0
  const folder = (name: string) => {
    folders += 1
    const made = join(stage.dataDir, '..', `${name}-${folders}`)
    mkdirSync(made)
    return made
  }
  return {
    ...stage,
    post,
    folder,
    setRight: clock.setRight,
    slackPost: (body, sent = {}) => {
      const timestamp = sent.timestamp ?? String(Math.floor(Date.now() / 1000))
      const own = createHmac('sha256', stage.slack.signingSecret).update(`v0:${timestamp}:`).update(body).digest('hex')
      return post('/slack/events', body, {
        ...(sent.type === null ? {} : { 'content-type': sent.type ?? 'application/x-www-form-urlencoded' }),
        'x-slack-request-timestamp': timestamp,
        'x-slack-signature': sent.signature ?? `v0=${own}`,
        ...sent.headers,
      })
    },
    deliver: (source, body, sent = {}) =>
      post(`/webhooks/${source}`, body, {
        ...(sent.type === null ? {} : { 'content-type': sent.type ?? 'application/json' }),
        ...proof(source, body),
        ...sent.headers,
      }),
    typed: (text, user = 'U0CARA') => typed(stage, text, user),
    diagnosed: async (files, ...more) => {
      const dir = folder('snapshot')
      for (const [name, content] of Object.entries(files)) writeFileSync(join(dir, name), content)
      return printed((io) => runDiagnose(['--snapshot', dir, ...more], io))
    },
  }
}

const proof = (source: Source, body: string | Buffer): Readonly<Record<string, string>> => {
  const hash = createHmac('sha256', secrets[source]).update(body).digest('hex')
  switch (source) {
    case 'pagerduty':
      return { 'x-pagerduty-signature': `v1=${hash}` }
    case 'github':
      return { 'x-hub-signature-256': `sha256=${hash}`, 'x-github-event': 'workflow_run', 'x-github-delivery': hash }
    default:
      return { authorization: `Bearer ${secrets[source]}` }
  }
}

const send = (
  url: URL,
  body: Buffer,
  headers: Readonly<Record<string, string | readonly string[]>>,
): Promise<Reply> => {
  const begun = performance.now()
  return new Promise((resolve) => {
    const outgoing = request(
      url,
      { method: 'POST', headers: { 'content-length': String(body.length), ...headers } as Record<string, string> },
      (response) => {
        let text = ''
        response.setEncoding('utf8')
        response.on('data', (chunk: string) => {
          text += chunk
        })
        const end = () => resolve({ status: response.statusCode ?? 0, text, ms: performance.now() - begun })
        response.on('end', end).on('error', end)
      },
    )
    outgoing.setTimeout(20_000, () => outgoing.destroy())
    outgoing.on('error', () => resolve({ status: 0, text: '', ms: performance.now() - begun }))
    outgoing.end(body)
  })
}

const typed = async (stage: Stage, text: string, user: string): Promise<string> => {
  const before = stage.slack.messages(channel).length
  const sent = await stage.slack.as(user).command(`/doctor ${text}`, channel)
  if (typeof sent === 'string' && sent !== '') return sent
  const end = Date.now() + 8_000
  while (Date.now() < end) {
    const answer = stage.slack
      .messages(channel)
      .slice(before)
      .find((message) => message.ephemeral_to === user)
    if (answer !== undefined) return `${answer.text}\n${JSON.stringify(answer.blocks ?? [])}`
    await sleep(10)
  }
  return ''
}

/** Runs a verb of the command line here and keeps what it prints. A verb that throws counts as having printed its stack. */
export const printed = async (
  run: (io: { out: (text: string) => void; err: (text: string) => void; colour: boolean }) => Promise<number> | number,
): Promise<Printed> => {
  let out = ''
  let err = ''
  const io = {
    out: (text: string) => {
      out += text
    },
    err: (text: string) => {
      err += text
    },
    colour: false,
  }
  try {
    return { code: await run(io), out, err }
  } catch (error) {
    return { code: -1, out, err: error instanceof Error ? `${error.stack}` : String(error) }
  }
}
