import { localTime } from '../policy/local-time.ts'
import { postHead } from './anchor.ts'
import type { Doctor } from './doctor.ts'
import { digests, releaseHeld } from './plans/digest.ts'
import { compareObservations, reportAgreement } from './plans/observed.ts'
import { nowText } from './record.ts'

/** How often a process looks what is due, in ms. */
const every = 60_000

/**
 * What is due beside the jobs, safe to repeat by every replica: at the hour of the daily report each process posts the head of
 * its own chain; those that diagnose compare what was only observed with what people did, and report it on Mondays.
 */
export const makeRound = async (doctor: Doctor, role: string, signal?: AbortSignal): Promise<void> => {
  const { hour, minute, timezone } = doctor.config.report
  const { weekday, minuteOfDay, day } = localTime(nowText(doctor), timezone)
  const due = minuteOfDay >= hour * 60 + minute
  const date = String(day).replace(/(\d{4})(\d{2})(\d{2})/, '$1-$2-$3')
  if (due) await postHead(doctor, date)
  for (const { channel } of await digests(doctor)) await releaseHeld(doctor, channel)
  if (role !== 'all' && role !== 'worker') return
  if (doctor.config.afterDeploySeconds > 0 && (await doctor.store.once('rollouts-looked', 50)))
    await doctor.jobs.add({ v: 1, kind: 'rollouts' }, { key: 'rollouts' })
  if (await doctor.store.once('observations-compared', 1_800)) await compareObservations(doctor, signal)
  if (due && weekday === 1 && (await doctor.store.once(`agreement-${date}`, 2 * 86_400)))
    await reportAgreement(doctor, date)
}

/** Makes rounds until it is stopped. What fails is logged and tried again in a minute. */
export const startRounds = (doctor: Doctor, role: string): (() => void) => {
  const ended = new AbortController()
  const timer = setInterval(() => {
    makeRound(doctor, role, ended.signal).catch((err: unknown) => doctor.log.warn({ err }, 'a round was not finished'))
  }, every)
  timer.unref()
  return () => {
    ended.abort()
    clearInterval(timer)
  }
}
