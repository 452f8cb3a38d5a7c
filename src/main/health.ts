import { type Dependency, healthRoute, readyRoute } from '../adapters/http/health.ts'
import type { Route } from '../adapters/http/listener.ts'
import type { Metrics } from '../adapters/http/metrics.ts'
import type { Workers } from '../adapters/redis/workers.ts'
import type { Doctor } from '../doctor/doctor.ts'
import type { ConnectedSlack } from './slack.ts'

/** `/healthz`, `/readyz` and `/metrics`, which every role answers. Slack and clusters are shown, but losing one loses no alert. */
export const healthRoutes = (parts: {
  readonly doctor: Doctor
  readonly slack: ConnectedSlack | undefined
  readonly workers: Workers | undefined
  readonly metrics: Metrics
  readonly stopping: () => boolean
}): readonly (readonly [string, Route])[] => {
  const { doctor, slack, workers } = parts
  const dependencies: Dependency[] = [
    // A gateway that keeps what comes on its disk needs to be reached most while Redis is away.
    { name: 'redis', needed: workers !== undefined || doctor.config.spoolMb === 0, check: () => doctor.store.ping() },
    { name: 'clock', needed: false, check: () => checkClock(doctor) },
    ...(slack === undefined ? [] : [{ name: 'slack', needed: false, check: () => slack.check() }]),
    ...(workers === undefined ? [] : [{ name: 'queues', needed: true, check: async () => checkQueues(workers) }]),
    ...[...doctor.readers.values()].map((reader) => ({
      name: `cluster ${reader.name}`,
      needed: false,
      check: async (signal: AbortSignal) => {
        const version = await reader.raw('/version', signal)
        if (version.kind !== 'ok') throw new Error(version.kind === 'absent' ? 'not found' : version.reason)
      },
    })),
  ]
  return [
    ['/healthz', healthRoute],
    ['/readyz', readyRoute(dependencies, parts.stopping)],
    ['/metrics', parts.metrics.route],
  ]
}

const checkQueues = (workers: Workers): void => {
  const silent = workers.silent()
  if (silent.length > 0) throw new Error(`nothing is fetched from ${silent.join(', ')}`)
}

/** Approvals are refused at two minutes apart (SAFETY F29); this shows it at thirty seconds. */
const checkClock = async (doctor: Doctor): Promise<void> => {
  const skew = Math.abs(doctor.clock.now() - (await doctor.store.now()))
  if (skew > 30_000) throw new Error(`clock_skew: ${Math.round(skew / 1000)} s from the store's clock`)
}
