import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { channel, secrets, startWorld, type World } from '../flows/world.ts'
import { type Exporter, type Program, startAlertmanager, startExporter, startPrometheus } from './real-prometheus.ts'

const failing = (many: number): string =>
  `# TYPE checkout_failed_orders gauge\ncheckout_failed_orders{namespace="payments",deployment="checkout"} ${many}`
const rules = `groups:
  - name: shop
    rules:
      - alert: CheckoutOrdersFail
        expr: checkout_failed_orders > 0
        labels: { severity: critical }
        annotations: { summary: 'orders fail in checkout ({{ $value }})' }
`

describe('a rule of a real Prometheus, over a real Alertmanager', () => {
  let world: World
  let exporter: Exporter
  const programs: Program[] = []
  beforeAll(async () => {
    world = await startWorld()
    exporter = await startExporter(failing(0))
    const manager = await startAlertmanager(`${world.app.url}/webhooks/alertmanager`, secrets.alertmanager)
    programs.push(manager)
    programs.push(await startPrometheus({ target: exporter.target, alertmanager: manager.url, rules }))
  })
  afterAll(async () => {
    for (const program of programs) program.stop()
    await exporter?.close()
    await world?.close()
  })

  const parents = () =>
    world.slack
      .messages(channel)
      .filter((message) => message.text.includes('orders fail in checkout'))
      .filter((message) => message.thread_ts === undefined || message.thread_ts === message.ts)

  it('opens one incident when it fires and resolves it when it does not', async () => {
    expect(parents()).toEqual([])
    exporter.show(failing(3))
    const parent = await world.slack.waitFor((message) => message.text.includes('orders fail in checkout (3)'))
    const answer = await world.slack.waitFor((message) => message.thread_ts === parent.ts && message.ts !== parent.ts)
    expect(answer.text).not.toBe('')
    exporter.show(failing(0))
    await world.slack.waitFor((message) => message.ts === parent.ts && message.text.startsWith('resolved'))
    expect(parents()).toHaveLength(1)
  })
})
