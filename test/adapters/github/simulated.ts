import { createServer } from 'node:http'
import { openGitHub } from '../../../src/adapters/github/client.ts'
import { githubPipelines } from '../../../src/adapters/github/pipelines.ts'
import { type Actions, startActions } from '../../../src/demo/git/actions/api.ts'
import { closeServer, listenLocally } from '../../../src/demo/local-server.ts'
import type { Pipelines } from '../../../src/ports.ts'

/** GitHub Actions of acme/checkout over HTTP, and how we read it. */
export type SimulatedGitHub = {
  readonly actions: Actions
  readonly apiUrl: string
  readonly pipelines: Pipelines
  /** The requests that came, as method and path. */
  readonly asked: readonly string[]
  close(): Promise<void>
}

export const repository = 'acme/checkout'
export const token = 'good-token'

/** Starts it. `also` answers what is not of the Actions API, by path. */
export const simulatedGitHub = async (also: (path: string) => unknown = () => undefined): Promise<SimulatedGitHub> => {
  const asked: string[] = []
  let apiUrl = ''
  const actions = await startActions({ repository, tokens: [token], origin: () => apiUrl })
  const server = createServer((request, response) => {
    const path = request.url ?? ''
    asked.push(`${request.method} ${path}`)
    const answer = path === `/repos/${repository}` ? { default_branch: 'main' } : also(path)
    if (answer !== undefined) return void response.writeHead(200).end(JSON.stringify(answer))
    if (!actions.handle(request, response)) response.writeHead(404).end('{"message":"Not Found"}')
  })
  apiUrl = await listenLocally(server)
  return {
    actions,
    apiUrl,
    pipelines: githubPipelines(openGitHub({ token, apiUrl })),
    asked,
    close: async () => {
      await closeServer(server)
      await actions.close()
    },
  }
}
