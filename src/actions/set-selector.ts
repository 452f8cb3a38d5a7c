import { z } from 'zod'
import { labelsAt, listAt, textAt } from '../domain/at.ts'
import type { KubeObject, Labels } from '../domain/kubernetes.ts'
import { refOf } from '../domain/kubernetes.ts'
import { refText } from '../domain/object.ts'
import { isRefusal, type Refusal, refused } from '../domain/refusal.ts'
import { labelsText, matchesLabels } from '../domain/selector.ts'
import { type Action, defineAction } from './action.ts'
import { patchRequest } from './change/patch.ts'

const part = /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)$/
const labelKey = z
  .string()
  .max(317)
  .refine((text) => {
    const [prefix, name] = text.includes('/') ? text.split('/') : [undefined, text]
    return (
      text.split('/').length <= 2 && part.test(name ?? '') && (prefix === undefined || /^[a-z0-9.-]+$/.test(prefix))
    )
  }, 'is not a label key')
const selector = z
  .record(labelKey, z.union([z.literal(''), z.string().regex(part, 'is not a label value')]))
  .refine((value) => Object.keys(value).length >= 1 && Object.keys(value).length <= 10, 'needs 1 to 10 labels')

/** Labels as runbooks and people write them: `app=web,tier=front`. */
const asText = z
  .string()
  .max(1_000)
  .refine((text) => text.split(',').every((pair) => /^\s*[^=\s]+=[^=\s]*\s*$/.test(pair)), 'is not a list of labels')
  .transform(
    (text) => Object.fromEntries(text.split(',').map((pair) => pair.trim().split('='))) as Record<string, string>,
  )
const input = z.strictObject({ selector: z.union([selector, asText.pipe(selector)]) })

/**
 * Sends a Service's traffic to the pods with these labels. Refuses a selector that selects no ready pod, and a Service whose
 * selector something else keeps. Where ready pods are served now, it is a high risk. Undone by the old selector.
 */
export const action: Action = defineAction({
  id: 'set-selector',
  title: 'Set selector',
  kinds: ['Service'],
  needs: ['namespacePods'],
  input,
  draft: ({ target, related, mark }, wanted) => {
    const name = refText(refOf(target))
    const old = labelsAt(target, 'spec', 'selector')
    const no = cannotSet(target, old, wanted.selector)
    if (no !== undefined) return no
    const pods = related.namespacePods ?? []
    const [before, after] = [selected(pods, old), selected(pods, wanted.selector)]
    if (after.ready === 0)
      return refused(
        'selects-nothing',
        `${labelsText(wanted.selector)} selects ${after.all === 0 ? 'no pod' : `${after.all} pods of which none is ready`}: ${name} would serve nobody.`,
      )
    const request = patchRequest(target, mark, [
      { op: 'test', path: '/spec/selector', value: old },
      { op: 'replace', path: '/spec/selector', value: wanted.selector },
    ])
    if (isRefusal(request)) return request
    const { uid: _, ...service } = refOf(target)
    return {
      change: { kind: 'cluster-write', request },
      risk: before.ready > 0 ? 'high' : 'medium',
      blast: {
        pods: after.all,
        workloads: 0,
        services: 1,
        objects: [refOf(target)],
        notes: [`${before.ready} ready pods are served now, ${after.ready} after it`],
      },
      success: { kind: 'serves', target: service, selector: wanted.selector, within: 60 },
      undo: {
        kind: 'action',
        action: 'set-selector',
        target: refOf(target),
        input: { selector: old },
        summary: `select ${labelsText(old)} again`,
      },
      summary: `Let ${name} select ${labelsText(wanted.selector)} (now ${labelsText(old)})`,
    }
  },
})

const cannotSet = (service: KubeObject, old: Labels, next: Labels): Refusal | undefined => {
  const name = refText(refOf(service))
  if (textAt(service, 'spec', 'type') === 'ExternalName' || Object.keys(old).length === 0)
    return refused('no-selector', `${name} has no selector: it is not by labels that it finds what it serves.`)
  if (Object.hasOwn(old, 'rollouts-pod-template-hash'))
    return refused('rollouts-owned', `Argo Rollouts keeps the selector of ${name}; change its Rollout.`)
  const equal = Object.keys({ ...old, ...next }).every((key) => old[key] === next[key])
  return equal ? refused('already-there', `${name} selects ${labelsText(old)} already.`) : undefined
}

const selected = (pods: readonly KubeObject[], selector: Labels) => {
  const found = pods.filter((pod) => matchesLabels(selector, pod.metadata.labels))
  const ready = found.filter((pod) =>
    listAt(pod, 'status', 'conditions').some(
      (one) => textAt(one, 'type') === 'Ready' && textAt(one, 'status') === 'True',
    ),
  )
  return { all: found.length, ready: ready.length }
}
