import { verb as get } from '../get.ts'
import type { Verb } from '../verb.ts'

/** A verb that is `get RESOURCE` under its own name: `pods`, `namespaces`. */
export const shorthand = (name: string, resource: string, summary: string, aliases: readonly string[]): Verb => ({
  ...get,
  name,
  aliases,
  summary,
  usage: '[NAME] [-n NAMESPACE | -A] [-l SELECTOR] [-o wide|yaml]',
  examples: [name, ...(resource === 'pods' ? [`${name} -n payments`, `${name} -A`] : [])],
  run: (context, args) => get.run(context, { ...args, words: [resource, ...args.words] }),
})
