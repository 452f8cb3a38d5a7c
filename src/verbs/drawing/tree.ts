import {
  type HealthMark,
  type Neighbour,
  type Neighbourhood,
  relationOrder,
  relationText,
} from '../../domain/neighbourhood.ts'
import { refText } from '../../domain/object.ts'

const signs: Readonly<Record<HealthMark, string>> = {
  well: '✓',
  unwell: '✗',
  missing: '✗',
  unknown: '?',
  none: '·',
}

/** `✗ Deployment shop/web (0 of 2 ready) [image-not-found]`. */
export const nodeText = ({ ref, mark, state, findings }: Neighbour): string => {
  const codes = findings.length === 0 ? '' : ` [${[...new Set(findings.map(({ code }) => code))].join(', ')}]`
  return `${signs[mark]} ${refText(ref)}${state === undefined ? '' : ` (${state})`}${codes}`
}

/** A neighbourhood as an indented tree from its focus: each object once, under the nearest that leads to it, with how it is related. */
export const treeText = (around: Neighbourhood): string => {
  const byId = new Map(around.nodes.map((node) => [node.id, node]))
  const shown = new Set([around.focus])
  const edges = around.edges.toSorted((a, b) => relationOrder(a.relation) - relationOrder(b.relation))
  const children = new Map<string, { readonly node: Neighbour; readonly says: string }[]>()
  for (const node of around.nodes.toSorted((a, b) => a.distance - b.distance)) {
    const mine: { readonly node: Neighbour; readonly says: string }[] = []
    for (const { from, to, relation } of edges) {
      const other = byId.get(from === node.id ? to : to === node.id ? from : '')
      if (other === undefined || other.distance !== node.distance + 1 || shown.has(other.id)) continue
      shown.add(other.id)
      mine.push({ node: other, says: relationText(relation, to === node.id) })
    }
    children.set(node.id, mine)
  }
  const more = new Map(around.left.map((one) => [one.id, one.more]))
  const focus = byId.get(around.focus)
  const lines = focus === undefined ? [] : [nodeText(focus)]
  const grow = (id: string, indent: string): void => {
    const mine = children.get(id) ?? []
    const left = more.get(id)
    mine.forEach(({ node, says }, index) => {
      const last = index === mine.length - 1 && left === undefined
      lines.push(`${indent}${last ? '└─' : '├─'} ${says} ${nodeText(node)}`)
      grow(node.id, `${indent}${last ? '   ' : '│  '}`)
    })
    if (left !== undefined) lines.push(`${indent}└─ and ${left} more`)
  }
  grow(around.focus, '')
  return lines.join('\n')
}
