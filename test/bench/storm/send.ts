import { createHmac, randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'

/** What is sent: so many alerts over so many troubles, evenly within so many seconds. */
export type Storm = { readonly alerts: number; readonly troubles: number; readonly seconds: number }

/** How it went at the sender: the times in ms until an alert was taken, and until it was asked for again; `taken` counts alerts. */
export type Sent = { readonly answers: readonly number[]; readonly refusals: readonly number[]; readonly taken: number }

/**
 * Sends a storm as PagerDuty does: each alert at its time whatever became of the others, a refused one again with the same event
 * id until it is taken. Ends when all were, or a minute after the last.
 */
export const sendStorm = async (urls: readonly string[], secret: string, storm: Storm): Promise<Sent> => {
  const answers: number[] = []
  const running = new Set<Promise<void>>()
  const refusals: number[] = []
  let taken = 0
  const begin = performance.now()
  const deadline = begin + storm.seconds * 1_000 + 60_000
  const one = async (index: number): Promise<void> => {
    const body = JSON.stringify({ event: eventOf(index % storm.troubles) })
    const signature = `v1=${createHmac('sha256', secret).update(body).digest('hex')}`
    for (let tries = 0; performance.now() < deadline; tries += 1) {
      const sent = performance.now()
      const answer = await post(`${urls[(index + tries) % urls.length]}/webhooks/pagerduty`, body, signature)
      const times = answer === 202 ? answers : refusals
      times.push(performance.now() - sent)
      if (answer === 202) {
        taken += 1
        return
      }
      await sleep(1_000 + Math.random() * 1_000)
    }
  }
  for (let index = 0; index < storm.alerts; index += 1) {
    const at = begin + (index * storm.seconds * 1_000) / storm.alerts
    const wait = at - performance.now()
    if (wait > 1) await sleep(wait)
    const work = one(index).finally(() => running.delete(work))
    running.add(work)
  }
  await Promise.all(running)
  return { answers, refusals, taken }
}

const post = async (url: string, body: string, signature: string): Promise<number> => {
  try {
    const response = await fetch(url, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json', 'x-pagerduty-signature': signature },
      signal: AbortSignal.timeout(10_000),
    })
    await response.arrayBuffer()
    return response.status
  } catch {
    return 0
  }
}

/** A PagerDuty event with an id of its own about one of the troubles. */
export const eventOf = (trouble: number): object => ({
  id: randomUUID(),
  event_type: 'incident.triggered',
  resource_type: 'incident',
  occurred_at: new Date().toISOString(),
  agent: null,
  data: {
    id: `PSTORM${trouble}`,
    type: 'incident',
    html_url: `https://acme.pagerduty.com/incidents/PSTORM${trouble}`,
    number: trouble,
    status: 'triggered',
    created_at: new Date().toISOString(),
    title: `team-${trouble % 20}/app-${trouble} is failing`,
    urgency: 'high',
    priority: { id: 'PPRIO', type: 'priority_reference', summary: 'P2' },
    service: { id: 'PSVC', type: 'service_reference', summary: `team-${trouble % 20}` },
    assignees: [],
  },
})
