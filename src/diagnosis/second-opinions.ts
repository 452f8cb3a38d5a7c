import { listAt, textAt } from '../domain/at.ts'
import type { Observation } from '../domain/evidence.ts'
import type { Finding } from '../domain/finding.ts'
import { refOf } from '../domain/kubernetes.ts'
import type { ObjectRef } from '../domain/object.ts'
import { redact } from '../domain/redact.ts'
import { short } from '../domain/words.ts'
import type { ClusterView } from '../snapshot/view.ts'

const mostEach = 2

type Opinion = { readonly names: readonly string[]; readonly observation: Observation }

/**
 * Adds what K8sGPT's operator says in its Result objects to our findings about the same object: as evidence of its own kind,
 * after ours. It makes no finding, moves no confidence and ranks nothing, since a Result cannot be checked.
 */
export const withSecondOpinions = (findings: readonly Finding[], view: ClusterView): readonly Finding[] => {
  const results = view.list('Result', 'core.k8sgpt.ai')
  if (results.length === 0) return findings
  const opinions = results.flatMap((result) => opinionOf(result, view))
  return findings.map((finding) => {
    const key = placeKey(finding.object)
    const fitting = opinions.filter(({ names }) => names.includes(key)).slice(0, mostEach)
    if (fitting.length === 0) return finding
    return { ...finding, evidence: [...finding.evidence, ...fitting.map(({ observation }) => observation)] }
  })
}

/** K8sGPT names objects by kind and `namespace/name`, without a group. */
const placeKey = ({ kind, namespace = '', name }: ObjectRef): string => `${kind} ${namespace}/${name}`

const opinionOf = (result: ReturnType<ClusterView['list']>[number], view: ClusterView): readonly Opinion[] => {
  const [kind, named] = [textAt(result.spec, 'kind'), textAt(result.spec, 'name')]
  if (kind === undefined || named === undefined) return []
  const parts = named.split('/')
  const [namespace, name] = parts.length > 1 ? [parts[0] ?? '', parts.slice(1).join('/')] : ['', named]
  const texts = listAt(result.spec, 'error').flatMap((one) => textAt(one, 'text') ?? [])
  const said = texts.length > 0 ? texts.slice(0, 3).join('; ') : textAt(result.spec, 'details')
  if (said === undefined) return []
  const found = view
    .list(kind)
    .find((one) => one.metadata.name === name && (one.metadata.namespace ?? '') === namespace)
  const parent = textAt(result.spec, 'parentObject')?.split('/')
  const names = [
    `${kind} ${namespace}/${name}`,
    ...(found === undefined ? [] : [placeKey(view.workloadOf(found).ref)]),
    ...(parent?.length === 2 ? [`${parent[0]} ${namespace}/${parent[1]}`] : []),
  ]
  const about = found === undefined ? refOf(result) : refOf(found)
  const at = result.metadata.creationTimestamp
  return [
    {
      names: [...new Set(names)],
      observation: {
        kind: 'alert',
        about,
        text: `K8sGPT says of ${kind} ${name}: ${short(redact(said), 300)}`,
        ...(at === undefined ? {} : { at }),
      },
    },
  ]
}
