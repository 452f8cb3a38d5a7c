import { z } from 'zod'
import type { IncidentNews } from '../../domain/incident-news.ts'
import { plain } from '../../domain/plain.ts'
import { redact } from '../../domain/redact.ts'
import type { Place, PlaceAnswer } from '../../ports/places.ts'
import { type Answer, ask, refusal } from '../outgoing/send.ts'

/** Where, and as whom: an e-mail address with an API token, or a personal access token alone (Data Center). */
export type JiraAccess = {
  readonly url: string
  readonly email?: string
  readonly token: string
  readonly project: string
  readonly issueType: string
  readonly done: string
}

const made = z.object({ key: z.string().regex(/^[A-Z][A-Z0-9_]*-\d+$/) })
const found = z.object({ issues: z.array(made).max(100) })
const moves = z.object({
  transitions: z
    .array(z.object({ id: z.string(), name: z.string(), to: z.object({ name: z.string() }).optional() }))
    .max(200),
})

/** How long after it was made an issue may not be found yet, in ms: searching at Atlassian lags behind. */
const searchLag = 60_000

/**
 * Jira by its REST API, version 2: an issue for each incident, made once, its text kept as the incident stands, and moved to
 * `done` when that ends. What may have been made without our knowing is looked for by its label first.
 */
export const jira = (access: JiraAccess): Place => {
  const who =
    access.email === undefined
      ? `Bearer ${access.token}`
      : `Basic ${Buffer.from(`${access.email}:${access.token}`).toString('base64')}`
  const call = (method: string, path: string, signal: AbortSignal, body?: object): Promise<Answer> =>
    ask(
      'Jira',
      `${access.url}/rest/api/2${path}`,
      {
        method,
        headers: { authorization: who, accept: 'application/json', 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      },
      signal,
    )

  const find = async (label: string, signal: AbortSignal): Promise<string | undefined> => {
    const query = new URLSearchParams({
      jql: `project = "${access.project}" AND labels = "${label}"`,
      fields: 'summary',
      maxResults: '1',
    })
    const parsed = found.safeParse(
      json(await call('GET', `${access.email === undefined ? '/search' : '/search/jql'}?${query}`, signal)),
    )
    if (!parsed.success) throw new Error('Jira’s answer to a search is none')
    return parsed.data.issues[0]?.key
  }

  const finish = async (key: string, signal: AbortSignal): Promise<PlaceAnswer> => {
    const listed = moves.safeParse(json(await call('GET', `/issue/${key}/transitions`, signal)))
    if (!listed.success) throw new Error('Jira’s answer about transitions is none')
    const wanted = access.done.toLowerCase()
    const move = listed.data.transitions.find(({ name, to }) =>
      [name, to?.name].some((one) => one?.toLowerCase() === wanted),
    )
    // Where it is done already there is no way there, and nothing to do.
    if (move === undefined) return { kind: 'done', ref: key }
    const moved = await call('POST', `/issue/${key}/transitions`, signal, { transition: { id: move.id } })
    return ok(moved) ? { kind: 'done', ref: key } : refusal('Jira', moved)
  }

  return {
    tell: async (news, { before, begin, signal }) => {
      const label = `cluster-doctor-${news.incident}`
      const fields = fieldsOf(news)
      const begun = before?.begun
      let key = before?.ref ?? (begun === undefined ? undefined : await find(label, signal))
      if (key === undefined) {
        if (begun !== undefined && Date.now() - begun < searchLag)
          throw new Error('Jira may have made the issue already')
        // What ended before it was told of needs no issue.
        if (news.endedAt !== undefined) return { kind: 'done' }
        await begin()
        const project = { project: { key: access.project }, issuetype: { name: access.issueType } }
        const labels = ['cluster-doctor', label]
        const answer = await call('POST', '/issue', signal, { fields: { ...project, labels, ...fields } })
        const parsed = made.safeParse(json(answer))
        if (!ok(answer)) return refusal('Jira', answer)
        if (!parsed.success) throw new Error('Jira did not say which issue it made')
        return { kind: 'done', ref: parsed.data.key }
      }
      const answer = await call('PUT', `/issue/${key}`, signal, { fields })
      if (answer.status === 404) key = undefined
      if (key === undefined || !ok(answer)) return refusal('Jira', answer)
      return news.endedAt === undefined || news.state === 'escalated' ? { kind: 'done', ref: key } : finish(key, signal)
    },
  }
}

const ok = ({ status }: Answer): boolean => status >= 200 && status < 300

const json = ({ text }: Answer): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Text in Jira's own markup: what could be read as markup or mention people is told as it is, within `noformat`. */
const fieldsOf = (news: IncidentNews): { readonly summary: string; readonly description: string } => {
  const { cause } = news
  const place = [news.cluster, news.namespace, news.workload].filter((part) => part !== undefined).join(' / ')
  const lines = [
    `State: ${news.state}`,
    `Where: ${place}`,
    `Severity: ${news.severity}, since ${news.openedAt}`,
    ...(cause === undefined
      ? ['Cause: not known yet']
      : [`Cause: ${cause.summary} (${cause.code} at ${cause.object}, ${Math.round(cause.confidence * 100)} %)`]),
    ...(news.acknowledgedBy === undefined ? [] : [`Looked after by: ${news.acknowledgedBy}`]),
    ...(news.endedAt === undefined ? [] : [`Ended: ${news.endedAt}`]),
    ...(news.url === undefined ? [] : [`Signal: ${news.url}`]),
    `Incident: ${news.incident}`,
  ]
  const text = plain(redact(lines.join('\n')), 8_000).replaceAll('{noformat}', '{ noformat}')
  return {
    summary: plain(redact(news.title), 240).replace(/\s+/g, ' ').trim() || 'an incident without a title',
    description: `{noformat}\n${text}\n{noformat}`,
  }
}
