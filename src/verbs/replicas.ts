import { type Answer, text } from '../domain/document.ts'
import type { Deployment } from '../domain/kubernetes.ts'
import { isRefusal } from '../domain/refusal.ts'
import { findObject } from './reading/find.ts'
import { namedOf, orRefuse, placeOf, readFrom, refusalAnswer, unreadAnswer } from './reading/place.ts'
import { placeFlags, type Verb } from './verb.ts'

export const verb: Verb = {
  name: 'replicas',
  summary: 'how many replicas a workload wants, has and has ready',
  usage: 'WORKLOAD [-n NAMESPACE]',
  examples: ['replicas checkout -n payments'],
  flags: placeFlags,
  where: 'everywhere',
  run: (context, args) =>
    orRefuse(placeOf(context, args), async ({ reader, namespace: flagged }): Promise<Answer> => {
      const named = namedOf(
        args.words.length === 0 && context.workload !== undefined ? [context.workload.name] : args.words,
      )
      if (isRefusal(named)) return refusalAnswer(named)
      const namespace = named.namespace ?? flagged ?? 'default'
      const read = await findObject(reader, { ...named, namespace }, context.signal)
      if (read.kind !== 'ok')
        return unreadAnswer(reader, `${named.kind ?? 'Workload'} ${namespace}/${named.name}`, read)
      const { spec, status, kind, metadata } = read.value as unknown as Deployment
      const wanted = spec?.replicas ?? status?.desiredNumberScheduled
      if (wanted === undefined)
        return {
          status: 'not-found',
          document: [
            text(`${kind} ${namespace}/${metadata.name} has no number of replicas.`),
            readFrom(reader, namespace),
          ],
        }
      const ready = status?.readyReplicas ?? status?.numberReady ?? 0
      const fields: [string, string][] = [
        ['Wanted', String(wanted)],
        ['Ready', String(ready)],
        ['Up to date', String(status?.updatedReplicas ?? status?.updatedNumberScheduled ?? 0)],
        ['Available', String(status?.availableReplicas ?? status?.numberAvailable ?? 0)],
      ]
      return {
        status: 'ok',
        document: [
          text(`${kind} ${namespace}/${metadata.name}: ${ready} of ${wanted} ready.`),
          { kind: 'fields', fields },
          readFrom(reader, namespace),
        ],
      }
    }),
}
