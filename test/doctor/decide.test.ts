import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { decide } from '../../src/doctor/decide.ts'
import { execute } from '../../src/doctor/execute.ts'
import { plan } from '../../src/doctor/plan.ts'
import { readPlan } from '../../src/doctor/plans/plan-store.ts'
import type { PlanRecord } from '../../src/domain/plan-record.ts'
import { isRefusal } from '../../src/domain/refusal.ts'
import { openWard, person, pressOn, recordOf, requestFor, seedDeployment, type Ward, writesOf } from './ward.ts'

let ward: Ward
let record: PlanRecord
let number = 0

beforeAll(async () => {
  ward = await openWard({ DOCTOR_PLAN_TTL: '60s', DOCTOR_APPROVERS: 'UANA,UBEN,UREQ,UGUEST,UBOT1,UGONE,USTRA,SONCALL' })
  ward.chat.people.set('UGUEST', person('UGUEST', { guest: true }))
  ward.chat.people.set('UBOT1', person('UBOT1', { bot: true }))
  ward.chat.people.set('UGONE', person('UGONE', { deleted: true }))
  ward.chat.people.set('USTRA', person('USTRA', { stranger: true }))
  ward.chat.people.set('UALT', person('UALT', { email: 'UREQ@acme.dev' }))
  ward.chat.people.set('UFAKE', person('UFAKE', { name: 'UANA' }))
  ward.chat.groups.set('SONCALL', ['UCAT', 'UALT'])
})
afterAll(() => ward.close())
beforeEach(async () => {
  number += 1
  ward.clock.offset = 0
  for (const stored of await ward.doctor.store.list<PlanRecord>('plan', 100))
    await ward.doctor.store.remove('plan', stored.value.plan.id)
  const name = `app-${number}`
  seedDeployment(ward, name)
  const target = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name }
  record = recordOf(
    await plan(ward.doctor, requestFor('restart-rollout', {}, { target, requester: { id: 'UREQ', name: 'Req' } })),
  )
})

const life = async () => {
  const read = await readPlan(ward.doctor, record.plan.id)
  if (isRefusal(read)) throw new Error(read.reason)
  return read.life
}
const approveBy = (user: string) => decide(ward.doctor, pressOn(record, 'approve', user))

describe('who may decide', () => {
  it.each([
    ['the requester, although listed', 'UREQ', 'self-approval'],
    ['a second account of the requester, by its mail address', 'UALT', 'self-approval'],
    ['an outsider', 'UOUT', 'not-an-approver'],
    ['somebody named like an approver', 'UFAKE', 'not-an-approver'],
    ['a guest', 'UGUEST', 'guest'],
    ['a bot', 'UBOT1', 'not-a-person'],
    ['a deactivated account', 'UGONE', 'deactivated'],
    ['a member of another organisation', 'USTRA', 'stranger'],
    ['Slackbot', 'USLACKBOT', 'not-a-person'],
    ['nobody', '', 'not-a-person'],
    ['an id in lower case', 'uana', 'not-a-person'],
    ['an unknown id', 'UNOBODY', 'not-a-member'],
    ['the doctor', 'doctor', 'not-a-person'],
  ])('%s may not, and is told so alone', async (_, user, code) => {
    expect(await approveBy(user)).toMatchObject({ kind: 'refused', code })
    expect((await life()).approvals).toEqual([])
    const told = ward.chat.said.at(-1)
    expect(told?.to).toBe(user)
    expect(told?.message.text).not.toBe('')
  })

  it('an approver by id and one by group may', async () => {
    expect(await approveBy('UCAT')).toMatchObject({ kind: 'approved' })
    expect((await life()).approvals.map((approval) => approval.by.id)).toEqual(['UCAT'])
  })

  it('nobody may while the directory does not answer', async () => {
    const user = async () => Promise.reject(new Error('no answer'))
    const doctor = { ...ward.doctor, chat: { ...ward.chat, user } }
    expect(await decide(doctor, pressOn(record, 'approve', 'UANA'))).toMatchObject({ code: 'directory-unreadable' })
    const groupMembers = async () => ({ kind: 'unreadable', reason: 'timeout', message: '' }) as const
    const blind = { ...ward.doctor, chat: { ...ward.chat, groupMembers } }
    expect(await decide(blind, pressOn(record, 'approve', 'UCAT'))).toMatchObject({ code: 'directory-unreadable' })
    expect((await life()).state).toBe('pending')
  })

  it('the requester may take it back, an outsider may not', async () => {
    expect(await decide(ward.doctor, pressOn(record, 'deny', 'UOUT'))).toMatchObject({ code: 'not-an-approver' })
    expect(await decide(ward.doctor, pressOn(record, 'deny', 'UREQ'))).toMatchObject({ kind: 'denied' })
  })
})

