import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { createServer } from 'node:http'
import { closeServer, listenLocally } from '../../local-server.ts'

/** Where logs lie, at another origin than the API, as GitHub keeps them in Azure. */
export type LogStorage = {
  /** An address that is good for a minute. */
  sign(name: string): string
  keep(name: string, text: string): void
  /** The headers of each request that came. */
  readonly seen: readonly (string | undefined)[]
  close(): Promise<void>
}

const minute = 60_000

/** Starts the storage. It refuses a request that carries an Authorization header, a wrong signature, and one whose time is over. */
export const startLogStorage = async (): Promise<LogStorage> => {
  const key = randomBytes(32)
  const logs = new Map<string, string>()
  const seen: (string | undefined)[] = []
  const signature = (name: string, until: string) => createHmac('sha256', key).update(`${name}\n${until}`).digest('hex')
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://storage')
    const [name, until, sig] = [url.pathname.slice(1), url.searchParams.get('se') ?? '', url.searchParams.get('sig')]
    seen.push(request.headers.authorization)
    const answer = (status: number, body: string) => {
      response.writeHead(status, { 'content-type': status === 200 ? 'text/plain' : 'application/xml' })
      response.end(body)
    }
    if (request.headers.authorization !== undefined)
      return answer(400, '<Error><Code>InvalidAuthenticationInfo</Code></Error>')
    const right = Buffer.from(signature(name, until))
    const given = Buffer.from(sig ?? '')
    if (given.length !== right.length || !timingSafeEqual(given, right) || Date.parse(until) < Date.now())
      return answer(403, '<Error><Code>AuthenticationFailed</Code></Error>')
    const text = logs.get(name)
    return text === undefined ? answer(404, '<Error><Code>BlobNotFound</Code></Error>') : answer(200, text)
  })
  const url = await listenLocally(server)
  return {
    sign: (name) => {
      const until = new Date(Date.now() + minute).toISOString()
      return `${url}/${name}?se=${encodeURIComponent(until)}&sig=${signature(name, until)}`
    },
    keep: (name, text) => void logs.set(name, text),
    seen,
    close: () => closeServer(server),
  }
}
