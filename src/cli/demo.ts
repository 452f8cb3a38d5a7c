import { spawn } from 'node:child_process'
import { parseArgs } from 'node:util'
import { hasDesktop, underNpm } from '../config/desktop.ts'
import { faults } from '../demo/cluster/faults/index.ts'
import { type Demo, startDemo } from '../demo/start-demo.ts'
import { nodeProblem } from '../main/node-version.ts'
import { Refused } from '../main/refused.ts'
import { StoreUnavailable } from '../ports.ts'
import { exit, type Io } from './io.ts'

const help = `doctor demo: the whole product on this machine

  doctor demo [--port N] [--fault ID] [--no-open]

Slack in a web page, a cluster to break, GitHub with a GitOps repository, Argo CD and PagerDuty, all simulated
here; the app is the real one and talks to them over the wire. Nothing leaves this machine. Ctrl-C ends it.

  --port N      the page's port (default 7300, or a free one where that is taken)
  --fault ID    break something at once: ${faults.map((fault) => fault.id).join(', ')}
  --no-open     do not open a browser

Exit: 0 stopped, 64 bad usage, 69 a needed service (Redis) is not there
`

const defaultPort = 7300
const unavailable = 69
const software = 70

/** Runs `doctor demo` until Ctrl-C or SIGTERM; resolves to the exit code. */
export const runDemo = async (argv: readonly string[], io: Io): Promise<number> => {
  const asked = parse(argv)
  if (typeof asked === 'string') {
    io.err(`doctor demo: ${asked}\n`)
    return exit.usage
  }
  if (asked.help) {
    io.out(help)
    return exit.ok
  }
  const old = nodeProblem(process.versions.node)
  if (old !== undefined) {
    io.err(`${old}\n`)
    return unavailable
  }
  const ended = signalled()
  try {
    const demo = await startOn(asked.port, (line) => io.err(`${line}\n`))
    welcome(demo, io)
    if (asked.open) openBrowser(demo.url)
    if (asked.fault !== undefined) await demo.board.set(asked.fault, true)
    await ended
    io.out('\nEnding.\n')
    await demo.stop()
    return exit.ok
  } catch (error) {
    io.err(`doctor demo: ${error instanceof Refused ? error.problems.join('; ') : messageOf(error)}\n`)
    return error instanceof StoreUnavailable ? unavailable : software
  }
}

type Asked = { readonly port?: number; readonly fault?: string; readonly open: boolean; readonly help: boolean }

const parse = (argv: readonly string[]): Asked | string => {
  try {
    const { values } = parseArgs({
      args: [...argv],
      allowNegative: true,
      options: {
        port: { type: 'string' },
        fault: { type: 'string' },
        open: { type: 'boolean', default: true },
        help: { type: 'boolean', short: 'h', default: false },
      },
    })
    const { port, fault, open, help: wanted } = values
    if (port !== undefined && !(/^\d{1,5}$/.test(port) && Number(port) <= 65_535)) return '--port must be a port number'
    if (fault !== undefined && !faults.some((each) => each.id === fault))
      return `there is no fault ${fault.slice(0, 40)}; there are ${faults.map((each) => each.id).join(', ')}`
    return {
      open,
      help: wanted,
      ...(port === undefined ? {} : { port: Number(port) }),
      ...(fault === undefined ? {} : { fault }),
    }
  } catch (error) {
    return messageOf(error)
  }
}

/** The port asked for must be free; the usual one gives way to any other. */
const startOn = async (port: number | undefined, say: (line: string) => void): Promise<Demo> => {
  if (port !== undefined) return startDemo({ port, say })
  try {
    return await startDemo({ port: defaultPort, say })
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'EADDRINUSE') throw error
    return startDemo({ say })
  }
}

const welcome = (demo: Demo, io: Io): void => {
  io.out(`
  Cluster Doctor is on call:  ${demo.url}

  Open it, and press “Deploy the typo” in the panel at the right. Ctrl-C ends everything.
  Also here: PagerDuty ${demo.pagerduty.url} · GitHub API ${demo.git.url} · app ${demo.app.url}
`)
}

/** Opens the page where there is a desktop; where there is none the URL was printed. */
const openBrowser = (url: string): void => {
  if (!hasDesktop()) return
  const opener = process.platform === 'darwin' ? 'open' : 'xdg-open'
  const child = spawn(opener, [url], { stdio: 'ignore', detached: true })
  child.on('error', () => undefined)
  child.unref()
}

const messageOf = (error: unknown): string =>
  error instanceof Error ? (error.message.split('\n')[0] ?? '') : 'unknown error'

/** Settles on a signal; under npm also once the shell that npm put between is gone, for signals do not pass it. */
const signalled = (): Promise<void> =>
  new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve())
    if (!underNpm()) return
    const parent = process.ppid
    const timer = setInterval(() => {
      if (process.ppid === parent) return
      clearInterval(timer)
      resolve()
    }, 500)
    timer.unref()
  })
