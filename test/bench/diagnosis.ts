import { type ChildProcess, fork } from 'node:child_process'
import { availableParallelism, loadavg } from 'node:os'
import { join } from 'node:path'
import type { Ask, Diagnosed, Downloaded } from './run-diagnosis.ts'
import type { Served } from './serve-world.ts'

/**
 * Measures a cold whole-cluster diagnosis against the bare download of the very same requests, from the same server, in turn,
 * each in a process of its own, and prints medians beside their bars. `--check` exits 1 when a bar is missed; `--pods N` and
 * `--rounds N` choose another size and number of rounds.
 */
const argument = (name: string, otherwise: number): number => {
  const at = process.argv.indexOf(name)
  return at < 0 ? otherwise : Number(process.argv[at + 1])
}
const pods = argument('--pods', 5_000)
const rounds = argument('--rounds', 7)
const children: ChildProcess[] = []

const start = <T>(file: string, argument: string): Promise<{ readonly child: ChildProcess; readonly first: T }> =>
  new Promise((resolve, reject) => {
    const child = fork(join(import.meta.dirname, file), [argument], { stdio: 'inherit' })
    children.push(child)
    child.once('message', (first) => resolve({ child, first: first as T }))
    child.once('exit', (code) => reject(new Error(`${file} ended with ${code}`)))
  })

const ask = <T>(child: ChildProcess, what: Ask): Promise<T> =>
  new Promise((resolve, reject) => {
    const lost = (code: number | null): void => reject(new Error(`the measured process ended with ${code}`))
    child.once('exit', lost)
    child.once('message', (answer) => {
      child.off('exit', lost)
      resolve(answer as T)
    })
    child.send(what)
  })

const end = (child: ChildProcess): Promise<void> =>
  new Promise((resolve) => {
    if (child.exitCode !== null) return resolve()
    child.once('exit', () => resolve())
    child.disconnect()
  })

const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

type Measured = Served & { readonly diagnosed: readonly Diagnosed[]; readonly downloaded: readonly Downloaded[] }

/** Serves a cluster of that size and measures both in turn. The first download only warms the server, and is not counted. */
const measure = async (size: number): Promise<Measured> => {
  const world = await start<Served>('serve-world.ts', String(size))
  const doctor = await start('run-diagnosis.ts', world.first.kubeconfig)
  const bare = await start('run-diagnosis.ts', world.first.kubeconfig)
  const diagnosed: Diagnosed[] = []
  const downloaded: Downloaded[] = []
  for (let round = 0; round < rounds; round += 1) {
    const one = await ask<Diagnosed>(doctor.child, { kind: 'diagnose' })
    const requests = one.sent.filter(({ path }) => !isLog(path))
    if (round === 0) await ask<Downloaded>(bare.child, { kind: 'download', requests })
    diagnosed.push(one)
    downloaded.push(await ask<Downloaded>(bare.child, { kind: 'download', requests }))
  }
  for (const { child } of [doctor, bare, world]) await end(child)
  return { ...world.first, diagnosed, downloaded }
}

const isLog = (path: string): boolean => /\/log\?/.test(path)

type Row = { readonly what: string; readonly figure: string; readonly bar?: string; readonly holds?: boolean }

