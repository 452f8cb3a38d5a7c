import type { IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { ClusterUser, SimulatedCluster } from '../../../src/demo/cluster/start.ts'

/** An answer with its body read: JSON where it is JSON, else text. */
export type Answer = {
  code: number
  headers: IncomingMessage['headers']
  body: any
  text: string
}

/** What to send. */
export type Sent = { body?: unknown; type?: string; user?: ClusterUser; headers?: Record<string, string> }

/** The content types of the four patches. */
export const patchType = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
} as const

/** Sends one raw request, path exactly as given, trusting only the cluster's own authority. */
export function call(cluster: SimulatedCluster, method: string, path: string, sent: Sent = {}): Promise<Answer> {
  const body =
    sent.body === undefined ? undefined : typeof sent.body === 'string' ? sent.body : JSON.stringify(sent.body)
  return new Promise((resolve, reject) => {
    const request = httpsRequest(
      cluster.url,
      {
        method,
        path,
        ca: cluster.caPem,
        agent: false,
        headers: {
          authorization: `Bearer ${cluster.token(sent.user ?? 'admin')}`,
          ...(body === undefined
            ? {}
            : { 'content-type': sent.type ?? 'application/json', 'content-length': Buffer.byteLength(body) }),
          ...sent.headers,
        },
      },
      (response) => {
        const parts: Buffer[] = []
        response.on('data', (part: Buffer) => parts.push(part))
        response.on('error', reject)
        response.on('end', () => {
          const text = Buffer.concat(parts).toString('utf8')
          resolve({ code: response.statusCode ?? 0, headers: response.headers, text, body: parse(text) })
        })
      },
    )
    request.on('error', reject)
    if (body !== undefined) request.write(body)
    request.end()
  })
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
