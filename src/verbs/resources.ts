import { refused } from '../domain/refusal.ts'
import { askForChange } from './asking/change.ts'
import { flagText } from './reading/place.ts'
import { placeFlags, type Verb } from './verb.ts'

const sizes = [
  ['cpu-request', 'requests', 'cpu'],
  ['cpu-limit', 'limits', 'cpu'],
  ['memory-request', 'requests', 'memory'],
  ['memory-limit', 'limits', 'memory'],
] as const

export const verb: Verb = {
  name: 'resources',
  summary: 'plan other requests or limits of a container',
  usage:
    'WORKLOAD [-c CONTAINER] [--memory-limit 512Mi] [--memory-request 256Mi] [--cpu-request 200m] [--cpu-limit 1] [-n NAMESPACE]',
  examples: ['resources deploy/checkout --memory-limit 512Mi -n payments'],
  flags: {
    ...placeFlags,
    container: { short: 'c', value: 'CONTAINER', help: 'which container, where there are several' },
    'cpu-request': { value: 'CPU', help: 'such as 200m' },
    'cpu-limit': { value: 'CPU', help: 'such as 1' },
    'memory-request': { value: 'MEMORY', help: 'such as 256Mi' },
    'memory-limit': { value: 'MEMORY', help: 'such as 512Mi' },
  },
  where: 'app',
  run: (context, args) =>
    askForChange(context, args, args.words, (name) => {
      const given = sizes.flatMap(([flag, side, resource]) => {
        const value = flagText(args, flag)
        return value === undefined ? [] : [{ side, resource, value }]
      })
      if (given.length === 0) return refused('usage', 'Say what to set, for example --memory-limit 512Mi.')
      const side = (wanted: 'requests' | 'limits') =>
        Object.fromEntries(given.filter((item) => item.side === wanted).map((item) => [item.resource, item.value]))
      const container = flagText(args, 'container')
      const input = {
        ...(container === undefined ? {} : { container }),
        ...(Object.keys(side('requests')).length > 0 ? { requests: side('requests') } : {}),
        ...(Object.keys(side('limits')).length > 0 ? { limits: side('limits') } : {}),
      }
      return {
        action: 'set-resources',
        input,
        summary: `Set resources of ${name}: ${given.map((item) => `${item.resource} ${item.side.slice(0, -1)} ${item.value}`).join(', ')}`,
      }
    }),
}
