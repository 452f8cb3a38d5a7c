import { redact } from '../../domain/redact.ts'
import type { CommandOutput } from '../../ports.ts'
import type { Progress } from '../checks/success.ts'
import type { Doctor } from '../doctor.ts'

/** How long the output of a command is kept, in seconds: as long as its plan. */
const keep = 30 * 86_400

/** Keeps what a command said, redacted, with the plan that ran it. */
export const keepOutput = async (doctor: Pick<Doctor, 'store'>, plan: string, said: CommandOutput): Promise<void> => {
  await doctor.store.put('command-output', plan, { ...said, text: redact(said.text) }, 0, keep)
}

/** What the command of a plan said; undefined where that was lost. */
export const keptOutput = async (doctor: Pick<Doctor, 'store'>, plan: string): Promise<string | undefined> => {
  const said = (await doctor.store.get<CommandOutput>('command-output', plan))?.value
  return said === undefined ? undefined : `${said.text}${said.truncated ? '\n(cut here: it said more)' : ''}`
}

/** How the command of a plan ended. What was lost, or did not end in time, is no success. */
export const commandProgress = async (doctor: Pick<Doctor, 'store'>, plan: string): Promise<Progress> => {
  const said = (await doctor.store.get<CommandOutput>('command-output', plan))?.value
  if (said === undefined) return { kind: 'failed', text: 'what it said was lost; whether it ran is not known' }
  if (said.exitCode === null) return { kind: 'failed', text: 'it had not ended when its time was over' }
  return { kind: said.exitCode === 0 ? 'met' : 'failed', text: `exit code ${said.exitCode}` }
}
