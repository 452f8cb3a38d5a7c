import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** One series that the fake holds: values by minutes before the end. */
export type Held = {
  readonly labels: Readonly<Record<string, string>>
  readonly values: readonly (readonly [minutesAgo: number, value: string])[]
}

type Answer = { readonly status?: number; readonly body?: string; readonly location?: string; readonly never?: true }

/** What a test sets: series, an answer in place of the truth, the token that is wanted; and what was asked. */
export type FakePrometheus = {
  readonly url: string
  readonly asked: { readonly query: string; readonly start: number; readonly end: number; readonly step: string }[]
  readonly wrong: string[]
  close(): Promise<void>
}

// The part of PromQL that a narrow client needs: a metric and matchers =~, = and != whose patterns are anchored.
const selector = /^([a-z_]+)\{((?:[a-z_]+(?:=~|!=|=)"(?:[^"\\]|\\.)*",?)*)\}$/

const matches = (labels: Held['labels'], matchers: string): boolean =>
  [...matchers.matchAll(/([a-z_]+)(=~|!=|=)"([^"]*)"/g)].every(([, name = '', operator, text = '']) => {
    const value = labels[name] ?? ''
    if (operator === '=~') return new RegExp(`^(?:${text})$`).test(value)
    return operator === '=' ? value === text : value !== text
  })

const rangeResult = (held: readonly Held[], query: string, end: number): string => {
  const [, name = '', matchers = ''] = selector.exec(query) ?? []
  const found = held.filter(({ labels }) => labels['__name__'] === name && matches(labels, matchers))
  const result = found.map(({ labels, values }) => ({
    metric: labels,
    values: values.map(([minutes, value]) => [end - minutes * 60, value]),
  }))
  return JSON.stringify({ status: 'success', data: { resultType: 'matrix', result } })
}

/** A Prometheus of a few series that answers nothing but well-formed range queries, 401 without the token. */
export const fakePrometheus = async (options: {
  readonly held?: readonly Held[]
  readonly token?: string
  readonly instead?: (query: string) => Answer | undefined
}): Promise<FakePrometheus> => {
  const asked: FakePrometheus['asked'][number][] = []
  const wrong: string[] = []
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://prometheus')
    const [query = '', step = ''] = ['query', 'step'].map((name) => url.searchParams.get(name) ?? '')
    const [start, end] = ['start', 'end'].map((name) => Number(url.searchParams.get(name)))
    const authorized = options.token === undefined || request.headers.authorization === `Bearer ${options.token}`
    if (request.method !== 'GET' || url.pathname !== '/api/v1/query_range' || !selector.test(query)) {
      wrong.push(`${request.method} ${request.url}`)
    }
    asked.push({ query, start: start ?? 0, end: end ?? 0, step })
    const { status = 200, body, location, never } = (authorized ? options.instead?.(query) : { status: 401 }) ?? {}
    if (never === true) return
    response.writeHead(status, { 'content-type': 'application/json', ...(location === undefined ? {} : { location }) })
    response.end(body ?? rangeResult(options.held ?? [], query, end ?? 0))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    wrong,
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
