import { parseArgs } from 'node:util'
import { loadConfig } from '../config.ts'
import { type Role, start } from '../main.ts'
import { StoreUnavailable } from '../ports.ts'
import { nodeProblem } from './node-version.ts'
import { Refused } from './refused.ts'
import { SlackRefused } from './slack.ts'

const roles: readonly Role[] = ['all', 'gateway', 'worker', 'executor']

/** The help of the verb. */
export const startHelp = `doctor start: runs the app from the environment and doctor.yaml

  doctor start [--role all|gateway|worker|executor]

Exit: 0 stopped by SIGTERM, 78 bad configuration (all errors at once), 69 a needed service is not there
`

/** Exit codes of sysexits.h: bad usage, a service that is not there, a configuration that cannot work. */
const exit = { ok: 0, usage: 64, unavailable: 69, config: 78, software: 70 } as const

/** Runs `doctor start` until SIGTERM or SIGINT; resolves to the exit code. `err` takes whole lines. */
export const runStart = async (argv: readonly string[], err: (text: string) => void): Promise<number> => {
  const asked = parse(argv)
  if (asked === 'help') {
    err(startHelp)
    return exit.ok
  }
  if (asked === undefined) {
    err(startHelp)
    return exit.usage
  }
  const old = nodeProblem(process.versions.node)
  if (old !== undefined) return refuse([old], err)
  const loaded = loadConfig()
  if (loaded.kind === 'invalid')
    return refuse(
      loaded.problems.map(({ place, message }) => `${place} ${message}`),
      err,
    )
  try {
    const running = await start(loaded.config, { role: asked, say: (line) => err(`${line}\n`) })
    await signalled()
    // It also keeps the process alive to the end of the stop, when nothing else may be left to wait for.
    const late = setTimeout(() => process.exit(exit.ok), longestStop)
    await running.stop()
    clearTimeout(late)
    return leave(exit.ok)
  } catch (error) {
    if (error instanceof Refused) return refuse(error.problems, err)
    if (error instanceof SlackRefused) return refuse([error.message], err)
    const unavailable = error instanceof StoreUnavailable
    err(`doctor start: ${error instanceof Error ? error.message : 'unknown error'}\n`)
    return leave(unavailable ? exit.unavailable : exit.software)
  }
}

/** Whatever a library still holds open, as towards a Redis that is away, must not keep the process. */
const leave = (code: number): number => {
  setTimeout(() => process.exit(code), 300).unref()
  return code
}

const parse = (argv: readonly string[]): Role | 'help' | undefined => {
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: { role: { type: 'string', default: 'all' }, help: { type: 'boolean', short: 'h', default: false } },
      strict: true,
    })
    return values.help ? 'help' : roles.find((role) => role === values.role)
  } catch {
    return undefined
  }
}

const refuse = (problems: readonly string[], err: (text: string) => void): number => {
  err(`doctor start: this cannot work yet:\n${problems.map((problem) => `  ${problem}\n`).join('')}`)
  return exit.config
}

/** Under the 25 s that a supervisor is promised; what still runs then is taken up by the next process. */
const longestStop = 24_000

/** The first SIGTERM or SIGINT. Further ones change nothing: npm and a terminal both send what they were sent. */
const signalled = (): Promise<void> =>
  new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => resolve())
  })
