import type { Alert } from '../../domain/alert.ts'
import { sha256 } from '../../domain/canonical.ts'
import { deliveredBy } from '../../domain/delivered-by.ts'
import type { Diagnosis, RootCause } from '../../domain/diagnosis.ts'
import type { Incident } from '../../domain/incident.ts'
import type { PlanRequest } from '../../domain/job.ts'
import { type Pod, refOf } from '../../domain/kubernetes.ts'
import { type ObjectRef, refText } from '../../domain/object.ts'
import { isLive } from '../../domain/pod-state.ts'
import { theDoctor } from '../../domain/principal.ts'
import type { ClusterView } from '../../snapshot/view.ts'
import { noRestartMessage } from '../../views/auto-restart.ts'
import type { Doctor } from '../doctor.ts'
import { hearOfFailure } from '../issue/hear-of-issue.ts'
import { nowText } from '../record.ts'

/** A workload whose containers end again and again by themselves, with what would give them a fresh start. */
export type CrashLoop = {
  readonly cause: RootCause
  readonly workload: ObjectRef
  readonly action: 'evict-pod' | 'restart-rollout'
  readonly target: ObjectRef
  /** The most restarts of one of its containers. */
  readonly restarts: number
}

/** Crashes that a fresh start may end: the program's own, or of what it could not reach then. A wrong setting stays wrong. */
const mayPass: ReadonlySet<string> = new Set(['app-crash', 'dependency-unreachable'])

/**
 * The crash loop behind the first cause, where nothing better is offered for it; pure. Of one pod among several that pod is meant,
 * and where Git delivers the workload too: a restart of the whole would be a change of what Git describes.
 */
export const crashLoopIn = (view: ClusterView, diagnosis: Diagnosis): CrashLoop | undefined => {
  const [cause] = diagnosis.rootCauses
  if (cause === undefined || cause.proposals.length > 0 || !mayPass.has(cause.code)) return undefined
  for (const ref of [cause.object, ...cause.affected]) {
    const object = view.find(ref)
    if (object === undefined) continue
    const workload = view.workloadOf(object)
    const pods = view.podsOf(workload.ref).filter(isLive)
    const looping = pods.filter((pod) => loopsOf(pod) > 0).toSorted((a, b) => loopsOf(b) - loopsOf(a))
    const [worst] = looping
    if (worst === undefined) continue
    const whole = pods.length > 1 && looping.length === pods.length && deliveredBy(workload.object) === undefined
    return {
      cause,
      workload: workload.ref,
      ...(whole ? { action: 'restart-rollout', target: workload.ref } : { action: 'evict-pod', target: refOf(worst) }),
      restarts: loopsOf(worst),
    }
  }
  return undefined
}

const loopsOf = (pod: Pod): number =>
  Math.max(
    0,
    ...[...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])]
      .filter(({ state }) => state?.waiting?.reason === 'CrashLoopBackOff')
      .map(({ restartCount = 0 }) => Math.max(1, restartCount)),
  )

type Restarted = { readonly incident: string; readonly round: number }

/**
 * Wants a fresh start of a crash loop, where that is switched on: with fewer restarts than its bound, and once a window for a
 * workload. It is a plan like every other: whether it needs nobody is for the policy to say. Beyond the bounds an issue is
 * written instead. Returns the wish, or undefined where there is none.
 */
export const restartOnce = async (
  doctor: Doctor,
  incident: Incident,
  loop: CrashLoop | undefined,
): Promise<PlanRequest | undefined> => {
  const bounds = doctor.config.autoRestart
  if (bounds === undefined || loop === undefined) return undefined
  const { cause, restarts, workload } = loop
  if (restarts >= bounds.restarts)
    return instead(doctor, incident, loop, `it restarted ${restarts} times already; the bound is ${bounds.restarts}`)
  if (!(await mine(doctor, incident, workload, bounds.seconds)))
    return instead(doctor, incident, loop, `it was restarted within ${Math.round(bounds.seconds / 60)} minutes already`)
  return {
    cluster: incident.cluster,
    action: loop.action,
    target: loop.target,
    input: {},
    requester: theDoctor,
    reason: {
      summary: cause.summary,
      code: cause.code,
      object: cause.object,
      evidence: cause.evidence.slice(0, 5).map(({ id, text }) => ({ id, text })),
    },
    incident: incident.id,
  }
}

/** Takes the one restart of the window. The same round of the same case has it still when it is done again after a crash. */
const mine = async (doctor: Doctor, incident: Incident, workload: ObjectRef, seconds: number): Promise<boolean> => {
  const { uid: _, ...named } = workload
  const key = sha256(JSON.stringify([incident.cluster, refText(named)]))
  const me: Restarted = { incident: incident.id, round: incident.rounds ?? 1 }
  if (await doctor.store.put<Restarted>('auto-restart', key, me, 0, seconds)) return true
  const known = (await doctor.store.get<Restarted>('auto-restart', key))?.value
  return known?.incident === me.incident && known.round === me.round
}

/** An issue instead, and a line in the thread that says why. Returns that nothing is wanted. */
const instead = async (doctor: Doctor, incident: Incident, loop: CrashLoop, why: string): Promise<undefined> => {
  const alert: Alert = {
    source: 'deployment',
    deliveryId: `crash-loop-${incident.id}`,
    fingerprint: incident.fingerprint,
    status: 'firing',
    title: `${refText(loop.workload)} crashes again and again`,
    severity: 'critical',
    labels: {},
    annotations: { message: `${loop.cause.summary}\nNot restarted: ${why}.`, resources: refText(loop.workload) },
    startsAt: nowText(doctor),
  }
  await hearOfFailure(doctor, [alert], incident.id)
  if (incident.thread === undefined) return
  const { channel, ts } = incident.thread
  const issue = doctor.config.github?.issues !== undefined
  try {
    const key = `no-restart-${incident.id}-${why.startsWith('it restarted') ? 'bound' : 'window'}`
    await doctor.chat.post(channel, noRestartMessage(loop.workload, why, issue), { thread: ts, key })
  } catch (err) {
    doctor.log.warn({ err, incident: incident.id }, 'the thread could not be told why nothing is restarted')
  }
}
