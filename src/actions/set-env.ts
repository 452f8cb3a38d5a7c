import { z } from 'zod'
import type { KubeObject } from '../domain/kubernetes.ts'
import { refOf } from '../domain/kubernetes.ts'
import { refText } from '../domain/object.ts'
import { redactNamed } from '../domain/redact.ts'
import { isRefusal, type Refusal, refused } from '../domain/refusal.ts'
import { type Action, defineAction, type Related } from './action.ts'
import { entryOf, keySeen, type Setting, settingOf, variablesOf } from './change/environment.ts'
import { type Op, patchRequest, pointer } from './change/patch.ts'
import { blastOfRollout, cannotRoll, containerIn, rolloutSucceeds, workloadKinds } from './change/workload.ts'

const key = z.strictObject({ name: z.string().min(1).max(253), key: z.string().min(1).max(253) })
const input = z
  .strictObject({
    container: z.string().max(63).optional(),
    name: z.string().regex(/^[A-Za-z_][A-Za-z0-9_.-]{0,120}$/, 'is not the name of an environment variable'),
    value: z.string().max(2_000).optional(),
    configMap: key.optional(),
    secret: key.optional(),
    remove: z.literal(true).optional(),
  })
  .refine(
    ({ value, configMap, secret, remove }) =>
      [value, configMap, secret, remove].filter((one) => one !== undefined).length === 1,
    'names exactly one of value, configMap, secret and remove',
  )

/**
 * Sets or removes one environment variable of a container: a plain value, or a reference to a key of a ConfigMap or Secret
 * that is known to be there. It never writes a secret value: what is called or looks like one is refused.
 */
export const action: Action = defineAction({
  id: 'set-env',
  title: 'Set environment',
  kinds: [...workloadKinds],
  needs: ['configMaps', 'namespacePods'],
  input,
  draft: ({ target, related, mark }, wanted) => {
    const stuck = cannotRoll(target)
    if (stuck !== undefined) return stuck
    const found = containerIn(target, wanted.container)
    if (isRefusal(found)) return found
    const { container, path } = found
    const setting = settingOf(wanted)
    const here = variablesOf(container, wanted.name)
    const no = cannotSet(target, related, { name: wanted.name, setting, here })
    if (no !== undefined) return no
    const request = patchRequest(target, mark, [
      { op: 'test', path: pointer(...path, 'name'), value: container.name },
      ...opsOf(container.env === undefined, path, wanted.name, setting, here[0]?.index),
    ])
    if (isRefusal(request)) return request
    const where = `${refText(refOf(target))} (${container.name})`
    return {
      change: { kind: 'cluster-write', request },
      risk: 'medium',
      blast: blastOfRollout(target, related),
      success: rolloutSucceeds(target),
      undo: undoOf(target, container.name ?? '', wanted.name, here[0]?.setting, here.length === 0),
      summary:
        setting.kind === 'removed'
          ? `Remove ${wanted.name} from the environment of ${where}`
          : `Set ${wanted.name} of ${where} to ${saidOf(setting)}`,
    }
  },
})

type Wanted = {
  readonly name: string
  readonly setting: Setting
  readonly here: readonly { readonly setting: Setting | undefined }[]
}

const cannotSet = (target: KubeObject, related: Related, { name, setting, here }: Wanted): Refusal | undefined => {
  const [old, second] = here
  if (second !== undefined)
    return refused('set-twice', `${name} is set twice there; which of them counts must be put right where it is kept.`)
  if (setting.kind === 'removed')
    return old === undefined ? refused('already-there', `${name} is not set there.`) : undefined
  if (old?.setting !== undefined && JSON.stringify(old.setting) === JSON.stringify(setting))
    return refused('already-there', `${name} is ${saidOf(setting)} already.`)
  if (setting.kind === 'value')
    return redactNamed(name, setting.value) === setting.value
      ? undefined
      : refused(
          'secret-value',
          `${name} looks like a secret. Keep it in a Secret and refer to its key; no secret value is ever written here.`,
        )
  return keySeen(target, related, setting)
}

/** How a setting is called on a card: a value that may be shown, or where it comes from. */
const saidOf = (setting: Setting): string => {
  if (setting.kind === 'removed') return 'nothing'
  if (setting.kind !== 'value') return `key ${setting.key} of ${setting.kind} ${setting.name}`
  return JSON.stringify(setting.value.length > 60 ? `${setting.value.slice(0, 60)}…` : setting.value)
}

const opsOf = (
  first: boolean,
  path: readonly (string | number)[],
  name: string,
  setting: Setting,
  index: number | undefined,
): readonly Op[] => {
  const entry = entryOf(name, setting)
  if (index === undefined)
    return entry === undefined
      ? []
      : [
          first
            ? { op: 'add', path: pointer(...path, 'env'), value: [entry] }
            : { op: 'add', path: pointer(...path, 'env', '-'), value: entry },
        ]
  const at = pointer(...path, 'env', index)
  const same: Op = { op: 'test', path: pointer(...path, 'env', index, 'name'), value: name }
  return [same, entry === undefined ? { op: 'remove', path: at } : { op: 'replace', path: at, value: entry }]
}

const undoOf = (target: KubeObject, container: string, name: string, old: Setting | undefined, absent: boolean) => {
  const back = (input: object, summary: string) =>
    ({
      kind: 'action',
      action: 'set-env',
      target: refOf(target),
      input: { container, name, ...input },
      summary,
    }) as const
  if (absent) return back({ remove: true }, `remove ${name} again`)
  if (old === undefined || old.kind === 'removed')
    return { kind: 'none', reason: `${name} came from a field of the pod, which is not set from here` } as const
  if (old.kind !== 'value')
    return back(
      { [old.kind === 'Secret' ? 'secret' : 'configMap']: { name: old.name, key: old.key } },
      `set ${saidOf(old)} again`,
    )
  return redactNamed(name, old.value) === old.value && old.value.length <= 2_000
    ? back({ value: old.value }, `set ${saidOf(old)} again`)
    : ({ kind: 'none', reason: `the value that ${name} had looks like a secret, so it is not kept` } as const)
}
