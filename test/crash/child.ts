import { existsSync, writeSync } from 'node:fs'
import { defaultLimits } from '../../src/config/limits.ts'
import { loadConfig } from '../../src/config.ts'
import { type Clock, systemClock } from '../../src/doctor/doctor.ts'
import { silentLog } from '../../src/main/log.ts'
import { start } from '../../src/main.ts'

/**
 * The whole app in a process of its own, which kills itself at a named point of the write path. Told in its first argument
 * the environment, and later, by message, the point, at which `pass` of it, and a file that it waits for once a plan is armed.
 */
export type Told = { readonly point: string; readonly goOn?: string; readonly pass?: number }

const { env } = JSON.parse(process.argv[2] ?? '{}') as { readonly env: Readonly<Record<string, string>> }
let told: Told | undefined

/** Waiting takes a twentieth of the time: what is checked to be steady for 20 s takes one. */
const fastClock = (): Clock => {
  let ahead = 0
  return {
    now: () => Date.now() + Math.round(ahead),
    sleep: async (ms, signal) => {
      await systemClock.sleep(ms / 20, signal)
      ahead += (ms * 19) / 20
    },
  }
}

const say = (line: object): void => {
  writeSync(1, `${JSON.stringify(line)}\n`)
}

const doze = new Int32Array(new SharedArrayBuffer(4))

let passes = 0
const crashpoint = (name: string): void => {
  if (name === told?.point) passes += 1
  if (name === told?.point && passes === (told.pass ?? 1)) {
    process.kill(process.pid, 'SIGKILL')
    Atomics.wait(doze, 0, 0)
  }
  if (name !== 'execute.armed' || told?.goOn === undefined) return
  say({ armed: true })
  for (let tries = 0; tries < 500 && !existsSync(told.goOn); tries += 1) Atomics.wait(doze, 0, 0, 10)
}

process.on('message', (message) => {
  told = message as Told
  passes = 0
  say({ told: told.point })
})
// Whoever plays with it is gone, so nobody would end it any more.
process.on('disconnect', () => process.exit(0))

const loaded = loadConfig(env)
if (loaded.kind === 'invalid') throw new Error(JSON.stringify(loaded.problems))
const many = { effects: 1_000, seconds: 600 }
const app = await start(loaded.config, {
  role: 'all',
  log: silentLog,
  clock: fastClock(),
  pace: { burst: 20, everyMs: 20, giveUpMs: 3_000, most: 500 },
  // One process sees more plans here than a team in an hour.
  limits: { ...defaultLimits, perNamespace: many, perCluster: many, cooldownSeconds: 0 },
  crashpoint,
})
say({ url: app.url })
