import { ApiError } from '../registry/errors.ts'
import type { Fields } from '../types.ts'
import { conditionOf, withCondition } from './conditions.ts'
import type { Controller } from './control-loops.ts'
import { type Hands, keyOf, ownedBy, ownerOf, splitKey } from './hands.ts'
import { type Condition, isActive, isReady, type Job, type Pod } from './objects.ts'
import { podFromTemplate } from './pod-template.ts'

const resource = 'jobs.batch'
const source = { component: 'job-controller' }

/** Runs Jobs to completion, within their back-off limit and deadline. */
export function jobController(hands: Hands): Controller {
  const retries = new Map<string, number>()
  return {
    name: 'job',
    watches: {
      [resource]: (object) => [keyOf(object)],
      pods: (pod) => {
        const owner = ownerOf(pod)
        return owner?.kind === 'Job' ? [`${pod.metadata.namespace}/${owner.name}`] : []
      },
    },
    reconcile: (key) => {
      const job = hands.get<Job>(resource, ...splitKey(key))
      if (job === undefined || job.metadata.deletionTimestamp !== undefined) return undefined
      return ended(job) ? expire(hands, job) : sync(hands, job, retries)
    },
  }
}

const ended = (job: Job): boolean =>
  ['Complete', 'Failed'].some((type) => conditionOf(job.status.conditions, type)?.status === 'True')

function expire(hands: Hands, job: Job): number | undefined {
  const seconds = job.spec.ttlSecondsAfterFinished
  if (seconds === undefined) return undefined
  const since = Date.parse(
    conditionOf(job.status.conditions, 'Complete')?.lastTransitionTime ??
      conditionOf(job.status.conditions, 'Failed')?.lastTransitionTime ??
      '',
  )
  const left = since + seconds * 1000 - hands.clock.now()
  if (left > 0) return left
  hands.remove(resource, job, { propagationPolicy: 'Background' })
  return undefined
}

function sync(hands: Hands, job: Job, retries: Map<string, number>): number | undefined {
  if (job.spec.suspend === true) return suspend(hands, job)
  const pods = ownedBy(hands.list<Pod>('pods', job.metadata.namespace), job)
  const succeeded = pods.filter((pod) => pod.status.phase === 'Succeeded').length
  const failed = pods.filter((pod) => pod.status.phase === 'Failed').length + restartsOf(job, pods)
  const active = pods.filter(isActive)
  const wanted = job.spec.completions ?? 1
  const startTime = job.status.startTime ?? hands.clock.stamp()
  const deadline =
    job.spec.activeDeadlineSeconds === undefined
      ? undefined
      : Date.parse(startTime) + job.spec.activeDeadlineSeconds * 1000
  const late = deadline !== undefined && hands.clock.now() >= deadline
  const base = { ...job.status, startTime }
  if (failed > job.spec.backoffLimit || late) {
    for (const pod of active) hands.remove('pods', pod)
    const reason = late ? 'DeadlineExceeded' : 'BackoffLimitExceeded'
    const message = late
      ? 'Job was active longer than specified deadline'
      : 'Job has reached the specified backoff limit'
    hands.event(job, { type: 'Warning', reason, message }, source)
    write(
      hands,
      job,
      base,
      { active: 0, succeeded, failed: failed + (late ? active.length : 0), ready: 0 },
      finish(hands, job, 'FailureTarget', 'Failed', reason, message),
    )
    return undefined
  }
  if (succeeded >= wanted) {
    hands.event(job, { type: 'Normal', reason: 'Completed', message: 'Job completed' }, source)
    const conditions = finish(
      hands,
      job,
      'SuccessCriteriaMet',
      'Complete',
      'CompletionsReached',
      'Reached expected number of succeeded pods',
    )
    write(
      hands,
      job,
      { ...base, completionTime: hands.clock.stamp() },
      { active: 0, succeeded, failed, ready: 0 },
      conditions,
    )
    return undefined
  }
  const wait = create(hands, job, active.length, wanted - succeeded, failed, retries)
  const now = ownedBy(hands.list<Pod>('pods', job.metadata.namespace), job)
  const conditions = (job.status.conditions ?? []).filter((condition) => condition.type !== 'Suspended')
  write(
    hands,
    job,
    base,
    { active: now.filter(isActive).length, succeeded, failed, ready: now.filter(isReady).length },
    conditions,
  )
  const untilDeadline = deadline === undefined ? undefined : deadline - hands.clock.now()
  const waits = [wait, untilDeadline].filter((entry) => entry !== undefined)
  return waits.length === 0 ? undefined : Math.min(...waits)
}

