import { canonical, canonicalHash, NotCanonical } from '../../src/domain/canonical.ts'
import { newLife, step } from '../../src/domain/plan-life.ts'
import type { PlanRecord } from '../../src/domain/plan-record.ts'
import { planHash, sealPlan } from '../../src/domain/seal-plan.ts'
import { channel } from '../flows/world.ts'
import type { Shown } from '../promises/stage.ts'
import { each, first, says, words } from './judge.ts'
import type { Group, Site, Try } from './site.ts'

const equal = (what: string, a: unknown, b: unknown): Try => ({
  what: `equal: ${what}`,
  run: async () => (canonicalHash(a) === canonicalHash(b) ? undefined : 'equal meaning, other hash'),
})
const other = (what: string, a: unknown, b: unknown): Try => ({
  what: `other: ${what}`,
  run: async () => (canonicalHash(a) === canonicalHash(b) ? 'other meaning, equal hash' : undefined),
})
const impossible = (what: string, value: unknown): Try => ({
  what: `no form: ${what}`,
  run: async () => {
    try {
      canonical(value)
      return 'it has a form'
    } catch (error) {
      return error instanceof NotCanonical ? undefined : String(error)
    }
  },
})

const ring: Record<string, unknown> = {}
ring['self'] = ring

/** A card, and what becomes of it after something was done; ends it where it still waits. */
const withCard = async (
  site: Site,
  act: (card: Shown, record: PlanRecord) => Promise<unknown>,
  judge: (record: PlanRecord, writes: number) => string | undefined,
): Promise<string | undefined> => {
  const workload = site.workload()
  const card = await site.card(workload)
  await act(card, await site.record(card))
  const record = await site.record(card).catch(() => undefined)
  if (record === undefined) return site.writes(workload).length === 0 ? undefined : 'something was written'
  const problem = judge(record, site.writes(workload).length)
  if (record.life.state === 'pending') {
    await site.press(card, 'U0DAN', 'doctor.deny')
    await site.settled(card)
  }
  return problem
}

const unwritten = (record: PlanRecord, writes: number): string | undefined =>
  writes > 0 ? 'something was written' : record.life.effect === 'none' ? undefined : `the plan is ${record.life.state}`

/** Puts another text in the place of a stored plan, as somebody with access to Redis alone could. */
const overwrite = async (site: Site, id: string, change: (text: string) => string): Promise<void> => {
  const redis = site.redis.connect('commands')
  if (redis.status !== 'ready') await new Promise((ready) => redis.once('ready', ready))
  const place = `{doctor}:record:plan:${id}`
  const text = (await redis.hget(place, 'd')) ?? ''
  await redis.hset(place, 'd', change(text))
  redis.disconnect()
}

/** What the private answer to a press said. */
const answered = async (site: Site, user: string, act: () => Promise<unknown>): Promise<string> => {
  const before = site.told(user).length
  await act()
  const end = Date.now() + 5_000
  while (Date.now() < end && site.told(user).length === before) await new Promise((tick) => setTimeout(tick, 10))
  return site.told(user).at(-1) ?? ''
}

const guess = async (site: Site, value: string): Promise<string> => {
  const body = (card: Shown) =>
    site.pressBody(card, 'U0ANA', {
      actions: [{ type: 'button', action_id: 'doctor.approve', block_id: 'b', value, action_ts: `${Math.random()}` }],
    })
  return answered(site, 'U0ANA', () => site.slackPost(body({ id: value, ts: '1700000000.000100', channel })))
}

const seconds = (n: number): number => n * 1_000