const rowsOf = ({ server, diagnosed, downloaded }: Measured, small: Measured | undefined): readonly Row[] => {
  const cold = median(diagnosed.map(({ took }) => took))
  const bare = median(downloaded.map(({ took }) => took))
  const ratio = median(diagnosed.map(({ took }, index) => took / (downloaded[index]?.took ?? Number.NaN)))
  const requests = Math.max(...diagnosed.map(({ sent }) => sent.filter(({ path }) => !isLog(path)).length))
  // The first runs in a process that has done nothing yet: what it adds is what one diagnosis needs.
  const grown = diagnosed[0]?.grown ?? Number.NaN
  const peak = Math.max(...diagnosed.map((one) => one.grown))
  const delay = median(diagnosed.map(({ delayP99 }) => delayP99))
  const longest = Math.max(...diagnosed.map(({ delayMax }) => delayMax))
  const within = (what: string, value: number, bar: number, unit: string): Row => {
    const digits = unit === '' && !Number.isInteger(value) ? 2 : 0
    return { what, figure: `${value.toFixed(digits)} ${unit}`, bar: `<= ${bar} ${unit}`, holds: value <= bar }
  }
  const linear = small === undefined ? undefined : cold / median(small.diagnosed.map(({ took }) => took))
  return [
    {
      what: 'bare download of the same lists',
      figure: `${bare.toFixed(0)} ms, ${((downloaded[0]?.bytes ?? 0) / 1e6).toFixed(1)} MB`,
    },
    { what: 'cold collect and diagnose', figure: `${cold.toFixed(0)} ms` },
    { what: '  of which collect', figure: `${median(diagnosed.map(({ collecting }) => collecting)).toFixed(0)} ms` },
    { what: '  processor time of it', figure: `${median(diagnosed.map(({ cpu }) => cpu)).toFixed(0)} ms` },
    { what: '  the very first, code still cold', figure: `${(diagnosed[0]?.took ?? Number.NaN).toFixed(0)} ms` },
    within('ratio of the two, median of pairs', ratio, 1.3, ''),
    // The simulated server has no aggregated discovery: each API group costs a request there.
    server === 'simulated'
      ? { what: 'requests, logs apart', figure: String(requests) }
      : within('requests, logs apart', requests, 25, ''),
    within('growth of resident memory, one diagnosis', grown, 250, 'MB'),
    { what: `  and at its peak over ${rounds} in a row`, figure: `${peak.toFixed(0)} MB` },
    within('event loop delay, p99', delay, 50, 'ms'),
    { what: 'event loop delay, longest of all rounds', figure: `${longest.toFixed(0)} ms` },
    ...(linear === undefined ? [] : [within(`${pods} pods against ${pods / 5}`, linear, 5.5, '')]),
  ]
}

const print = (rows: readonly Row[]): void => {
  const width = Math.max(...rows.map(({ what }) => what.length))
  for (const { what, figure, bar = '', holds } of rows) {
    const verdict = holds === undefined ? '' : holds ? 'holds' : 'MISSED'
    console.log(`${what.padEnd(width)}  ${figure.padStart(18)}  ${bar.padStart(10)}  ${verdict}`.trimEnd())
  }
}

const main = async (): Promise<boolean> => {
  const small = await measure(Math.round(pods / 5))
  const big = await measure(pods)
  const first = big.diagnosed[0]
  if (first?.pods === undefined || first.pods < pods * 0.95)
    throw new Error(`only ${first?.pods ?? 0} of ${pods} pods were read: ${first?.unavailable.join(', ')}`)
  const found = Object.entries(first.causes).map(([code, count]) => `${count} ${code}`)
  console.log(`${big.server}, ${pods} pods, ${pods / 10} nodes, ${pods / 5} Deployments, ${pods * 4} events`)
  console.log(`${rounds} rounds; found ${found.join(', ') || 'nothing'}`)
  if (first.unavailable.length > 0) console.log(`could not read ${first.unavailable.join(', ')}`)
  const [load = 0] = loadavg()
  if (load > availableParallelism())
    console.log(`the machine has ${load.toFixed(1)} to do for ${availableParallelism()} processors: times are too long`)
  console.log('kubernetes-mcp-server is not installed, so that it is not measured beside.')
  const rows = rowsOf(big, small)
  print(rows)
  return rows.every(({ holds }) => holds !== false)
}

let holds = false
try {
  holds = await main()
} finally {
  for (const child of children) if (child.connected) child.disconnect()
}
if (process.argv.includes('--check') && !holds) process.exitCode = 1
