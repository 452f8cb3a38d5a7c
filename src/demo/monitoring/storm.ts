import { setTimeout as sleep } from 'node:timers/promises'
import { notify, type Receiver } from './alertmanager.ts'

/** How many alerts one storm has, and about how many troubles. */
export const storm = { alerts: 1_000, troubles: 12 } as const

/** So many are on their way at once, and so long until the storm is over, in ms. */
const atOnce = 16
const lasts = 60_000

/** What rules say of one workload that is broken: each fires for itself, and none knows of the others. */
const rules = [
  ['KubePodNotReady', 'Pods are not ready'],
  ['KubeDeploymentReplicasMismatch', 'Deployment has not the replicas it should have'],
  ['KubeDeploymentRolloutStuck', 'Deployment rollout is not progressing'],
  ['KubeContainerWaiting', 'Containers wait'],
  ['HighErrorRate', '5xx above 5 %'],
  ['HighLatency', 'p99 above 2 s'],
  ['SLOBurnRate', 'Error budget burns'],
  ['QueueGrows', 'Orders wait'],
  ['ProbeFailed', 'Blackbox probe fails'],
  ['EndpointsDown', 'No healthy endpoints'],
  ['CartAbandoned', 'Carts are abandoned'],
  ['PaymentsDropped', 'Fewer payments than yesterday'],
] as const

/**
 * What rules send about one broken workload when they are not quiet about it: a thousand alerts of a dozen rules within seconds, all of
 * which end a minute later. Ends early, without the end of the alerts, when the signal fires.
 */
export const fireStorm = async (
  receiver: Receiver,
  workload: { readonly cluster: string; readonly namespace: string; readonly deployment: string },
  signal: AbortSignal,
): Promise<void> => {
  const began = Date.now()
  const alertOf = (index: number) => {
    const [alertname, summary] = rules[index % storm.troubles] ?? rules[0]
    const labels = { alertname, severity: 'warning', ...workload, prometheus: 'monitoring/k8s' }
    return { alertname, labels, annotations: { summary } }
  }
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
