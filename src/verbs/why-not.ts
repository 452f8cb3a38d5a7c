import { type Answer, type Block, note, text, title } from '../domain/document.ts'
import { isRefusal, type Refusal, refused } from '../domain/refusal.ts'
import type { Gate, RuleFinding, WhyNot } from '../domain/why-not.ts'
import { type Arguments, nearest } from './arguments.ts'
import { withApp } from './asking/app.ts'
import { lastValue, targetOf } from './asking/change.ts'
import type { WhyNotAsked } from './plan-face.ts'
import { workloadType } from './reading/find.ts'
import { namedOf, placeOf, refusalAnswer, resourceOf } from './reading/place.ts'
import { type AppFace, placeFlags, type Verb, type VerbContext } from './verb.ts'

export const verb: Verb = {
  name: 'why-not',
  aliases: ['whynot', 'why'],
  summary: 'why a change is not made: gate by gate, rule by rule',
  usage: '[PLAN | ACTION WORKLOAD [KEY=VALUE…] [-n NAMESPACE]]',
  examples: [
    'why-not',
    'why-not 3f2a…9c',
    'why-not restart payments/checkout',
    'why-not scale payments/checkout 9',
    'why-not set-image payments/checkout image=acme/checkout:2',
  ],
  flags: placeFlags,
  where: 'app',
  run: (context, args) =>
    withApp(context, async (app) => {
      const asked = await askedOf(context, app, args)
      if (isRefusal(asked)) return asked
      if ('status' in asked) return asked
      const found = await app.plans.whyNot(asked)
      return isRefusal(found) ? refusalAnswer(found) : { status: 'ok', document: documentOf(found) }
    }),
}

/** The verbs that plan one action, by the action. */
const shortNames: Readonly<Record<string, string>> = {
  restart: 'restart-rollout',
  rollback: 'rollback-rollout',
  scale: 'scale-workload',
  image: 'set-image',
  env: 'set-env',
  resources: 'set-resources',
  pause: 'pause-rollout',
  resume: 'resume-rollout',
  autoscale: 'set-autoscaler-bounds',
  selector: 'set-selector',
  expand: 'expand-volume',
  evict: 'evict-pod',
  cordon: 'cordon-node',
  uncordon: 'uncordon-node',
  drain: 'drain-node',
  delete: 'delete-object',
  sync: 'sync-application',
  refresh: 'refresh-application',
  renew: 'renew-certificate',
  csr: 'approve-csr',
}

const askedOf = async (
  context: VerbContext,
  app: AppFace,
  args: Arguments,
): Promise<WhyNotAsked | Refusal | Answer> => {
  const [first, ...rest] = args.words
  if (first === undefined) return { kind: 'thread' }
  const action = shortNames[first] ?? (app.plans.actions.includes(first) ? first : undefined)
  if (action === undefined) {
    if (rest.length === 0 && /^[0-9a-f]{4,}([….]+[0-9a-f]*)?$/i.test(first)) return { kind: 'plan', plan: first }
    const near = nearest(first, [...Object.keys(shortNames), ...app.plans.actions])
    const hint = near === undefined ? '' : ` Did you mean ${near}?`
    return refused(
      'usage',
      `“${first.slice(0, 40)}” is neither a plan nor an action.${hint} Actions: ${app.plans.actions.join(', ')}.`,
    )
  }
  const { words, input } = action === 'scale-workload' ? replicasOf(rest) : settingsOf(rest)
  const target = await objectOf(
    context,
    args,
    action.endsWith('-node') && words.length === 1 ? ['node', ...words] : words,
  )
  if (isRefusal(target) || 'status' in target) return target
  return { kind: 'wish', wish: { ...target, action, input } }
}

type Split = { readonly words: readonly string[]; readonly input: Readonly<Record<string, unknown>> }

const replicasOf = (typed: readonly string[]): Split => {
  const { rest, value } = lastValue(typed)
  return { words: rest, input: value === undefined ? {} : { replicas: Number(value) } }
}

/** `image=acme/web:2` is input of the action, a number where it reads as one; other words name the object. */
const settingsOf = (typed: readonly string[]): Split => ({
  words: typed.filter((word) => !word.includes('=')),
  input: Object.fromEntries(
    typed
      .filter((word) => word.includes('='))
      .map((word) => [word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1)] as const)
      .map(([key, value]) => [key, /^\d{1,9}$/.test(value) ? Number(value) : value]),
  ),
})

/** The object that was named: a workload or a pod as every verb finds it, else by its kind, whatever the cluster calls it. */
const objectOf = async (context: VerbContext, args: Arguments, words: readonly string[]) => {
  const [place, named] = [placeOf(context, args), namedOf(words)]
  const plain = isRefusal(named) || named.kind === undefined || /^(pod|pods|po)$/i.test(named.kind)
  if (plain || isRefusal(place) || workloadType(named.kind ?? '') !== undefined) return targetOf(context, args, words)
  const type = await resourceOf(place.reader, named.kind ?? '', context.signal)
  if (isRefusal(type)) return type
  const namespace = type.namespaced ? (named.namespace ?? place.namespace) : undefined
  if (type.namespaced && namespace === undefined)
    return refused('usage', `In which namespace is ${named.name}? Add -n NAMESPACE.`)
  const apiVersion = type.group === '' ? type.version : `${type.group}/${type.version}`
  const target = { apiVersion, kind: type.kind, name: named.name, ...(namespace === undefined ? {} : { namespace }) }
  return { cluster: place.reader.name, target }
}

const marks: Readonly<Record<Gate['said'], string>> = { yes: '✓', no: '✗', 'could-not-tell': '?' }

const documentOf = ({ about, gates, rules }: WhyNot): readonly Block[] => {
  const closed = gates.filter((gate) => gate.said !== 'yes')
  const [named, others] = [
    rules.filter((rule) => !rule.why.startsWith('does not name')),
    rules.filter((rule) => rule.why.startsWith('does not name')),
  ]
  return [
    title(about),
    text(
      closed.length === 0
        ? 'Nothing stands in the way now.'
        : `In the way now: ${closed.map((gate) => gate.name).join(', ')}.`,
    ),
    { kind: 'list', items: gates.map((gate) => `${marks[gate.said]} ${gate.name}: ${gate.says}`) },
    ...(named.length === 0
      ? []
      : [text('The rules, one by one:'), { kind: 'list', items: named.map(ruleText) } as const]),
    ...(others.length === 0
      ? []
      : [note(`${others.length} more rules name other actions: ${others.map((rule) => rule.id).join(', ')}.`)]),
  ]
}

/** `✗ protected-namespace forbids it: The namespace … Two people can lift it.` */
const ruleText = (rule: RuleFinding): string => {
  if (!rule.applies) return `– ${rule.id} does not apply (${rule.effect}): ${rule.why}`
  const lift = rule.effect === 'forbid' && rule.liftable ? ` Two people can lift it: break-glass ${rule.id}.` : ''
  return `${rule.effect === 'forbid' ? '✗' : '✓'} ${rule.id} ${rule.effect === 'forbid' ? 'forbids' : 'permits'} it: ${rule.because}${lift}`
}