/** With restartPolicy OnFailure the containers' restarts count against the limit. */
function restartsOf(job: Job, pods: readonly Pod[]): number {
  if (job.spec.template.spec.restartPolicy !== 'OnFailure') return 0
  const restarts = pods
    .filter((pod) => pod.status.phase !== 'Succeeded')
    .flatMap((pod) => (pod.status.containerStatuses ?? []).map((status) => status.restartCount))
  return restarts.reduce((sum, count) => sum + count, 0)
}

function suspend(hands: Hands, job: Job): undefined {
  for (const pod of ownedBy(hands.list<Pod>('pods', job.metadata.namespace), job).filter(isActive))
    hands.remove('pods', pod)
  const conditions = withCondition(
    job.status.conditions,
    { type: 'Suspended', status: 'True', reason: 'JobSuspended', message: 'Job suspended' },
    hands.clock.stamp(),
  )
  const { active: _a, ready: _r, startTime: _t, ...kept } = job.status
  hands.status(resource, job, { ...kept, conditions })
}

function create(
  hands: Hands,
  job: Job,
  active: number,
  left: number,
  failed: number,
  retries: Map<string, number>,
): number | undefined {
  const missing = Math.min(job.spec.parallelism, left) - active
  if (missing <= 0) return undefined
  const now = hands.clock.now()
  const key = job.metadata.uid ?? ''
  if (failed > 0 && !retries.has(`${key} ${failed}`)) {
    // Failed pods are replaced after 10 s, 20 s, 40 s …, at most six minutes.
    retries.set(`${key} ${failed}`, now + hands.pace(Math.min(360_000, 10_000 * 2 ** (failed - 1))))
  }
  const at = retries.get(`${key} ${failed}`) ?? 0
  if (now < at) return at - now
  for (let index = 0; index < missing; index++) {
    try {
      const pod = hands.create(
        'pods',
        job.metadata.namespace,
        podFromTemplate(job.spec.template, job, `${job.metadata.name}-`),
      )
      hands.event(
        job,
        { type: 'Normal', reason: 'SuccessfulCreate', message: `Created pod: ${pod.metadata.name}` },
        source,
      )
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      hands.event(job, { type: 'Warning', reason: 'FailedCreate', message: `Error creating: ${error.message}` }, source)
      return hands.pace(10_000)
    }
  }
  return undefined
}

function finish(hands: Hands, job: Job, target: string, end: string, reason: string, message: string): Condition[] {
  const now = hands.clock.stamp()
  const first = withCondition(
    job.status.conditions,
    { type: target, status: 'True', reason, message, lastProbeTime: now },
    now,
  )
  return withCondition(first, { type: end, status: 'True', reason, message, lastProbeTime: now }, now)
}

function write(
  hands: Hands,
  job: Job,
  base: Job['status'],
  counts: { active: number; succeeded: number; failed: number; ready: number },
  conditions: readonly Condition[],
): void {
  const { active: _a, succeeded: _s, failed: _f, ready: _r, conditions: _c, ...kept } = base
  const shown: Fields = Object.fromEntries(
    Object.entries(counts).filter(([name, count]) => count > 0 || name === 'ready'),
  )
  hands.status(resource, job, {
    ...kept,
    ...shown,
    terminating: 0,
    uncountedTerminatedPods: {},
    ...(conditions.length === 0 ? {} : { conditions }),
  })
}
