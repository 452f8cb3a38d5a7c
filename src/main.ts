import { mkdirSync } from 'node:fs'
import { startListener } from './adapters/http/listener.ts'
import { makeMetrics } from './adapters/http/metrics.ts'
import { openRedis, productionProblems, type RedisServer } from './adapters/redis/connect.ts'
import { type JobQueues, openJobs } from './adapters/redis/jobs.ts'
import { loadSealKey } from './adapters/redis/seal.ts'
import { redisStore } from './adapters/redis/store.ts'
import type { WorkerTimes } from './adapters/redis/workers.ts'
import type { Pace } from './adapters/slack/outbox.ts'
import type { Limits } from './config/limits.ts'
import type { Config } from './config.ts'
import type { Clock, Crashpoint, Doctor, Log } from './doctor/doctor.ts'
import { startRounds } from './doctor/rounds.ts'
import { startWatching } from './doctor/watching/start-watching.ts'
import { type Clusters, openClusters } from './main/clusters.ts'
import { gateway, webhookEars } from './main/gateway.ts'
import { healthRoutes } from './main/health.ts'
import { openLog } from './main/log.ts'
import { assemble } from './main/parts.ts'
import { startPolling } from './main/polling.ts'
import { Refused } from './main/refused.ts'
import { askAgain, checkRights } from './main/rights.ts'
import { connectSlack } from './main/slack.ts'
import { work } from './main/work.ts'
import { StoreUnavailable } from './ports.ts'

/** Which part of the app a process plays: hearing, diagnosing, changing, or all of it. */
export type Role = 'all' | 'gateway' | 'worker' | 'executor'

/** What tests and the demo may replace; nothing of it weakens a gate. */
export type Overrides = {
  readonly role?: Role
  readonly clusters?: Clusters
  /** A Redis that is there already; it is not stopped at the end. */
  readonly redis?: RedisServer
  readonly log?: Log
  /** Told, in whole sentences, what takes long at the start. */
  readonly say?: (line: string) => void
  readonly pace?: Pace
  readonly times?: Partial<WorkerTimes>
  readonly crashpoint?: Crashpoint
  readonly clock?: Clock
  /** How many effects may happen in which time; the demo plays a month of incidents in an hour. */
  readonly limits?: Limits
  /** How long running work may take to end at a stop, in ms. */
  readonly graceMs?: number
}

/** A running app. `stop` takes no more work within a second, ends what runs within 25, and closes everything. */
export type Running = { readonly url: string; readonly doctor: Doctor; stop(): Promise<void> }

/**
 * The composition root: configuration → adapters → doctor → the role asked for. Throws Refused with every problem of the
 * configuration that only shows by trying (exit 78), or StoreUnavailable where a needed service is not there (exit 69).
 */
export const start = async (config: Config, overrides: Overrides = {}): Promise<Running> => {
  const role = overrides.role ?? 'all'
  const log = overrides.log ?? openLog(config.logLevel, role)
  const closers: (() => Promise<void> | void)[] = []
  try {
    return await compose(config, overrides, role, log, closers)
  } catch (error) {
    await closeAll(closers, log)
    throw error
  }
}

