import { note, text } from '../domain/document.ts'
import { isRefusal, refused } from '../domain/refusal.ts'
import type { AccessQuery } from '../ports.ts'
import { flagText, orRefuse, placeOf, readFrom, refusalAnswer, resourceOf, unreadAnswer } from './reading/place.ts'
import { placeFlags, type Verb } from './verb.ts'

export const verb: Verb = {
  name: 'can-i',
  summary: 'whether the doctor, or with --as someone else, may do something',
  usage: 'VERB RESOURCE[/NAME] [-n NAMESPACE] [--as USER] [--as-group GROUP]',
  examples: [
    'can-i list secrets -n payments',
    'can-i patch deploy/checkout -n payments --as system:serviceaccount:ci:deployer',
  ],
  flags: {
    ...placeFlags,
    as: { value: 'USER', help: 'ask for this user or ServiceAccount' },
    'as-group': { value: 'GROUP', help: 'and this group' },
    subresource: { value: 'NAME', help: 'such as log, scale, exec' },
  },
  where: 'everywhere',
  run: (context, args) =>
    orRefuse(placeOf(context, args), async ({ reader, namespace }) => {
      const [verbWord, target = '', ...rest] = args.words
      const [resource = '', name] = target.split('/')
      if (verbWord === undefined || resource === '' || rest.length > 0 || !/^[a-z*]+$/.test(verbWord))
        return refusalAnswer(
          refused('usage', 'Write it as: can-i VERB RESOURCE, for example can-i patch deployments -n payments.'),
        )
      const type = await resourceOf(reader, resource, context.signal)
      if (isRefusal(type)) return refusalAnswer(type)
      const [user, group, subresource] = [
        flagText(args, 'as'),
        flagText(args, 'as-group'),
        flagText(args, 'subresource'),
      ]
      const query: AccessQuery = {
        verb: verbWord,
        group: type.group,
        resource: type.resource,
        ...(subresource === undefined ? {} : { subresource }),
        ...(type.namespaced && namespace !== undefined ? { namespace } : {}),
        ...(name === undefined ? {} : { name }),
        ...(user === undefined && group === undefined
          ? {}
          : { as: { user: user ?? '', groups: group === undefined ? [] : [group] } }),
      }
      const read = await reader.canI(query, context.signal)
      if (read.kind !== 'ok') return unreadAnswer(reader, 'The access review', read)
      const who = user ?? group ?? 'The doctor'
      const where = !type.namespaced
        ? 'in the cluster'
        : namespace === undefined
          ? 'in all namespaces'
          : `in ${namespace}`
      const why = read.value.reason === undefined ? [] : [note(read.value.reason)]
      return {
        status: read.value.allowed ? 'ok' : 'not-found',
        document: [
          text(
            `${read.value.allowed ? 'Yes' : 'No'}: ${who} ${read.value.allowed ? 'may' : 'may not'} ${verbWord} ${type.resource}${name === undefined ? '' : `/${name}`} ${where}.`,
          ),
          ...why,
          readFrom(reader, namespace),
        ],
      }
    }),
}
