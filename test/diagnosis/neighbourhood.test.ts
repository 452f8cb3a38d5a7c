import { describe, expect, it } from 'vitest'
import { neighbourhood } from '../../src/diagnosis/neighbourhood.ts'
import type { Neighbourhood } from '../../src/domain/neighbourhood.ts'
import { isRefusal, type Refusal } from '../../src/domain/refusal.ts'
import { dotText } from '../../src/verbs/drawing/dot.ts'
import { mermaidText } from '../../src/verbs/drawing/mermaid.ts'
import { treeText } from '../../src/verbs/drawing/tree.ts'
import { app, finding, viewOf } from './view-of.ts'

const shop = `${app('shop', 'web', { node: 'worker-1', container: 'envFrom: [{ configMapRef: { name: settings } }, { secretRef: { name: gone } }], env: [{ name: API_URL, value: "http://api.shop:80" }]' })}---
${app('shop', 'api', { ready: true })}---
${app('far', 'away', { ready: true })}---
apiVersion: v1
kind: ConfigMap
metadata: { name: settings, namespace: shop }
---
apiVersion: v1
kind: Secret
metadata: { name: other, namespace: shop }
---
apiVersion: v1
kind: Node
metadata: { name: worker-1 }
status: { conditions: [{ type: Ready, status: 'True' }] }
---
apiVersion: v1
kind: Namespace
metadata: { name: shop, labels: { team: checkout } }
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: front, namespace: shop }
spec: { defaultBackend: { service: { name: web, port: { number: 80 } } } }
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: { name: web, namespace: shop }
spec: { minReplicas: 1, maxReplicas: 3, scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: web } }
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: { name: web, namespace: shop }
spec: { maxUnavailable: 1, selector: { matchLabels: { app: web } } }
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: deny, namespace: shop }
spec: { podSelector: { matchLabels: { app: web } } }
---
apiVersion: example.com/v1
kind: Widget
metadata: { name: big, namespace: shop }
status: { conditions: [{ type: Ready, status: 'False', reason: NoGears }] }
---
apiVersion: example.com/v1
kind: Gear
metadata:
  name: small
  namespace: shop
  ownerReferences: [{ apiVersion: example.com/v1, kind: Widget, name: big }]
---
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: { name: shop, namespace: argocd }
status:
  health: { status: Degraded }
  sync: { status: Synced }
  resources: [{ group: apps, version: v1, kind: Deployment, namespace: shop, name: web }]
`
const view = viewOf(shop)
const around = (name: string, kind: string, depth = 2, namespace?: string): Neighbourhood => {
  const found = neighbourhood(view, { kind, name, depth, ...(namespace === undefined ? {} : { namespace }) })
  if (isRefusal(found)) throw new Error(found.reason)
  return found
}
const refusal = (asked: Parameters<typeof neighbourhood>[1]): Refusal => {
  const found = neighbourhood(view, asked)
  if (!isRefusal(found)) throw new Error('found')
  return found
}

describe('the neighbourhood of a Deployment', () => {
  it('is drawn with every kind of relation, the health of each, and each object once', () => {
    expect(treeText(around('web', 'deploy'))).toMatchInlineSnapshot(`
      "✗ Deployment shop/web (0 of 1 ready)
      ├─ owns ✗ ReplicaSet shop/web-5d4f (0 of 1 ready)
      │  └─ owns ✗ Pod shop/web-5d4f-a (not ready)
      ├─ selected by ✗ Service shop/web (0 of 1 pods ready)
      │  └─ routed to by · Ingress shop/front
      ├─ scaled by ✓ HorizontalPodAutoscaler shop/web (? of 1 to 3)
      ├─ guarded by · PodDisruptionBudget shop/web
      ├─ depends on ✓ Service shop/api (1 of 1 pods ready)
      │  ├─ selects ✓ Pod shop/api-5d4f-a (ready)
      │  └─ selects ✗ Deployment shop/api (0 of 1 ready)
      ├─ references · ConfigMap shop/settings
      ├─ references ✗ Secret shop/gone (does not exist)
      ├─ delivered by ✗ Application argocd/shop (Degraded, Synced)
      └─ belongs to · Team checkout"
    `)
  })

  it('marks what the checks say', () => {
    const said = neighbourhood(view, {
      kind: 'deploy',
      name: 'web',
      depth: 1,
      findings: [finding('app-crash', 'Deployment shop/web')],
    })
    expect(isRefusal(said) ? '' : treeText(said).split('\n')[0]).toBe(
      '✗ Deployment shop/web (0 of 1 ready) [app-crash]',
    )
  })

  it('is the same graph as Mermaid and DOT', () => {
    const one = around('web', 'deploy', 1)
    const mermaid = mermaidText(one)
    expect(mermaid.startsWith('flowchart LR\n')).toBe(true)
    expect(mermaid.match(/-->/g)).toHaveLength(one.edges.length)
    const dot = dotText(one)
    expect(dot.match(/ -> /g)).toHaveLength(one.edges.length)
    expect(dot).toContain(
      '"apps/Deployment/shop/web" [label="Deployment shop/web\\n0 of 1 ready", penwidth=3, color=red, fontcolor=red];',
    )
  })
})

