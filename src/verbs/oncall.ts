import { note, table } from '../domain/document.ts'
import { refused } from '../domain/refusal.ts'
import { withApp } from './asking/app.ts'
import { age } from './reading/ages.ts'
import type { Verb } from './verb.ts'

export const verb: Verb = {
  name: 'oncall',
  aliases: ['on-call'],
  summary: 'who is on call now, for this incident or for everything',
  usage: '',
  examples: ['oncall'],
  flags: {},
  where: 'app',
  run: (context) =>
    withApp(context, async (app) => {
      const read = await app.onCall()
      if (read.kind === 'absent') return refused('no-pager', 'PagerDuty knows nobody on call.')
      if (read.kind === 'unreadable')
        return refused('pager-unreadable', `Who is on call cannot be said: ${read.message}.`)
      const rows = [...read.value]
        .sort((a, b) => (a.policy.name === b.policy.name ? a.level - b.level : a.policy.name < b.policy.name ? -1 : 1))
        .map(({ user, level, policy, schedule, until }) => [
          policy.name,
          String(level),
          user.name,
          schedule?.name ?? 'always',
          until === undefined ? '' : `for ${age(new Date(context.now).toISOString(), Date.parse(until))}`,
        ])
      if (rows.length === 0) return 'Nobody is on call.'
      return {
        status: 'ok',
        document: [
          table(['Escalation policy', 'Level', 'Who', 'Schedule', 'Still'], rows),
          note('As PagerDuty says now.'),
        ],
      }
    }),
}
