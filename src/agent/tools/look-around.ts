import { z } from 'zod'
import { type Neighbourhood, relationText } from '../../domain/neighbourhood.ts'
import { refText } from '../../domain/object.ts'
import { isRefusal, refused } from '../../domain/refusal.ts'
import { defineTool, kindName, namespaceName, objectName } from '../tool.ts'

/** What stands around an object in the knowledge graph, with how each is. */
export const lookAround = defineTool({
  name: 'look_around',
  description:
    'What stands around one object: owners, Services, nodes, volumes, config, dependencies read from logs and settings, each with its health and what the analyzers found on it.',
  input: z.strictObject({
    kind: kindName,
    namespace: namespaceName.optional(),
    name: objectName,
    depth: z.int().min(1).max(3).optional(),
  }),
  doing: ({ kind, namespace, name }) =>
    `what is around ${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`,
  look: async ({ around }, { kind, namespace, name, depth = 2 }) => {
    if (around === undefined) return refused('not-read', 'There is no graph here.')
    const found = await around({ kind, name, depth, ...(namespace === undefined ? {} : { namespace }) })
    return isRefusal(found) ? found : { title: `around ${kind} ${name}`, text: graphText(found) }
  },
})

const graphText = ({ nodes, edges, left }: Neighbourhood): string => {
  const names = new Map(nodes.map(({ id, ref }) => [id, refText(ref)]))
  const things = nodes.map(({ ref, mark, state, findings }) => {
    const codes = [...new Set(findings.map(({ code }) => code))].join(', ')
    return `${refText(ref)}: ${mark}${state === undefined ? '' : `, ${state}`}${codes === '' ? '' : ` [${codes}]`}`
  })
  const lines = edges.map(
    ({ from, to, relation }) => `${names.get(from) ?? from} ${relationText(relation)} ${names.get(to) ?? to}`,
  )
  const more = left.map(({ id, more: others }) => `${names.get(id) ?? id}: ${others} more neighbours not shown`)
  return [...things, '', ...lines, ...more].join('\n')
}
