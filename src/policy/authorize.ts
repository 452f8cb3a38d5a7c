import type { Read } from '../domain/coverage.ts'
import type { Plan } from '../domain/plan.ts'
import { type Principal, samePerson, theDoctor } from '../domain/principal.ts'
import { type Refusal, refused } from '../domain/refusal.ts'

/** A member as the directory knows them: what decides is here, and no display name decides anything. */
export type Member = {
  readonly id: string
  readonly name: string
  readonly email?: string
  readonly deleted: boolean
  readonly bot: boolean
  readonly guest: boolean
  readonly stranger: boolean
}

/** Who is who and who is in which group. A Chat is one. What cannot be read is an answer too: no. */
export type Directory = {
  user(id: string): Promise<Read<Member>>
  groupMembers(groupId: string): Promise<Read<readonly string[]>>
  /** Whether a person is on call now; absent where nobody can tell, which counts as no. */
  onCall?(person: Principal): Promise<Read<boolean>>
}

/** The terms of a plan that decide who may. */
export type Question = Pick<Plan, 'requester'> & { readonly rule: Pick<Plan['rule'], 'approvers' | 'onCallOnly'> }

/**
 * Whether this id may approve now: a full, living, human member of this workspace, in the approver list by id or by group,
 * on call where the rule asks for it, and not the one who asked, under any account. An empty list means nobody. A directory
 * that fails means no.
 */
export const mayApprove = async (id: string, plan: Question, directory: Directory): Promise<Principal | Refusal> => {
  const person = await fullMember(id, directory)
  if ('kind' in person) return person
  const requester = await asPerson(plan.requester, directory)
  if ('kind' in requester) return requester
  if (samePerson(person, requester))
    return refused('self-approval', 'You asked for this change, so somebody else has to approve it.')
  const listed = await isListed(id, plan.rule.approvers, directory)
  if (listed === 'unreadable')
    return refused('directory-unreadable', 'Who may approve could not be looked up just now, so nobody may. Try again.')
  if (!listed) return refused('not-an-approver', 'You are not among those who may approve this plan.')
  if (plan.rule.onCallOnly === true && !(await isOnCall(person, directory)))
    return refused('not-on-call', 'Only people who are on call now may approve this, and you are not known to be.')
  return person
}

const isOnCall = async (person: Principal, directory: Directory): Promise<boolean> => {
  const read = await directory.onCall?.(person).catch(() => undefined)
  return read?.kind === 'ok' && read.value
}

/** Whether this id may deny: whoever may approve, and the one who asked. */
export const mayDeny = async (id: string, plan: Question, directory: Directory): Promise<Principal | Refusal> => {
  const person = await fullMember(id, directory)
  if ('kind' in person) return person
  if (samePerson(person, plan.requester)) return person
  const listed = await isListed(id, plan.rule.approvers, directory)
  if (listed === 'unreadable')
    return refused('directory-unreadable', 'Who may decide could not be looked up just now. Try again.')
  return listed ? person : refused('not-an-approver', 'You are not among those who may decide about this plan.')
}

/** The principal behind an id, where it is a full, living, human member; a refusal that says what is wrong, where not. */
export const fullMember = async (id: string, directory: Directory): Promise<Principal | Refusal> => {
  if (!/^[UW][A-Z0-9]{2,20}$/.test(id) || id === 'USLACKBOT')
    return refused('not-a-person', 'Only a person of this workspace can decide.')
  const read = await lookUp(id, directory)
  if (read.kind === 'absent') return refused('not-a-member', 'You are not a member of this workspace.')
  if (read.kind === 'unreadable')
    return refused(
      'directory-unreadable',
      'Who you are could not be looked up just now, so the answer is no. Try again.',
    )
  const member = read.value
  if (member.id !== id) return refused('not-a-member', 'The directory knows somebody else by this id.')
  if (member.deleted) return refused('deactivated', 'This account is deactivated.')
  if (member.bot) return refused('not-a-person', 'A bot cannot decide.')
  if (member.guest) return refused('guest', 'Guests cannot decide about changes.')
  if (member.stranger) return refused('stranger', 'Members of other organisations cannot decide about changes.')
  return principalOf(member)
}

const principalOf = (member: Member): Principal => ({
  id: member.id,
  name: member.name,
  ...(member.email === undefined ? {} : { person: member.email.trim().toLowerCase() }),
})

/** The requester with the person behind the account, so that a second account of theirs is known. */
const asPerson = async (requester: Principal, directory: Directory): Promise<Principal | Refusal> => {
  if (requester.id === theDoctor.id || requester.person !== undefined) return requester
  const read = await lookUp(requester.id, directory)
  if (read.kind === 'unreadable')
    return refused('directory-unreadable', 'Who asked for this could not be looked up just now. Try again.')
  return read.kind === 'absent' ? requester : { ...principalOf(read.value), id: requester.id }
}

const isListed = async (
  id: string,
  approvers: readonly string[],
  directory: Directory,
): Promise<boolean | 'unreadable'> => {
  if (approvers.includes(id)) return true
  let unreadable = false
  for (const group of approvers.filter((entry) => entry.startsWith('S'))) {
    const members = await directory
      .groupMembers(group)
      .catch((): Read<readonly string[]> => ({ kind: 'unreadable', reason: 'unreachable', message: 'lookup failed' }))
    if (members.kind === 'ok' && members.value.includes(id)) return true
    if (members.kind === 'unreadable') unreadable = true
  }
  return unreadable ? 'unreadable' : false
}

const lookUp = (id: string, directory: Directory): Promise<Read<Member>> =>
  directory
    .user(id)
    .catch((): Read<Member> => ({ kind: 'unreadable', reason: 'unreachable', message: 'lookup failed' }))
