import { diagnoseInSlices } from '../diagnosis/diagnose.ts'
import type { Document } from '../domain/document.ts'
import type { Job } from '../domain/job.ts'
import type { ClusterReader } from '../ports.ts'
import { healthReport } from '../reports/health-report.ts'
import { collect } from '../snapshot/collect.ts'
import { withMetrics } from '../snapshot/with-metrics.ts'
import { documentMessage } from '../views/document-blocks.ts'
import { reportDocument } from '../views/report.ts'
import { reply } from './answer.ts'
import { channelFor } from './channel.ts'
import type { Doctor } from './doctor.ts'
import { recentIncidents } from './incident/incident-store.ts'
import { mailLater } from './places/mail.ts'

type ReportJob = Extract<Job, { kind: 'report' }>

/** The health report: to whoever asked, else once a day for each cluster to the channel that the cluster is routed to. */
export const report = async (doctor: Doctor, job: ReportJob, signal: AbortSignal): Promise<void> => {
  for (const reader of doctor.readers.values()) {
    if (job.cluster !== undefined && job.cluster !== reader.name) continue
    // A scheduler that runs twice on one day, as when a clock is set back, must not report twice.
    const day = new Intl.DateTimeFormat('en-CA', { timeZone: doctor.config.report.timezone }).format(doctor.clock.now())
    const message = async () => documentMessage(await reportOn(doctor, reader, signal))
    if (job.replyTo !== undefined) {
      await reply(doctor, job.replyTo, await message(), true)
      continue
    }
    const channel = channelFor(doctor.config, { cluster: reader.name })
    if (channel === undefined && doctor.mailer === undefined) continue
    const document = await reportOn(doctor, reader, signal)
    await mailLater(doctor, `report-${reader.name}-${day}`, `Health of ${reader.name}, ${day}`, document)
    if (channel !== undefined)
      await doctor.chat.post(channel, documentMessage(document), { key: `report-${reader.name}-${day}` })
  }
}

const reportOn = async (doctor: Doctor, reader: ClusterReader, signal: AbortSignal): Promise<Document> => {
  const view = await withMetrics(await collect(reader, { signal, fresh: true }), doctor.metrics, { signal })
  const incidents = (await recentIncidents(doctor, 500)).filter(
    ({ cluster, mergedInto }) => cluster === reader.name && mergedInto === undefined,
  )
  const diagnosis = await diagnoseInSlices(view, { analyzers: doctor.analyzers }, signal)
  return reportDocument(healthReport(view, diagnosis, incidents), doctor.config.report.timezone)
}
