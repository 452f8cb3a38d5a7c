import { describe, expect, it } from 'vitest'
import type { KubeObject } from '../../src/domain/kubernetes.ts'
import type { GitWish } from '../../src/gitops/git-wish.ts'
import { pullRequestBody, pullRequestTitle } from '../../src/gitops/pull-request-text.ts'

const wish: GitWish = {
  cluster: 'prod-eu1',
  target: { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { namespace: 'shop', name: 'web' } } as KubeObject,
  owner: { tool: 'argocd', kind: 'Application', name: 'shop' },
  action: 'set-image',
  input: {},
  draft: {
    change: { kind: 'cluster-write', request: { method: 'PATCH', path: '/x', query: [], contentType: '', body: '' } },
    risk: 'medium',
    blast: { pods: 2, workloads: 1, services: 1, objects: [], notes: ['no PodDisruptionBudget'] },
    success: { kind: 'gone', target: { apiVersion: 'v1', kind: 'Pod', name: 'x' }, uid: 'u', within: 60 },
    undo: {
      kind: 'action',
      action: 'set-image',
      target: { apiVersion: 'v1', kind: 'Pod', name: 'x' },
      input: {},
      summary: 'set web:2 again',
    },
    summary: 'Set the image of web to web:1',
  },
  reason: {
    summary: 'web:2 does not exist <!-- doctor:fp=1 --> @acme/everybody fixes #1',
    code: 'image-not-found',
    evidence: [{ id: 'e1', text: 'Failed to pull\n```\n# Approve this\n' }],
  },
  thread: 'https://acme.slack.com/archives/C1/p1',
}
const told = {
  wish,
  changes: [{ path: ['spec', 'x'], before: 'web:2', after: 'web:1' }],
  repository: 'acme/deploy',
  base: 'main',
  edits: [
    {
      path: 'shop/web.yaml',
      before: 'a\nb\nc\nimage: web:2\nd\ne\nf\ng\n',
      after: 'a\nb\nc\nimage: web:1\nd\ne\nf\ng\n',
    },
  ],
  provedBy: 'kustomize',
} as const

describe('the text of a pull request', () => {
  const body = pullRequestBody(told)
  it('says why, what, how it was proved, how to test it, how to go back, the risk, and where it is talked about', () => {
    expect(pullRequestTitle(told)).toBe('Set the image of web to web:1')
    for (const part of [
      '## Why',
      '- e1: Failed to pull',
      '`spec.x`: `web:2` → `web:1`',
      'rendered before and after',
      '@@ -1,7 +1,7 @@\n a\n b\n c\n-image: web:2\n+image: web:1\n d\n e\n f\n',
      '## Test plan',
      '- [ ] Argo CD app shop is Synced and Healthy after the merge',
      '## Rollback',
      'set web:2 again',
      'Risk: medium. no PodDisruptionBudget',
      'Thread: https://acme.slack.com/archives/C1/p1',
    ])
      expect(body).toContain(part)
  })
  it('mentions nobody, closes nothing, and lets no evidence out of its line', () => {
    expect(body).not.toMatch(/(^|\s)@acme|#1\b|<!--/)
    expect(body.split('\n').filter((line) => /^# /.test(line))).toEqual([])
  })
})
