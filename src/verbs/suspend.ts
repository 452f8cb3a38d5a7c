import { askAbout, kinds } from './asking/typed.ts'
import { placeFlags, type Verb } from './verb.ts'

export const verb: Verb = {
  name: 'suspend',
  summary: 'plan to suspend a CronJob or a Job',
  usage: 'cronjob/NAME | job/NAME [-n NAMESPACE]',
  examples: ['suspend cronjob/nightly -n payments', 'suspend payments/job/migrate'],
  flags: placeFlags,
  where: 'app',
  run: (context, args) =>
    askAbout(context, args, args.words, [kinds.cronJob, kinds.job], ({ kind }, name) => ({
      action: kind === 'CronJob' ? 'suspend-cronjob' : 'suspend-job',
      input: {},
      summary: `Suspend ${name}`,
    })),
}
