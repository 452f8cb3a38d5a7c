import { describe, expect, it } from 'vitest'
import type { Read } from '../../src/domain/coverage.ts'
import type { Principal } from '../../src/domain/principal.ts'
import { isRefusal } from '../../src/domain/refusal.ts'
import {
  type Directory,
  fullMember,
  type Member,
  mayApprove,
  mayDeny,
  type Question,
} from '../../src/policy/authorize.ts'

const member = (id: string, more: Partial<Member> = {}): Member => ({
  id,
  name: id.toLowerCase(),
  email: ` ${id}@Acme.dev `,
  deleted: false,
  bot: false,
  guest: false,
  stranger: false,
  ...more,
})
const away: Read<never> = { kind: 'unreadable', reason: 'unreachable', message: 'x' }
const people: Readonly<Record<string, Read<Member>>> = {
  UANA: { kind: 'ok', value: member('UANA') },
  UBEN: { kind: 'ok', value: member('UBEN') },
  UREQ: { kind: 'ok', value: member('UREQ') },
  UREQ2: { kind: 'ok', value: member('UREQ2', { email: 'ureq@acme.dev' }) },
  UGONE: { kind: 'ok', value: member('UGONE', { deleted: true }) },
  UBOT: { kind: 'ok', value: member('UBOT', { bot: true }) },
  UGUEST: { kind: 'ok', value: member('UGUEST', { guest: true }) },
  USTRANGE: { kind: 'ok', value: member('USTRANGE', { stranger: true }) },
  UOTHER: { kind: 'ok', value: member('UANA') },
  UAWAY: away,
}
const groups: Readonly<Record<string, Read<readonly string[]>>> = {
  S1: { kind: 'ok', value: ['UBEN'] },
  SAWAY: away,
}
const directory = (more: Partial<Directory> = {}): Directory => ({
  user: async (id) => people[id] ?? { kind: 'absent' },
  groupMembers: async (id) => groups[id] ?? { kind: 'absent' },
  ...more,
})
const question = (
  approvers: readonly string[],
  requester: Principal = { id: 'UREQ', name: 'Req' },
  more = {},
): Question => ({ requester, rule: { approvers, ...more } }) as Question
const approve = (id: string, asked: Question, known = directory()) =>
  mayApprove(id, asked, known).then((answer) => (isRefusal(answer) ? answer.code : answer))
const deny = (id: string, asked: Question, known = directory()) =>
  mayDeny(id, asked, known).then((answer) => (isRefusal(answer) ? answer.code : answer))
const everybody = Object.keys(people)

