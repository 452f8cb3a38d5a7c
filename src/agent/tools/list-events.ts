import { z } from 'zod'
import type { Event } from '../../domain/kubernetes.ts'
import { defineTool, kindName, namespaceName, objectName } from '../tool.ts'

const most = 40

/** The latest events of a namespace, an object or a reason. */
export const listEvents = defineTool({
  name: 'list_events',
  description:
    'The latest events, oldest first, of a namespace, of one object, or of a reason such as FailedScheduling.',
  input: z.strictObject({
    namespace: namespaceName.optional(),
    kind: kindName.optional(),
    name: objectName.optional(),
    reason: z
      .string()
      .regex(/^[A-Za-z][A-Za-z0-9]{0,80}$/)
      .optional(),
  }),
  doing: ({ namespace, name, reason }) =>
    ['events', reason, [namespace, name].filter(Boolean).join('/')].filter(Boolean).join(' '),
  look: ({ view }, { namespace, kind, name, reason }) => {
    const found = view
      .all('Event')
      .filter(
        (event) =>
          (namespace === undefined || event.metadata.namespace === namespace) &&
          (kind === undefined || event.regarding.kind?.toLowerCase() === kind.toLowerCase()) &&
          (name === undefined || event.regarding.name === name) &&
          (reason === undefined || event.reason === reason),
      )
      .toSorted((a, b) => (Date.parse(lastOf(a)) || 0) - (Date.parse(lastOf(b)) || 0))
    const none = view.complete('Event')
      ? 'No such events.'
      : 'No such events among those that were read; not all could be read.'
    const left = found.length > most ? [`… ${found.length - most} older ones left out`] : []
    const title = ['events', namespace, kind, name, reason].filter(Boolean).join(' ')
    return { title, text: found.length === 0 ? none : [...left, ...found.slice(-most).map(eventLine)].join('\n') }
  },
})

const lastOf = (event: Event): string => event.lastSeen ?? event.firstSeen ?? event.metadata.creationTimestamp ?? ''

/** One event on one line. */
export const eventLine = (event: Event): string => {
  const times = event.count ?? 1
  const { kind = '', name = '' } = event.regarding
  const message = (event.note ?? '').replace(/\s+/g, ' ').slice(0, 600)
  return `${lastOf(event)} ${event.type ?? ''} ${event.reason ?? ''} ${kind}/${name}${times > 1 ? ` (×${times})` : ''}: ${message}`
}
