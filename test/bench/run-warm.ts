import { channel } from 'node:diagnostics_channel'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { loadContexts } from '../../src/adapters/kubernetes/kubeconfig.ts'
import { openReader } from '../../src/adapters/kubernetes/reader.ts'
import { openWatches } from '../../src/adapters/kubernetes/watch/watches.ts'
import { loadAnalyzers } from '../../src/analyzers/load.ts'
import { diagnoseInSlices } from '../../src/diagnosis/diagnose.ts'
import { observe } from '../../src/doctor/look/observe.ts'
import { collect } from '../../src/snapshot/collect.ts'
import { decodeHeld } from '../../src/snapshot/decode-held.ts'

/** What asking a cluster that watches keep has cost. Times in ms, memory in MB. */
export type Asked = {
  readonly took: readonly number[]
  /** Processor time of each, with what else this process did meanwhile. */
  readonly worked: readonly number[]
  /** Requests that diagnoses sent, those of the watches themselves apart. */
  readonly requests: number
  /** How old the oldest answer was, in ms: from the moment that its view is about. */
  readonly oldest: number
  readonly delayP99: number
  /** Share of one processor that this process took meanwhile. */
  readonly cpu: number
  readonly resident: number
  readonly pods: number
}

/** `ask`: through what the product asks, for so long; `anew`: so many times over without what stands already. */
export type AskWarm = { readonly ask: number } | { readonly anew: number }

const [context] = loadContexts({ kubeconfig: process.argv[2] ?? '', contexts: [], allowExec: false }).contexts
if (context === undefined) throw new Error('the kubeconfig was refused')
const analyzers = await loadAnalyzers()
const watches = openWatches(context, decodeHeld)
const reader = { ...openReader(context), memory: watches.memory }

let requests = 0
channel('http.client.request.start').subscribe((message) => {
  const { request } = message as { request: { getHeader: (name: string) => unknown } }
  // The watches' own lists and streams say that they need their connection once.
  if (request.getHeader('connection') !== 'close') requests += 1
})

type Noted = (began: number, before: NodeJS.CpuUsage) => void

const measure = async (look: (note: Noted) => Promise<{ readonly oldest: number; readonly pods: number }>) => {
  const delay = monitorEventLoopDelay({ resolution: 2 })
  delay.enable()
  const [began, cpu] = [performance.now(), process.cpuUsage()]
  requests = 0
  const [took, worked]: [number[], number[]] = [[], []]
  const seen = await look((start, before) => {
    const spent = process.cpuUsage(before)
    took.push(performance.now() - start)
    worked.push((spent.user + spent.system) / 1000)
  })
  const { user, system } = process.cpuUsage(cpu)
  delay.disable()
  const asked: Asked = {
    ...seen,
    took,
    worked,
    requests,
    delayP99: delay.percentile(99) / 1e6,
    cpu: (user + system) / 1000 / (performance.now() - began),
    resident: process.memoryUsage.rss() / 1_048_576,
  }
  return asked
}

/** Asks ten times a second, as the product does for a whole cluster. */
const askFor = (ms: number): Promise<Asked> =>
  measure(async (note) => {
    let [oldest, pods] = [0, 0]
    const ends = performance.now() + ms
    while (performance.now() < ends) {
      const [began, before] = [performance.now(), process.cpuUsage()]
      const view = await observe(reader, undefined, Date.now(), AbortSignal.timeout(30_000), undefined, { analyzers })
      const diagnosis = await diagnoseInSlices(view, { analyzers })
      note(began, before)
      oldest = Math.max(oldest, Date.now() - Date.parse(diagnosis.at))
      pods = view.all('Pod').length
      await sleep(100)
    }
    return { oldest, pods }
  })

const askAnew = (times: number): Promise<Asked> =>
  measure(async (note) => {
    let pods = 0
    for (let turn = 0; turn < times; turn += 1) {
      const [began, before] = [performance.now(), process.cpuUsage()]
      const view = await collect(reader)
      await diagnoseInSlices(view, { analyzers })
      note(began, before)
      pods = view.all('Pod').length
    }
    return { oldest: 0, pods }
  })

process.on('message', (asked: AskWarm) => {
  const work = 'ask' in asked ? askFor(asked.ask) : askAnew(asked.anew)
  work.then(
    (answer) => process.send?.(answer),
    (error: unknown) => {
      console.error(error)
      process.exit(1)
    },
  )
})
process.once('disconnect', () => {
  watches.close()
  process.exit(0)
})
process.send?.('ready')
