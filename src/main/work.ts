import type { Metrics } from '../adapters/http/metrics.ts'
import type { RedisServer } from '../adapters/redis/connect.ts'
import type { JobQueues } from '../adapters/redis/jobs.ts'
import { startWorkers, type Workers, type WorkerTimes } from '../adapters/redis/workers.ts'
import type { Doctor } from '../doctor/doctor.ts'
import { resumePlans } from '../doctor/execute.ts'
import { resumeFollows } from '../doctor/follow/follow-store.ts'
import { gaveUp, handle } from '../doctor/handle.ts'
import { resumePages } from '../doctor/pager/page.ts'
import type { QueueName } from '../domain/job.ts'

const queuesOf: Readonly<Record<'all' | 'worker' | 'executor', readonly QueueName[]>> = {
  all: ['work', 'answer', 'announce', 'effect', 'report'],
  worker: ['work', 'answer', 'announce', 'report'],
  executor: ['effect'],
}

/** Starts the workers of a role: diagnosis and effects never share a queue, so that they can be different processes. */
export const work = async (
  doctor: Doctor,
  parts: {
    readonly role: 'all' | 'worker' | 'executor'
    readonly server: RedisServer
    readonly key: Buffer
    readonly jobs: JobQueues
    readonly metrics: Metrics
    readonly times: Partial<WorkerTimes> | undefined
  },
): Promise<Workers> => {
  const { role, metrics } = parts
  const { log } = doctor
  if (role !== 'worker') {
    const resumed = await resumePlans(doctor)
    if (resumed > 0) log.info({ resumed }, 'took up plans that a stop had interrupted')
    await resumeFollows(doctor)
  }
  if (role !== 'executor') {
    await parts.jobs.scheduleReport(doctor.config.report)
    const untold = await resumePages(doctor)
    if (untold > 0) log.info({ untold }, 'took up what the pager was not told')
  }
  return startWorkers(
    parts.server,
    parts.key,
    // Nobody is asked where there is no model, so nobody waits for such a question.
    [...queuesOf[role], ...(role === 'executor' || doctor.agent === undefined ? [] : (['model'] as const))],
    {
      work: async (job, { attempt, signal }) => {
        const begin = performance.now()
        try {
          await handle(doctor, job, signal)
          metrics.job(job.kind, 'done', performance.now() - begin)
        } catch (err) {
          metrics.job(job.kind, 'failed', performance.now() - begin)
          log.warn({ err, kind: job.kind, attempt }, 'a job failed')
          throw err
        }
      },
      gaveUp: (job, error) => gaveUp(doctor, job, error),
      quarantined: (queue, id, reason) => {
        metrics.job(queue, 'quarantined', 0)
        log.error({ queue, id, reason }, 'a job was put aside')
      },
    },
    {
      ...(parts.times === undefined ? {} : { times: parts.times }),
      dead: (queue) => {
        log.error({ queue }, 'a queue stays silent; leaving so that a fresh process can take over')
        process.exit(1)
      },
    },
  )
}
