import type { Alert } from '../../domain/alert.ts'
import { sha256 } from '../../domain/canonical.ts'
import type { DeployCheck } from '../../domain/deployment.ts'
import type { Incident } from '../../domain/incident.ts'
import { refText } from '../../domain/object.ts'
import { theDoctor } from '../../domain/principal.ts'
import type { Source } from '../../sources/source.ts'
import { deployCheckMessage, deployTitle } from '../../views/deploy-check.ts'
import { announce } from '../announce.ts'
import type { Doctor } from '../doctor.ts'
import { readIncident } from '../incident/incident-store.ts'
import { hearOfFailure } from '../issue/hear-of-issue.ts'
import { openIntake } from '../open.ts'
import { note, nowText } from '../record.ts'
import { deployFingerprint } from './check-store.ts'

/** Where its signals come from: the checks name their own deliveries, and nothing of them comes over a wire. */
const source: Source = {
  id: 'deployment',
  deliveryIds: 'given',
  rememberSeconds: 7 * 86_400,
  verify: () => false,
  parse: () => ({ kind: 'ignored', reason: 'nothing is sent' }),
}

/**
 * Puts a verdict on the record, and what got worse into a case: the open one of that workload where there is one, else one of its
 * own, with an issue where those are set up. A rollout that went well ends the case of the one before. Returns the case.
 */
export const tellVerdict = async (doctor: Doctor, check: DeployCheck): Promise<string | undefined> => {
  const alert = alertOf(doctor, check, 'firing')
  const incident =
    check.verdict === 'unhealthy' ? ((await openCaseAt(doctor, check))?.id ?? (await takeIn(doctor, alert))) : undefined
  await noteVerdict(doctor, check, incident)
  if (check.verdict === 'healthy') return wellAgain(doctor, check)
  if (incident === undefined) return undefined
  await hearOfFailure(doctor, [alert], incident)
  await say(doctor, incident, check)
  return incident
}

const noteVerdict = async (doctor: Doctor, check: DeployCheck, incident: string | undefined): Promise<void> => {
  const told = await doctor.store.get<boolean>('deploy-noted', check.id)
  if (told !== undefined) return
  const { id, target, revision, verdict, worse = [], after } = check
  await note(doctor, {
    kind: 'deployment.checked',
    ...(incident === undefined ? {} : { incident }),
    cluster: check.cluster,
    actor: theDoctor.id,
    data: { check: id, target, revision, verdict, worse: worse.map(({ text }) => text), unread: after?.unread ?? [] },
  })
  await doctor.store.put('deploy-noted', check.id, true, 0, 30 * 86_400)
}

/** A later rollout went well: the case that only a rollout made is over. */
const wellAgain = async (doctor: Doctor, check: DeployCheck): Promise<undefined> => {
  const link = await doctor.store.get<{ readonly incident: string }>(
    'fingerprint',
    deployFingerprint(check.cluster, check.target),
  )
  const alert = alertOf(doctor, check, 'resolved')
  if (link !== undefined) await takeIn(doctor, alert)
  await hearOfFailure(doctor, [alert], link?.value.incident ?? '')
}

const takeIn = async (doctor: Doctor, alert: Alert): Promise<string | undefined> => {
  const taken = await openIntake(doctor)(source, [alert], sha256(alert.deliveryId))
  if (taken.kind === 'accepted') return taken.ids[0]
  throw new Error('what a rollout made worse could not be taken in; it is tried again')
}

const alertOf = (doctor: Doctor, check: DeployCheck, status: 'firing' | 'resolved'): Alert => {
  const { cluster, target, worse = [] } = check
  const { namespace, kind, name } = target
  return {
    source: 'deployment',
    deliveryId: `${check.id}-${status}`,
    fingerprint: deployFingerprint(cluster, target),
    status,
    title: deployTitle(check),
    severity: worse.some(({ grave }) => grave) ? 'critical' : 'warning',
    labels: { ...(check.news === undefined ? {} : { repo: check.news.repository, revision: check.news.sha }) },
    annotations: { message: worse.map(({ text }) => text).join('\n'), resources: refText(target) },
    startsAt: check.seenAt < nowText(doctor) ? check.seenAt : nowText(doctor),
    cluster,
    ...(namespace === undefined ? {} : { namespace }),
    workload: { kind, name },
  }
}

/** The newest open case about that workload, which its own monitoring may have opened before. */
const openCaseAt = async (doctor: Doctor, { cluster, target }: DeployCheck): Promise<Incident | undefined> =>
  (await doctor.store.list<Incident>('incident', 500))
    .map(({ value }) => value)
    .filter(
      (one) =>
        one.endedAt === undefined &&
        one.mergedInto === undefined &&
        one.source !== 'slack' &&
        one.cluster === cluster &&
        one.namespace === target.namespace &&
        one.focus?.name === target.name,
    )
    .toSorted((a, b) => (a.openedAt < b.openedAt ? 1 : -1))[0]

/** What got worse, in the thread, once. A chat that is away holds up neither the case nor the way back. */
const say = async (doctor: Doctor, incident: string, check: DeployCheck): Promise<void> => {
  try {
    const known = (await readIncident(doctor, incident))?.value.thread
    const thread = known ?? (await announce(doctor, incident))?.thread
    if (thread === undefined) return
    const key = `deploy-check-${check.id}`
    await doctor.chat.post(thread.channel, deployCheckMessage(check), { thread: thread.ts, key })
  } catch (error) {
    doctor.log.warn({ err: error, incident }, 'the thread could not be told of a rollout')
  }
}

/**
 * Asks for a plan that goes back to what ran before, unless the case has a plan or its diagnosis offered another. Where Git owns
 * the workload the plan becomes a pull request, like every other. It still needs its approval.
 */
export const proposeWayBack = async (doctor: Doctor, check: DeployCheck): Promise<void> => {
  const incident = await caseOf(doctor, check.incident)
  if (incident === undefined || incident.endedAt !== undefined) return
  const offered = incident.diagnosis?.rootCauses.some(({ proposals }) => proposals.length > 0) === true
  if (incident.plans.length > 0 || offered) return
  const { worse = [], target, cluster } = check
  const summary = `Since its rollout (revision ${check.revision}) ${refText(target)} is worse than before: ${worse[0]?.text ?? ''}`
  await doctor.jobs.add(
    {
      v: 1,
      kind: 'plan',
      request: {
        cluster,
        action: 'rollback-rollout',
        target,
        input: {},
        requester: theDoctor,
        reason: {
          summary,
          evidence: worse.map(({ what, text }, index) => ({ id: `deploy-${what}-${index + 1}`, text })),
        },
        incident: incident.id,
      },
    },
    { key: `plan-${incident.id}` },
  )
}

const caseOf = async (doctor: Doctor, id: string | undefined): Promise<Incident | undefined> => {
  let found = id === undefined ? undefined : (await readIncident(doctor, id))?.value
  for (let steps = 0; steps < 10 && found?.mergedInto !== undefined; steps += 1)
    found = (await readIncident(doctor, found.mergedInto))?.value
  return found
}
