import { loadContexts } from '../../src/adapters/kubernetes/kubeconfig.ts'
import { openTransport } from '../../src/adapters/kubernetes/transport.ts'

/** One answer of an API server, with its body parsed as JSON where it is JSON. */
export type ApiAnswer = {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: any
  readonly text: string
}

/** A bare client for contract checks: any method, any path, no opinion. */
export type Api = {
  readonly call: (
    method: string,
    path: string,
    body?: unknown,
    contentType?: string,
    headers?: Readonly<Record<string, string>>,
  ) => Promise<ApiAnswer>
  readonly close: () => void
}

export const jsonPatch = 'application/json-patch+json'
export const mergePatch = 'application/merge-patch+json'
export const strategicPatch = 'application/strategic-merge-patch+json'
export const applyPatch = 'application/apply-patch+yaml'

/** Opens the bare client on the current context of a kubeconfig file. */
export const openApi = (kubeconfig: string): Api => {
  const { contexts, problems } = loadContexts({ kubeconfig, contexts: [], allowExec: false })
  const context = contexts[0]
  if (context === undefined) throw new Error(problems.join(' '))
  const transport = openTransport(context)
  return {
    call: async (method, path, body, contentType = 'application/json', headers = {}) => {
      const answer = await transport.request({
        method,
        path,
        headers: {
          accept: 'application/json',
          ...(body === undefined ? {} : { 'content-type': contentType }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
        deadline: 15_000,
      })
      const text = Buffer.from(answer.body).toString('utf8')
      return { status: answer.status, headers: answer.headers, text, body: parse(text) }
    },
    close: transport.close,
  }
}

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
