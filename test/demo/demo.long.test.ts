import { existsSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Demo, startDemo } from '../../src/demo/start-demo.ts'
import { silentLog } from '../../src/main/log.ts'
import { hurriedClock } from '../flows/world.ts'

const channel = 'C0ONCALL'
const quick = { fireAfterMs: 200, resolveAfterMs: 200, everyMs: 50 }
let demo: Demo

beforeAll(async () => {
  demo = await startDemo({
    staging: false,
    speed: 30,
    selfHealMs: 300,
    checkTakesMs: 100,
    patience: quick,
    overrides: {
      log: silentLog,
      clock: hurriedClock(),
      pace: { burst: 20, everyMs: 20, giveUpMs: 3_000, most: 500 },
    },
  })
})
afterAll(() => demo?.stop())

const blocks = (message: { readonly blocks: readonly unknown[] }): string => JSON.stringify(message.blocks)
const tour = async () => {
  const state = (await (await fetch(`${demo.url}/panel/state`)).json()) as {
    tour: { step: number; steps: { done: boolean }[] }
  }
  return state.tour.steps.map((step) => step.done)
}
const eventually = async (holds: () => Promise<boolean> | boolean): Promise<void> => {
  for (let tries = 0; tries < 150; tries += 1) {
    if (await holds()) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error('it did not come to hold')
}
const act = (path: string, body: object) =>
  fetch(`${demo.url}/panel/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })

describe('the demo', () => {
  it('plays the guided run: break, cause, refusal, approval, verified, way back, and the tour ticks along', async () => {
    expect(await tour()).toEqual([false, false, false, false, false, false])
    expect(await (await act('actions/fault', { id: 'bad-image-tag', injected: 'true' })).json()).toEqual({ ok: true })
    const cause = await demo.slack.waitFor((message) => /^Cause: .*checkout:2\.8\.l does not exist/.test(message.text))
    const card = await demo.slack.waitFor((message) => blocks(message).includes('doctor.approve'))
    expect(card.thread_ts).toBe(cause.thread_ts)
    await eventually(async () => (await tour()).slice(0, 2).every(Boolean))

    await demo.slack.as('U0BEN').press(card.ts, channel, 'doctor.approve')
    const told = await demo.slack.waitFor((message) => message.ephemeral_to === 'U0BEN')
    expect(told.text).toMatch(/not among those who may approve/)
    expect(demo.cluster.requests.filter((request) => request.method === 'PATCH' && !request.dryRun)).toEqual([])

    await demo.slack.as('U0ANA').press(card.ts, channel, 'doctor.approve')
    await demo.slack.waitFor((message) => message.ts === card.ts && blocks(message).includes('doctor.undo'), 45_000)
    await demo.slack.waitFor((message) => message.ts === card.thread_ts && message.text.startsWith('resolved'), 10_000)
    await eventually(() => !demo.board.injected().has('bad-image-tag'))
    await eventually(async () => (await tour()).slice(0, 5).every(Boolean))

    await demo.slack.as('U0ANA').press(card.ts, channel, 'doctor.undo')
    await eventually(async () => (await tour()).every(Boolean))
  })

  it('pages through PagerDuty for what is critical, and resolves the page when it is healed', async () => {
    await demo.board.set('certificate-expired', true)
    await demo.slack.waitFor((message) => message.text.includes('platform/gateway'), 10_000)
    const [page] = demo.pagerduty.incidents()
    expect(page).toMatchObject({ status: 'triggered', urgency: 'high', service: 'platform' })
    await act('actions/acknowledge', { id: page?.id })
    expect(demo.pagerduty.find(page?.id ?? '')?.status).toBe('acknowledged')
    const parent = await demo.slack.waitFor((message) => blocks(message).includes('acknowledged by Ana Ruiz'), 10_000)
    await act('actions/note', { id: page?.id })
    await demo.slack.waitFor(
      (message) => message.thread_ts === parent.ts && message.text.includes('Ana Ruiz noted'),
      10_000,
    )
    const notes = () => demo.pagerduty.find(page?.id ?? '')?.notes ?? []
    await eventually(() => notes().some(({ content }) => content.startsWith('Cause:')))
    await demo.board.set('certificate-expired', false)
    await eventually(() => demo.pagerduty.find(page?.id ?? '')?.status === 'resolved')
    await eventually(() => demo.pagerduty.webhooks.every((webhook) => webhook.statuses.at(-1) === 202))
  })

  it('breaks what Git owns by a commit, proposes a pull request, and is well again once that is merged', async () => {
    await demo.board.set('git-bad-image', true)
    const card = await demo.slack.waitFor(
      (message) => blocks(message).includes('doctor.approve') && message.text.includes('pull request'),
      45_000,
    )
    await demo.slack.as('U0ANA').press(card.ts, channel, 'doctor.approve')
    await eventually(() => demo.git.pullRequests().some((pull) => pull.state === 'open'))
    const [pull] = demo.git.pullRequests()
    expect(pull?.diff).toContain('+          image: registry.acme.dev/platform/image-resizer:2.1.5 # released')
    expect(await (await fetch(pull?.url ?? '')).text()).toContain('Files changed')
    await demo.slack.waitFor((message) => blocks(message).includes('Checks: 1 passed'), 20_000)
    const press = (origin: string) => fetch(`${pull?.url}/merge`, { method: 'POST', headers: { origin } })
    expect((await press('https://evil.example')).status).toBe(403)
    expect((await press(demo.git.url)).url).toBe(pull?.url)
    await eventually(() => demo.git.pullRequests()[0]?.state === 'merged')
    await eventually(() => demo.monitoring.watched().size === 0)
    await demo.slack.waitFor((message) => message.ts === card.thread_ts && message.text.startsWith('resolved'), 10_000)
    const told = await demo.slack.waitFor((message) => /: merged, delivered and verified\./.test(message.text), 30_000)
    expect(told).toMatchObject({ thread_ts: card.thread_ts, text: expect.stringContaining('Synced, Healthy') })
    const kinds = (await demo.app.doctor.audit.read({})).map(({ kind }) => kind)
    expect(kinds.filter((kind) => /^(pull-request|delivery)\./.test(kind))).toEqual([
      'pull-request.merged',
      'delivery.verified',
    ])
  })

  it('undoes a live change of what Git owns, as Argo CD does', async () => {
    const replicas = () =>
      (demo.cluster.store.get('deployments.apps', 'platform', 'notifications') as { spec?: { replicas?: number } })
        ?.spec?.replicas
    demo.cluster.store.patch('deployments.apps', 'platform', 'notifications', { spec: { replicas: 1 } })
    expect(replicas()).toBe(1)
    await eventually(() => replicas() === 2)
  })

  it('ends everything and leaves nothing behind', async () => {
    const { dataDir } = demo.app.doctor.config
    expect(existsSync(dataDir)).toBe(true)
    await demo.stop()
    expect(existsSync(dataDir)).toBe(false)
    await expect(fetch(demo.url)).rejects.toThrow()
  })
})
