import type { Doctor } from '../doctor/doctor.ts'
import { note } from '../doctor/record.ts'

/**
 * Puts turned-away requests on the record: the first at once, further ones of the same kind as a count each ten seconds, so
 * that a flood of forgeries cannot fill the disk.
 */
export const rejections = (doctor: Pick<Doctor, 'audit' | 'clock' | 'log'>, everyMs = 10_000) => {
  const counts = new Map<string, number>()
  const write = (entry: string, reason: string, count: number) =>
    void note(doctor, { kind: 'ingress.rejected', actor: entry, data: { reason, count } })
  const flush = () => {
    for (const [key, count] of counts) {
      const [entry = '', reason = ''] = key.split('\n')
      if (count > 0) write(entry, reason, count)
      if (count > 0) counts.set(key, 0)
      else counts.delete(key)
    }
  }
  const timer = setInterval(flush, everyMs)
  timer.unref()
  return {
    rejected: (entry: string, reason: string): void => {
      const key = `${entry}\n${reason}`
      const known = counts.get(key)
      if (known === undefined) write(entry, reason, 1)
      counts.set(key, known === undefined ? 0 : known + 1)
    },
    stop: () => {
      clearInterval(timer)
      flush()
    },
  }
}
