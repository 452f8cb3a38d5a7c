import { channel } from 'node:diagnostics_channel'
import type { ClientRequest, IncomingMessage } from 'node:http'
import { Agent, request } from 'node:https'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { loadContexts } from '../../src/adapters/kubernetes/kubeconfig.ts'
import { openReader } from '../../src/adapters/kubernetes/reader.ts'
import { loadAnalyzers } from '../../src/analyzers/load.ts'
import { diagnoseInSlices } from '../../src/diagnosis/diagnose.ts'
import { collect } from '../../src/snapshot/collect.ts'

/** One request as it went over the wire. */
export type Sent = { readonly path: string; readonly accept: string }

/** What one cold diagnosis cost. Times in ms, memory in MB. */
export type Diagnosed = {
  readonly took: number
  readonly collecting: number
  /** Processor time of this process, its collector threads included. */
  readonly cpu: number
  readonly sent: readonly Sent[]
  /** Peak of resident memory over the process' life, less what was resident before the first run. */
  readonly grown: number
  readonly delayP99: number
  readonly delayMax: number
  readonly pods: number
  readonly causes: Readonly<Record<string, number>>
  readonly unavailable: readonly string[]
}

/** What a bare download of the same requests cost. */
export type Downloaded = { readonly took: number; readonly cpu: number; readonly bytes: number }

/** What the bench asks of this process, one at a time. */
export type Ask = { readonly kind: 'diagnose' } | { readonly kind: 'download'; readonly requests: readonly Sent[] }

const kubeconfig = process.argv[2] ?? ''
const { contexts, problems } = loadContexts({ kubeconfig, contexts: [], allowExec: false })
const context = contexts[0]
if (context === undefined) throw new Error(problems.join(' '))
const analyzers = await loadAnalyzers()
await sleep(200)
const residentBefore = process.memoryUsage.rss()

let sent: Sent[] = []
// A request that waits for a connection is told of twice.
const told = new WeakSet<ClientRequest>()
channel('http.client.request.start').subscribe((message) => {
  const { request: one } = message as { request: ClientRequest }
  if (told.has(one)) return
  told.add(one)
  sent.push({ path: one.path, accept: String(one.getHeader('accept') ?? '') })
})

const diagnoseCold = async (): Promise<Diagnosed> => {
  sent = []
  const reader = openReader(context)
  const delay = monitorEventLoopDelay({ resolution: 2 })
  delay.enable()
  const before = process.cpuUsage()
  const began = performance.now()
  const view = await collect(reader)
  const collected = performance.now()
  const diagnosis = await diagnoseInSlices(view, { analyzers })
  const ended = performance.now()
  delay.disable()
  const { user, system } = process.cpuUsage(before)
  reader.close()
  const causes: Record<string, number> = {}
  for (const { code } of diagnosis.rootCauses) causes[code] = (causes[code] ?? 0) + 1
  return {
    took: ended - began,
    collecting: collected - began,
    cpu: (user + system) / 1000,
    sent,
    grown: process.resourceUsage().maxRSS / 1024 - residentBefore / 1_048_576,
    delayP99: delay.percentile(99) / 1e6,
    delayMax: delay.max / 1e6,
    pods: view.all('Pod').length,
    causes,
    unavailable: diagnosis.coverage.unavailable.map(({ source, reason }) => `${source}: ${reason}`),
  }
}

/** Gets the bytes and throws them away, over as many connections as the doctor opens, in the same order. */
const download = async (requests: readonly Sent[]): Promise<Downloaded> => {
  const agent = new Agent({ keepAlive: true, maxSockets: 6 })
  const { agent: _, headers, ...credentials } = await context.credentials()
  const server = new URL(context.server)
  const before = process.cpuUsage()
  const began = performance.now()
  const sizes = await Promise.all(
    requests.map(
      ({ path, accept }) =>
        new Promise<number>((resolve, reject) => {
          const options = {
            ...credentials,
            agent,
            host: server.hostname,
            port: server.port,
            path,
            headers: { ...(headers as Record<string, string> | undefined), accept, 'accept-encoding': 'identity' },
          }
          request(options, (response: IncomingMessage) => {
            let bytes = 0
            response.on('data', (chunk: Buffer) => {
              bytes += chunk.length
            })
            response.on('end', () => resolve(bytes)).on('error', reject)
          })
            .on('error', reject)
            .end()
        }),
    ),
  )
  const took = performance.now() - began
  const { user, system } = process.cpuUsage(before)
  agent.destroy()
  return { took, cpu: (user + system) / 1000, bytes: sizes.reduce((sum, size) => sum + size, 0) }
}

process.on('message', (ask: Ask) => {
  const work = ask.kind === 'diagnose' ? diagnoseCold() : download(ask.requests)
  work.then(
    (answer) => process.send?.(answer),
    (error: unknown) => {
      console.error(error)
      process.exit(1)
    },
  )
})
process.once('disconnect', () => process.exit(0))
process.send?.('ready')
