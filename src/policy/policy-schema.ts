import type { SchemaJson } from '@cedar-policy/cedar-wasm/nodejs'

const text = { type: 'String' } as const
const set = { type: 'Set', element: text } as const

/** The Cedar schema that rules are checked against at start: who asks, for which action, on which object, in which situation. */
export const policySchema = (actions: readonly string[]): SchemaJson<string> => ({
  Doctor: {
    entityTypes: {
      Person: { shape: { type: 'Record', attributes: { id: text } } },
      Object: {
        shape: {
          type: 'Record',
          attributes: {
            kind: text,
            name: text,
            namespace: { ...text, required: false },
            cluster: text,
            labels: set,
            namespaceLabels: set,
            tags: set,
          },
        },
      },
    },
    actions: Object.fromEntries(
      actions.map((id) => [
        id,
        {
          appliesTo: {
            principalTypes: ['Person'],
            resourceTypes: ['Object'],
            context: {
              type: 'Record',
              attributes: {
                risk: text,
                previewed: { type: 'Boolean' },
                frozen: { type: 'Boolean' },
                cause: { type: 'Boolean' },
                onCall: { type: 'Boolean' },
                pods: { type: 'Long' },
                workloads: { type: 'Long' },
                services: { type: 'Long' },
                weekday: { type: 'Long' },
                minuteOfDay: { type: 'Long' },
                day: { type: 'Long' },
              },
            },
          },
        },
      ]),
    ),
  },
})
