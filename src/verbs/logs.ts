import { type Answer, note, text } from '../domain/document.ts'
import type { Pod } from '../domain/kubernetes.ts'
import { redact } from '../domain/redact.ts'
import { isRefusal, refused } from '../domain/refusal.ts'
import type { Arguments } from './arguments.ts'
import { findPods } from './reading/find.ts'
import {
  flagNumber,
  flagText,
  namedOf,
  orRefuse,
  type Place,
  placeOf,
  readFrom,
  refusalAnswer,
  unreadAnswer,
} from './reading/place.ts'
import { placeFlags, type Verb, type VerbContext } from './verb.ts'

const limitBytes = 256_000

export const verb: Verb = {
  name: 'logs',
  aliases: ['log'],
  summary: 'the last lines of a pod or workload, also of the run before (-p)',
  usage: 'POD | deploy/NAME [-n NAMESPACE] [-c CONTAINER] [-p] [--tail N] [--since 10m]',
  examples: [
    'logs deploy/checkout -n payments',
    'logs checkout-7d9f-x1 -n payments -p',
    'logs deploy/checkout -n payments --tail 200',
  ],
  flags: {
    ...placeFlags,
    container: { short: 'c', value: 'CONTAINER', help: 'which container' },
    previous: { short: 'p', help: 'the run before the last restart' },
    tail: { value: 'LINES', help: 'how many lines, 1 to 2000 (50)' },
    since: { value: 'DURATION', help: 'only lines newer than, such as 10m' },
  },
  where: 'everywhere',
  run: (context, args) => orRefuse(placeOf(context, args), (place) => logsOf(context, args, place)),
}

const logsOf = async (context: VerbContext, args: Arguments, place: Place): Promise<Answer> => {
  const named = namedOf(
    args.words.length === 0 && context.workload !== undefined
      ? [context.workload.kind ?? 'deploy', context.workload.name]
      : args.words,
  )
  if (isRefusal(named)) return refusalAnswer(named)
  const tailLines = flagNumber(args, 'tail', 1, 2000, 50)
  if (isRefusal(tailLines)) return refusalAnswer(tailLines)
  const since = sinceSeconds(flagText(args, 'since'))
  if (isRefusal(since)) return refusalAnswer(since)
  const namespace = named.namespace ?? place.namespace ?? 'default'
  const pods = await findPods(place.reader, { ...named, namespace }, context.signal)
  if (pods.kind !== 'ok') return unreadAnswer(place.reader, `${named.kind ?? 'pod'} ${namespace}/${named.name}`, pods)
  const pod = choosePod(pods.value)
  if (pod === undefined)
    return {
      status: 'not-found',
      document: [text(`${named.name} has no pods in ${namespace} on ${place.reader.name}.`)],
    }
  const container = flagText(args, 'container') ?? chooseContainer(pod)
  const previous = args.flags.has('previous')
  const read = await place.reader.logs(
    namespace,
    pod.metadata.name,
    { container, previous, tailLines, limitBytes, ...(since === undefined ? {} : { sinceSeconds: since }) },
    context.signal,
  )
  if (read.kind !== 'ok')
    return unreadAnswer(
      place.reader,
      `The ${previous ? 'previous ' : ''}log of ${pod.metadata.name} (${container})`,
      read,
    )
  const others =
    pods.value.length > 1 ? [note(`The least healthy of ${pods.value.length} pods; name another to see its log.`)] : []
  const body =
    read.value.trimEnd() === ''
      ? text('The log is empty.')
      : ({ kind: 'code', language: 'log', text: redact(read.value.trimEnd()) } as const)
  return {
    status: 'ok',
    document: [
      body,
      ...others,
      readFrom(place.reader, namespace, `${pod.metadata.name} · ${container}${previous ? ' · previous run' : ''}`),
    ],
  }
}

const sinceSeconds = (value: string | undefined) => {
  if (value === undefined) return undefined
  const match = /^(\d{1,6})(s|m|h)$/.exec(value)
  return match === null
    ? refused('usage', '--since takes a duration such as 10m.')
    : Number(match[1]) * (match[2] === 'h' ? 3600 : match[2] === 'm' ? 60 : 1)
}

/** The pod a person wants to see first: the one that restarts or is not ready, else the newest. */
const choosePod = (pods: readonly Pod[]): Pod | undefined => {
  const trouble = (pod: Pod) =>
    (pod.status?.containerStatuses ?? []).reduce(
      (sum, status) => sum + (status.ready === true ? 0 : 1000) + (status.restartCount ?? 0),
      0,
    )
  return pods.toSorted(
    (a, b) =>
      trouble(b) - trouble(a) || ((a.metadata.creationTimestamp ?? '') < (b.metadata.creationTimestamp ?? '') ? 1 : -1),
  )[0]
}

const chooseContainer = (pod: Pod): string => {
  const failing = (pod.status?.containerStatuses ?? []).find((status) => status.ready !== true)
  const init = (pod.status?.initContainerStatuses ?? []).find(
    (status) =>
      status.state?.terminated?.exitCode !== 0 &&
      status.state?.running === undefined &&
      status.lastState?.terminated !== undefined,
  )
  return init?.name ?? failing?.name ?? pod.spec?.containers?.[0]?.name ?? ''
}
