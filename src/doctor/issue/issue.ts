import { sha256 } from '../../domain/canonical.ts'
import type { Incident } from '../../domain/incident.ts'
import type { IssueRecord } from '../../domain/issue.ts'
import { redact } from '../../domain/redact.ts'
import type { GitHost } from '../../ports.ts'
import { againText, diagnosisText, draftMessage, healthyText, issueMarker, issueText } from '../../views/issue.ts'
import type { Doctor } from '../doctor.ts'
import { readIncident } from '../incident/incident-store.ts'
import { nowText } from '../record.ts'
import { changeIssue, linkIssue, readIssue } from './issue-store.ts'

/** Times of an issue in ms: between comments, until it is closed, and how long a lost answer may take to show in a list. */
export const issueTimes = { between: 600_000, healthy: 600_000, settled: 30_000, diagnosis: 5_000 } as const

/**
 * The `issue` job: brings the one issue of a fingerprint to what is known now. It files, comments at most every ten minutes,
 * answers the label with a diagnosis, and closes after a while of health. Our own record and the hidden mark make each of
 * them happen once, whatever dies in between; each write is on the record before it leaves.
 */
export const issue = async (doctor: Doctor, fingerprint: string): Promise<void> => {
  const done = await doctor.store.lock(`issue-${fingerprint}`, 60, () => bringUp(doctor, fingerprint))
  if (done === undefined) await later(doctor, fingerprint, 'held', 5_000)
}

type Why = 'held' | 'settle' | 'again' | 'close' | 'diagnosis'

/** Each reason to look again waits by itself: a long wait must not swallow a short one. */
const later = (doctor: Doctor, fingerprint: string, why: Why, delay: number): Promise<void> =>
  doctor.jobs.add(
    { v: 1, kind: 'issue', fingerprint },
    { key: `issue-${fingerprint}-${why}`, delay: Math.max(1_000, delay) },
  )

const bringUp = async (doctor: Doctor, fingerprint: string): Promise<true> => {
  const record = await readIssue(doctor, fingerprint)
  const incident = record === undefined ? undefined : (await readIncident(doctor, record.incident))?.value
  const { git } = doctor
  if (record === undefined || incident === undefined || git === undefined || record.state === 'closed') return true
  const filed = record.state === 'filed' ? record : await file(doctor, git, record, incident)
  if (filed?.number === undefined) return true
  await diagnosisComment(doctor, git, filed, incident)
  if (filed.ours) await upkeep(doctor, git, filed, incident)
  return true
}

const file = async (
  doctor: Doctor,
  git: GitHost,
  record: IssueRecord,
  incident: Incident,
): Promise<IssueRecord | undefined> => {
  // It failed and was well again before anybody was told: nothing to read about.
  if (record.healthySince !== undefined && record.state === 'wanted') return undefined
  const { fingerprint, repository } = record
  const { draft } = record
  const labels = labelsOf(record)
  const marker = issueMarker('fp', fingerprint.slice(0, 32))
  const found =
    draft?.to === 'pr'
      ? await git.findChange(repository, draft.branch)
      : await git.findIssue(repository, labels[0], marker)
  if (found.kind === 'ok') return keepNumber(doctor, record, incident, found.value)
  if (found.kind === 'unreadable') throw new Error(`the issues could not be read: ${found.reason}`)
  const since = doctor.clock.now() - Date.parse(record.filingAt ?? '')
  if (record.state === 'filing' && since < issueTimes.settled) {
    await later(doctor, fingerprint, 'settle', issueTimes.settled - since)
    return undefined
  }
  const { title, body } =
    draft === undefined ? issueText(record, incident, await threadLink(doctor, incident)) : draftText(draft)
  const text = { title: redact(title), body: redact(body) }
  await changeIssue(doctor, fingerprint, (now) => now && { ...now, state: 'filing', filingAt: nowText(doctor) })
  const path = `/repos/${repository}/${draft?.to === 'pr' ? 'pulls' : 'issues'}`
  await intend(doctor, incident, path, draft?.to === 'pr' ? draft.text : text.body)
  doctor.crashpoint('issue.intended')
  const made =
    draft?.to === 'pr'
      ? await git.openDocument(repository, { ...draft, ...text })
      : await git.openIssue(repository, { ...text, labels })
  doctor.crashpoint('issue.made')
  await settle(doctor, incident, path, made)
  if (made.kind === 'done') return keepNumber(doctor, record, incident, made)
  if (made.kind === 'unknown') await later(doctor, fingerprint, 'settle', issueTimes.settled)
  else doctor.log.warn({ repository, reason: made.message }, 'an issue was refused')
  return undefined
}

/** Where the case is talked about; undefined while it has no thread, or where the chat does not say. */
const threadLink = async ({ chat }: Doctor, { thread }: Incident): Promise<string | undefined> =>
  thread === undefined ? undefined : chat.permalink(thread.channel, thread.ts).catch(() => undefined)

/** The first one is looked for: a trouble's is always the same, since its signals come from one source. */
const labelsOf = ({ draft, notice }: IssueRecord): readonly [string, ...string[]] => {
  if (draft !== undefined) return ['postmortem', 'automated']
  const argo = notice === undefined || notice.labels['app'] !== undefined
  return [argo ? 'argocd-deployment-failure' : 'deployment-failure', 'automated', 'bug']
}

type Draft = NonNullable<IssueRecord['draft']>

