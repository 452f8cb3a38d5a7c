import type { Read } from '../domain/coverage.ts'
import type { Principal } from '../domain/principal.ts'
import type { Directory } from '../policy/authorize.ts'
import type { Doctor } from './doctor.ts'

/** Everything that decides who somebody is: Slack's directory, and the pager's list of who is on call. */
export const directoryOf = (doctor: Pick<Doctor, 'chat' | 'pager'>): Directory => ({
  user: (id) => doctor.chat.user(id),
  groupMembers: (id) => doctor.chat.groupMembers(id),
  onCall: (person) => onCall(doctor, person),
})

/** How long the pager may take to say who is on call, in ms. */
const deadline = 3_000

/**
 * Whether the pager has this person on call now, at any level: told by the mail address that Slack and the pager both know.
 * Without a pager, or without an address, nobody is known to be.
 */
export const onCall = async (doctor: Pick<Doctor, 'pager'>, person: Principal): Promise<Read<boolean>> => {
  const { pager } = doctor
  const address = person.person
  if (pager === undefined || address === undefined) return { kind: 'absent' }
  const limit = AbortSignal.timeout(deadline)
  const user = await pager.userByEmail(address, limit)
  if (user.kind !== 'ok') return user
  const read = await pager.onCalls({ user: user.value.id }, limit)
  return read.kind === 'ok' ? { kind: 'ok', value: read.value.some((one) => one.user.id === user.value.id) } : read
}
