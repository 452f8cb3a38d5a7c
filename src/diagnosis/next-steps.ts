import type { Unreadable } from '../domain/coverage.ts'
import type { Finding } from '../domain/finding.ts'
import type { ObjectRef } from '../domain/object.ts'
import type { ClusterView } from '../snapshot/view.ts'

const most = 8

/** What to look at next, where the answer is not certain: the evidence that would decide, and how to get at it. */
export const nextSteps = (
  symptoms: readonly Finding[],
  missing: readonly Unreadable[],
  view: ClusterView,
): readonly string[] => {
  const reading = missing.map(({ source, reason, message }) => {
    if (reason === 'forbidden' || reason === 'unauthorized') return `Allow reading ${source} (it is ${reason}).`
    if (reason === 'not-in-snapshot')
      return `Put ${source} into the snapshot (kubectl get ${source} -A -o yaml): ${message ?? 'it holds none'}.`
    return `Read ${source} again: ${message ?? reason}.`
  })
  const looking = symptoms.flatMap((finding) => lookAt(finding.object, view))
  return [...new Set([...looking, ...reading])].slice(0, most)
}

const lookAt = (ref: ObjectRef, view: ClusterView): readonly string[] => {
  const namespace = ref.namespace === undefined ? '' : `-n ${ref.namespace} `
  const pod = view.podsOf(ref)[0]
  const describe = `kubectl ${namespace}describe ${ref.kind.toLowerCase()} ${ref.name}`
  if (pod === undefined) return [describe]
  const known = view.logs(ref.namespace ?? '', pod.metadata.name).some((log) => log.text !== '')
  return known ? [describe] : [`kubectl ${namespace}logs ${pod.metadata.name} --all-containers --previous`, describe]
}
