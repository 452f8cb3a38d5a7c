import { sha256 } from '../../domain/canonical.ts'
import type { IssueRecord } from '../../domain/issue.ts'
import { postmortemDocument, postmortemOf } from '../../domain/postmortem.ts'
import { redact } from '../../domain/redact.ts'
import { isRefusal, type Refusal, refused } from '../../domain/refusal.ts'
import { fullMember } from '../../policy/authorize.ts'
import { documentMarkdown } from '../../views/document-markdown.ts'
import { inert, issueMarker } from '../../views/issue.ts'
import type { Doctor } from '../doctor.ts'
import { storyFor } from '../incident/story.ts'
import { changeIssue, readIssue } from './issue-store.ts'

/** The most characters of a draft: GitHub takes 65,536 in an issue. */
const longest = 60_000

/**
 * Has the draft of an incident's review written to the Git host at a full member's wish: one issue, or one pull request with one
 * new file, however often it is asked for. It goes the road of every issue: on the record before it leaves.
 */
export const publishPostmortem = async (
  doctor: Doctor,
  user: string,
  incident: string,
  to: 'issue' | 'pr',
): Promise<string | Refusal> => {
  const repository = doctor.config.github?.issues
  if (repository === undefined)
    return refused('no-repository', 'No repository is set up for that: GITHUB_ISSUES names one.')
  const by = await fullMember(user, doctor.chat)
  if (isRefusal(by)) return by
  const fingerprint = sha256(JSON.stringify(['postmortem', incident, to]))
  const known = await readIssue(doctor, fingerprint)
  if (known?.url !== undefined) return `It is there already: ${known.url}`
  const story = await storyFor(doctor, incident)
  if (isRefusal(story)) return story
  const title = inert(`Postmortem draft: ${story.incident.title}`, 200).replaceAll('\\', '')
  const text = redact(documentMarkdown(postmortemDocument(postmortemOf(story)))).slice(0, longest)
  const record: IssueRecord = {
    fingerprint,
    repository,
    incident,
    state: 'wanted',
    ours: false,
    draft: {
      to,
      title,
      text,
      path: `postmortems/${story.incident.openedAt.slice(0, 10)}-${incident.toLowerCase()}.md`,
      branch: `doctor/${fingerprint.slice(0, 12)}`,
      marker: issueMarker('fp', fingerprint.slice(0, 32)),
    },
  }
  await changeIssue(doctor, fingerprint, (now) => (now === undefined ? record : undefined))
  await doctor.jobs.add({ v: 1, kind: 'issue', fingerprint }, { key: `issue-${fingerprint}` })
  const what = to === 'issue' ? 'issue' : 'pull request'
  return `The draft becomes an ${what} of ${repository}`.replace('an pull', 'a pull').concat('; its link comes here.')
}
