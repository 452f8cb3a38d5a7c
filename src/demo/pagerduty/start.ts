import { createServer } from 'node:http'
import { closeServer, listenLocally } from '../local-server.ts'
import { createDeliveries, type Subscription, type WebhookRecord } from './deliver.ts'
import { createDesk, type Desk } from './desk.ts'
import { createRest, type Trouble } from './rest.ts'

/** A running PagerDuty: incidents, signed webhooks about them, the REST calls that an app makes, and a page for each. */
export type SimulatedPagerDuty = Desk & {
  readonly url: string
  readonly token: string
  /** Every webhook, oldest first, with the status of each try. */
  readonly webhooks: readonly WebhookRecord[]
  subscribe(listener: () => void): () => void
  /** The answer of the REST API to the next calls, in order, before it looks at them; `lost` does the work and then hangs up. */
  readonly trouble: Trouble[]
  /** From now on webhooks go there. */
  connect(subscription: Subscription): void
  close(): Promise<void>
}

/** Starts a PagerDuty on the loopback interface. */
export const startPagerDuty = async (options: { readonly token: string }): Promise<SimulatedPagerDuty> => {
  const listeners = new Set<() => void>()
  const trouble: Trouble[] = []
  let origin = ''
  const deliveries = createDeliveries(() => origin)
  const desk = createDesk((happened) => {
    deliveries.send(happened, new Date().toISOString())
    for (const listener of listeners) listener()
  })
  const server = createServer(createRest(desk, options.token, () => origin, trouble))
  origin = await listenLocally(server)
  return {
    ...desk,
    url: origin,
    token: options.token,
    webhooks: deliveries.sent,
    trouble,
    subscribe: (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    connect: deliveries.to,
    close: async () => {
      deliveries.close()
      await closeServer(server)
    },
  }
}
