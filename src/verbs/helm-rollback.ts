import { refText } from '../domain/object.ts'
import { isRefusal, refused } from '../domain/refusal.ts'
import { withApp } from './asking/app.ts'
import { releaseNamed } from './reading/release.ts'
import { placeFlags, type Verb } from './verb.ts'

export const verb: Verb = {
  name: 'helm-rollback',
  summary: 'plan to roll a Helm release back, object by object, to a revision that was deployed',
  usage: 'RELEASE [REVISION] [--no-hooks] [-n NAMESPACE]',
  examples: ['helm-rollback checkout -n payments', 'helm-rollback payments/checkout 41'],
  flags: { ...placeFlags, 'no-hooks': { help: 'although it has hooks for a rollback, which are not run' } },
  where: 'app',
  run: (context, args) =>
    withApp(context, async (app) => {
      const words = args.words.filter((word) => word !== 'to')
      const revision = words.length > 1 ? words.at(-1) : undefined
      if (revision !== undefined && !/^[1-9]\d{0,8}$/.test(revision))
        return refused('usage', 'To which revision? For example: helm-rollback payments/checkout 41')
      const found = releaseNamed(context, args, revision === undefined ? words : words.slice(0, -1))
      if (isRefusal(found)) return found
      const { reader, release } = found
      const name = refText(release)
      return app.plan({
        cluster: reader.name,
        action: 'helm-rollback',
        target: release,
        input: {
          ...(revision === undefined ? {} : { revision: Number(revision) }),
          ...(args.flags.has('no-hooks') ? { noHooks: true } : {}),
        },
        reason: {
          summary: `Roll ${name} back to ${revision === undefined ? 'its last good revision' : `revision ${revision}`}`,
          evidence: [],
        },
      })
    }),
}