/** The draft itself is the body of an issue, and the file of a pull request. */
const draftText = ({ to, title, text, path, marker }: Draft): { readonly title: string; readonly body: string } => ({
  title,
  body: `${to === 'issue' ? text : `A draft, to be gone on from: \`${path}\`.`}\n\n${marker}`,
})

/** Where the draft of a review is, in the thread, once. */
const tellDraft = async (
  doctor: Doctor,
  { draft, fingerprint }: IssueRecord,
  { id, thread }: Incident,
  url: string,
): Promise<void> => {
  if (draft === undefined || thread === undefined) return
  try {
    const message = draftMessage(draft.to, url)
    await doctor.chat.post(thread.channel, message, { thread: thread.ts, key: `draft-${fingerprint}` })
  } catch (err) {
    doctor.log.warn({ err, incident: id }, 'the thread could not be told where the draft is')
  }
}

const keepNumber = async (
  doctor: Doctor,
  { fingerprint }: IssueRecord,
  incident: Incident,
  { number, url }: { readonly number: number; readonly url: string },
): Promise<IssueRecord | undefined> => {
  const after = await changeIssue(
    doctor,
    fingerprint,
    (now) => now && { ...now, state: 'filed', number, url, commentedAt: nowText(doctor), countedSeen: incident.seen },
  )
  if (after !== undefined) await linkIssue(doctor, after)
  if (after !== undefined) await tellDraft(doctor, after, incident, url)
  return after
}

/** Failed again: a comment when the last is long enough ago. Well for a while: a note, and it is closed. */
const upkeep = async (doctor: Doctor, git: GitHost, record: IssueRecord, incident: Incident): Promise<void> => {
  const now = doctor.clock.now()
  const { fingerprint, healthySince, repository, number = 0 } = record
  if (healthySince !== undefined) {
    const well = now - Date.parse(healthySince)
    if (well < issueTimes.healthy) return later(doctor, fingerprint, 'close', issueTimes.healthy - well)
    const minutes = Math.round(issueTimes.healthy / 60_000)
    if (!(await comment(doctor, git, record, incident, ['closed', healthySince], healthyText(record, minutes)))) return
    const path = `/repos/${repository}/issues/${number}`
    await intend(doctor, incident, path, 'closed', 'PATCH')
    const closed = await git.closeIssue(repository, number)
    await settle(doctor, incident, path, closed)
    if (closed.kind === 'done')
      await changeIssue(doctor, fingerprint, (known) => known && { ...known, state: 'closed' })
    else await later(doctor, fingerprint, 'settle', issueTimes.settled)
    return
  }
  if (incident.seen <= (record.countedSeen ?? 0)) return
  const since = now - Date.parse(record.commentedAt ?? '')
  if (since < issueTimes.between) return later(doctor, fingerprint, 'again', issueTimes.between - since)
  if (!(await comment(doctor, git, record, incident, ['again', String(incident.seen)], againText(record, incident))))
    return
  await changeIssue(
    doctor,
    fingerprint,
    (known) => known && { ...known, commentedAt: nowText(doctor), countedSeen: incident.seen },
  )
}

/** The diagnosis that the label asked for: once there is one, and again only when it names other causes. */
const diagnosisComment = async (
  doctor: Doctor,
  git: GitHost,
  record: IssueRecord,
  incident: Incident,
): Promise<void> => {
  if (record.asked !== true) return
  const { diagnosis } = incident
  const { fingerprint } = record
  if (diagnosis === undefined) {
    const fresh = doctor.clock.now() - Date.parse(incident.openedAt) < 600_000
    return fresh ? later(doctor, fingerprint, 'diagnosis', issueTimes.diagnosis) : undefined
  }
  const causes = sha256(
    JSON.stringify([diagnosis.verdict, diagnosis.rootCauses.map(({ code, object }) => [code, object])]),
  )
  if (record.commentedCauses === causes) return
  const mark = `${incident.id}-${causes.slice(0, 12)}`
  const text = diagnosisText(incident, await threadLink(doctor, incident))
  if (await comment(doctor, git, record, incident, ['diagnosis', mark], text))
    await changeIssue(doctor, fingerprint, (known) => known && { ...known, commentedCauses: causes })
}

/** A comment, once: its hidden mark is looked for first. False where it is not known to be there; then it is tried again. */
const comment = async (
  doctor: Doctor,
  git: GitHost,
  { repository, number = 0, fingerprint }: IssueRecord,
  incident: Incident,
  [what, value]: readonly [string, string],
  text: string,
): Promise<boolean> => {
  const marker = issueMarker(what, value)
  const there = await git.hasComment(repository, number, marker)
  if (there.kind === 'ok' && there.value) return true
  if (there.kind !== 'ok') throw new Error('the comments of an issue could not be read')
  const path = `/repos/${repository}/issues/${number}/comments`
  const body = `${redact(text)}\n\n${marker}`
  await intend(doctor, incident, path, body)
  const made = await git.comment(repository, number, body)
  doctor.crashpoint('issue.commented')
  await settle(doctor, incident, path, made)
  if (made.kind === 'unknown') await later(doctor, fingerprint, 'settle', issueTimes.settled)
  return made.kind === 'done'
}

const intend = async (
  doctor: Doctor,
  incident: Incident,
  path: string,
  body: string,
  method = 'POST',
): Promise<void> => {
  await doctor.audit.append({
    kind: 'effect.intended',
    at: nowText(doctor),
    incident: incident.id,
    actor: 'doctor',
    data: { method, path, bodyHash: sha256(body) },
  })
}

const settle = async (
  doctor: Doctor,
  incident: Incident,
  path: string,
  result: { readonly kind: 'done' | 'rejected' | 'unknown'; readonly message?: string },
): Promise<void> => {
  const kind = result.kind === 'done' ? 'effect.done' : result.kind === 'unknown' ? 'effect.unknown' : 'effect.failed'
  const data = { path, ...(result.message === undefined ? {} : { reason: result.message }) }
  await doctor.audit.append({ kind, at: nowText(doctor), incident: incident.id, actor: 'doctor', data })
}
