import { describe, expect, it } from 'vitest'
import { diagnose } from '../../src/diagnosis/diagnose.ts'
import { withSecondOpinions } from '../../src/diagnosis/second-opinions.ts'
import { diagnosisK8sgpt } from '../../src/views/diagnosis-k8sgpt.ts'
import { app, finding, saying, viewOf } from './view-of.ts'

const result = (kind: string, name: string, parent: string, text: string) => `---
apiVersion: core.k8sgpt.ai/v1alpha1
kind: Result
metadata: { name: r-${text.length}, namespace: k8sgpt, creationTimestamp: '2026-11-20T09:55:00Z' }
spec: { kind: ${kind}, name: ${name}, parentObject: '${parent}', details: '', error: [{ text: '${text}' }] }
`
const said = finding('app-crash', 'Deployment shop/web', { confidence: 0.8 })
const other = finding('app-crash', 'Deployment shop/api', { confidence: 0.8 })

describe('what K8sGPT says in its Results', () => {
  it('stands as evidence after ours, on the same object, its pods, or what it calls the parent', () => {
    for (const one of [
      result('Deployment', 'shop/web', '', 'has 1 replicas but 0 are available'),
      result('Pod', 'shop/web-5d4f-a', '', 'the last termination reason is Error'),
      result('Pod', 'shop/unknown-pod', 'Deployment/web', 'back-off restarting'),
    ]) {
      const [web, api] = withSecondOpinions([said, other], viewOf(`${app('shop', 'web')}${one}`))
      expect(web?.evidence).toHaveLength(2)
      expect(web?.evidence[1]).toMatchObject({ kind: 'alert', at: '2026-11-20T09:55:00Z' })
      expect(web?.evidence[1]?.text).toMatch(/^K8sGPT says of/)
      expect(web?.confidence).toBe(0.8)
      expect(api).toBe(other)
    }
  })

  it('is redacted', () => {
    const [web] = withSecondOpinions(
      [said],
      viewOf(
        `${app('shop', 'web')}${result('Deployment', 'shop/web', '', 'login with password=hunter2hunter2 failed')}`,
      ),
    )
    expect(web?.evidence[1]?.text).not.toContain('hunter2hunter2')
  })

  it('makes no finding and no root cause, and moves no confidence', () => {
    const text = `${app('shop', 'web', { ready: true })}${result('Deployment', 'shop/web', '', 'is broken')}`
    const alone = diagnose(viewOf(text), { analyzers: [] })
    expect([alone.rootCauses, alone.findings]).toEqual([[], []])
    const confidence = (yaml: string) => diagnose(viewOf(yaml), { analyzers: [saying(said)] }).rootCauses[0]?.confidence
    expect(confidence(text)).toBe(confidence(app('shop', 'web', { ready: true })))
  })

  it('survives odd Results', () => {
    const odd = ['spec: null', 'spec: { kind: 7, name: [] }', 'spec: { kind: Pod, name: x, error: {} }'].map(
      (spec, index) =>
        `---\napiVersion: core.k8sgpt.ai/v1alpha1\nkind: Result\nmetadata: { name: o${index} }\n${spec}\n`,
    )
    expect(withSecondOpinions([said], viewOf(`${app('shop', 'web')}${odd.join('')}`))).toEqual([said])
  })
})

describe('the answer as K8sGPT gives it', () => {
  const analyzed = (analyzers: Parameters<typeof diagnose>[1]['analyzers'], more = {}) =>
    JSON.parse(diagnosisK8sgpt(diagnose(viewOf(app('shop', 'web'), more), { analyzers }), () => 'Deployment/web'))

  it('has a result an object with its failures and what to do', () => {
    const answer = analyzed([
      saying(
        { ...said, fix: ['kubectl rollout undo'] },
        { ...said, code: 'rollout-stuck', summary: 'stuck', symptom: true },
      ),
    ])
    expect(answer).toMatchObject({ provider: '', errors: null, status: 'ProblemDetected', problems: 2 })
    expect(answer.results).toHaveLength(1)
    expect(answer.results[0]).toMatchObject({
      kind: 'Deployment',
      name: 'shop/web',
      parentObject: 'Deployment/web',
      error: [{ Text: 'app-crash of Deployment shop/web', KubernetesDoc: '', Sensitive: [] }, { Text: 'stuck' }],
    })
    expect(answer.results[0].details).toMatch(/^Error: app-crash of[\s\S]+Solution:\n1\. kubectl rollout undo$/)
  })

  it('is OK only where all is well', () => {
    expect(analyzed([])).toEqual({ provider: '', errors: null, status: 'OK', problems: 0, results: null })
    const blind = {
      coverage: { checked: [], unavailable: [{ source: 'pods', reason: 'forbidden' as const, message: 'no' }] },
    }
    expect(analyzed([{ ...saying(), needs: ['pods'] }], blind)).toEqual({
      provider: '',
      errors: ['[pods] forbidden: no'],
      status: 'ProblemDetected',
      problems: 0,
      results: null,
    })
  })
})
