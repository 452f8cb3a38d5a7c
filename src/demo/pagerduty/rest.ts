import type { IncomingMessage, RequestListener } from 'node:http'
import { readBody, sendJson } from '../slack/http.ts'
import { sendPage } from '../web-page.ts'
import type { Desk } from './desk.ts'
import { onCall, personReference, wireIncident, wireNote } from './model.ts'
import { incidentPage } from './page.ts'

type Reply = { readonly status: number; readonly body: Readonly<Record<string, unknown>> }
type Fields = Readonly<Record<string, unknown>>

/** PagerDuty's REST v2 as far as an app of this kind needs it, with its strictness: token, `From`, content type, error bodies. */
export const createRest =
  (desk: Desk, token: string, origin: () => string): RequestListener =>
  (request, response) => {
    const url = new URL(request.url ?? '/', origin())
    const [first = '', id = '', third = ''] = url.pathname.split('/').filter((part) => part !== '')
    if (first === 'page') {
      const { status, title, body } = incidentPage(desk.find(id))
      sendPage(response, status, title, body)
      return
    }
    answer(desk, token, origin(), request, [first, id, third])
      .catch(() => fail(500, 2000, 'Internal Server Error'))
      .then(({ status, body }) => sendJson(response, status, body))
  }

const answer = async (
  desk: Desk,
  token: string,
  origin: string,
  request: IncomingMessage,
  [first, id, third]: readonly [string, string, string],
): Promise<Reply> => {
  const { method } = request
  if (request.headers.authorization !== `Token token=${token}`) return fail(401, 2006, 'Unauthorized')
  if (first === 'oncalls' && method === 'GET')
    return ok({ oncalls: [{ user: personReference(onCall), escalation_level: 1 }], more: false })
  if (first !== 'incidents') return fail(404, 2100, 'Not Found')
  if (id === '' && method === 'GET')
    return ok({ incidents: desk.incidents().map((each) => wireIncident(each, origin)), more: false })
  const incident = desk.find(id)
  if (incident === undefined) return fail(404, 2100, 'Not Found')
  if (method === 'GET' && third === '') return ok({ incident: wireIncident(incident, origin) })
  if (method === 'GET' && third === 'notes') return ok({ notes: incident.notes.map(wireNote) })
  const written = await writeBody(request)
  if ('status' in written) return written
  if (method === 'PUT' && third === '') return update(desk, id, written.fields['incident'], origin)
  if (method === 'POST' && third === 'notes') return addNote(desk, id, written.fields['note'], author(request))
  return fail(405, 2100, 'Method Not Allowed')
}

const ok = (body: Fields): Reply => ({ status: 200, body })

const fail = (status: number, code: number, message: string, errors: readonly string[] = []): Reply => ({
  status,
  body: { error: { code, message, ...(errors.length === 0 ? {} : { errors }) } },
})

const invalid = (problem: string): Reply => fail(400, 2001, 'Invalid Input Provided', [problem])

const author = (request: IncomingMessage): string => String(request.headers['from'] ?? '')

/** The body of a write: writes name their author and are JSON. */
const writeBody = async (request: IncomingMessage): Promise<{ readonly fields: Fields } | Reply> => {
  if (!/^[^@\s]+@[^@\s]+$/.test(author(request)))
    return invalid("'From' header is required and must be the email of a user")
  if (!(request.headers['content-type'] ?? '').startsWith('application/json'))
    return fail(415, 2001, 'Unsupported Media Type')
  const text = (await readBody(request)).toString('utf8')
  try {
    const fields: unknown = JSON.parse(text)
    return typeof fields === 'object' && fields !== null
      ? { fields: fields as Fields }
      : invalid('Body is not a JSON object')
  } catch {
    return invalid('Body is not JSON')
  }
}

const update = (desk: Desk, id: string, wanted: unknown, origin: string): Reply => {
  const { status, resolution, type } = (wanted ?? {}) as Fields & {
    status?: string
    resolution?: string
    type?: string
  }
  if (type !== 'incident_reference' && type !== 'incident') return invalid('Incident type must be incident_reference')
  if (status !== 'acknowledged' && status !== 'resolved') return invalid('Status is invalid')
  if (desk.find(id)?.status === 'resolved') return invalid('Incident Already Resolved')
  if (typeof resolution === 'string' && status === 'resolved') desk.note(id, resolution, 'Cluster Doctor')
  const after = status === 'resolved' ? desk.resolve(id) : desk.acknowledge(id)
  return ok({ incident: wireIncident(after, origin) })
}

const addNote = (desk: Desk, id: string, note: unknown, by: string): Reply => {
  const { content } = (note ?? {}) as { readonly content?: unknown }
  if (typeof content !== 'string' || content === '') return invalid("Content can't be blank")
  desk.note(id, content, by)
  const made = desk.find(id)?.notes.at(-1)
  return made === undefined ? fail(500, 2000, 'Internal Server Error') : { status: 201, body: { note: wireNote(made) } }
}
