import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { LocalSlack } from '../../../src/demo/slack/start.ts'

type Body = Record<string, unknown>

/** An app with no logic of its own: it keeps what it is sent and answers as the test says. */
export type BareApp = {
  answer: (body: Body) => Body
  onCommand: (body: Body) => Promise<void>
  status: number
  commands(): readonly Body[]
  payloads(type: string): readonly Body[]
  events(type: string): readonly Body[]
  close(): Promise<void>
}

/** Starts a bare app and connects the workspace to it. */
export async function startBareApp(slack: LocalSlack): Promise<BareApp> {
  const received: Body[] = []
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part as Buffer)
    const body = decode(Buffer.concat(parts).toString())
    if (body['type'] === 'url_verification') {
      response.end(JSON.stringify({ challenge: body['challenge'] }))
      return
    }
    received.push(body)
    if (body['command'] !== undefined) await app.onCommand(body)
    const answer = body['event'] === undefined ? app.answer(body) : {}
    response.writeHead(app.status, { 'content-type': 'application/json' })
    response.end(Object.keys(answer).length === 0 ? '' : JSON.stringify(answer))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const app: BareApp = {
    answer: () => ({}),
    onCommand: async () => {},
    status: 200,
    commands: () => received.filter((body) => body['command'] !== undefined),
    payloads: (type) => received.filter((body) => body['type'] === type),
    events: (type) =>
      received
        .map((body) => body['event'] as Body | undefined)
        .filter((event): event is Body => event?.['type'] === type),
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
  await slack.connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}/slack/events`)
  return app
}

function decode(text: string): Body {
  if (text.startsWith('{')) return JSON.parse(text) as Body
  const fields = new URLSearchParams(text)
  const payload = fields.get('payload')
  return payload === null ? Object.fromEntries(fields) : (JSON.parse(payload) as Body)
}
