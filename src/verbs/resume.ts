import { askAbout, kinds } from './asking/typed.ts'
import { placeFlags, type Verb } from './verb.ts'

const actions: Readonly<Record<string, string>> = { CronJob: 'resume-cronjob', Job: 'resume-job' }

export const verb: Verb = {
  name: 'resume',
  summary: 'plan to resume a paused rollout, or a suspended CronJob or Job',
  usage: 'deploy/NAME | cronjob/NAME | job/NAME [-n NAMESPACE]',
  examples: ['resume deploy/checkout -n payments', 'resume cronjob/nightly -n payments'],
  flags: placeFlags,
  where: 'app',
  run: (context, args) =>
    askAbout(context, args, args.words, [kinds.deployment, kinds.cronJob, kinds.job], ({ kind }, name) => ({
      action: actions[kind] ?? 'resume-rollout',
      input: {},
      summary: `Resume ${name}`,
    })),
}
