import { timelineDocument } from '../domain/postmortem.ts'
import { isRefusal } from '../domain/refusal.ts'
import { withApp } from './asking/app.ts'
import { namedIncident } from './asking/incident.ts'
import type { Verb } from './verb.ts'

export const verb: Verb = {
  name: 'timeline',
  summary: 'what happened in an incident and when, from the record',
  usage: '[INCIDENT]',
  examples: ['timeline', 'timeline i-0a1b2c3d4e'],
  flags: {},
  where: 'app',
  run: (context, args) =>
    withApp(context, async (app) => {
      const story = await app.story(namedIncident(args.words).incident)
      return isRefusal(story) ? story : { status: 'ok', document: timelineDocument(story) }
    }),
}
