import { type ChildProcess, fork } from 'node:child_process'
import { availableParallelism, loadavg } from 'node:os'
import { join } from 'node:path'
import { median, print, type Row, within } from './figures.ts'
import { type Peer, startPeer } from './peer.ts'
import type { Ask, Diagnosed, Downloaded } from './run-diagnosis.ts'
import type { Served } from './serve-world.ts'
import { measureWarm, printWarm } from './warm.ts'

/**
 * Measures a cold whole-cluster diagnosis against the bare download of the very same requests and against
 * kubernetes-mcp-server, from the same server, in turn, each in a process of its own, and prints medians beside their bars.
 * `--check` exits 1 when a bar is missed; `--pods N` and `--rounds N` choose another size and number of rounds; `--large`
 * measures four times as many pods as well. What a diagnosis costs of a cluster that watches keep follows.
 */
const argument = (name: string, otherwise: number): number => {
  const at = process.argv.indexOf(name)
  return at < 0 ? otherwise : Number(process.argv[at + 1])
}
const pods = argument('--pods', 5_000)
const rounds = argument('--rounds', 7)
const children: ChildProcess[] = []

const start = <T>(file: string, ...args: string[]): Promise<{ readonly child: ChildProcess; readonly first: T }> =>
  new Promise((resolve, reject) => {
    const child = fork(join(import.meta.dirname, file), args, { stdio: 'inherit' })
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

/**
 * What the peer took in each round, when asked as often at a stretch (its client then slows itself down), and its peak of
 * resident memory; a text says why it was not measured.
 */
type Checked = { readonly times: readonly number[]; readonly inARow: readonly number[]; readonly peak: number } | string

type Measured = Served & {
  readonly diagnosed: readonly Diagnosed[]
  readonly downloaded: readonly Downloaded[]
  readonly checked: Checked
}

const isLog = (path: string): boolean => /\/log\?/.test(path)
const listed = ({ sent }: Diagnosed) => sent.filter(({ path }) => !isLog(path))

/** Serves a cluster of that size and measures all of them in turn. The first download only warms the server, and is not counted. */
const measure = async (size: number, times: number, beside = false): Promise<Measured> => {
  const world = await start<Served>('serve-world.ts', String(size))
  const { kubeconfig } = world.first
  const doctor = await start('run-diagnosis.ts', kubeconfig)
  const bare = await start('run-diagnosis.ts', kubeconfig)
  const peer = beside ? await startPeer(kubeconfig) : 'it is measured beside the largest number of pods only'
  const diagnosed: Diagnosed[] = []
  const downloaded: Downloaded[] = []
  const checks: number[] = []
  let refused: string | undefined
  for (let round = 0; round < times; round += 1) {
    const one = await ask<Diagnosed>(doctor.child, { kind: 'diagnose' })
    const requests = listed(one)
    if (round === 0) await ask<Downloaded>(bare.child, { kind: 'download', requests })
    diagnosed.push(one)
    downloaded.push(await ask<Downloaded>(bare.child, { kind: 'download', requests }))
    if (typeof peer === 'string' || refused !== undefined) continue
    await peer.check().then(
      (took) => checks.push(took),
      (error: Error) => {
        refused = error.message
      },
    )
  }
  const inARow: number[] = []
  if (typeof peer !== 'string' && refused === undefined)
    for (let round = 0; round < times; round += 1) inARow.push(await peer.check())
  const checked =
    typeof peer === 'string' ? peer : (refused ?? { times: checks, inARow, peak: (peer satisfies Peer).peak() })
  if (typeof peer !== 'string') peer.stop()
  for (const { child } of [doctor, bare, world]) await end(child)
  return { ...world.first, diagnosed, downloaded, checked }
}

/** How many lists a cluster asks for in which all of the kinds that are read only when something points at them are. */
const countWithManyFaults = async (): Promise<{ readonly requests: number; readonly causes: number }> => {
  const world = await start<Served>('serve-world.ts', '300', 'many-faults')
  const doctor = await start('run-diagnosis.ts', world.first.kubeconfig)
  const one = await ask<Diagnosed>(doctor.child, { kind: 'diagnose' })
  for (const { child } of [doctor, world]) await end(child)
  return { requests: listed(one).length, causes: Object.keys(one.causes).length }
}

const took = ({ diagnosed }: Measured): number => median(diagnosed.map((one) => one.took))

const coldRows = ({ diagnosed, downloaded }: Measured): readonly Row[] => {
  const bare = median(downloaded.map((one) => one.took))
  const ratio = median(diagnosed.map((one, index) => one.took / (downloaded[index]?.took ?? Number.NaN)))
  const middle = (of: (one: Diagnosed) => number) => `${median(diagnosed.map(of)).toFixed(0)} ms`
  return [
    {
      what: 'bare download of the same lists',
      figure: `${bare.toFixed(0)} ms, ${((downloaded[0]?.bytes ?? 0) / 1e6).toFixed(1)} MB`,
    },
    { what: '  processor time of it', figure: `${median(downloaded.map(({ cpu }) => cpu)).toFixed(0)} ms` },
    { what: 'cold collect and diagnose', figure: middle((one) => one.took) },
    { what: '  of which collect', figure: middle(({ collecting }) => collecting) },
    { what: '  processor time of it', figure: middle(({ cpu }) => cpu) },
    { what: '  the very first, code still cold', figure: `${(diagnosed[0]?.took ?? Number.NaN).toFixed(0)} ms` },
    within('ratio of the two, median of pairs', ratio, 1.3, ''),
  ]
}

const peerRows = (measured: Measured): readonly Row[] => {
  const what = "kubernetes-mcp-server's cluster-health-check"
  const { checked } = measured
  if (typeof checked === 'string') return [{ what, figure: 'skipped', bar: checked }]
  const theirs = median(checked.times)
  return [
    { what: `${what}, in turn with ours`, figure: `${theirs.toFixed(0)} ms` },
    { what: `  ${checked.inARow.length} of them in a row, median`, figure: `${median(checked.inARow).toFixed(0)} ms` },
    { what: '  its peak of resident memory', figure: `${checked.peak.toFixed(0)} MB` },
    within('ratio of ours to theirs, in turn', took(measured) / theirs, 0.7, ''),
    within('ratio of ours to theirs, in a row', took(measured) / median(checked.inARow), 0.7, ''),
  ]
}

const costRows = ({ server, diagnosed }: Measured): readonly Row[] => {
  const requests = Math.max(...diagnosed.map((one) => listed(one).length))
  // The first runs in a process that has done nothing yet: what it adds is what one diagnosis needs.
  const grown = diagnosed[0]?.grown ?? Number.NaN
  const peak = Math.max(...diagnosed.map((one) => one.grown))
  const delay = median(diagnosed.map(({ delayP99 }) => delayP99))
  const longest = Math.max(...diagnosed.map(({ delayMax }) => delayMax))
  return [
    // The simulated server has no aggregated discovery: each API group costs a request there.
    server === 'simulated'
      ? { what: 'requests, logs apart', figure: String(requests) }
      : within('requests, logs apart', requests, 25, ''),
    within('growth of resident memory, one diagnosis', grown, 250, 'MB'),
    { what: `  and at its peak over ${diagnosed.length} in a row`, figure: `${peak.toFixed(0)} MB` },
    within('event loop delay, p99', delay, 50, 'ms'),
    { what: 'event loop delay, longest of all rounds', figure: `${longest.toFixed(0)} ms` },
  ]
}

const introduce = ({ server, diagnosed }: Measured): void => {
  const [first] = diagnosed
  if (first?.pods === undefined || first.pods < pods * 0.95)
    throw new Error(`only ${first?.pods ?? 0} of ${pods} pods were read: ${first?.unavailable.join(', ')}`)
  const found = Object.entries(first.causes).map(([code, count]) => `${count} ${code}`)
  console.log(`${server}, ${pods} pods, ${pods / 10} nodes, ${pods / 5} Deployments, ${pods * 4} events`)
  console.log(`${rounds} rounds; found ${found.join(', ') || 'nothing'}`)
  if (first.unavailable.length > 0) console.log(`could not read ${first.unavailable.join(', ')}`)
}

const main = async (): Promise<boolean> => {
  const small = await measure(Math.round(pods / 5), rounds)
  const big = await measure(pods, rounds, true)
  const large = process.argv.includes('--large') ? await measure(pods * 4, Math.min(rounds, 3)) : undefined
  const many = await countWithManyFaults()
  introduce(big)
  const [load = 0] = loadavg()
  if (load > availableParallelism())
    console.log(`the machine has ${load.toFixed(1)} to do for ${availableParallelism()} processors: times are too long`)
  const rows = [
    ...coldRows(big),
    ...peerRows(big),
    ...costRows(big),
    within(`time, ${pods} pods against ${pods / 5}`, took(big) / took(small), 5.5, ''),
    large === undefined
      ? { what: `time, ${pods * 4} pods against ${pods}`, figure: 'with --large' }
      : within(`time, ${pods * 4} pods against ${pods}`, took(large) / took(big), 4.4, ''),
    ...(big.server === 'simulated'
      ? []
      : [within(`requests where much fails at once (${many.causes} codes found)`, many.requests, 25, '')]),
  ]
  print(rows)
  const warm = await measureWarm(pods)
  printWarm(warm)
  return [...rows, ...warm].every(({ holds }) => holds !== false)
}

let holds = false
try {
  holds = await main()
} finally {
  for (const child of children) if (child.connected) child.disconnect()
}
if (process.argv.includes('--check') && !holds) process.exitCode = 1
