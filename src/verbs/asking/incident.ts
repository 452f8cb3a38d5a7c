import type { Answer } from '../../domain/document.ts'
import type { IncidentWish } from '../../domain/incident-wish.ts'
import { isRefusal, type Refusal } from '../../domain/refusal.ts'
import type { Arguments } from '../arguments.ts'
import type { VerbContext } from '../verb.ts'
import { withApp } from './app.ts'

/** The id of an incident. */
export const incidentId = /^i-[0-9a-z]{10,16}$/

/** The incident that the first word names, by its id or by its PagerDuty number, and the words after it. */
export const namedIncident = (
  words: readonly string[],
): { readonly incident?: string; readonly rest: readonly string[] } => {
  const [first, ...rest] = words
  if (first === '') return { rest }
  return first !== undefined && (incidentId.test(first) || /^#?\d{1,9}$/.test(first))
    ? { incident: first, rest }
    : { rest: words }
}

/** Does with the incident that is named, else the thread's, what the words after it say. */
export const tendNamed = (
  context: VerbContext,
  args: Arguments,
  wish: (words: readonly string[]) => IncidentWish | Refusal,
): Promise<Answer> =>
  withApp(context, async (app) => {
    const { incident, rest } = namedIncident(args.words)
    const wanted = wish(rest)
    return isRefusal(wanted) ? wanted : app.tend(wanted, incident)
  })
