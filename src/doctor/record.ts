import type { TimelineEvent } from '../domain/timeline.ts'
import type { Doctor } from './doctor.ts'

/** RFC 3339 of the process clock. */
export const nowText = (doctor: Pick<Doctor, 'clock'>): string => new Date(doctor.clock.now()).toISOString()

/**
 * Writes an event that no effect depends on to the record. A record that cannot be written must not stop a diagnosis, so
 * that is only logged here; effects go through the audit log itself, which refuses.
 */
export const note = async (
  doctor: Pick<Doctor, 'audit' | 'clock' | 'log'>,
  event: Omit<TimelineEvent, 'at'>,
): Promise<void> => {
  try {
    await doctor.audit.append({ ...event, at: nowText(doctor) })
  } catch (error) {
    doctor.log.error({ err: error, kind: event.kind, incident: event.incident }, 'the record could not be written')
  }
}
