import { withoutLots } from '../../domain/by-lot.ts'
import { canonicalHash } from '../../domain/canonical.ts'
import type { Change, DiffLine, SequenceStep, WriteRequest } from '../../domain/change.ts'
import { diffObjects, diffText } from '../../domain/diff.ts'
import type { ObjectRef } from '../../domain/object.ts'
import { refText } from '../../domain/object.ts'
import type { Preview } from '../../domain/plan.ts'
import { manifestOf } from '../../domain/prior.ts'
import { redact } from '../../domain/redact.ts'
import { isRefusal, type Refusal, refused } from '../../domain/refusal.ts'
import type { ClusterWriter, DryRun } from '../../ports.ts'

/**
 * What the server says that the change would do: the diff of its dry run, or that it cannot rehearse it. A dry run that is
 * refused, or that cannot be asked for, is a refusal: what was not seen is not offered.
 */
export const previewOf = async (
  writer: Pick<ClusterWriter, 'dryRun'> | undefined,
  change: Change,
  target: ObjectRef,
  signal?: AbortSignal,
): Promise<Preview | Refusal> => {
  if (change.kind === 'pull-request') return previewEdits(change)
  if (change.kind === 'merge') return previewMerge(change)
  if (writer === undefined) return refused('no-writer', 'There is no writer for this cluster here.')
  if (change.kind === 'sequence') return previewSteps(writer, change.steps, signal)
  const answer = await writer.dryRun(change.request, target, signal)
  switch (answer.kind) {
    case 'accepted': {
      const { raw, shown } = linesOf(change.request, target, answer)
      if (raw.length === 0) return refused('no-change', 'The server says that this would change nothing.')
      return {
        kind: 'previewed',
        diff: shown,
        diffHash: canonicalHash(raw),
        warnings: answer.warnings.map(redact),
      }
    }
    case 'rejected':
      return refused(
        answer.status === 429 ? 'budget-holds' : 'dry-run-rejected',
        `The API server would refuse this: ${redact(answer.message).slice(0, 400)}`,
      )
    case 'cannot-preview':
      return { kind: 'not-previewed', reason: redact(answer.message).slice(0, 400) }
    case 'unreadable':
      return refused('dry-run-unreadable', `The dry run could not be made: ${redact(answer.message).slice(0, 400)}`)
  }
}

/** Each step rehearsed by itself. One that a PodDisruptionBudget holds up now will wait for its turn, and the card says so. */
const previewSteps = async (
  writer: Pick<ClusterWriter, 'dryRun'>,
  steps: readonly SequenceStep[],
  signal?: AbortSignal,
): Promise<Preview | Refusal> => {
  const diff: DiffLine[] = []
  const hashes: string[] = []
  const warnings: string[] = []
  const changes = steps.filter(({ request }) => request.method === 'PATCH').length
  for (const { request, target, summary } of steps) {
    const preview = await previewOf(writer, { kind: 'cluster-write', request }, target, signal)
    if (isRefusal(preview) && preview.code === 'budget-holds') {
      const { raw, shown } = evicted(target)
      diff.push(...shown)
      hashes.push(canonicalHash(raw))
      warnings.push(`${summary} waits: a PodDisruptionBudget lets none go now`)
      continue
    }
    if (isRefusal(preview)) return refused(preview.code, `${summary}: ${preview.reason}`)
    if (preview.kind === 'not-previewed') return { ...preview, reason: `${summary}: ${preview.reason}` }
    // Lines of a deletion or an eviction begin with the object; those of changes of several objects need its name.
    if (changes > 1 && request.method === 'PATCH') diff.push({ op: ' ', text: `${summary}:` })
    diff.push(...preview.diff)
    hashes.push(preview.diffHash)
    warnings.push(...preview.warnings)
  }
  return { kind: 'previewed', diff, diffHash: canonicalHash(hashes), steps: hashes, warnings }
}

const evicted = (target: ObjectRef) => {
  const lines: readonly DiffLine[] = [{ op: '-', text: `${refText(target)} (this pod; its controller makes another)` }]
  return { raw: lines, shown: lines }
}

type Accepted = Extract<DryRun, { kind: 'accepted' }>

const linesOf = (request: WriteRequest, target: ObjectRef, { before, after }: Accepted) => {
  if (request.method === 'POST') return evicted(target)
  if (request.method === 'DELETE') {
    // People read what the object is; the hash holds what the server keeps in it as well.
    const { raw } = diffObjects(before, undefined)
    const { shown } = diffObjects(before === null ? undefined : manifestOf(before), undefined)
    const whole: DiffLine = { op: '-', text: `${refText(target)} (the whole object)` }
    return { raw: [whole, ...raw], shown: [whole, ...shown] }
  }
  const made = before === null && after !== null ? withoutLots(after, request.body) : after
  const { raw, shown } = diffObjects(before ?? undefined, made, { status: /\/(?:approval|status)$/.test(request.path) })
  return { raw, shown: target.kind === 'Secret' ? withoutData(shown) : shown }
}

/** What a Secret holds is nobody's to read on a card, packed or not; of a release's record people read what Helm calls it. */
const withoutData = (lines: readonly DiffLine[]): readonly DiffLine[] =>
  lines.flatMap(({ op, text }) => {
    const key = /^(?:data|stringData)\b[^:]*/.exec(text)?.[0]
    if (key !== undefined) return [{ op, text: `${key}: (not shown)` }]
    return /^metadata\.(?:labels\.(?:status|version)|name):/.test(text) ? [{ op, text }] : []
  })

const previewEdits = (change: Extract<Change, { kind: 'pull-request' }>): Preview => {
  const diff = change.edits.flatMap((edit) => [
    { op: ' ', text: edit.path } as const,
    ...diffText(edit.before, edit.after),
  ])
  return {
    kind: 'previewed',
    diff,
    diffHash: canonicalHash(change.edits.map((edit) => [edit.path, edit.before, edit.after])),
    warnings: [],
  }
}

/** What is merged was shown and proved when its pull request was opened; here it is which commit goes where. */
const previewMerge = ({
  repository,
  number,
  branch,
  base,
  head,
  method,
}: Extract<Change, { kind: 'merge' }>): Preview => {
  const diff: readonly DiffLine[] = [
    { op: ' ', text: `${repository}: pull request #${number} (${method})` },
    { op: '+', text: `${base}: all of ${branch} up to commit ${head}` },
  ]
  return { kind: 'previewed', diff, diffHash: canonicalHash(diff), warnings: [] }
}
