import { sha256 } from '../domain/canonical.ts'
import { plain } from '../domain/plain.ts'
import type { PlanRecord } from '../domain/plan-record.ts'
import { redact } from '../domain/redact.ts'
import type { ClusterReader } from '../ports.ts'
import { transcriptMessage } from '../views/transcript.ts'
import type { Doctor } from './doctor.ts'
import { nowText } from './record.ts'
import { about, say } from './show-plan.ts'

/** How much of what a check said is read and kept, in bytes. */
const mostBytes = 16_384

/**
 * What a check of debug-pod said: read from its container's log, redacted, its hash on the record, and shown in the thread.
 * Not readable is said as such. Other plans have none. Safe to repeat.
 */
export const tellTranscript = async (doctor: Doctor, reader: ClusterReader, record: PlanRecord): Promise<void> => {
  const { success } = record.plan
  if (success.kind !== 'container' || !success.ends) return
  const { namespace = '', name } = success.target
  const read = await reader.logs(namespace, name, { container: success.container, limitBytes: mostBytes })
  const text = read.kind === 'ok' ? redact(plain(read.value, mostBytes)).trimEnd() : undefined
  await doctor.audit.append({
    kind: 'transcript.kept',
    at: nowText(doctor),
    ...about(record),
    actor: 'doctor',
    data: text === undefined ? { readable: false } : { readable: true, hash: sha256(text), bytes: text.length },
  })
  await say(doctor, record, transcriptMessage(record.plan.summary, text), `transcript-${record.plan.id}`)
}
