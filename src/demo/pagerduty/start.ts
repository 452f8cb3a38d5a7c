import { createServer } from 'node:http'
import { closeServer, listenLocally } from '../local-server.ts'
import { createDeliveries, type Subscription, type WebhookRecord } from './deliver.ts'
import { createDesk, type Desk } from './desk.ts'
import { createRest } from './rest.ts'

/** A running PagerDuty: incidents, signed webhooks about them, the REST calls that an app makes, and a page for each. */
export type SimulatedPagerDuty = Desk & {
  readonly url: string
  readonly token: string
  /** Every webhook, oldest first, with the status of each try. */
  readonly webhooks: readonly WebhookRecord[]
  subscribe(listener: () => void): () => void
  /** From now on webhooks go there. */
  connect(subscription: Subscription): void
  close(): Promise<void>
}

/** Starts a PagerDuty on the loopback interface. */
export const startPagerDuty = async (options: { readonly token: string }): Promise<SimulatedPagerDuty> => {
  const listeners = new Set<() => void>()
  let origin = ''
  const deliveries = createDeliveries(() => origin)
  const desk = createDesk((event, incident) => {
    deliveries.send(event, incident, new Date().toISOString())
    for (const listener of listeners) listener()
  })
  const server = createServer(createRest(desk, options.token, () => origin))
  origin = await listenLocally(server)
  return {
    ...desk,
    url: origin,
    token: options.token,
    webhooks: deliveries.sent,
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