/** Groups 55 to 61: plans and their approvals. */
export const planGroups: readonly Group[] = [
  {
    number: 55,
    name: 'canonical form',
    tries: [
      equal('order of keys', { a: 1, b: 2 }, { b: 2, a: 1 }),
      equal('1.0 and 1', JSON.parse('{"a":1.0}'), { a: 1 }),
      equal('-0 and 0', { a: -0 }, { a: 0 }),
      equal('NFC and NFD', { a: 'é' }, { a: 'e\u0301' }),
      equal('an exponent', JSON.parse('{"a":1e2}'), { a: 100 }),
      other('a number and its text', { a: 1 }, { a: '1' }),
      other('null and missing', { a: null }, {}),
      other('order of a list', [1, 2], [2, 1]),
      other('white space', { a: ' x' }, { a: 'x' }),
      other('homoglyphs', { a: 'prod' }, { a: 'рrod' }),
      other('an empty list and an empty object', { a: [] }, { a: {} }),
      other('the parts of a path', { a: ['b.c'] }, { a: ['b', 'c'] }),
      impossible('2^53 + 1', { a: 2 ** 53 + 1 }),
      impossible('NaN', { a: Number.NaN }),
      impossible('Infinity', { a: Number.POSITIVE_INFINITY }),
      impossible('a lone surrogate', { a: '\ud800' }),
      impossible('undefined', { a: undefined }),
      impossible('a date', { a: new Date() }),
      impossible('a map', { a: new Map() }),
      impossible('a function', { a: () => 1 }),
      impossible('a big integer', { a: 1n }),
      impossible('itself', ring),
      impossible('two keys that are equal in NFC', { é: 1, 'e\u0301': 2 }),
    ],
  },
  {
    number: 56,
    name: 'a stored plan with other bytes',
    tries: [
      {
        what: 'one byte, at every place of its text',
        run: (site) =>
          withCard(
            site,
            async () => undefined,
            ({ plan }) => {
              const text = JSON.stringify(plan)
              for (let at = 0; at < text.length; at += 1) {
                const changed = `${text.slice(0, at)}${text[at] === '0' ? '1' : '0'}${text.slice(at + 1)}`
                try {
                  const read = JSON.parse(changed) as typeof plan
                  // The same value in another spelling is the same plan.
                  if (planHash(read) === plan.hash && read.hash === plan.hash && canonical(read) !== canonical(plan))
                    return `a change at ${at} is not seen`
                } catch {
                  // Not JSON, or nothing that has a canonical form: refused before its hash is looked at.
                }
              }
              return undefined
            },
          ),
      },
      ...each<(text: string) => string>(
        [
          ['another image', (text) => text.replaceAll('acme/checkout:1', 'evil/checkout:1')],
          ['no quorum', (text) => text.replace(/"quorum":1/, '"quorum":0')],
          ['another approver', (text) => text.replaceAll('U0ANA', 'U0BEN')],
          ['approved already', (text) => text.replace('"state":"pending"', '"state":"approved"')],
          ['half', (text) => text.slice(0, text.length / 2)],
          ['nothing', () => ''],
          ['another plan', () => '{}'],
          ['ten years of life', (text) => text.replace(/"expiresAt":"20\d\d/, '"expiresAt":"2099')],
        ],
        (change, site) =>
          withCard(
            site,
            async (card) => {
              await overwrite(site, card.id, change)
              await answered(site, 'U0ANA', () => site.press(card, 'U0ANA'))
            },
            unwritten,
          ),
      ),
    ],
  },
  {
    number: 57,
    name: 'an approval of another plan',
    tries: [
      {
        what: 'of the same thing on another cluster',
        run: (site) =>
          withCard(
            site,
            async () => undefined,
            ({ plan }) => {
              const { hash: _, ...rest } = plan
              const there = sealPlan({ ...rest, cluster: 'prod-us1' })
              const by = { id: 'U0ANA', name: 'Ana' }
              const after = step(there, newLife(there), { kind: 'approve', by, planHash: plan.hash, at: Date.now() })
              return 'kind' in after && after.kind === 'refused' ? undefined : 'it counted'
            },
          ),
      },
    ],
  },
  {
    number: 58,
    name: 'how long a plan lives',
    tries: each(
      [
        ['ended by a millisecond', 0, 1],
        ['ended a second ago', 0, 1_000],
        ['ended ten years ago', 0, 10 * 365 * 86_400_000],
      ].map(([what, , late]) => [String(what), Number(late)] as const),
      (late, site) =>
        withCard(
          site,
          async () => undefined,
          ({ plan }) => {
            const by = { id: 'U0ANA', name: 'Ana' }
            const at = Date.parse(plan.expiresAt) + late
            const after = step(plan, newLife(plan), { kind: 'approve', by, planHash: plan.hash, at })
            if (!('kind' in after)) return 'it counted'
            const life = Date.parse(plan.expiresAt) - Date.parse(plan.createdAt)
            return life > 0 && life <= seconds(1_800) ? undefined : `it lives ${life} ms`
          },
        ),
    ),
  },
  {
    number: 59,
    name: 'who approves, and how often',
    tries: [
      {
        what: 'the same person twice where two are asked for',
        run: async (site) => {
          const workload = site.workload()
          const card = await site.card(workload, { action: 'scale-workload', input: { replicas: 0 } })
          const { plan } = await site.record(card)
          await answered(site, 'U0ANA', () => site.press(card, 'U0ANA'))
          await answered(site, 'U0ANA', () => site.press(card, 'U0ANA'))
          const { life } = await site.record(card)
          const problem = plan.rule.quorum === 2 && life.approvals.length > 1 ? 'it counted twice' : undefined
          if (life.state === 'pending') await site.press(card, 'U0DAN', 'doctor.deny')
          await site.settled(card)
          return problem
        },
      },
      {
        what: 'the one who asked',
        run: async (site) => {
          const workload = site.workload()
          const card = await site.card(workload, { requester: { id: 'U0ANA', name: 'Ana Ruiz' } })
          const said = await answered(site, 'U0ANA', () => site.press(card, 'U0ANA'))
          const { life } = await site.record(card)
          await site.press(card, 'U0DAN', 'doctor.deny')
          return first(says(said, /asked/), life.approvals.length === 0 ? undefined : 'it counted')
        },
      },
      ...each<string>(
        [
          ['somebody who may not', 'U0BEN'],
          ['a guest', 'U0GIL'],
          ['somebody of another company', 'U0EVE'],
          ['somebody who left', 'U0GONE'],
        ],
        (user, site) => withCard(site, (card) => answered(site, user, () => site.press(card, user)), unwritten),
      ),
    ],
  },
  {
    number: 60,
    name: 'plan ids that are guessed',
    tries: [
      {
        what: 'every answer is the same',
        run: async (site) => {
          const guesses = [
            '0'.repeat(32),
            'f'.repeat(32),
            'x',
            '1',
            '../plan',
            '',
            '0'.repeat(31),
            `${'0'.repeat(31)}g`,
          ]
          const answers = new Set<string>()
          for (const value of guesses) answers.add(await guess(site, value))
          return first(
            ...[...answers].map(words),
            answers.size === 1 ? undefined : `it tells: ${[...answers].join(' | ')}`,
          )
        },
      },
      {
        what: 'ids have 128 random bits',
        run: (site) =>
          withCard(
            site,
            async () => undefined,
            ({ plan }) => (/^[0-9a-f]{32}$/.test(plan.id) ? undefined : plan.id),
          ),
      },
    ],
  },
  {
    number: 61,
    name: 'a plan that has ended',
    tries: [
      ...each<'doctor.deny' | 'doctor.approve'>(
        [
          ['denied', 'doctor.deny'],
          ['carried out', 'doctor.approve'],
        ],
        async (how, site) => {
          const workload = site.workload()
          const card = await site.card(workload)
          await site.press(card, 'U0DAN', how)
          const { life } = await site.settled(card)
          const writes = site.writes(workload).length
          const said = await answered(site, 'U0ANA', () => site.slackPost(site.pressBody(card, 'U0ANA')))
          const after = (await site.record(card)).life
          return first(
            words(said),
            after.state === life.state ? undefined : `it is ${after.state} now`,
            site.writes(workload).length === writes ? undefined : 'it was written again',
          )
        },
      ),
      {
        what: 'frozen',
        run: async (site) => {
          const workload = site.workload()
          const card = await site.card(workload)
          await site.typed('freeze while we look', 'U0ANA')
          const said = await answered(site, 'U0ANA', () => site.press(card, 'U0ANA'))
          await new Promise((tick) => setTimeout(tick, 300))
          const writes = site.writes(workload).length
          await site.typed('unfreeze', 'U0ANA')
          const { life } = await site.record(card)
          if (life.state === 'pending') await site.press(card, 'U0DAN', 'doctor.deny')
          return first(words(said), writes === 0 ? undefined : 'something was written')
        },
      },
    ],
  },
]
