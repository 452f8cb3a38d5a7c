import type { z } from 'zod'
import type { Config } from '../../config.ts'
import type { Read } from '../../domain/coverage.ts'
import type { OnCall, PagerCommand, PagerUser } from '../../domain/pager.ts'
import type { Pager, PagerAnswer } from '../../ports.ts'
import { incidentAnswer, noteAnswer, notesAnswer, onCallsAnswer, usersAnswer } from './answers.ts'
import { type Call, type Outcome, read, send } from './transport.ts'

type Settings = Config['pagerduty'] & { readonly token: string }

/** The most pages of one list, of a hundred entries each. */
const mostPages = 10

/** How long people stay known by their address, in ms: they seldom change theirs. */
const keepPeople = 600_000

/**
 * The Pager port on PagerDuty's REST v2, of the service region that `apiUrl` names. Reads are tried again, writes never: what
 * became of one that got no answer can only be read back. `pauseMs` is the first pause between tries.
 */
export const pagerDuty = (settings: Settings, pauseMs = 500): Pager => {
  const { token, apiUrl, from } = settings
  const get = <T>(path: string, shape: z.ZodType<T>, signal?: AbortSignal) =>
    read(apiUrl, token, path, pauseMs, signal).then((outcome) => checked(outcome, shape))
  const people = new Map<string, { readonly until: number; readonly found: Read<PagerUser> }>()

  const userByEmail = async (email: string, signal?: AbortSignal): Promise<Read<PagerUser>> => {
    const wanted = email.trim().toLowerCase()
    const known = people.get(wanted)
    if (known !== undefined && known.until > Date.now()) return known.found
    const answer = await get(`/users?limit=100&query=${encodeURIComponent(wanted)}`, usersAnswer, signal)
    if (answer.kind !== 'ok') return answer
    // The query finds parts of names and addresses too; only the very address is the person.
    const user = answer.value.find((one) => one.email === wanted)
    const found: Read<PagerUser> = user === undefined ? { kind: 'absent' } : { kind: 'ok', value: user }
    if (people.size > 5_000) people.clear()
    people.set(wanted, { until: Date.now() + keepPeople, found })
    return found
  }

  return {
    incident: (id, signal) => get(`/incidents/${pathPart(id)}`, incidentAnswer, signal),
    notes: (id, signal) => get(`/incidents/${pathPart(id)}/notes`, notesAnswer, signal),
    send: async (id, command, as, signal) => {
      const call = callOf(pathPart(id), command, as ?? from)
      const outcome = await send(apiUrl, token, signal === undefined ? call : { ...call, signal })
      const answer = answerOf(outcome, command)
      // Somebody who left PagerDuty, or never had an account there: then the doctor's own user says it for them.
      const stranger = answer.kind === 'refused' && as !== undefined && from !== undefined && as !== from
      return stranger && /requester user not found|from.*header/i.test(answer.message)
        ? answerOf(await send(apiUrl, token, callOf(pathPart(id), command, from)), command)
        : answer
    },
    userByEmail,
    self: async (signal) => (from === undefined ? { kind: 'absent' } : userByEmail(from, signal)),
    onCalls: (asked, signal) => onCallPages(get, asked, signal),
  }
}

type Get = <T>(path: string, shape: z.ZodType<T>, signal?: AbortSignal) => Promise<Read<T>>

const onCallPages = async (
  get: Get,
  asked: { readonly policy?: string; readonly user?: string },
  signal?: AbortSignal,
): Promise<Read<readonly OnCall[]>> => {
  const found: OnCall[] = []
  const filter = [
    ...(asked.policy === undefined ? [] : [`&escalation_policy_ids%5B%5D=${pathPart(asked.policy)}`]),
    ...(asked.user === undefined ? [] : [`&user_ids%5B%5D=${pathPart(asked.user)}`]),
  ].join('')
  for (let page = 0; page < mostPages; page += 1) {
    const answer = await get(`/oncalls?limit=100&offset=${page * 100}${filter}`, onCallsAnswer, signal)
    if (answer.kind !== 'ok') return answer
    found.push(...answer.value.onCalls)
    if (!answer.value.more) return { kind: 'ok', value: found }
  }
  return { kind: 'unreadable', reason: 'truncated', message: 'more are on call than can be read' }
}

const callOf = (id: string, command: PagerCommand, as: string | undefined): Call => {
  const by = as === undefined ? {} : { as }
  if (command.kind === 'note')
    return { method: 'POST', path: `/incidents/${id}/notes`, body: { note: { content: command.text } }, ...by }
  const incident = { type: 'incident_reference', ...changeOf(command) }
  return { method: 'PUT', path: `/incidents/${id}`, body: { incident }, ...by }
}

const changeOf = (command: Exclude<PagerCommand, { kind: 'note' }>): object => {
  switch (command.kind) {
    case 'acknowledge':
      return { status: 'acknowledged' }
    case 'resolve':
      return { status: 'resolved' }
    case 'escalate':
      return { escalation_level: command.level }
    case 'assign':
      return { assignments: [{ assignee: { id: command.user, type: 'user_reference' } }] }
  }
}

const answerOf = (outcome: Outcome, command: PagerCommand): PagerAnswer => {
  switch (outcome.kind) {
    case 'not-sent':
      return outcome
    case 'unknown':
      return outcome
    case 'refused':
      return { kind: 'refused', message: outcome.message }
    case 'ok': {
      const shape = command.kind === 'note' ? noteAnswer : incidentAnswer
      const parsed = shape.safeParse(outcome.body)
      return parsed.success
        ? { kind: 'done' }
        : { kind: 'unknown', message: 'PagerDuty’s answer has not the expected shape' }
    }
  }
}

const checked = <T>(outcome: Outcome, shape: z.ZodType<T>): Read<T> => {
  switch (outcome.kind) {
    case 'ok': {
      const parsed = shape.safeParse(outcome.body)
      if (parsed.success) return { kind: 'ok', value: parsed.data }
      const where = parsed.error.issues[0]?.path.map(String).join('.') ?? ''
      return { kind: 'unreadable', reason: 'malformed', message: `PagerDuty’s answer is not as documented at ${where}` }
    }
    case 'refused':
      if (outcome.status === 404) return { kind: 'absent' }
      return { kind: 'unreadable', reason: reasonOf(outcome.status), message: outcome.message }
    case 'not-sent':
    case 'unknown':
      return { kind: 'unreadable', reason: 'unreachable', message: outcome.message }
  }
}

const reasonOf = (status: number) =>
  status === 401 ? 'unauthorized' : status === 403 ? 'forbidden' : ('malformed' as const)

/** An id as part of a path; it came by webhook, so it must look like one of PagerDuty's before it is asked for. */
const pathPart = (id: string): string => {
  if (!/^[A-Za-z0-9]{1,40}$/.test(id)) throw new Error('not the id of anything at PagerDuty')
  return id
}
