import { z } from 'zod'
import type { OnCall, PagerIncident, PagerUser } from '../../domain/pager.ts'
import { plainLine } from '../../domain/plain.ts'

const id = z.string().regex(/^[A-Za-z0-9]{1,40}$/)
const reference = z.object({ id, summary: z.string().nullish() })
const person = reference.extend({ name: z.string().nullish(), email: z.string().nullish() })

const userOf = (one: z.infer<typeof person>): PagerUser => ({
  id: one.id,
  name: plainLine(one.name ?? one.summary ?? one.id, 80),
  ...(one.email ? { email: one.email.slice(0, 254).toLowerCase() } : {}),
})

/** One incident, as `GET` and `PUT /incidents/{id}` answer it. */
export const incidentAnswer = z
  .object({
    incident: z.object({
      id,
      incident_number: z.number().int().nonnegative().nullish(),
      status: z.enum(['triggered', 'acknowledged', 'resolved']),
      assignments: z
        .array(z.object({ assignee: person }))
        .max(500)
        .nullish(),
      escalation_policy: reference.nullish(),
    }),
  })
  .transform(
    ({ incident: one }): PagerIncident => ({
      id: one.id,
      ...(one.incident_number === null || one.incident_number === undefined ? {} : { number: one.incident_number }),
      status: one.status,
      assignees: (one.assignments ?? []).map(({ assignee }) => userOf(assignee)),
      ...(one.escalation_policy ? { policy: one.escalation_policy.id } : {}),
    }),
  )

/** The notes of an incident: their texts. */
export const notesAnswer = z
  .object({ notes: z.array(z.object({ content: z.string() })).max(5_000) })
  .transform(({ notes }) => notes.map((note) => note.content))

/** A note that was added. */
export const noteAnswer = z.object({ note: z.object({ id: z.string().max(100) }) })

/** One page of people, as `GET /users` answers it. */
export const usersAnswer = z
  .object({ users: z.array(person).max(1_000) })
  .transform(({ users }) => users.map((one) => userOf(one)))

/** One page of who is on call. */
export const onCallsAnswer = z
  .object({
    oncalls: z
      .array(
        z.object({
          user: person,
          escalation_level: z.number().int().min(1).max(100),
          escalation_policy: reference,
          schedule: reference.nullish(),
          end: z.string().max(60).nullish(),
        }),
      )
      .max(1_000),
    more: z.boolean().nullish(),
  })
  .transform(({ oncalls, more }) => ({
    more: more === true,
    onCalls: oncalls.map(
      (one): OnCall => ({
        user: userOf(one.user),
        level: one.escalation_level,
        policy: named(one.escalation_policy),
        ...(one.schedule ? { schedule: named(one.schedule) } : {}),
        ...(one.end ? { until: one.end } : {}),
      }),
    ),
  }))

const named = (one: z.infer<typeof reference>) => ({ id: one.id, name: plainLine(one.summary ?? one.id, 120) })

/** What PagerDuty says is wrong with a request. */
export const errorAnswer = z.object({
  error: z.object({
    code: z.number().nullish(),
    message: z.string().nullish(),
    errors: z.union([z.array(z.string()).max(50), z.string()]).nullish(),
  }),
})
