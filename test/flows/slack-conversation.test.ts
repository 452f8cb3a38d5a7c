import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, describe, expect, it } from 'vitest'
import { channel, pagerdutyEvent, startWorld, type World } from './world.ts'

for (const mode of ['http', 'socket'] as const)
  describe(`a conversation over ${mode}`, () => {
    let world: World
    afterAll(() => world?.close())

    it('starts', async () => {
      world = await startWorld({ mode })
    })

    it('answers a command privately, and names the cluster', async () => {
      const result = await world.slack.as('U0CARA').command('/doctor pods -A', channel)
      expect(result).toMatchObject({ ok: true })
      const answer = await world.slack.waitFor(
        (message) => message.text.includes('prod-eu1') && isFor(message, 'U0CARA'),
      )
      expect(JSON.stringify(answer.blocks)).toContain('prod-eu1')
    })

    it('helps, and suggests what was meant', async () => {
      await world.slack.as('U0CARA').command('/doctor help', channel)
      await world.slack.waitFor((message) => message.text.includes('diagnose'))
      await world.slack.as('U0CARA').command('/doctor poods', channel)
      await world.slack.waitFor((message) => /pods/.test(message.text) && /mean/.test(message.text))
    })

    it('answers a mention in its thread, and a direct message', async () => {
      const said = await world.slack.as('U0BEN').mention('nodes', channel)
      expect(said.ok).toBe(true)
      const ts = said.ok ? said.message.ts : ''
      await world.slack.waitFor((message) => message.thread_ts === ts && message.ts !== ts)
      const direct = await world.slack.as('U0BEN').say('contexts', 'U0DOC')
      expect(direct.ok).toBe(true)
      await world.slack.waitFor(
        (message) => message.channel === world.slack.im('U0BEN') && message.text.includes('prod-eu1'),
      )
    })

    it('opens an investigation for a person, with a thread of its own', async () => {
      await world.slack.as('U0CARA').command('/doctor diagnose payments/checkout', channel)
      const parent = await world.slack.waitFor((message) => message.text.includes('payments/checkout'))
      await world.slack.waitFor((message) => message.thread_ts === parent.ts && message.ts !== parent.ts)
      await world.slack.waitFor((message) => message.text.includes('Looking into it') && isFor(message, 'U0CARA'))
    })

    it('means the incident’s cluster and workload inside its thread, and does not listen to talk among people', async () => {
      await world.pagerduty(pagerdutyEvent('triggered', { id: 'PTHREAD', title: 'payments/ledger is failing' }))
      const parent = await world.slack.waitFor((message) => message.text.includes('payments/ledger'))
      await world.slack.waitFor((message) => message.thread_ts === parent.ts && message.ts !== parent.ts)
      const count = () => world.slack.messages(channel, parent.ts).length
      await world.slack.as('U0BEN').say('status of logs? pods look bad', channel, parent.ts)
      await sleep(150)
      const before = count()
      await world.slack.as('U0BEN').say('doctor replicas', channel, parent.ts)
      await world.slack.waitFor(
        (message) =>
          message.thread_ts === parent.ts &&
          message.text.includes('ledger') &&
          message.ts !== parent.ts &&
          message.user === 'U0DOC',
      )
      expect(count()).toBeGreaterThan(before)
    })

    it('shows the Home tab with what is open', async () => {
      await world.slack.as('U0ANA').openHome()
      for (let tries = 0; tries < 100 && world.slack.home('U0ANA') === undefined; tries += 1) await sleep(20)
      expect(JSON.stringify(world.slack.home('U0ANA'))).toContain('payments/ledger')
    })

    it('decides nothing for text that says approve', async () => {
      const person = world.slack.as('U0ANA')
      const parent = world.slack.messages(channel)[0]
      for (const text of ['approve', 'doctor approve', '/doctor approve', 'APPROVE plan P-1', ':white_check_mark:'])
        await person.say(text, channel, parent?.ts)
      await person.mention('approve', channel)
      await person.command('/doctor approve', channel)
      await sleep(200)
      const plans = await world.app.doctor.store.list('plan')
      expect(plans).toEqual([])
    })
  })

const isFor = (message: object, user: string): boolean => JSON.stringify(message).includes(user)
