import type { FileEdit } from '../domain/change.ts'
import { deliveryText } from '../domain/delivered-by.ts'
import { refOf } from '../domain/kubernetes.ts'
import { refText } from '../domain/object.ts'
import { redact } from '../domain/redact.ts'
import { unifiedDiff } from './diff-lines.ts'
import { type FieldChange, pathText } from './field-changes.ts'
import type { GitWish } from './git-wish.ts'

type Told = {
  readonly wish: GitWish
  readonly changes: readonly FieldChange[]
  readonly repository: string
  readonly base: string
  readonly edits: readonly FileEdit[]
  readonly provedBy: 'directory' | 'kustomize' | 'helm'
}

/** The title: what changes on which object. */
export const pullRequestTitle = ({ wish }: Told): string => wish.draft.summary.slice(0, 120)

/** The body as a reviewer wants it: why, what exactly, how to check it, how to go back. */
export const pullRequestBody = ({ wish, changes, edits, base, provedBy }: Told): string => {
  const name = refText(refOf(wish.target))
  const evidence = wish.reason.evidence.map(({ id, text }) => `- ${id}: ${inert(text)}`)
  const text = [
    '## Why',
    inert(wish.reason.summary),
    ...(evidence.length === 0 ? [] : ['', ...evidence]),
    '',
    `${deliveryText(wish.owner)} owns ${name} on ${wish.cluster}, so a live change would be undone.`,
    '',
    '## What changes',
    `${edits.map(({ path }) => `\`${path}\``).join(', ')}. ${proofs[provedBy]}`,
    '',
    ...changes.map(({ path: field, before, after }) => `- \`${pathText(field)}\`: ${shown(before)} → ${shown(after)}`),
    '',
    '```diff',
    unifiedDiff(edits).replaceAll('```', "'''"),
    '```',
    '',
    '## Test plan',
    `- [ ] ${deliveryText(wish.owner)} is Synced and Healthy after the merge`,
    `- [ ] ${name} has all its replicas ready, and the cause above is gone`,
    '',
    '## Rollback',
    `Revert this pull request on \`${base}\`. ${wish.draft.undo.kind === 'none' ? '' : `In the cluster that is: ${inert(wish.draft.undo.summary)}.`}`.trim(),
    'Where the merge makes nothing well, the doctor proposes the revert itself.',
    '',
    `Risk: ${wish.draft.risk}. ${wish.draft.blast.notes.map(inert).join(', ')}`.trim(),
    ...(wish.thread === undefined ? [] : ['', `Thread: ${wish.thread}`]),
  ].join('\n')
  return redact(text)
}

const proofs = {
  directory: 'The files before and after differ in just this field of the live object:',
  kustomize: 'The kustomization was rendered before and after: just this changes, and no other object:',
  helm: 'The chart was rendered before and after: just this changes, and no other object:',
} as const

const shown = (value: unknown): string =>
  value === undefined
    ? 'not set'
    : `\`${inert(typeof value === 'string' ? value : JSON.stringify(value))
        .replaceAll('`', "'")
        .slice(0, 200)}\``

/** Text from a cluster as text: it mentions nobody, refers to no issue and opens no markup. */
const inert = (text: string): string =>
  text
    .replace(/\s+/g, ' ')
    .replace(/[<>]/g, (bracket) => (bracket === '<' ? '&lt;' : '&gt;'))
    .replace(/([@#]|\bGH-)(?=[\w-])/gi, '$1\u2060')
    .slice(0, 500)
