import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { decide } from '../../src/doctor/decide.ts'
import { ears } from '../../src/doctor/hear.ts'
import { plan } from '../../src/doctor/plan.ts'
import { makeRound } from '../../src/doctor/rounds.ts'
import type { Digest } from '../../src/domain/digest.ts'
import type { PlanRecord } from '../../src/domain/plan-record.ts'
import { isRefusal } from '../../src/domain/refusal.ts'
import { verifyAudit } from '../../src/memory/verify-audit.ts'
import type { HeadKeeper } from '../../src/ports.ts'
import { openWard, pressOn, requestFor, seedDeployment, type Ward } from './ward.ts'

let ward: Ward
beforeAll(async () => {
  ward = await openWard({
    SLACK_BOT_TOKEN: 'xoxb-1',
    SLACK_SIGNING_SECRET: 'secret-of-slack',
    SLACK_CHANNEL: 'CONCALL',
    DOCTOR_TIMEZONE: 'Europe/Berlin',
  })
})
afterAll(() => ward.close())

const said = (text: string) => ward.chat.said.filter((one) => one.message.text.includes(text))

describe('a flood of proposals', () => {
  const names = Array.from({ length: 40 }, (_, i) => `app-${i}`)
  const wish = (name: string) =>
    requestFor(
      'restart-rollout',
      {},
      { target: { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name } },
    )
  const cards: PlanRecord[] = []
  const digest = async () => (await ward.doctor.store.get<Digest>('digest', 'CONCALL'))?.value

  it('becomes five cards and one message', async () => {
    for (const name of names) seedDeployment(ward, name)
    const thread = { channel: 'CONCALL', ts: '1.5' }
    const at = '2026-11-21T08:00:00Z'
    const base = { id: 'i-0000000000', cluster: 'prod-eu1', state: 'open', title: 'shop is failing', updatedAt: at }
    const incident = { ...base, thread, plans: [], attempts: [] }
    await ward.doctor.store.put('incident', incident.id, incident, 0)
    for (const name of [...names, ...names]) {
      const made = await plan(ward.doctor, { ...wish(name), ...(name === 'app-5' ? { incident: incident.id } : {}) })
      if (!isRefusal(made) && made.kind === 'planned') cards.push(made.record)
    }
    expect(cards).toHaveLength(5)
    expect(ward.chat.said.filter((one) => JSON.stringify(one.message).includes('doctor.approve'))).toHaveLength(5)
    // The thread of the one that has one is told that its fix waits.
    expect(said('A fix is known')).toMatchObject([{ thread: '1.5' }])
    expect(ward.chat.said).toHaveLength(7)
    expect((await digest())?.held).toHaveLength(35)
    await makeRound(ward.doctor, 'executor')
    const [shown] = said('35 more proposals wait')
    expect(JSON.stringify(shown?.message.blocks)).toMatch(/restart-rollout on Deployment shop\/app-5 .*and 20 more/)
  })

  it('makes room as cards are decided: the oldest is planned next, and the message says what is left', async () => {
    ward.waiting.length = 0
    await decide(ward.doctor, pressOn(cards[0] as PlanRecord, 'deny', 'UANA'))
    expect(ward.waiting.map((one) => one.job)).toMatchObject([{ kind: 'plan', request: { target: { name: 'app-5' } } }])
    expect(said('34 more proposals wait')).toHaveLength(1)
    expect(await plan(ward.doctor, wish('app-5'))).toMatchObject({ kind: 'planned' })
    await makeRound(ward.doctor, 'executor')
    expect((await digest())?.held).toHaveLength(34)
  })

  it('tells a person who asks for one more that there are too many, and holds nothing of theirs', async () => {
    const mine = {
      ...wish('app-39'),
      action: 'scale-workload',
      input: { replicas: 4 },
      requester: { id: 'UREQ', name: 'Req' },
    }
    expect(await plan(ward.doctor, mine)).toMatchObject({ code: 'too-many-open' })
    expect(ward.chat.said.at(-1)).toMatchObject({ to: 'UREQ' })
    expect((await digest())?.held).toHaveLength(34)
  })

  it('forgets what waited too long', async () => {
    ward.clock.offset += 7 * 3_600_000
    ward.waiting.length = 0
    await makeRound(ward.doctor, 'executor')
    expect((await digest())?.held).toEqual([])
    expect(ward.waiting).toEqual([])
    expect(said('No proposal is held back any more')).toHaveLength(1)
    ward.clock.offset = 0
  })

  it('stands on the Home tab of those who may decide about it, and of nobody else', async () => {
    const homes = new Map<string, string>()
    const publishHome = async (user: string, view: unknown) => void homes.set(user, JSON.stringify(view))
    const listening = ears({ ...ward.doctor, chat: { ...ward.chat, publishHome } })
    for (const user of ['UANA', 'UOUT', 'UREQ']) await listening.home(user)
    expect(homes.get('UANA')).toContain('Waits for you')
    expect(homes.get('UANA')).toContain('Restart Deployment shop/app-1')
    expect(homes.get('UOUT')).not.toContain('Waits for you')
  })
})

