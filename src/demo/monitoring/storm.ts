import { setTimeout as sleep } from 'node:timers/promises'
import { notify, type Receiver } from './alertmanager.ts'

/** How many alerts one storm has, and about how many troubles. */
export const storm = { alerts: 1_000, troubles: 12 } as const

/** So many are on their way at once, and so long until the storm is over, in ms. */
const atOnce = 16
const lasts = 60_000

/**
 * What a monitoring whose own source of data fails sends: a thousand alerts about a dozen exporters within seconds, all of which end
 * a minute later. Ends early, without the end of the alerts, when the signal fires.
 */
export const fireStorm = async (receiver: Receiver, cluster: string, signal: AbortSignal): Promise<void> => {
  const began = Date.now()
  const alertOf = (index: number) => ({
    alertname: 'TargetDown',
    labels: {
      alertname: 'TargetDown',
      severity: 'warning',
      cluster,
      job: `exporter-${(index % storm.troubles) + 1}`,
      prometheus: 'monitoring/k8s',
    },
    annotations: { summary: `No metrics from exporter-${(index % storm.troubles) + 1}` },
  })
  let next = 0
  const sender = async () => {
    while (next < storm.alerts && !signal.aborted) {
      const index = next++
      await notify(receiver, { alert: alertOf(index), startsAt: new Date(began - storm.alerts + index).toISOString() })
    }
  }
  await Promise.all(Array.from({ length: atOnce }, sender))
  await sleep(lasts, undefined, { signal, ref: false }).catch(() => undefined)
  for (let index = 0; index < storm.troubles && !signal.aborted; index += 1) {
    const [startsAt, endsAt] = [new Date(began).toISOString(), new Date().toISOString()]
    await notify(receiver, { alert: alertOf(index), startsAt, endsAt })
  }
}
