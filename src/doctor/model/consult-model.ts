import { type Agent, consult, type Workbench } from '../../agent/agent.ts'
import { diagnoseInSlices } from '../../diagnosis/diagnose.ts'
import { type Consultation, modelName } from '../../domain/consultation.ts'
import type { Incident } from '../../domain/incident.ts'
import type { Job } from '../../domain/job.ts'
import { refText } from '../../domain/object.ts'
import { theDoctor } from '../../domain/principal.ts'
import { attemptText } from '../../policy/repeat.ts'
import type { ClusterReader } from '../../ports.ts'
import type { ClusterView, MetricsQuery } from '../../snapshot/view.ts'
import { consultationDocument } from '../../views/consultation.ts'
import { documentMessage } from '../../views/document-blocks.ts'
import type { Doctor } from '../doctor.ts'
import { changeIncident, readIncident } from '../incident/incident-store.ts'
import { lookAtView } from '../look/look.ts'
import { observe } from '../look/observe.ts'
import { note, nowText } from '../record.ts'
import { earlierIn, keepAnswer } from './conversation.ts'
import { openProgress } from './tell-progress.ts'

type ConsultJob = Extract<Job, { kind: 'consult' }>

/**
 * Asks the model about a case or a person's question, in view of people, and puts what it cost on the record. Whatever the
 * model does, the case goes on; a proposal of it is only a wish that goes the way of all plans.
 */
export const consultModel = async (doctor: Doctor, job: ConsultJob, signal: AbortSignal): Promise<void> => {
  const { agent } = doctor
  const incident = job.incident === undefined ? undefined : (await readIncident(doctor, job.incident))?.value
  const reader = doctor.readers.get(job.cluster)
  if (agent === undefined || reader === undefined) return
  if (job.question === undefined && !isOpenQuestion(incident)) return
  const progress = await openProgress(doctor, job, incident)
  const { question } = job
  const view = await observe(reader, incident?.focus?.name, doctor.clock.now(), signal, doctor.metrics, {
    analyzers: doctor.analyzers,
  })
  const said = await askAbout(doctor, { agent, job, incident, reader, view, progress: progress.step }, signal)
  if (said.kind === 'without') doctor.log.warn({ code: said.code, incident: incident?.id }, 'the model did not help')
  await remember(doctor, job, said)
  await progress.end(documentMessage(consultationDocument(said, question)))
  if (incident !== undefined && job.user === undefined)
    await changeIncident(doctor, incident.id, (now) => ({ ...now, consultedAt: nowText(doctor) }))
  await keepAnswer(doctor, job, said)
  await wishFor(doctor, job, said)
}

/** Nobody asked: then it is worth a look only while the case is open and no analyzer explained it meanwhile. */
const isOpenQuestion = (incident: Incident | undefined): boolean =>
  incident !== undefined && incident.endedAt === undefined && (incident.diagnosis?.rootCauses.length ?? 0) === 0

type About = {
  readonly agent: Agent
  readonly job: ConsultJob
  readonly incident: Incident | undefined
  readonly reader: ClusterReader
  readonly view: ClusterView
  readonly progress: (doing: string) => void
}

const askAbout = async (doctor: Doctor, about: About, signal: AbortSignal): Promise<Consultation> => {
  const { agent, job, incident, reader, view } = about
  const { question } = job
  const namespace = job.namespace ?? incident?.namespace
  const named = namespace !== undefined && view.presence('Namespace', undefined, namespace) !== 'absent'
  const focus = incident?.focus
  const diagnosis = await diagnoseInSlices(
    view,
    {
      analyzers: doctor.analyzers,
      ...(named ? { namespace } : {}),
      ...(focus === undefined ? {} : { focus: [focus.kind, focus.name].filter(Boolean).join('/') }),
      ...(question === undefined ? {} : { question }),
    },
    signal,
  )
  const task = {
    diagnosis,
    earlier: await earlierIn(doctor, job),
    ...(question === undefined ? {} : { question }),
    ...(incident === undefined ? {} : { title: incident.title, attempts: incident.attempts.map(attemptText) }),
    ...(namespace === undefined ? {} : { namespace }),
    ...(focus === undefined ? {} : { focus }),
  }
  return consult(
    agent,
    benchOver(view, reader, doctor.metricsQuery, signal),
    task,
    [...doctor.actions.values()],
    signal,
    about.progress,
  )
}

