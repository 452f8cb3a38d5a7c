import { sha256 } from '../../domain/canonical.ts'
import { plain } from '../../domain/plain.ts'
import type { SuccessCheck } from '../../domain/plan.ts'
import type { PlanRecord } from '../../domain/plan-record.ts'
import { redact } from '../../domain/redact.ts'
import type { ClusterReader } from '../../ports.ts'
import { transcriptMessage } from '../../views/transcript.ts'
import type { Doctor } from '../doctor.ts'
import { about, say } from '../plans/show-plan.ts'
import { nowText } from '../record.ts'
import { keptOutput } from './command-output.ts'

/** How much of what a check said is read and kept, in bytes. */
const mostBytes = 16_384

/**
 * What a check of debug-pod, or a command, said: redacted, its hash on the record, and shown in the thread.
 * Not readable is said as such. Other plans have none. Safe to repeat.
 */
export const tellTranscript = async (doctor: Doctor, reader: ClusterReader, record: PlanRecord): Promise<void> => {
  const { success } = record.plan
  if (success.kind !== 'command' && !(success.kind === 'container' && success.ends)) return
  const said = success.kind === 'command' ? await keptOutput(doctor, record.plan.id) : await logOf(reader, success)
  const text = said === undefined ? undefined : redact(plain(said, mostBytes)).trimEnd()
  await doctor.audit.append({
    kind: 'transcript.kept',
    at: nowText(doctor),
    ...about(record),
    actor: 'doctor',
    data: text === undefined ? { readable: false } : { readable: true, hash: sha256(text), bytes: text.length },
  })
  await say(doctor, record, transcriptMessage(record.plan.summary, text), `transcript-${record.plan.id}`)
}

const logOf = async (
  reader: ClusterReader,
  { target, container }: Extract<SuccessCheck, { kind: 'container' }>,
): Promise<string | undefined> => {
  const read = await reader.logs(target.namespace ?? '', target.name, { container, limitBytes: mostBytes })
  return read.kind === 'ok' ? read.value : undefined
}
