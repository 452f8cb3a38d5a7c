import { pino } from 'pino'
import type { Config } from '../config.ts'
import type { Log } from '../doctor/doctor.ts'

/** The process log: JSON lines on standard error, so that standard output stays for answers. */
export const openLog = (level: Config['logLevel'], role: string): Log =>
  pino({ level, base: { role }, timestamp: pino.stdTimeFunctions.isoTime }, pino.destination(2))

/** Says nothing; for tests and for runs whose output is an answer. */
export const silentLog: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
}
