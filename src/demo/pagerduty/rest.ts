import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { readBody, sendJson } from '../slack/http.ts'
import { sendPage } from '../web-page.ts'
import type { Desk } from './desk.ts'
import { onCall, type Responder, users, wireIncident, wireNote, wireOnCalls, wireUser } from './model.ts'
import { incidentPage, pageActions } from './page.ts'

type Reply = { readonly status: number; readonly body: Readonly<Record<string, unknown>> }
type Fields = Readonly<Record<string, unknown>>

/** What can go wrong with a call: no answer to work that was done, or an answer before any work. */
export type Trouble = 'lost' | { readonly status: number; readonly headers?: Readonly<Record<string, string>> }

/** PagerDuty's REST v2 as far as an app of this kind needs it, with its strictness: token, `From`, content type, error bodies. */
export const createRest =
  (desk: Desk, token: string, origin: () => string, trouble: Trouble[] = []): RequestListener =>
  (request, response) => {
    const url = new URL(request.url ?? '/', origin())
    const path = url.pathname.split('/').filter((part) => part !== '')
    if (path[0] === 'page' && request.method === 'POST') return press(desk, request, response, path)
    if (path[0] === 'page') {
      const { status, title, body } = incidentPage(desk.find(path[1] ?? ''))
      sendPage(response, status, title, body)
      return
    }
    const next = trouble.shift()
    if (next !== undefined && next !== 'lost') {
      response.writeHead(next.status, next.headers ?? {}).end()
      return
    }
    answer(desk, token, origin(), request, url, path)
      .catch(() => fail(500, 2000, 'Internal Server Error'))
      .then(({ status, body }) => (next === 'lost' ? void response.destroy() : sendJson(response, status, body)))
  }

/** A button of an incident's page. Only the page itself may press it, never another page that is open in the browser. */
const press = (
  desk: Desk,
  request: IncomingMessage,
  response: ServerResponse,
  [, id = '', what = '']: readonly string[],
): void => {
  request.resume()
  const incident = desk.find(id)
  const ours = request.headers.origin === `http://${request.headers.host}`
  if (!ours || incident === undefined || !Object.hasOwn(pageActions, what)) {
    sendPage(response, ours ? 404 : 403, ours ? 'Not found' : 'Not from here', '')
    return
  }
  if (what === 'acknowledge') desk.acknowledge(id)
  else if (what === 'resolve') desk.resolve(id)
  else if (what === 'note') desk.note(id, 'Seen, looking at the dashboards.', onCall)
  else desk.escalate(id, incident.level + 1)
  response.writeHead(303, { location: `/page/${id}` }).end()
}

const answer = async (
  desk: Desk,
  token: string,
  origin: string,
  request: IncomingMessage,
  url: URL,
  [first = '', id = '', third = '', more]: readonly string[],
): Promise<Reply> => {
  const { method } = request
  if (request.headers.authorization !== `Token token=${token}`) return fail(401, 2006, 'Unauthorized')
  if (more !== undefined) return notFound
  if (method === 'GET' && id === '') {
    if (first === 'oncalls') return page('oncalls', onCalls(url), url)
    if (first === 'users') return page('users', found(url), url)
    if (first === 'incidents')
      return page(
        'incidents',
        desk.incidents().map((each) => wireIncident(each, origin)),
        url,
      )
  }
  if (first !== 'incidents') return notFound
  const incident = desk.find(id)
  if (incident === undefined) return notFound
  if (method === 'GET' && third === '') return ok({ incident: wireIncident(incident, origin) })
  if (method === 'GET' && third === 'notes') return ok({ notes: incident.notes.map(wireNote) })
  const written = await writeBody(request)
  if ('status' in written) return written
  if (method === 'PUT' && third === '') return update(desk, id, written.fields['incident'], written.by, origin)
  if (method === 'POST' && third === 'notes') return addNote(desk, id, written.fields['note'], written.by)
  return fail(405, 2100, 'Method Not Allowed')
}

const ok = (body: Fields): Reply => ({ status: 200, body })

const fail = (status: number, code: number, message: string, errors: readonly string[] = []): Reply => ({
  status,
  body: { error: { code, message, ...(errors.length === 0 ? {} : { errors }) } },
})

const notFound = fail(404, 2100, 'Not Found')
const invalid = (problem: string): Reply => fail(400, 2001, 'Invalid Input Provided', [problem])

