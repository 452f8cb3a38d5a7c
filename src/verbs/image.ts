import { refused } from '../domain/refusal.ts'
import { askForChange } from './asking/change.ts'
import { flagText } from './reading/place.ts'
import { placeFlags, type Verb } from './verb.ts'

export const verb: Verb = {
  name: 'image',
  aliases: ['set-image'],
  summary: 'plan another image of a container',
  usage: 'WORKLOAD IMAGE [-c CONTAINER] [-n NAMESPACE]',
  examples: ['image deploy/checkout registry.acme.dev/checkout:2.8.1 -n payments'],
  flags: {
    ...placeFlags,
    container: { short: 'c', value: 'CONTAINER', help: 'which container, where there are several' },
  },
  where: 'app',
  run: (context, args) => {
    const image = args.words.length > 1 ? args.words.at(-1) : undefined
    const container = flagText(args, 'container')
    return askForChange(context, args, args.words.slice(0, image === undefined ? undefined : -1), (name) =>
      image === undefined
        ? refused('usage', 'Which image? For example: image payments/checkout registry.acme.dev/checkout:2.8.1')
        : {
            action: 'set-image',
            input: { image, ...(container === undefined ? {} : { container }) },
            summary: `Set the image of ${name} to ${image}`,
          },
    )
  },
}