describe('who may approve', () => {
  it('is a full member who is listed, by id or by group, as the directory knows them', async () => {
    expect(await approve('UANA', question(['UANA']))).toEqual({ id: 'UANA', name: 'uana', person: 'uana@acme.dev' })
    expect(await approve('UBEN', question(['S1']))).toMatchObject({ id: 'UBEN' })
    expect(await approve('UBEN', question(['SAWAY', 'S1']))).toMatchObject({ id: 'UBEN' })
    const nameless = directory({
      user: async () => ({ kind: 'ok', value: { ...member('UANA'), email: undefined } as never }),
    })
    expect(await fullMember('UANA', nameless)).toEqual({ id: 'UANA', name: 'uana' })
  })

  it.each([
    ['somebody who is not listed', 'UANA', ['UBEN', 'S1'], 'not-an-approver'],
    ['anybody, where nobody is listed', 'UANA', [], 'not-an-approver'],
    ['somebody of a group that is not there', 'UANA', ['S9'], 'not-an-approver'],
    ['somebody, while a group cannot be read', 'UANA', ['SAWAY'], 'directory-unreadable'],
    ['the one who asked', 'UREQ', ['UREQ'], 'self-approval'],
    ['a second account of the one who asked', 'UREQ2', ['UREQ2'], 'self-approval'],
    ['who left', 'UGONE', everybody, 'deactivated'],
    ['a bot', 'UBOT', everybody, 'not-a-person'],
    ['a guest', 'UGUEST', everybody, 'guest'],
    ['a stranger', 'USTRANGE', everybody, 'stranger'],
    ['who is known by another id', 'UOTHER', everybody, 'not-a-member'],
    ['whom nobody knows', 'UNONE', ['UNONE'], 'not-a-member'],
    ['who cannot be looked up', 'UAWAY', everybody, 'directory-unreadable'],
    ['Slackbot', 'USLACKBOT', ['USLACKBOT'], 'not-a-person'],
    ['the doctor', 'doctor', ['doctor'], 'not-a-person'],
    ['an id in small letters', 'uana', ['uana'], 'not-a-person'],
    ['an id with more behind it', 'UANA ', ['UANA '], 'not-a-person'],
    ['an id with more before it', ' UANA', [' UANA'], 'not-a-person'],
    ['a group', 'S1', ['S1'], 'not-a-person'],
    ['an id that is too short', 'UA', ['UA'], 'not-a-person'],
  ] as const)('is not %s', async (_, id, approvers, code) => {
    const answer = await mayApprove(id, question(approvers), directory())
    expect(answer).toMatchObject({ kind: 'refused', code })
    expect(isRefusal(answer) && answer.reason.length > 10).toBe(true)
  })

  it('a directory that fails means no, whichever part of it', async () => {
    const fails = () => Promise.reject(new Error('away'))
    expect(await approve('UANA', question(['UANA']), directory({ user: fails }))).toBe('directory-unreadable')
    expect(await approve('UANA', question(['S1']), directory({ groupMembers: fails }))).toBe('directory-unreadable')
    expect(await approve('UANA', question(['UANA'], { id: 'UAWAY', name: 'x' }))).toBe('directory-unreadable')
  })

  it('looks up who asked only where that is needed', async () => {
    const looked: string[] = []
    const known = directory({
      user: async (id) => {
        looked.push(id)
        return people[id] ?? { kind: 'absent' }
      },
    })
    await approve('UANA', question(['UANA'], { id: 'doctor', name: 'the doctor' }), known)
    await approve('UANA', question(['UANA'], { id: 'UREQ', name: 'Req', person: 'req@acme.dev' }), known)
    expect(looked).toEqual(['UANA', 'UANA'])
    expect(await approve('UANA', question(['UANA'], { id: 'UNONE', name: 'x' }), known)).toMatchObject({ id: 'UANA' })
  })

  it('is only who is on call, where the rule asks for that', async () => {
    const rule = { onCallOnly: true }
    const asked = question(['UANA', 'UBEN'], undefined, rule)
    const onCall: Directory['onCall'] = async ({ id }) => ({ kind: 'ok', value: id === 'UANA' })
    expect(await approve('UANA', asked, directory({ onCall }))).toMatchObject({ id: 'UANA' })
    expect(await approve('UBEN', asked, directory({ onCall }))).toBe('not-on-call')
    expect(await approve('UANA', asked)).toBe('not-on-call')
    expect(await approve('UANA', asked, directory({ onCall: async () => away }))).toBe('not-on-call')
    expect(await approve('UANA', asked, directory({ onCall: () => Promise.reject(new Error('away')) }))).toBe(
      'not-on-call',
    )
    expect(await approve('UBEN', question(['UBEN']), directory({ onCall }))).toMatchObject({ id: 'UBEN' })
  })
})

describe('who may deny', () => {
  it('is whoever may approve, and the one who asked', async () => {
    expect(await deny('UANA', question(['UANA']))).toMatchObject({ id: 'UANA' })
    expect(await deny('UREQ', question([]))).toMatchObject({ id: 'UREQ' })
    expect(await deny('UBEN', question(['UANA']))).toBe('not-an-approver')
    expect(await deny('UGUEST', question(everybody))).toBe('guest')
    expect(await deny('UBEN', question(['SAWAY']))).toBe('directory-unreadable')
  })
})
