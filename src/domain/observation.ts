import type { DiffLine } from './change.ts'
import type { Read } from './coverage.ts'
import { diffObjects } from './diff.ts'
import { fingerprint } from './fingerprint.ts'
import type { KubeObject } from './kubernetes.ts'
import type { ObjectRef } from './object.ts'

/**
 * What people did about something that the doctor only observed: the same as it would have, something else, nothing, or it
 * cannot be told, which never counts for either side.
 */
export type Agreement = 'same' | 'different' | 'nothing' | 'could-not-tell'

/** A change that would have been proposed in observe mode. Kept until it is compared with what people did. Times are RFC 3339. */
export type Observation = {
  readonly id: string
  readonly at: string
  readonly cluster: string
  readonly incident: string | null
  readonly action: string
  readonly summary: string
  readonly target: ObjectRef
  /** The object as it was: its fingerprint, its uid in `target`. */
  readonly fingerprint: string
  /** What the dry run would have changed; of a pull request the lines of its files. */
  readonly diff: readonly DiffLine[]
  readonly by: 'patch' | 'removal' | 'pull-request'
  readonly quorum: number
  readonly people?: { readonly at: string; readonly did: Agreement }
}

/** What people did, told from the object as it is now: each value the change would have set is compared by its path. */
export const agreementOf = (observation: Observation, read: Read<KubeObject>): Agreement => {
  if (read.kind === 'unreadable') return 'could-not-tell'
  const replaced = read.kind === 'absent' || read.value.metadata.uid !== observation.target.uid
  if (observation.by === 'removal') return replaced ? 'same' : 'nothing'
  if (read.kind === 'absent' || replaced) return 'different'
  const untouched = fingerprint(read.value) === observation.fingerprint
  if (observation.by === 'pull-request') return untouched ? 'nothing' : 'could-not-tell'
  if (untouched) return 'nothing'
  const now = valuesOf(diffObjects({}, read.value).shown, '+')
  const [before, after] = [valuesOf(observation.diff, '-'), valuesOf(observation.diff, '+')]
  const paths = [...new Set([...before.keys(), ...after.keys()])].filter((path) => !isMark(path))
  // A restart is told by a new time, whatever time that is.
  const same = paths.every((path) =>
    isTime(path) ? now.get(path) !== before.get(path) : now.get(path) === after.get(path),
  )
  return same ? 'same' : 'different'
}

const valuesOf = (lines: readonly DiffLine[], op: DiffLine['op']): ReadonlyMap<string, string> =>
  new Map(
    lines.flatMap((line) => {
      const at = line.text.indexOf(': ')
      return line.op === op && at > 0 ? [[line.text.slice(0, at), line.text.slice(at + 2)] as const] : []
    }),
  )

const isMark = (path: string): boolean => path.includes('["cluster-doctor.dev/')

const isTime = (path: string): boolean => path.endsWith('["kubectl.kubernetes.io/restartedAt"]')