describe('what decides', () => {
  const press = () => pressOn(record, 'approve', 'UANA')
  it.each([
    ['another message', () => ({ ...press(), message: '1.2' })],
    ['another channel', () => ({ ...press(), channel: 'COTHER' })],
    ['an unknown plan', () => ({ ...press(), plan: 'f'.repeat(32) })],
    ['a flipped bit', () => ({ ...press(), plan: record.plan.id.replace(/^./, (c) => (c === 'a' ? 'b' : 'a')) })],
    ['a truncated id', () => ({ ...press(), plan: record.plan.id.slice(0, 31) })],
    ['2,001 characters', () => ({ ...press(), plan: 'a'.repeat(2001) })],
    ['JSON', () => ({ ...press(), plan: '{"plan":"x"}' })],
    ['a path', () => ({ ...press(), plan: `../plan/${record.plan.id}` })],
  ])('a press with %s finds no plan', async (_, made) => {
    expect(await decide(ward.doctor, made())).toMatchObject({ kind: 'refused', code: 'plan-unknown' })
    expect((await life()).state).toBe('pending')
  })

  it('fifty presses at once are one approval, and everyone is answered', async () => {
    const said = ward.chat.said.length
    const results = await Promise.all(Array.from({ length: 50 }, (_, i) => approveBy(i % 2 === 0 ? 'UANA' : 'UBEN')))
    expect(results.filter((one) => !isRefusal(one))).toHaveLength(1)
    expect((await life()).approvals).toHaveLength(1)
    expect(ward.chat.said.slice(said).filter((one) => one.to !== undefined)).toHaveLength(50)
    const entries = await ward.doctor.audit.read({ plan: record.plan.id })
    expect(entries.filter((entry) => entry.kind === 'plan.approved')).toHaveLength(1)
  })

  it('a deny before the write wins, also over an approval', async () => {
    await approveBy('UANA')
    expect(await decide(ward.doctor, pressOn(record, 'deny', 'UBEN'))).toMatchObject({ kind: 'denied' })
    const before = writesOf(ward).length
    await execute(ward.doctor, record.plan.id)
    expect(writesOf(ward)).toHaveLength(before)
    const late = await approveBy('UBEN')
    expect(isRefusal(late) && late.reason).toContain('already denied')
  })

  it('after its time the press is refused and the buttons go away', async () => {
    ward.clock.offset = 60_001
    expect(await approveBy('UANA')).toMatchObject({ code: 'expired' })
    expect((await life()).state).toBe('expired')
    const card = ward.chat.said.find((one) => one.ts === record.card?.ts)
    expect(JSON.stringify(card?.message)).not.toContain('doctor.approve')
  })

  it('an approval that cannot be put on the record is none', async () => {
    const audit = { ...ward.doctor.audit, append: () => Promise.reject(new Error('ENOSPC')) }
    const answer = await decide({ ...ward.doctor, audit }, pressOn(record, 'approve', 'UANA'))
    expect(answer).toMatchObject({ code: 'audit-unavailable' })
    expect((await life()).state).toBe('refused')
  })

  it('an approval whose job was lost to a crash is carried on by the next press', async () => {
    ward.crash = 'decide.stored'
    await expect(approveBy('UANA')).rejects.toThrow('decide.stored')
    ward.waiting.length = 0
    expect(await approveBy('UBEN')).toMatchObject({ code: 'already-approved' })
    expect(ward.waiting.map((one) => one.job)).toContainEqual({ v: 1, kind: 'execute', plan: record.plan.id })
  })

  it('two different people are needed for a high risk', async () => {
    const { target } = record.plan
    const { uid: _, ...ref } = target
    const risky = recordOf(
      await plan(ward.doctor, requestFor('set-image', { image: 'other/image:1' }, { target: ref })),
    )
    expect(risky.plan).toMatchObject({ risk: 'high', rule: { quorum: 2 } })
    const by = (user: string) => decide(ward.doctor, pressOn(risky, 'approve', user))
    expect(await by('UANA')).toMatchObject({ code: 'too-fast' })
    ward.clock.offset = 3_100
    expect(await by('UANA')).toMatchObject({ kind: 'counted' })
    expect(await by('UANA')).toMatchObject({ code: 'already-approved' })
    expect(await by('UBEN')).toMatchObject({ kind: 'approved' })
  })
})

describe('a stored plan that somebody changed', () => {
  type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }
  /** Every path to a value, the plan's own hash left out: replacing that is the same as replacing the rest. */
  const leaves = (value: Json, path: readonly (string | number)[] = []): readonly (readonly (string | number)[])[] => {
    if (typeof value !== 'object' || value === null) return [path]
    return Object.entries(value).flatMap(([key, item]) => leaves(item as Json, [...path, key]))
  }
  const flip = (value: Json, [key, ...rest]: readonly (string | number)[]): Json => {
    if (key === undefined) {
      if (typeof value === 'string') return `${value}x`
      if (typeof value === 'number') return value + 1
      return typeof value === 'boolean' ? !value : 1
    }
    const copy = structuredClone(value) as Record<string, Json>
    copy[String(key)] = flip(copy[String(key)] as Json, rest)
    return copy
  }

  it('is never approved and never carried out, whatever field it was', async () => {
    await approveBy('UANA')
    const paths = leaves(record.plan as unknown as Json)
    expect(paths.length).toBeGreaterThan(50)
    const before = writesOf(ward).length
    for (const path of paths) {
      const stored = (await ward.doctor.store.get<PlanRecord>('plan', record.plan.id))!
      const changed = { ...stored.value, plan: flip(stored.value.plan as unknown as Json, path) }
      await ward.doctor.store.put('plan', record.plan.id, changed, stored.version)
      await execute(ward.doctor, record.plan.id)
      expect(await approveBy('UBEN'), path.join('.')).toMatchObject({ code: 'tampered' })
      await ward.doctor.store.put('plan', record.plan.id, stored.value, stored.version + 1)
    }
    expect(writesOf(ward)).toHaveLength(before)
    const entries = await ward.doctor.audit.read({ plan: record.plan.id })
    expect(entries.some((entry) => entry.kind === 'tamper.detected')).toBe(true)
  })
})
