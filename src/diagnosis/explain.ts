import type { Evidence, Observation } from '../domain/evidence.ts'
import type { ChangeNote, Finding } from '../domain/finding.ts'
import { readLine } from '../domain/log-line.ts'
import { refText } from '../domain/object.ts'
import { short } from '../domain/words.ts'
import type { EdgeKind } from './graph.ts'
import type { Effect, Family } from './join.ts'

const mostPerRoot = 12
const mostPerEffect = 3
const mostEffects = 40

/** Hands out evidence ids (`e1`…) over a whole diagnosis; equal observations of one family share an id. */
export type EvidenceIds = { readonly add: (observation: Observation) => Evidence }

/** A counter of ids that starts at e1. */
export const createEvidenceIds = (): EvidenceIds => {
  let next = 1
  return { add: (observation) => ({ id: `e${next++}`, ...observation }) }
}

/** The evidence of a family under ids, and which ids belong to which finding. */
export type CitedFamily = {
  readonly evidence: readonly Evidence[]
  readonly idsOf: ReadonlyMap<Finding, readonly string[]>
  readonly changeId?: string
}

/** Collects a family's evidence: the root's, then each effect's decisive pieces, then what changed. */
export const cite = (family: Family, change: ChangeNote | undefined, ids: EvidenceIds): CitedFamily => {
  const byText = new Map<string, Evidence>()
  const idsOf = new Map<Finding, readonly string[]>()
  const take = (finding: Finding, most: number): void => {
    const taken = finding.evidence.slice(0, most).map((one) => {
      const key = JSON.stringify([one.kind, one.about.kind, one.about.namespace ?? '', one.about.name, one.text])
      const known = byText.get(key) ?? ids.add(one)
      byText.set(key, known)
      return known.id
    })
    idsOf.set(finding, [...new Set(taken)])
  }
  take(family.root, mostPerRoot)
  for (const effect of family.effects.slice(0, mostEffects)) take(effect.finding, mostPerEffect)
  const changed =
    change === undefined
      ? undefined
      : ids.add({
          kind: 'change',
          about: change.object ?? family.root.object,
          text: change.by === undefined ? change.what : `${change.what} (by ${change.by})`,
          ...(change.at === undefined ? {} : { at: change.at }),
        })
  return {
    evidence: [...byText.values(), ...(changed === undefined ? [] : [changed])],
    idsOf,
    ...(changed === undefined ? {} : { changeId: changed.id }),
  }
}

const passing: Readonly<Record<EdgeKind, string>> = {
  owner: 'which it makes',
  selects: 'which selects its pods',
  references: 'which refers to it',
  'runs-on': 'which runs there',
  'routes-to': 'which routes to it',
  scales: 'which scales it',
  guards: 'which it covers',
  'depends-on': 'which depends on it',
  'delivered-by': 'which delivers it',
  uses: 'which uses it',
}

/** The chain from the change over the cause to each effect, one step a line, each citing its evidence. */
export const explain = (family: Family, cited: CitedFamily, change: ChangeNote | undefined): readonly string[] => {
  const { root, effects } = family
  const steps: string[] = []
  if (change !== undefined && cited.changeId !== undefined) {
    steps.push(
      `Before it began: ${change.what}${change.by === undefined ? '' : `, by ${change.by}`} [${cited.changeId}]`,
    )
  }
  steps.push(`${sentence(root.summary)}${citation(cited, root)}`)
  for (const observation of root.evidence.slice(1, 3)) {
    const id = cited.evidence.find((one) => one.text === observation.text)?.id
    if (id !== undefined) steps.push(`Seen at ${refText(observation.about)}: ${seen(observation)} [${id}]`)
  }
  for (const effect of effects.slice(0, 8)) steps.push(effectStep(effect, cited))
  if (effects.length > 8) steps.push(`→ and ${effects.length - 8} more effects of the same cause`)
  return steps
}

/** What was seen, on one line; of a log line its message. */
const seen = ({ kind, text }: Observation): string =>
  short(kind === 'log' ? readLine(text).text : text.replaceAll('\n', '; '))

const effectStep = ({ finding, via }: Effect, cited: CitedFamily): string => {
  const last = via.at(-1)
  const how = last === undefined ? '' : `, ${passing[last]}`
  const name = refText(finding.object)
  const who = finding.summary.startsWith(`${name}:`) ? '' : `${name}${how}: `
  return `→ ${who}${finding.summary}${citation(cited, finding)}`
}

const citation = (cited: CitedFamily, finding: Finding): string => {
  const ids = (cited.idsOf.get(finding) ?? []).slice(0, 3)
  return ids.length === 0 ? '' : ` [${ids.join(', ')}]`
}

const sentence = (text: string): string => text.replace(/\.$/, '')
