import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { FaultAlert } from '../cluster/faults/fault.ts'

/** An alert that fires, or has ended. Times are RFC 3339. */
export type Firing = { readonly alert: FaultAlert; readonly startsAt: string; readonly endsAt?: string }

/** Where notifications go. */
export type Receiver = { readonly url: string; readonly token: string }

const pauses = [250, 500, 1_000, 2_000, 4_000]

/** Sends one group to the webhook receiver in Alertmanager's version 4 form; tries again while nobody takes it. */
export const notify = async (receiver: Receiver, firing: Firing): Promise<void> => {
  const body = JSON.stringify(groupOf(firing))
  for (const pause of [0, ...pauses]) {
    if (pause > 0) await sleep(pause, undefined, { ref: false })
    const status = await post(receiver, body)
    if (status >= 200 && status < 500 && status !== 429) return
  }
}

const groupOf = ({ alert, startsAt, endsAt }: Firing) => {
  const status = endsAt === undefined ? 'firing' : 'resolved'
  const { labels, annotations } = alert
  const { alertname, severity: _, prometheus: __, ...place } = labels
  const groupLabels = { alertname: alertname ?? alert.alertname, ...place }
  const pairs = Object.entries(groupLabels).map(([name, value]) => `${name}=${JSON.stringify(value)}`)
  return {
    version: '4',
    groupKey: `{}:{${pairs.sort().join(', ')}}`,
    truncatedAlerts: 0,
    status,
    receiver: 'cluster-doctor',
    groupLabels,
    commonLabels: labels,
    commonAnnotations: annotations,
    externalURL: '',
    alerts: [
      {
        status,
        labels,
        annotations,
        startsAt,
        endsAt: endsAt ?? '0001-01-01T00:00:00Z',
        generatorURL: '',
        fingerprint: createHash('sha256').update(pairs.join()).digest('hex').slice(0, 16),
      },
    ],
  }
}

const post = async ({ url, token }: Receiver, body: string): Promise<number> => {
  try {
    const response = await fetch(url, {
      method: 'POST',
      body,
      signal: AbortSignal.timeout(10_000),
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${token}`,
        'user-agent': 'Alertmanager/0.28',
      },
    })
    await response.arrayBuffer()
    return response.status
  } catch {
    return 0
  }
}