/** One page of a list, as `limit` (100 at most) and `offset` ask for it. */
const page = (name: string, all: readonly unknown[], url: URL): Reply => {
  const limit = Number(url.searchParams.get('limit') ?? '25')
  const offset = Number(url.searchParams.get('offset') ?? '0')
  if (!Number.isInteger(limit) || limit < 1 || limit > 100) return invalid('Limit must be between 1 and 100')
  if (!Number.isInteger(offset) || offset < 0 || offset + limit > 10_000) return invalid('Offset is invalid')
  return ok({
    [name]: all.slice(offset, offset + limit),
    limit,
    offset,
    more: all.length > offset + limit,
    total: null,
  })
}

const found = (url: URL): readonly unknown[] => {
  const query = (url.searchParams.get('query') ?? '').toLowerCase()
  return users.filter(({ name, email }) => `${name} ${email}`.toLowerCase().includes(query)).map(wireUser)
}

const onCalls = (url: URL): readonly unknown[] => {
  const wanted = (name: string) => url.searchParams.getAll(`${name}[]`)
  const [people, policies] = [wanted('user_ids'), wanted('escalation_policy_ids')]
  const idOf = (value: unknown) => String((value as { id?: unknown }).id)
  return wireOnCalls(Date.now()).filter(
    (one) =>
      (people.length === 0 || people.includes(idOf(one['user']))) &&
      (policies.length === 0 || policies.includes(idOf(one['escalation_policy']))),
  )
}

/** The body of a write: writes name their author, who has an account, and are JSON. */
const writeBody = async (
  request: IncomingMessage,
): Promise<{ readonly fields: Fields; readonly by: Responder } | Reply> => {
  const from = String(request.headers['from'] ?? '')
  if (!/^[^@\s]+@[^@\s]+$/.test(from)) return invalid("'From' header is required and must be the email of a user")
  const by = users.find(({ email }) => email === from.toLowerCase())
  if (by === undefined) return invalid('Requester User Not Found')
  if (!(request.headers['content-type'] ?? '').startsWith('application/json'))
    return fail(415, 2001, 'Unsupported Media Type')
  const text = (await readBody(request)).toString('utf8')
  try {
    const fields: unknown = JSON.parse(text)
    return typeof fields === 'object' && fields !== null
      ? { fields: fields as Fields, by }
      : invalid('Body is not a JSON object')
  } catch {
    return invalid('Body is not JSON')
  }
}

const known = new Set([
  'type',
  'status',
  'resolution',
  'escalation_level',
  'assignments',
  'title',
  'urgency',
  'priority',
])

const update = (desk: Desk, id: string, wanted: unknown, by: Responder, origin: string): Reply => {
  const fields = (wanted ?? {}) as Fields
  const { type, status, escalation_level: level, assignments } = fields
  if (type !== 'incident_reference' && type !== 'incident') return invalid('Incident type must be incident_reference')
  const strange = Object.keys(fields).find((name) => !known.has(name))
  if (strange !== undefined) return invalid(`${strange} is not a field of an incident`)
  if (status !== undefined && status !== 'acknowledged' && status !== 'resolved') return invalid('Status is invalid')
  if (desk.find(id)?.status === 'resolved') return invalid('Incident Already Resolved')
  if (level !== undefined && assignments !== undefined)
    return invalid('Escalation level and assignments cannot be set together')
  if (level !== undefined && (typeof level !== 'number' || desk.escalate(id, level, by) === undefined))
    return invalid('Escalation level is invalid')
  if (assignments !== undefined) {
    const to = assigneeOf(assignments)
    if (to === undefined) return invalid('Assignee cannot be found')
    desk.assign(id, to, by)
  }
  if (status === 'acknowledged') desk.acknowledge(id, by)
  if (status === 'resolved') desk.resolve(id, by)
  const after = desk.find(id)
  return after === undefined ? notFound : ok({ incident: wireIncident(after, origin) })
}

const assigneeOf = (assignments: unknown): Responder | undefined => {
  if (!Array.isArray(assignments) || assignments.length !== 1) return undefined
  const { assignee } = (assignments[0] ?? {}) as { assignee?: { id?: unknown; type?: unknown } }
  return assignee?.type === 'user_reference' ? users.find(({ id }) => id === assignee.id) : undefined
}

const addNote = (desk: Desk, id: string, note: unknown, by: Responder): Reply => {
  const { content } = (note ?? {}) as { readonly content?: unknown }
  if (typeof content !== 'string' || content === '') return invalid("Content can't be blank")
  if (content.length > 25_000) return invalid('Content is too long')
  desk.note(id, content, by)
  const made = desk.find(id)?.notes.at(-1)
  return made === undefined ? fail(500, 2000, 'Internal Server Error') : { status: 201, body: { note: wireNote(made) } }
}
