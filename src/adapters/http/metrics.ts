import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { Route } from './listener.ts'

/** What the app counts about itself. All names begin with `doctor_`. */
export type Metrics = {
  readonly route: Route
  request(path: string, status: number, ms: number): void
  job(kind: string, outcome: 'done' | 'failed' | 'quarantined', ms: number): void
  acked(entry: string, ms: number): void
  tampered(kind: string): void
  close(): void
}

/** Metrics in a registry of their own; `queues` is asked for the depths at each scrape and may fail. */
export const makeMetrics = (
  queues: () => Promise<Readonly<Record<string, Readonly<Record<string, number>>>>>,
): Metrics => {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const registers = [registry]
  const buckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 120]
  const labelled = (name: string, help: string, labelNames: string[]) => ({ name, help, labelNames, registers })
  const requests = new Histogram({
    ...labelled('doctor_http_request_seconds', 'Time to answer a request.', ['path', 'status']),
    buckets,
  })
  const jobs = new Histogram({
    ...labelled('doctor_job_seconds', 'Time of one attempt at a job.', ['kind', 'outcome']),
    buckets,
  })
  const acks = new Histogram({
    ...labelled('doctor_slack_ack_seconds', 'Time from the arrival of a Slack request to its ack.', ['entry']),
    buckets,
  })
  const tampered = new Counter(
    labelled('doctor_tampered_records_total', 'Stored records that were put aside.', ['kind']),
  )
  new Gauge({
    ...labelled('doctor_queue_jobs', 'Jobs by queue and state.', ['queue', 'state']),
    async collect() {
      const depths = await queues().catch(() => ({}))
      for (const [queue, depth] of Object.entries(depths))
        for (const [state, jobCount] of Object.entries(depth)) this.set({ queue, state }, jobCount)
    },
  })
  return {
    route: {
      method: 'GET',
      handle: async () => ({
        status: 200,
        headers: { 'content-type': registry.contentType },
        body: await registry.metrics(),
      }),
    },
    request: (path, status, ms) => requests.observe({ path, status: String(status) }, ms / 1000),
    job: (kind, outcome, ms) => jobs.observe({ kind, outcome }, ms / 1000),
    acked: (entry, ms) => acks.observe({ entry }, ms / 1000),
    tampered: (kind) => tampered.inc({ kind }),
    close: () => registry.clear(),
  }
}