const compose = async (
  config: Config,
  overrides: Overrides,
  role: Role,
  log: Log,
  closers: (() => Promise<void> | void)[],
): Promise<Running> => {
  mkdirSync(config.dataDir, { recursive: true, mode: 0o700 })
  const key = config.sealKey === undefined ? loadSealKey(config.dataDir) : Buffer.from(config.sealKey, 'hex')
  const { redis, server } = await connectRedis(config, overrides, closers)
  let tampered: (kind: string, id: string, why: string) => void = () => undefined
  const store = redisStore(redis, key, (kind, id, why) => tampered(kind, id, why))
  const jobs: JobQueues = await openJobs(redis, key)
  closers.push(() => jobs.close())
  const slack = config.slack === undefined ? undefined : await connectSlack(config.slack, store, log, overrides.pace)
  const writing = role === 'all' || role === 'executor'
  // What diagnoses is the worker; a gateway or an executor has nothing to keep.
  const watching = config.kube.watch && (role === 'all' || role === 'worker')
  const clusters =
    overrides.clusters ??
    openClusters(
      config,
      writing,
      watching
        ? (cluster, source, reason) => log.warn({ cluster, source, reason }, 'a kind is not kept by a watch')
        : undefined,
    )
  for (const problem of clusters.problems) log.warn({ problem }, 'a cluster is left out')
  if (overrides.clusters === undefined) closers.push(() => clusters.close())
  const leaving = new AbortController()
  const doctor = await assemble(
    config,
    {
      store,
      jobs,
      clusters,
      slack,
      log,
      crashpoint: overrides.crashpoint,
      clock: overrides.clock,
      leaving: leaving.signal,
      limits: overrides.limits,
      role,
    },
    closers,
  )
  if (config.profile === 'production') {
    const { problems, unknown } = await checkRights(doctor, AbortSignal.timeout(15_000))
    if (problems.length > 0) throw new Refused(problems)
    for (const cluster of unknown)
      log.warn({ cluster }, 'what our credentials may do could not be asked; it is asked again')
    closers.push(askAgain(doctor, unknown))
  }
  const metrics = makeMetrics(() => jobs.depth())
  closers.push(() => metrics.close())
  tampered = (kind, id, why) => {
    metrics.tampered(kind)
    log.error({ kind, id, why }, 'a stored record was put aside')
    void doctor.audit
      .append({ kind: 'tamper.detected', at: new Date(doctor.clock.now()).toISOString(), data: { kind, id, why } })
      .catch((err: unknown) => log.error({ err }, 'the record could not be written'))
  }
  let stopping = false
  const workers =
    role === 'gateway' ? undefined : await work(doctor, { role, server, key, jobs, metrics, times: overrides.times })
  const ears = role === 'all' || role === 'gateway' ? await gateway(doctor, { slack, store, metrics }) : undefined
  const routes = new Map([
    ...healthRoutes({ doctor, slack, workers, metrics, stopping: () => stopping }),
    ...(ears?.routes ?? []),
  ])
  const listener = await startListener({
    host: config.host,
    port: config.port,
    routes,
    seen: metrics.request,
    fault: (path, err) => log.error({ path, err }, 'a request failed'),
  }).catch((error: unknown) => {
    throw new Refused([`HOST, PORT: cannot listen on ${config.host}:${config.port} (${codeOf(error)})`])
  })
  closers.push(() => listener.close(500))
  await ears?.start()
  closers.push(startRounds(doctor, role))
  if (role === 'all' || role === 'worker') closers.push(startPolling(doctor, webhookEars(doctor)))
  closers.push(startWatching(doctor, role))
  log.info({ url: listener.url, clusters: [...doctor.readers.keys()] }, 'ready')

  const stop = async () => {
    if (stopping) return
    stopping = true
    leaving.abort()
    log.info({}, 'stopping')
    await Promise.all([listener.close(800), ears?.stop()])
    await workers?.close(overrides.graceMs ?? 20_000)
    await closeAll(closers, log)
  }
  return { url: listener.url, doctor, stop }
}

const connectRedis = async (config: Config, overrides: Overrides, closers: (() => Promise<void> | void)[]) => {
  const server =
    overrides.redis ??
    (await openRedis({
      dataDir: config.dataDir,
      ...(config.redisUrl === undefined ? {} : { url: config.redisUrl }),
      ...(overrides.say === undefined ? {} : { say: overrides.say }),
    }))
  if (overrides.redis === undefined) closers.push(() => server.stop())
  const redis = server.connect('commands')
  closers.push(() => redis.disconnect())
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => reject(new StoreUnavailable(`${server.text} does not answer`)), 5_000)
    redis.once('ready', () => {
      clearTimeout(timer)
      resolve()
    })
  })
  if (config.profile === 'production') {
    const problems = await productionProblems(redis)
    if (problems.length > 0) throw new Refused(problems)
  }
  return { redis, server }
}

/** Closes in the reverse order of opening; one that fails keeps none of the others open. */
const closeAll = async (closers: (() => Promise<void> | void)[], log: Log): Promise<void> => {
  for (const close of closers.splice(0).reverse())
    try {
      await close()
    } catch (err) {
      log.warn({ err }, 'something did not close')
    }
}

const codeOf = (error: unknown): string => String((error as { code?: unknown }).code ?? 'unknown error')
