import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '../../free-port.ts'

const root = join(import.meta.dirname, '../../..')

/** The app as a process of its own, seen from outside. */
export type App = {
  readonly url: string
  /** The most resident memory it had so far, in MB. */
  peak(): number
  /** Processor time it used so far, in seconds: what a busy machine does not change. */
  used(): number
  /** The 99th percentile of the event loop's delay since this was last asked, in ms. */
  loopDelay(): Promise<number>
  /** Jobs that wait or are worked on. */
  busy(): Promise<number>
  /** Ends it as the kernel does when memory runs out. */
  kill(): Promise<void>
  stop(): Promise<void>
}

/** Starts one. `env` names its Slack, clusters, Redis and secrets. */
export const startApp = async (
  env: Readonly<Record<string, string>>,
  role: 'all' | 'gateway' = 'all',
): Promise<App> => {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const entry = process.env['DOCTOR_BENCH_ENTRY'] ?? 'dist/cli.js'
  const child = spawn(process.execPath, [entry, 'start', '--role', role], {
    cwd: root,
    env: { ...process.env, ...env, PORT: String(port) },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  await ready(url, child)
  let peak = 0
  const timer = setInterval(() => {
    peak = Math.max(peak, resident(child.pid ?? 0))
  }, 50)
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    clearInterval(timer)
    if (child.exitCode !== null || child.signalCode !== null) return
    const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()))
    child.kill(signal)
    await gone
  }
  return {
    url,
    peak: () => peak,
    used: () => cpu(child.pid ?? 0),
    loopDelay: async () =>
      1_000 * (metric(await metricsOf(url), /^nodejs_eventloop_lag_p99_seconds (\S+)/m)[0] ?? Number.NaN),
    busy: async () =>
      metric(await metricsOf(url), /^doctor_queue_jobs\{queue="\w+",state="(?:waiting|active)"\} (\S+)/gm).reduce(
        (sum, value) => sum + value,
        0,
      ),
    kill: () => end('SIGKILL'),
    stop: () => end('SIGTERM'),
  }
}

const metricsOf = async (url: string): Promise<string> => (await fetch(`${url}/metrics`)).text()

const metric = (text: string, pattern: RegExp): readonly number[] =>
  pattern.global ? [...text.matchAll(pattern)].map((match) => Number(match[1])) : [Number(pattern.exec(text)?.[1])]

/** Resident memory in MB, as the kernel counts it. */
const resident = (pid: number): number => {
  try {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024
  } catch {
    return 0
  }
}

/** Processor time in seconds, of 100 ticks each. */
const cpu = (pid: number): number => {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) / 100
}

const ready = async (url: string, child: ChildProcess): Promise<void> => {
  for (let tries = 0; tries < 1_500; tries += 1) {
    if (child.exitCode !== null) throw new Error(`the app ended with ${child.exitCode}`)
    const status = await fetch(`${url}/readyz`).then(
      (response) => response.status,
      () => 0,
    )
    if (status === 200) return
    await sleep(20)
  }
  throw new Error('the app did not become ready')
}
