import { note, table, text } from '../domain/document.ts'
import { recordType, revisionOf } from '../domain/helm/revision.ts'
import { refText } from '../domain/object.ts'
import { isRefusal } from '../domain/refusal.ts'
import { short } from '../domain/words.ts'
import { age } from './reading/ages.ts'
import { items } from './reading/find.ts'
import { orRefuse, readFrom, unreadAnswer } from './reading/place.ts'
import { releaseNamed } from './reading/release.ts'
import { placeFlags, type Verb } from './verb.ts'

const secrets = { group: '', version: 'v1', resource: 'secrets', kind: 'Secret', namespaced: true } as const

export const verb: Verb = {
  name: 'helm-history',
  summary: 'the revisions of a Helm release: status, chart, when, and what was done',
  usage: 'RELEASE [-n NAMESPACE]',
  examples: ['helm-history checkout -n payments'],
  flags: placeFlags,
  where: 'everywhere',
  run: (context, args) =>
    orRefuse(releaseNamed(context, args, args.words), async ({ reader, release }) => {
      const { namespace = '', name } = release
      const read = await items(reader, secrets, {
        namespace,
        labelSelector: `owner=helm,name=${name}`,
        fieldSelector: `type=${recordType}`,
        signal: context.signal,
      })
      if (read.kind !== 'ok') return unreadAnswer(reader, `The records of ${refText(release)}`, read)
      if (read.value.length === 0)
        return {
          status: 'not-found',
          document: [text(`There is no ${refText(release)}.`), readFrom(reader, namespace)],
        }
      const parsed = read.value.map(revisionOf)
      const revisions = parsed.flatMap((one) => (isRefusal(one) ? [] : [one])).sort((a, b) => b.version - a.version)
      const rows = revisions.map((one) => [
        String(one.version),
        one.status,
        one.chart,
        one.appVersion ?? '–',
        age(one.at, context.now),
        short(one.description, 120),
      ])
      const unread = parsed.flatMap((one) => (isRefusal(one) ? [note(one.reason)] : []))
      return {
        status: unread.length === 0 ? 'ok' : 'could-not-tell',
        document: [
          table(['Revision', 'Status', 'Chart', 'App', 'Age', 'Description'], rows),
          ...unread,
          readFrom(reader, namespace),
        ],
      }
    }),
}
