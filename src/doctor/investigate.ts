import { diagnoseInSlices } from '../diagnosis/diagnose.ts'
import type { Diagnosis, Proposal, RootCause } from '../domain/diagnosis.ts'
import { type Attempt, type Incident, runOfIncident, transition } from '../domain/incident.ts'
import type { PlanRequest } from '../domain/job.ts'
import { theDoctor } from '../domain/principal.ts'
import { isRefusal } from '../domain/refusal.ts'
import type { ClusterReader } from '../ports.ts'
import { advice, type MatchContext, offers } from '../runbooks/match.ts'
import { withAuditedChanges } from '../snapshot/with-audited-changes.ts'
import { withWorkflowRuns } from '../snapshot/with-workflow-runs.ts'
import { type Advice, causeMessage, sameCauseMessage, unreachableMessage } from '../views/incident.ts'
import { announce } from './announce.ts'
import { changesOn } from './audit/audited-changes.ts'
import type { Doctor } from './doctor.ts'
import { changeIncident, readIncident } from './incident/incident-store.ts'
import { waitsOut } from './incident/maintenance.ts'
import { joinSameCause } from './incident/same-cause.ts'
import { goesOnInStorm } from './incident/storm.ts'
import { observe } from './look/observe.ts'
import { createTurns, type Turns } from './look/turns.ts'
import { askAboutUnexplained } from './model/ask-model.ts'
import { noteDiagnosis } from './pager/pager-notes.ts'
import { type CrashLoop, crashLoopIn, restartOnce } from './plans/auto-restart.ts'
import { note, nowText } from './record.ts'

/**
 * Reads the incident's cluster once, says in its thread why it is in trouble, and asks for a plan where a runbook offers a
 * safe action. Safe to repeat: each round of diagnosis is posted once. `again` marks a look that nobody asked for.
 */
export const investigate = async (doctor: Doctor, id: string, signal: AbortSignal, again = false): Promise<void> => {
  const known = (await readIncident(doctor, id))?.value
  if (known === undefined || (await waitsOut(doctor, known)) || (await goesOnInStorm(doctor, known))) return
  const incident = await begin(doctor, id)
  if (incident === undefined) return
  const reader = doctor.readers.get(incident.cluster)
  if (reader === undefined) return cannotLook(doctor, incident)
  const seen = await turnsOf(doctor)(() => look(doctor, incident, reader, signal), signal)
  if (seen === undefined) return
  const { after, steps, loop } = seen
  if ((await joinSameCause(doctor, after)) !== undefined) return
  const silent = again && after.diagnosis?.rootCauses.length === 0
  if (silent) await announce(doctor, id, turnOfChannel)
  else await tell(doctor, after, incident.diagnosis, steps)
  if (causeKey(incident.diagnosis) !== causeKey(after.diagnosis)) await noteDiagnosis(doctor, after)
  await proposePlan(doctor, after, loop)
  await askAboutUnexplained(doctor, after)
  await lookAgainLater(doctor, after)
}

/** How long the thread of an incident may have to wait for its channel before its cause can be told in it, in ms. */
const turnOfChannel = 200_000

/** How many views of clusters are held at once, each as big as its cluster; what is told of them afterwards holds none. */
const viewsAtOnce = 4

const allTurns = new WeakMap<Doctor, Turns>()

const turnsOf = (doctor: Doctor): Turns => {
  const turns = allTurns.get(doctor) ?? createTurns(viewsAtOnce)
  allTurns.set(doctor, turns)
  return turns
}

type Seen = { readonly after: Incident; readonly steps: readonly Advice[]; readonly loop: CrashLoop | undefined }

/** One reading of the cluster with all that is concluded from it: the incident after it, and what people can do. */
const look = async (
  doctor: Doctor,
  incident: Incident,
  reader: ClusterReader,
  signal: AbortSignal,
): Promise<Seen | undefined> => {
  const seen = await observe(reader, incident.focus?.name, doctor.clock.now(), signal, doctor.metrics, {
    analyzers: doctor.analyzers,
  })
  const run = runOfIncident(incident)
  const asked = { signal, ...(run === undefined ? {} : { run }) }
  const withRuns = await withWorkflowRuns(seen, doctor.workflowRuns, asked)
  const view = withAuditedChanges(withRuns, await changesOn(doctor, incident.cluster))
  const context: MatchContext = { attempts: await attemptsOn(doctor, incident.cluster), view }
  const { focus, question } = incident
  // A title's hint can be wrong. Asking only about a namespace that does not exist would hide what is wrong elsewhere.
  const named =
    incident.namespace !== undefined && view.presence('Namespace', undefined, incident.namespace) !== 'absent'
  const namespace = named ? incident.namespace : undefined
  const diagnosis = await diagnoseInSlices(
    view,
    {
      analyzers: doctor.analyzers,
      propose: (cause) => offers(doctor.runbooks, cause, context),
      ...(namespace === undefined ? {} : { namespace }),
      ...(focus === undefined ? {} : { focus: focus.kind === undefined ? focus.name : `${focus.kind}/${focus.name}` }),
      ...(question === undefined ? {} : { question }),
    },
    signal,
  )
  const after = await conclude(doctor, incident, diagnosis)
  if (after === undefined) return undefined
  const top = diagnosis.rootCauses[0]
  const loop = doctor.config.autoRestart === undefined ? undefined : crashLoopIn(view, diagnosis)
  return { after, steps: top === undefined ? [] : advice(doctor.runbooks, top, context), loop }
}

/** How often an alert without a cause is looked into in all, and how long after each look the next comes, in ms. */
const looks = { most: 4, waitMs: 15_000 } as const

