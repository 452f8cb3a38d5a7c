import { diagnose } from '../diagnosis/diagnose.ts'
import { type Document, note as small, text, title } from '../domain/document.ts'
import type { Job } from '../domain/job.ts'
import { refText } from '../domain/object.ts'
import type { ClusterReader } from '../ports.ts'
import { collect } from '../snapshot/collect.ts'
import { documentMessage } from '../views/document-blocks.ts'
import { reply } from './answer.ts'
import { channelFor } from './channel.ts'
import type { Doctor } from './doctor.ts'
import { recentIncidents } from './incident-store.ts'

type ReportJob = Extract<Job, { kind: 'report' }>

/** The health report: to whoever asked, else once a day for each cluster to the channel that the cluster is routed to. */
export const report = async (doctor: Doctor, job: ReportJob, signal: AbortSignal): Promise<void> => {
  for (const reader of doctor.readers.values()) {
    if (job.cluster !== undefined && job.cluster !== reader.name) continue
    const day = new Date(doctor.clock.now()).toISOString().slice(0, 10)
    const message = async () => documentMessage(await reportOn(doctor, reader, signal))
    if (job.replyTo !== undefined) {
      await reply(doctor, job.replyTo, await message(), true)
      continue
    }
    const channel = channelFor(doctor.config, { cluster: reader.name })
    if (channel !== undefined) await doctor.chat.post(channel, await message(), { key: `report-${reader.name}-${day}` })
  }
}

const dayMs = 86_400_000

const reportOn = async (doctor: Doctor, reader: ClusterReader, signal: AbortSignal): Promise<Document> => {
  const diagnosis = diagnose(await collect(reader, { signal }), { analyzers: doctor.analyzers })
  const since = doctor.clock.now() - dayMs
  const incidents = (await recentIncidents(doctor, 200)).filter(
    (incident) => incident.cluster === reader.name && Date.parse(incident.openedAt) >= since,
  )
  const causes = diagnosis.rootCauses.slice(0, 10)
  const unread = diagnosis.coverage.unavailable.map((one) => `${one.source} (${one.reason})`)
  return [
    title(`${reader.name}: ${diagnosis.verdict}`),
    text(
      `${incidents.length} incidents in the last 24 hours, ${incidents.filter((one) => one.endedAt === undefined).length} still open.`,
    ),
    ...(causes.length === 0
      ? [text(diagnosis.verdict === 'healthy' ? 'Nothing is wrong in what was read.' : 'No cause was found.')]
      : [
          {
            kind: 'list',
            items: causes.map((cause) => `${cause.severity}: ${cause.summary} (${refText(cause.object)})`),
          } as const,
        ]),
    small(
      unread.length === 0
        ? `Read from ${reader.name}; all that was needed was read.`
        : `Read from ${reader.name}. Could not read: ${unread.join(', ')}.`,
    ),
  ]
}
