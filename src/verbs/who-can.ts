import { note, table, text } from '../domain/document.ts'
import { whoCan } from '../domain/rbac.ts'
import { isRefusal, refused } from '../domain/refusal.ts'
import { flagText, orRefuse, placeOf, readFrom, refusalAnswer, resourceOf } from './reading/place.ts'
import { readRbac } from './reading/rbac.ts'
import { placeFlags, type Verb } from './verb.ts'

export const verb: Verb = {
  name: 'who-can',
  aliases: ['whocan'],
  summary: 'everyone whom RBAC allows something',
  usage: 'VERB RESOURCE[/NAME] [-n NAMESPACE]',
  examples: ['who-can delete pods -n payments', 'who-can get secrets -n payments'],
  flags: { ...placeFlags, subresource: { value: 'NAME', help: 'such as log, scale, exec' } },
  where: 'everywhere',
  run: (context, args) =>
    orRefuse(placeOf(context, args), async ({ reader, namespace }) => {
      const [verbWord, target = '', ...rest] = args.words
      const [resource = '', name] = target.split('/')
      if (verbWord === undefined || resource === '' || rest.length > 0)
        return refusalAnswer(
          refused('usage', 'Write it as: who-can VERB RESOURCE, for example who-can delete pods -n payments.'),
        )
      const type = await resourceOf(reader, resource, context.signal)
      if (isRefusal(type)) return refusalAnswer(type)
      const read = await readRbac(reader, context.signal)
      if (isRefusal(read)) return refusalAnswer(read)
      const subresource = flagText(args, 'subresource')
      const grants = whoCan(read.roles, read.bindings, {
        verb: verbWord,
        group: type.group,
        resource: type.resource,
        ...(subresource === undefined ? {} : { subresource }),
        ...(name === undefined ? {} : { name }),
        ...(type.namespaced && namespace !== undefined ? { namespace } : {}),
      })
      const what = `${verbWord} ${type.resource}${name === undefined ? '' : `/${name}`} ${namespace === undefined || !type.namespaced ? 'in the whole cluster' : `in ${namespace}`}`
      if (grants.length === 0)
        return { status: 'ok', document: [text(`Nobody may ${what} by RBAC.`), readFrom(reader, namespace)] }
      return {
        status: 'ok',
        document: [
          text(`May ${what}:`),
          table(
            ['Kind', 'Subject', 'By', 'Role'],
            grants.map((grant) => [grant.kind, grant.subject, grant.binding, grant.role]),
          ),
          note('Other authorizers (webhooks, cloud IAM, system:masters) are not in this list.'),
          readFrom(reader, namespace),
        ],
      }
    }),
}