/** What has just broken often shows only with its first failures, so an alert whose cause does not show yet is looked into again. */
const lookAgainLater = async (doctor: Doctor, incident: Incident): Promise<void> => {
  const round = incident.rounds ?? 1
  const explained = (incident.diagnosis?.rootCauses.length ?? 0) > 0
  if (incident.source === 'slack' || incident.endedAt !== undefined || explained || round >= looks.most) return
  await doctor.jobs.add(
    { v: 1, kind: 'investigate', incident: incident.id, again: true },
    { key: `again-${incident.id}-${round}`, delay: looks.waitMs * round },
  )
}

/** Marks the incident as being looked into. Nothing to do where it ended, or where a change is under way. */
const begin = async (doctor: Doctor, id: string): Promise<Incident | undefined> => {
  const at = nowText(doctor)
  const incident = await changeIncident(doctor, id, (now) => {
    if (now.endedAt !== undefined || now.state === 'executing' || now.state === 'verifying') return undefined
    const next = transition(now, 'investigating', at)
    return isRefusal(next) ? undefined : next
  })
  return incident?.state === 'investigating' ? incident : undefined
}

/** What was ever tried on this cluster: a runbook may not offer again what just failed. */
const attemptsOn = async (doctor: Doctor, cluster: string): Promise<readonly Attempt[]> =>
  (await doctor.store.list<readonly Attempt[]>('attempts', 200))
    .flatMap((stored) => stored.value)
    .filter((attempt) => attempt.cluster === cluster)

const conclude = async (doctor: Doctor, incident: Incident, diagnosis: Diagnosis): Promise<Incident | undefined> => {
  const at = nowText(doctor)
  const top = diagnosis.rootCauses[0]
  const after = await changeIncident(doctor, incident.id, (now) => {
    const known: Incident = { ...now, diagnosis, rounds: (now.rounds ?? 0) + 1, updatedAt: at }
    const to = nextState(incident, diagnosis)
    const moved = to === undefined || now.state !== 'investigating' ? known : transition(known, to, at)
    return isRefusal(moved) ? known : moved
  })
  await note(doctor, {
    kind: 'diagnosis.made',
    incident: incident.id,
    cluster: incident.cluster,
    actor: theDoctor.id,
    data: {
      verdict: diagnosis.verdict,
      causes: diagnosis.rootCauses.slice(0, 5).map(({ code, object, summary }) => ({ code, object, summary })),
      unread: diagnosis.coverage.unavailable.map((one) => `${one.source}: ${one.reason}`),
      // Enough for a review to be written from the record alone.
      ...(top === undefined
        ? {}
        : {
            confidence: top.confidence,
            explanation: top.explanation.slice(0, 8),
            prevention: top.prevention.slice(0, 5),
            ...(top.change === undefined ? {} : { change: top.change }),
          }),
    },
  })
  return after
}

/** Where a safe action is offered the plan moves it on; a person's question that finds nothing is answered; the rest needs a person. */
const nextState = (incident: Incident, diagnosis: Diagnosis): Incident['state'] | undefined => {
  if (offered(diagnosis) !== undefined) return undefined
  return incident.source === 'slack' && diagnosis.verdict === 'healthy' ? 'resolved' : 'escalated'
}

const offered = (diagnosis: Diagnosis): { readonly cause: RootCause; readonly proposal: Proposal } | undefined => {
  for (const cause of diagnosis.rootCauses.slice(0, 3)) {
    const proposal = cause.proposals[0]
    if (proposal !== undefined) return { cause, proposal }
  }
  return undefined
}

/** The parent message is edited, and the thread gets this round's answer once. A chat that is away stops no plan. */
const tell = async (
  doctor: Doctor,
  incident: Incident,
  before: Diagnosis | undefined,
  steps: readonly Advice[],
): Promise<void> => {
  const told = await announce(doctor, incident.id, turnOfChannel)
  const thread = told?.thread ?? incident.thread
  if (thread === undefined) return
  const same = before !== undefined && causeKey(before) !== '' && causeKey(before) === causeKey(incident.diagnosis)
  const message = same ? sameCauseMessage(incident, before.at, steps) : causeMessage(incident, steps)
  await doctor.chat.post(thread.channel, message, {
    thread: thread.ts,
    key: `cause-${incident.id}-${incident.rounds ?? 1}`,
  })
}

const causeKey = (diagnosis: Diagnosis | undefined): string =>
  JSON.stringify(diagnosis?.rootCauses.slice(0, 3).map(({ code, object }) => [code, object]) ?? []).replace('[]', '')

const proposePlan = async (doctor: Doctor, incident: Incident, loop: CrashLoop | undefined): Promise<void> => {
  const request = requestOf(incident) ?? (await restartOnce(doctor, incident, loop))
  if (request !== undefined) await doctor.jobs.add({ v: 1, kind: 'plan', request }, { key: `plan-${incident.id}` })
}

/** The plan that the diagnosis offers, for an incident that waits for none yet. */
const requestOf = (incident: Incident): PlanRequest | undefined => {
  const found = incident.diagnosis === undefined ? undefined : offered(incident.diagnosis)
  if (found === undefined || incident.state !== 'investigating') return undefined
  const { cause, proposal } = found
  return {
    cluster: incident.cluster,
    action: proposal.action,
    target: proposal.target,
    input: proposal.input,
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

const cannotLook = async (doctor: Doctor, incident: Incident): Promise<void> => {
  const at = nowText(doctor)
  await changeIncident(doctor, incident.id, (now) => {
    const moved = transition(now, 'escalated', at)
    return isRefusal(moved) ? undefined : moved
  })
  const told = await announce(doctor, incident.id)
  if (told?.thread === undefined) return
  await doctor.chat.post(told.thread.channel, unreachableMessage(incident, [...doctor.readers.keys()]), {
    thread: told.thread.ts,
    key: `unreachable-${incident.id}`,
  })
}
