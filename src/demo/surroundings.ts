import { type ArgoCd, startArgoCd } from './argocd.ts'
import { type SimulatedCluster, startSimulatedCluster } from './cluster/start.ts'
import { world } from './cluster/world.ts'
import { createFaultBoard, type FaultBoard } from './fault-board.ts'
import { type DemoGit, startGit } from './git/start.ts'
import { type Monitoring, type Patience, startMonitoring } from './monitoring/start.ts'
import { type SimulatedPagerDuty, startPagerDuty } from './pagerduty/start.ts'
import { secrets } from './settings.ts'

/** What ends something that was started, in the order of opening. */
export type Closers = (() => Promise<void> | void)[]

/** The knobs of the surroundings. */
export type SurroundingOptions = {
  /** A second, quiet cluster. True when not given. */
  readonly staging?: boolean
  /** Divides every delay of the simulated clusters. */
  readonly speed?: number
  readonly patience?: Patience
  /** How long Argo CD lets a live change of what Git owns stand, in ms. */
  readonly selfHealMs?: number
  /** How long the check of a pull request runs, in ms. */
  readonly checkTakesMs?: number
}

/** Everything around the app but the chat: clusters, Git, Argo CD, monitoring, PagerDuty, and the faults. */
export type Surroundings = {
  readonly cluster: SimulatedCluster
  readonly clusters: readonly SimulatedCluster[]
  readonly git: DemoGit
  readonly argocd: ArgoCd
  readonly pagerduty: SimulatedPagerDuty
  readonly monitoring: Monitoring
  readonly board: FaultBoard
}

const calm: Patience = { fireAfterMs: 3_000, resolveAfterMs: 3_000, everyMs: 500 }

/** Starts the surroundings; what is to be closed goes on `closers`. Alerts go to the app at `appUrl`. */
export const raiseSurroundings = async (
  options: SurroundingOptions,
  appUrl: string,
  closers: Closers,
): Promise<Surroundings> => {
  const opened = async <T extends { close(): Promise<void> }>(starting: Promise<T>): Promise<T> => {
    const one = await starting
    closers.push(() => one.close())
    return one
  }
  // The past is told at a real cluster's pace; from now on it goes faster.
  const startCluster = async (name: string): Promise<SimulatedCluster> => {
    const one = await opened(startSimulatedCluster({ ...world, name }))
    one.controllers.speed = options.speed ?? 5
    return one
  }
  const names = options.staging === false ? [] : ['staging-eu1']
  const [git, pagerduty, cluster, ...others] = await Promise.all([
    opened(startGit(options.checkTakesMs === undefined ? {} : { checkTakesMs: options.checkTakesMs })),
    opened(startPagerDuty({ token: secrets.pagerdutyToken })),
    startCluster('prod-eu1'),
    ...names.map(startCluster),
  ])
  const argocd = startArgoCd(cluster.store, git, {
    now: cluster.now,
    ...(options.selfHealMs === undefined ? {} : { selfHealMs: options.selfHealMs }),
  })
  const receiver = { url: `${appUrl}/webhooks/alertmanager`, token: secrets.alertmanager }
  const monitoring = startMonitoring(cluster, pagerduty, receiver, options.patience ?? calm)
  closers.push(argocd.stop, monitoring.stop)
  await argocd.reconcile()
  const board = createFaultBoard(cluster, git, monitoring)
  return { cluster, clusters: [cluster, ...others], git, argocd, pagerduty, monitoring, board }
}
