import { builtBy } from '../../domain/built-by.ts'
import { type Block, note, table, text } from '../../domain/document.ts'
import type { Deployment } from '../../domain/kubernetes.ts'
import { isNamedInLog } from '../../domain/named-in-log.ts'
import type { PipelineRun } from '../../domain/pipeline.ts'
import { plainLine } from '../../domain/plain.ts'
import { isRefusal } from '../../domain/refusal.ts'
import type { Pipelines } from '../../ports.ts'
import type { Arguments } from '../arguments.ts'
import { items, workloadType } from '../reading/find.ts'
import { placeOf } from '../reading/place.ts'
import type { VerbContext } from '../verb.ts'

const kinds = ['deployment', 'statefulset', 'daemonset'] as const

/**
 * The workloads of a cluster that run an image which a run made, or that the log of its failure names, and whether they are
 * ready; empty where no cluster is connected.
 */
export const inCluster = async (
  context: VerbContext,
  pipelines: Pipelines,
  { run, log }: { readonly run: PipelineRun; readonly log: string },
  args: Arguments,
): Promise<readonly Block[]> => {
  if (context.readers.size === 0) return []
  const place = placeOf(context, args)
  if (isRefusal(place)) return [note(place.reason)]
  const { reader } = place
  const reads = await Promise.all(
    kinds.map(async (kind) => {
      const type = workloadType(kind)
      return type === undefined ? undefined : items<Deployment>(reader, type, { signal: context.signal })
    }),
  )
  const unread = kinds.filter((_, at) => reads[at]?.kind !== 'ok')
  const workloads = reads.flatMap((read) => (read?.kind === 'ok' ? read.value : []))
  const made = await rowsOf(workloads, pipelines, run, context.signal)
  const named = workloads.filter(({ metadata }) => isNamedInLog(log, metadata)).map((one) => rowOf(one, ''))
  const rest = named.filter(([name]) => !made.some(([known]) => known === name))
  const missing =
    unread.length === 0
      ? []
      : [note(`Could not be read on ${reader.name}: ${unread.map((kind) => `${kind}s`).join(', ')}.`)]
  const none =
    made.length > 0 || unread.length > 0
      ? []
      : [note(`Nothing on ${reader.name} runs an image that is known to be of this run (by commit, tag or digest).`)]
  return [
    ...(made.length === 0
      ? []
      : [text(`What it made runs on ${reader.name}:`), table(['Workload', 'Image', 'Ready'], made, 20)]),
    ...(rest.length === 0
      ? []
      : [
          text(`Its log names, on ${reader.name}:`),
          table(
            ['Workload', 'Ready'],
            rest.map(([name = '', , ready = '']) => [name, ready]),
            20,
          ),
        ]),
    ...none,
    ...missing,
  ]
}

const rowsOf = async (
  workloads: readonly Deployment[],
  pipelines: Pipelines,
  run: PipelineRun,
  signal: AbortSignal,
): Promise<readonly (readonly string[])[]> => {
  const own = { headSha: run.sha, ...(run.branch === undefined ? {} : { branch: run.branch }) }
  const found = rowsBuiltBy(workloads, own)
  if (found.length > 0 || !workloads.some(byDigest)) return found
  const pushed = await pipelines.pushed(run, signal)
  return pushed.kind === 'ok' ? rowsBuiltBy(workloads, { ...own, pushed: pushed.value }) : found
}

const imagesOf = ({ spec }: Deployment): readonly string[] =>
  [...(spec?.template?.spec?.initContainers ?? []), ...(spec?.template?.spec?.containers ?? [])].flatMap(
    ({ image }) => image ?? [],
  )

const byDigest = (one: Deployment): boolean => imagesOf(one).some((image) => image.includes('@sha256:'))

const rowsBuiltBy = (workloads: readonly Deployment[], run: Parameters<typeof builtBy>[1]) =>
  workloads.flatMap((one) => {
    const image = imagesOf(one).find((name) => builtBy(name, run) !== undefined)
    if (image === undefined) return []
    return [rowOf(one, image)]
  })

const rowOf = ({ metadata, kind, spec, status }: Deployment, image: string): readonly string[] => {
  const wanted = spec?.replicas ?? status?.desiredNumberScheduled ?? 1
  const ready = status?.readyReplicas ?? status?.numberReady ?? 0
  const fresh = status?.updatedReplicas ?? status?.updatedNumberScheduled ?? wanted
  // Old pods that still serve hide a rollout that does not come along.
  const behind = fresh < wanted ? `, ${fresh} of the newest template` : ''
  const stuck = status?.conditions?.find(({ type, status: is }) => type === 'Progressing' && is === 'False')
  return [
    `${kind} ${metadata.namespace}/${metadata.name}`,
    image,
    `${ready} of ${wanted}${behind}${stuck?.reason === undefined ? '' : ` (${plainLine(stuck.reason, 60)})`}`,
  ]
}