/** The bench of a model over one view, live where there is a reader. */
export const benchOver = (
  view: ClusterView,
  reader: ClusterReader | undefined,
  query: MetricsQuery | undefined,
  signal: AbortSignal,
): Workbench => {
  const look = lookAtView(view)
  return {
    view,
    ...(reader === undefined ? {} : { reader }),
    ...(query === undefined ? {} : { query }),
    around: ({ namespace, ...asked }) =>
      look.graph({ cluster: view.cluster, signal, ...(namespace === undefined ? {} : { namespace }) }, asked),
  }
}

/** What it was and what it cost; never what was said or sent. */
const remember = (doctor: Doctor, job: ConsultJob, said: Consultation): Promise<void> =>
  note(doctor, {
    kind: 'model.consulted',
    ...(job.incident === undefined ? {} : { incident: job.incident }),
    cluster: job.cluster,
    actor: job.user?.id ?? theDoctor.id,
    data: {
      asked: job.question === undefined ? 'unexplained' : 'question',
      outcome: said.kind === 'concluded' ? 'concluded' : said.code,
      ...said.usage,
      ...(said.kind === 'without'
        ? {}
        : {
            claims: said.answer.length + said.hypotheses.length,
            dropped: said.dropped,
            codes: said.hypotheses.flatMap(({ code }) => code ?? []),
            ...(said.proposal === undefined ? {} : { proposal: said.proposal }),
          }),
    },
  })

/**
 * A wish like a person's: drafted, rehearsed, judged by the policy and shown on a card whose words are ours. Whoever asked the
 * question counts as who asked for the change, so that nobody approves what they talked a model into.
 */
const wishFor = async (doctor: Doctor, job: ConsultJob, said: Consultation): Promise<void> => {
  if (said.kind !== 'concluded' || said.proposal === undefined) return
  // As it is now: minutes may have passed.
  const incident = job.incident === undefined ? undefined : (await readIncident(doctor, job.incident))?.value
  if (incident?.state === 'executing' || incident?.state === 'verifying') return
  if (incident?.endedAt !== undefined && job.question === undefined) return
  const { proposal, hypotheses, sources } = said
  const [top] = hypotheses
  const asker =
    job.user ?? (incident?.source === 'slack' ? { id: incident.openedBy, name: incident.openedBy } : theDoctor)
  const what = `${top?.code ?? 'a cause without a code'} on ${refText(top?.object ?? proposal.target)}`
  const by = modelName(said.usage.model) === 'Claude' ? 'Claude, a language model' : 'a language model'
  const evidence = (top?.evidence ?? []).map(({ id, quote }) => ({
    id,
    text: `${sources.find((one) => one.id === id)?.title ?? ''}: ${quote}`,
  }))
  await doctor.jobs.add(
    {
      v: 1,
      kind: 'plan',
      request: {
        cluster: job.cluster,
        ...proposal,
        requester: asker,
        proposedBy: 'model',
        reason: {
          summary: `Proposed by ${by}. Its hypothesis, which no analyzer confirmed: ${what}.`,
          ...(top?.code === undefined ? {} : { code: top.code }),
          ...(top?.object === undefined ? {} : { object: top.object }),
          evidence,
        },
        ...(incident === undefined ? {} : { incident: incident.id }),
        ...(job.replyTo === undefined ? {} : { replyTo: job.replyTo }),
      },
    },
    { key: `plan-model-${job.id}` },
  )
}