describe('other neighbourhoods', () => {
  it('join custom kinds by owner and read their conditions', () => {
    expect(treeText(around('small', 'gear', 1))).toContain('└─ owned by ✗ Widget shop/big (NoGears)')
  })

  it('do not go on through what many share', () => {
    const names = around('web', 'deploy', 4).nodes.map(({ ref }) => `${ref.kind} ${ref.name}`)
    expect(names).toContain('Node worker-1')
    expect(names).not.toContain('Pod away-5d4f-a')
    const node = around('worker-1', 'node', 1).nodes.map(({ ref }) => ref.name)
    expect(node).toContain('away-5d4f-a')
  })

  it('show the unwell first where there are too many, and count the rest', () => {
    const pods = Array.from({ length: 40 }, (_, index) => {
      const ready = index === 37 ? 'False' : 'True'
      return `apiVersion: v1
kind: Pod
metadata: { name: p${index}, namespace: many }
spec: { nodeName: worker-9 }
status: { phase: Running, conditions: [{ type: Ready, status: '${ready}' }] }`
    }).join('\n---\n')
    const many = neighbourhood(viewOf(`${pods}\n---\napiVersion: v1\nkind: Node\nmetadata: { name: worker-9 }`), {
      kind: 'node',
      name: 'worker-9',
      depth: 1,
    })
    if (isRefusal(many)) throw new Error(many.reason)
    expect(many.nodes.map(({ ref }) => ref.name)).toContain('p37')
    expect(many.left).toEqual([{ id: many.focus, more: 28 }])
    expect(treeText(many)).toMatch(/└─ and 28 more$/)
  })

  it('end in cycles of owners', () => {
    const cycle = (name: string, owner: string) => `apiVersion: example.com/v1
kind: Loop
metadata: { name: ${name}, namespace: x, ownerReferences: [{ apiVersion: example.com/v1, kind: Loop, name: ${owner} }] }`
    const found = neighbourhood(viewOf([cycle('a', 'b'), cycle('b', 'a')].join('\n---\n')), {
      kind: 'loop',
      name: 'a',
      depth: 6,
    })
    expect(isRefusal(found) ? 0 : found.nodes.length).toBe(2)
  })
})

describe('what is not there', () => {
  it('is refused with what was probably meant', () => {
    expect(refusal({ kind: 'deploy', name: 'wbe', depth: 1 })).toMatchObject({
      code: 'not-found',
      reason: 'There is no Deployment wbe here; did you mean web?',
    })
  })

  it('must be told apart where two have the name', () => {
    const two = neighbourhood(viewOf(`${app('a', 'web')}---\n${app('b', 'web')}`), {
      kind: 'deploy',
      name: 'web',
      depth: 1,
    })
    expect(two).toMatchObject({ kind: 'refused', code: 'usage' })
  })

  it('is not said to be missing where its kind was not read', () => {
    const coverage = { checked: [], unavailable: [{ source: 'deployments', reason: 'forbidden' as const }] }
    expect(neighbourhood(viewOf('', { coverage }), { kind: 'deploy', name: 'web', depth: 1 })).toMatchObject({
      code: 'could-not-tell',
    })
  })
})
