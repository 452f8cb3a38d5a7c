import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type SimulatedPagerDuty, startPagerDuty } from '../../src/demo/pagerduty/start.ts'
import type { Incident } from '../../src/domain/incident.ts'
import type { PagerEntry } from '../../src/domain/pager.ts'
import { images, seedBrokenCheckout } from './broken-checkout.ts'
import { channel, secrets, startWorld, type World } from './world.ts'

let world: World
let pagerduty: SimulatedPagerDuty
beforeAll(async () => {
  pagerduty = await startPagerDuty({ token: 'tok' })
  world = await startWorld({
    cluster: { seed: seedBrokenCheckout, images, speed: 20 },
    env: { PAGERDUTY_TOKEN: 'tok', PAGERDUTY_FROM: 'doctor@acme.example', PAGERDUTY_API_URL: pagerduty.url },
  })
  pagerduty.connect({ url: `${world.app.url}/webhooks/pagerduty`, secret: secrets.pagerduty })
})
afterAll(async () => {
  await world?.close()
  await pagerduty?.close()
})

let pages = 0
/** A page, and its parent message once its thread has the answer. */
const page = async (what: string) => {
  pages += 1
  const title = `${what} (${pages})`
  const { id } = pagerduty.trigger({ key: title, title, urgency: 'high', priority: 'P1', service: 'payments' })
  const parent = await world.slack.waitFor((message) => message.text.includes(title))
  await world.slack.waitFor((message) => message.thread_ts === parent.ts && message.ts !== parent.ts, 10_000)
  return { id, ts: parent.ts }
}
const status = (id: string) => pagerduty.find(id)?.status
const parentOf = (ts: string) => JSON.stringify(world.slack.messages(channel).find((one) => one.ts === ts))
const thread = (ts: string) => world.slack.messages(channel, ts).filter((one) => one.ts !== ts)
const incidentOf = async (ts: string): Promise<Incident> => {
  const all = await world.app.doctor.store.list<Incident>('incident', 200)
  return all.map(({ value }) => value).find((one) => one.thread?.ts === ts) as Incident
}
const listOf = async (ts: string): Promise<readonly PagerEntry[]> =>
  (await world.app.doctor.store.get<readonly PagerEntry[]>('pager-list', (await incidentOf(ts)).id))?.value ?? []

/** What people had told the pager; the doctor's own notes are left out. */
const wishesOf = async (ts: string) => (await listOf(ts)).filter(({ by }) => by !== 'doctor')

describe('a page', () => {
  it('is acknowledged, escalated and resolved by buttons, in the name of who pressed, without an echo', async () => {
    const { id, ts } = await page('nothing to see')
    await world.slack.as('U0ANA').press(ts, channel, 'doctor.acknowledge')
    await expect.poll(() => status(id)).toBe('acknowledged')
    expect(pagerduty.find(id)?.acknowledgedBy?.email).toBe('ana@acme.example')
    await expect.poll(() => parentOf(ts)).toContain('acknowledged by ana')
    expect(parentOf(ts)).not.toContain('doctor.acknowledge"')
    await world.slack.as('U0ANA').press(ts, channel, 'doctor.escalate')
    await world.slack.as('U0ANA').press(ts, channel, 'doctor.escalate')
    await expect.poll(() => pagerduty.find(id)?.level).toBe(2)
    await world.slack.as('U0BEN').press(ts, channel, 'doctor.resolve')
    await expect.poll(() => status(id)).toBe('resolved')
    await expect.poll(() => parentOf(ts)).toContain('doctor.postmortem')
    await sleep(300)
    expect(thread(ts).filter((one) => one.text.startsWith('PagerDuty:'))).toEqual([])
    expect((await wishesOf(ts)).map((entry) => [entry.command.kind, entry.state])).toEqual([
      ['acknowledge', 'sent'],
      ['escalate', 'sent'],
      ['resolve', 'sent'],
    ])
  })

  it('is acknowledged, noted and resolved there, and the thread says so', async () => {
    const { id, ts } = await page('looked after there')
    pagerduty.acknowledge(id)
    await expect.poll(() => parentOf(ts)).toContain('acknowledged by Ana Ruiz')
    const by = { id: 'PANA001', name: 'Ana Ruiz', email: 'ana@acme.example' }
    pagerduty.note(id, 'the vendor <!channel> is told', by)
    const noted = await world.slack.waitFor((one) => one.thread_ts === ts && one.text.includes('Ana Ruiz noted'))
    expect(JSON.stringify(noted)).not.toContain('<!channel>')
    pagerduty.escalate(id, 2)
    await world.slack.waitFor((one) => one.thread_ts === ts && one.text.includes('escalated'))
    pagerduty.resolve(id)
    await world.slack.waitFor((one) => one.ts === ts && one.text.startsWith('resolved'))
    expect(await wishesOf(ts)).toEqual([])
  })

  it('gets notes, assignments and answers about who is on call from the thread', async () => {
    const { id, ts } = await page('talked about')
    const say = (user: string, text: string) => world.slack.as(user).say(`doctor ${text}`, channel, ts)
    await say('U0CARA', 'note rolled the flag back')
    await expect.poll(() => pagerduty.find(id)?.notes.at(-1)?.content ?? '').toMatch(/^cara: rolled the flag back\n/)
    expect(pagerduty.find(id)?.notes.at(-1)?.by.email).toBe('cara@acme.example')
    await say('U0ANA', 'assign <@U0DAN>')
    await expect.poll(() => pagerduty.find(id)?.assignee.id).toBe('PDAN001')
    await say('U0ANA', 'oncall')
    await world.slack.waitFor((one) => one.thread_ts === ts && JSON.stringify(one).includes('Primary'))
    await sleep(200)
    // Our own note comes back by webhook; the thread does not repeat it.
    expect(thread(ts).filter((one) => one.text.includes('noted'))).toEqual([])
  })

  it('gets the diagnosis, and the end with its times, as notes; people cannot decide who have no right to', async () => {
    const { id, ts } = await page('payments/checkout is failing')
    await expect.poll(() => pagerduty.find(id)?.notes.length, { timeout: 5_000 }).toBe(1)
    expect(pagerduty.find(id)?.notes[0]?.content).toMatch(/Cause: .*2\.8\.2-typo/)
    await world.slack.as('U0GIL').press(ts, channel, 'doctor.resolve')
    await sleep(200)
    expect(status(id)).toBe('triggered')
    const card = thread(ts).find((one) => JSON.stringify(one.blocks ?? []).includes('doctor.approve'))
    if (card !== undefined) await world.slack.as('U0ANA').press(card.ts, channel, 'doctor.deny')
    await world.slack.as('U0ANA').say('doctor resolve', channel, ts)
    await expect.poll(() => status(id)).toBe('resolved')
    await world.slack.as('U0ANA').say('doctor postmortem --output json', channel, ts)
    const draft = await world.slack.waitFor(
      (one) => one.thread_ts === ts && JSON.stringify(one.blocks).includes('\\"version\\": 1'),
    )
    expect(JSON.stringify(draft.blocks)).toContain('image')
  })
})

describe('what PagerDuty does not take', () => {
  it('is said in the thread', async () => {
    const { id, ts } = await page('at the last level')
    pagerduty.escalate(id, 2)
    await world.slack.as('U0ANA').say('doctor escalate', channel, ts)
    await world.slack.waitFor((one) => one.thread_ts === ts && one.text.includes('last level'))
  })
})
