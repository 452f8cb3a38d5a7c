import type { Fault, FaultAlert } from '../cluster/faults/fault.ts'
import type { SimulatedCluster } from '../cluster/start.ts'
import type { SimulatedPagerDuty } from '../pagerduty/start.ts'
import { notify, type Receiver } from './alertmanager.ts'
import { recentLogOf } from './recent-log.ts'
import { fireStorm } from './storm.ts'
import { symptomHolds } from './symptoms.ts'

/** Prometheus, Alertmanager and the way to PagerDuty in small: rules are watched, fire after a while, and resolve. */
export type Monitoring = {
  /** Watches a fault's rule until it has fired and ended, or was never seen within five minutes. */
  watch(fault: Fault): void
  /** The fault was taken out: a rule that did not fire so far is no longer waited for. */
  healed(id: string): void
  /** Ids of the faults whose rule fires or may still fire. */
  watched(): ReadonlySet<string>
  subscribe(listener: () => void): () => void
  /** Fires a thousand alerts about a workload at once; undefined while one storm still blows. */
  storm(workload: { readonly namespace: string; readonly deployment: string }): Promise<void> | undefined
  stop(): void
}

/** How long a symptom must hold before it fires, and be gone before it resolves, in ms. */
export type Patience = { readonly fireAfterMs: number; readonly resolveAfterMs: number; readonly everyMs: number }

type Watch = {
  readonly fault: Fault
  readonly since: number
  holdsSince: number | undefined
  goneSince: number | undefined
  startsAt: string | undefined
  page: string | undefined
  healed: boolean
}

const neverSeen = 300_000

/** A pod that is not ready may just be starting: those rules wait for the probes to have had their say. */
const waitOf = (fault: Fault, { fireAfterMs }: Patience): number =>
  fault.alert.alertname === 'KubePodNotReady' ? fireAfterMs * 3 : fireAfterMs

/** Watches a cluster. What is critical pages through PagerDuty; warnings come by Alertmanager's webhook. */
export const startMonitoring = (
  cluster: SimulatedCluster,
  pagerduty: SimulatedPagerDuty,
  receiver: Receiver,
  patience: Patience,
): Monitoring => {
  const watches = new Map<string, Watch>()
  const listeners = new Set<() => void>()
  const recentLog = recentLogOf(cluster)
  const gone = new AbortController()
  let blowing: Promise<void> | undefined
  const changed = () => {
    for (const listener of listeners) listener()
  }
  const fire = (watch: Watch): void => {
    watch.startsAt = new Date(watch.holdsSince ?? Date.now()).toISOString()
    const alert = onCluster(watch.fault.alert, cluster.name)
    if (pages(alert)) watch.page = pagerduty.trigger(triggerOf(watch.fault, cluster.name)).id
    else void notify(receiver, { alert, startsAt: watch.startsAt })
    changed()
  }
  const end = (watch: Watch): void => {
    watches.delete(watch.fault.id)
    const { startsAt, page, fault } = watch
    if (page !== undefined) pagerduty.resolve(page)
    else if (startsAt !== undefined)
      void notify(receiver, { alert: onCluster(fault.alert, cluster.name), startsAt, endsAt: new Date().toISOString() })
    changed()
  }
  const look = async (watch: Watch): Promise<void> => {
    const holds = await symptomHolds(cluster.store, watch.fault.alert, recentLog)
    const now = Date.now()
    watch.holdsSince = holds ? (watch.holdsSince ?? now) : undefined
    watch.goneSince = holds ? undefined : (watch.goneSince ?? now)
    if (watch.startsAt === undefined) {
      if (watch.holdsSince !== undefined && now - watch.holdsSince >= waitOf(watch.fault, patience)) fire(watch)
      else if (!holds && (watch.healed || now - watch.since > neverSeen)) end(watch)
    } else if (watch.goneSince !== undefined && now - watch.goneSince >= patience.resolveAfterMs) end(watch)
  }
  const timer = setInterval(() => {
    for (const watch of watches.values()) void look(watch).catch(() => undefined)
  }, patience.everyMs)
  timer.unref()
  return {
    watch: (fault) => {
      const known = watches.get(fault.id)
      if (known !== undefined) known.healed = false
      if (known !== undefined) return
      const fresh = { holdsSince: undefined, goneSince: undefined, startsAt: undefined, page: undefined, healed: false }
      watches.set(fault.id, { fault, since: Date.now(), ...fresh })
      changed()
    },
    healed: (id) => {
      const watch = watches.get(id)
      if (watch !== undefined) watch.healed = true
    },
    watched: () => new Set(watches.keys()),
    subscribe: (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    storm: (workload) => {
      if (blowing !== undefined) return undefined
      blowing = fireStorm(receiver, { cluster: cluster.name, ...workload }, gone.signal).finally(() => {
        blowing = undefined
        changed()
      })
      changed()
      return blowing
    },
    stop: () => {
      clearInterval(timer)
      gone.abort()
    },
  }
}

/**
 * The alert as this Prometheus sends it: with the external label that tells whose it is, and without the minutes and hours
 * that the usual rules wait and this one does not.
 */
const onCluster = (alert: FaultAlert, cluster: string): FaultAlert => ({
  ...alert,
  labels: { ...alert.labels, cluster },
  annotations: Object.fromEntries(
    Object.entries(alert.annotations).map(([name, text]) => [name, text.replace(waited, '')]),
  ),
})

const waited = / (?:for )?(?:more|longer) than \d+ (?:minutes?|hours?)/

const pages = (alert: FaultAlert): boolean => alert.labels['severity'] === 'critical'

const triggerOf = (fault: Fault, cluster: string) => {
  const { labels, annotations } = onCluster(fault.alert, cluster)
  const name = labels['deployment'] ?? labels['service'] ?? labels['node'] ?? fault.target.name
  const where = labels['namespace'] === undefined ? name : `${labels['namespace']}/${name}`
  const what = (annotations['summary'] ?? fault.alert.alertname).replace(/\.$/, '')
  return {
    key: `${cluster}/${fault.alert.alertname}/${where}`,
    title: `${where}: ${what} on ${cluster}`,
    urgency: 'high',
    priority: labels['namespace'] === 'kube-system' || labels['node'] !== undefined ? 'P1' : 'P2',
    service: fault.namespace === 'default' ? 'platform' : fault.namespace,
  } as const
}
