import { isRefusal, type Refusal, refused } from '../domain/refusal.ts'
import type { Arguments } from './arguments.ts'
import { askForChange } from './asking/change.ts'
import { flagText } from './reading/place.ts'
import { placeFlags, type Verb } from './verb.ts'

const how = 'Say one: NAME=value, NAME --from-configmap MAP/KEY, NAME --from-secret SECRET/KEY, or NAME --remove.'

export const verb: Verb = {
  name: 'env',
  aliases: ['set-env'],
  summary: 'plan another value of an environment variable',
  usage:
    'WORKLOAD NAME=VALUE | NAME --from-configmap MAP/KEY | NAME --from-secret SECRET/KEY | NAME --remove [-c CONTAINER] [-n NAMESPACE]',
  examples: [
    'env deploy/checkout LOG_LEVEL=debug -n payments',
    'env payments/checkout MODE --from-configmap checkout/mode',
    'env payments/checkout FEATURE_X --remove',
  ],
  flags: {
    ...placeFlags,
    container: { short: 'c', value: 'CONTAINER', help: 'which container, where there are several' },
    'from-configmap': { value: 'MAP/KEY', help: 'a key of a ConfigMap that exists' },
    'from-secret': { value: 'SECRET/KEY', help: 'a key of a Secret that something running uses' },
    remove: { help: 'take the variable away' },
  },
  where: 'app',
  run: (context, args) => {
    const [text = '', container] = [args.words.at(-1), flagText(args, 'container')]
    return askForChange(context, args, args.words.slice(0, -1), (workload) => {
      const setting = settingOf(text, args)
      if (isRefusal(setting)) return setting
      const input = { ...setting, ...(container === undefined ? {} : { container }) }
      return { action: 'set-env', input, summary: `Change ${setting.name} in the environment of ${workload}` }
    })
  },
}

type Setting = { readonly name: string } & Readonly<Record<string, unknown>>

const settingOf = (text: string, args: Arguments): Setting | Refusal => {
  const [, name = '', , value] = /^([^=]+)(=(.*))?$/s.exec(text) ?? []
  const [map, secret] = [flagText(args, 'from-configmap'), flagText(args, 'from-secret')]
  const ways = [value, map, secret, args.flags.has('remove') ? true : undefined].filter((one) => one !== undefined)
  if (name === '' || ways.length !== 1) return refused('usage', how)
  if (value !== undefined) return { name, value }
  if (map === undefined && secret === undefined) return { name, remove: true }
  const [from = '', key, more] = (map ?? secret ?? '').split('/')
  if (key === undefined || more !== undefined) return refused('usage', how)
  return { name, [map === undefined ? 'secret' : 'configMap']: { name: from, key } }
}
