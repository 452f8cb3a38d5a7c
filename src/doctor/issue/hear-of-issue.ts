import type { Alert } from '../../domain/alert.ts'
import { canonical } from '../../domain/canonical.ts'
import type { IssueRecord } from '../../domain/issue.ts'
import type { LabelledIssue } from '../../sources/source.ts'
import type { Doctor } from '../doctor.ts'
import { nowText } from '../record.ts'
import { changeIssue, fingerprintOf, linkIssue } from './issue-store.ts'

type Hearer = Pick<Doctor, 'store' | 'jobs' | 'config' | 'clock'>

/**
 * A deployment failed, or is well again: what the source said is kept for the one issue of its fingerprint, and the job that
 * writes it is set going. Nothing happens where no repository for issues is set up.
 */
export const hearOfFailure = async (doctor: Hearer, alerts: readonly Alert[], incident: string): Promise<void> => {
  const repository = doctor.config.github?.issues
  if (repository === undefined) return
  for (const alert of alerts) {
    // What opens an issue is a deployment's; that a trouble is over ends the issue of any.
    if (alert.status !== 'resolved' && alert.source !== 'argocd' && alert.source !== 'deployment') continue
    const at = nowText(doctor)
    const after = await changeIssue(doctor, alert.fingerprint, (known) =>
      afterAlert(known, alert, { repository, incident, at }),
    )
    if (after !== undefined) await wake(doctor, alert.fingerprint)
  }
}

const afterAlert = (
  known: IssueRecord | undefined,
  alert: Alert,
  { repository, incident, at }: { readonly repository: string; readonly incident: string; readonly at: string },
): IssueRecord | undefined => {
  if (alert.status === 'resolved')
    return known === undefined || known.state === 'closed' || known.healthySince !== undefined
      ? undefined
      : { ...known, healthySince: at }
  const { message, resources } = alert.annotations
  const notice = {
    title: alert.title,
    labels: alert.labels,
    startsAt: alert.startsAt,
    ...(message === undefined ? {} : { message }),
    ...(resources === undefined ? {} : { resources }),
    ...(alert.link?.url === undefined ? {} : { url: alert.link.url }),
  }
  if (known === undefined || known.state === 'closed')
    return { fingerprint: alert.fingerprint, repository, incident, state: 'wanted', ours: true, notice }
  // A thousand equal failures write nothing a thousand times.
  const { startsAt: _s, ...said } = notice
  const { startsAt: _k, ...before } = known.notice ?? notice
  const same = known.healthySince === undefined && known.incident === incident && canonical(said) === canonical(before)
  if (same) return undefined
  const { healthySince: _, ...rest } = known
  return { ...rest, incident, notice }
}

/**
 * Somebody put our label on an issue, or asks to look again: a diagnosis is wanted as a comment. Returns true for an issue that
 * we know; another one is taken in as a signal of its own first, and `incident` then says which case it opened.
 */
export const hearOfLabel = async (doctor: Hearer, issue: LabelledIssue, incident?: string): Promise<boolean> => {
  const { repository, number } = issue
  const known = await fingerprintOf(doctor, repository, number)
  const fingerprint = known ?? (incident === undefined ? undefined : issue.fingerprint)
  if (fingerprint === undefined) return false
  const record = await changeIssue(doctor, fingerprint, (now) =>
    now === undefined
      ? { fingerprint, repository, incident: incident ?? '', state: 'filed', ours: false, number, asked: true }
      : { ...now, asked: true },
  )
  if (record !== undefined) await linkIssue(doctor, record)
  if (issue.again === true && known !== undefined && record !== undefined)
    await doctor.jobs.add(
      { v: 1, kind: 'investigate', incident: record.incident },
      { key: `investigate-${record.incident}` },
    )
  await wake(doctor, fingerprint)
  return true
}

const wake = (doctor: Hearer, fingerprint: string): Promise<void> =>
  doctor.jobs.add({ v: 1, kind: 'issue', fingerprint }, { key: `issue-${fingerprint}` })
