import { type ChildProcess, fork } from 'node:child_process'
import { availableParallelism, loadavg } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import type { Asked, AskWarm } from './run-warm.ts'
import type { Served, Touch } from './serve-world.ts'

/** A row of the table: what, how much, and its bar with whether it holds. */
export type WarmRow = {
  readonly what: string
  readonly figure: string
  readonly bar?: string
  readonly holds?: boolean
}

const start = <T>(children: ChildProcess[], file: string, argument: string) =>
  new Promise<{ readonly child: ChildProcess; readonly first: T }>((resolve, reject) => {
    const child = fork(join(import.meta.dirname, file), [argument], { stdio: 'inherit' })
    children.push(child)
    child.once('message', (first) => resolve({ child, first: first as T }))
    child.once('exit', (code) => reject(new Error(`${file} ended with ${code}`)))
  })

const ask = <T>(child: ChildProcess, what: AskWarm | Touch): Promise<T> =>
  new Promise((resolve) => {
    child.once('message', (answer) => resolve(answer as T))
    child.send(what)
  })

const percentile = (values: readonly number[], share: number): number => {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

const within = (what: string, value: number, bar: number, unit: string): WarmRow => ({
  what,
  figure: `${value.toFixed(value < 10 && unit !== '' ? 1 : 0)} ${unit}`.trimEnd(),
  bar: `<= ${bar} ${unit}`.trimEnd(),
  holds: value <= bar,
})
const told = (what: string, value: number, unit: string): WarmRow => ({ what, figure: `${value.toFixed(0)} ${unit}` })

const changedAtOnce = 10

/**
 * Measures diagnoses of a whole cluster of so many pods that watches keep: asked ten times a second while nothing changes,
 * and while ten pods from all over it change every second; and what one costs that nothing was concluded for before.
 */
export const measureWarm = async (pods: number, seconds = 20): Promise<readonly WarmRow[]> => {
  const children: ChildProcess[] = []
  try {
    const world = await start<Served>(children, 'serve-world.ts', String(pods))
    const doctor = await start<string>(children, 'run-warm.ts', world.first.kubeconfig)
    // Until all is kept, and the code is warm.
    for (let turn = 0; turn < 30; turn += 1) {
      const { requests } = await ask<Asked>(doctor.child, { anew: 1 })
      if (requests === 0 && turn >= 4) break
      await sleep(500)
    }
    const still = await ask<Asked>(doctor.child, { ask: seconds * 500 })
    const asking = ask<Asked>(doctor.child, { ask: seconds * 1000 })
    for (let turn = 0; turn < seconds; turn += 1) {
      await ask(world.child, { touch: changedAtOnce })
      await sleep(1000)
    }
    const busy = await asking
    const anew = await ask<Asked>(doctor.child, { anew: 9 })
    if (busy.pods < pods * 0.95) throw new Error(`only ${busy.pods} of ${pods} pods are kept`)
    return [
      within('warm, nothing changed: p95', percentile(still.took, 0.95), 20, 'ms'),
      within(`warm, ${changedAtOnce} pods change each second: p95`, percentile(busy.took, 0.95), 20, 'ms'),
      told('  processor time of one, p95', percentile(busy.worked, 0.95), 'ms'),
      told('  the slowest of them', Math.max(...busy.took), 'ms'),
      within('  requests', still.requests + busy.requests, 0, ''),
      within('  event loop delay, p99', Math.max(still.delayP99, busy.delayP99), 50, 'ms'),
      told('  the oldest view answered from', busy.oldest, 'ms'),
      told('  processor, of one, while they change', busy.cpu * 100, '%'),
      told('  resident', busy.resident, 'MB'),
      told('warm, with nothing concluded before: median', percentile(anew.took, 0.5), 'ms'),
      told('  processor time of it', percentile(anew.worked, 0.5), 'ms'),
      within('  event loop delay, p99', anew.delayP99, 50, 'ms'),
    ]
  } finally {
    for (const child of children) if (child.connected) child.disconnect()
  }
}

/** Prints the rows, and how busy the machine is with other things. */
export const printWarm = (rows: readonly WarmRow[]): void => {
  const [load = 0] = loadavg()
  if (load > availableParallelism())
    console.log(`the machine has ${load.toFixed(1)} to do for ${availableParallelism()} processors: times are too long`)
  const width = Math.max(...rows.map(({ what }) => what.length))
  for (const { what, figure, bar = '', holds } of rows) {
    const verdict = holds === undefined ? '' : holds ? 'holds' : 'MISSED'
    console.log(`${what.padEnd(width)}  ${figure.padStart(12)}  ${bar.padStart(10)}  ${verdict}`.trimEnd())
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const at = process.argv.indexOf('--pods')
  const rows = await measureWarm(at < 0 ? 5_000 : Number(process.argv[at + 1]))
  printWarm(rows)
  if (process.argv.includes('--check') && rows.some(({ holds }) => holds === false)) process.exitCode = 1
}