describe('rounds', () => {
  const at = (text: string) => {
    ward.clock.offset = Date.parse(text) - Date.now()
  }

  it('post the head of the record once a day from the hour of the report, and it can be checked later', async () => {
    const before = said('Record doctor-').length
    const posted = () => said('Record doctor-').length - before
    at('2026-11-23T07:59:00Z')
    await makeRound(ward.doctor, 'executor')
    expect(posted()).toBe(0)
    at('2026-11-23T08:01:00Z')
    for (const _ of [1, 2]) await makeRound(ward.doctor, 'executor')
    expect(posted()).toBe(1)
    const hash = /head ([0-9a-f]{64})/.exec(said('Record doctor-').at(-1)?.message.text ?? '')?.[1] ?? ''
    expect(hash).toBe(ward.doctor.audit.head().hash)
    const folder = `${ward.folder}/audit`
    expect(await verifyAudit(folder, [hash])).toMatchObject({ sound: true })
    expect(await verifyAudit(folder, ['0'.repeat(64)])).toMatchObject({ sound: false })
    at('2026-11-24T09:00:00Z')
    await makeRound(ward.doctor, 'executor')
    // Nothing was added since, so there is nothing new to anchor.
    expect(posted()).toBe(1)
    await ward.doctor.audit.append({ kind: 'freeze.on', at: '2026-11-24T09:00:00Z' })
    await makeRound(ward.doctor, 'executor')
    expect(posted()).toBe(2)
  })

  it('keep it in Git as well where a repository is set up, and post it all the same when Git cannot be reached', async () => {
    const kept: string[][] = []
    const github = { apiUrl: 'https://api.github.com', token: 't', repositories: [], record: 'acme/record' }
    const heads: HeadKeeper = {
      keep: async (...asked) => {
        kept.push(asked)
        return kept.length === 1 ? { kind: 'done', commit: 'c0ffee' } : { kind: 'unknown', message: 'no answer' }
      },
    }
    const doctor = { ...ward.doctor, config: { ...ward.doctor.config, github }, heads }
    const before = said('Record doctor-').length
    for (const day of ['25', '26']) {
      await doctor.audit.append({ kind: 'freeze.off', at: `2026-11-${day}T08:00:00Z` })
      at(`2026-11-${day}T09:00:00Z`)
      for (const _ of [1, 2]) await makeRound(doctor, 'executor')
    }
    expect(said('Record doctor-')).toHaveLength(before + 2)
    expect(kept.map(([repository, , line]) => [repository, line?.slice(0, 10)])).toEqual([
      ['acme/record', '2026-11-25'],
      ['acme/record', '2026-11-26'],
    ])
    const hash = kept[0]?.[2]?.split(' ').at(-1) ?? ''
    expect(await verifyAudit(`${ward.folder}/audit`, [hash])).toMatchObject({ sound: true })
    expect((await doctor.audit.read({ kinds: ['effect.unknown'] })).at(-1)?.data?.['reason']).toBe('no answer')
  })
})
